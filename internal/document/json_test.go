package document

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var testLimits = Limits{Bytes: 1 << 20, Values: 1 << 20, Levels: 8}

func TestJSON(t *testing.T) {
	tests := []struct {
		name  string
		input string
		want  any
	}{
		{"null", `null`, nil},
		{"all types", `{"b":true,"f":2.5,"i":7,"l":["x",null],"o":{}}`,
			map[string]any{"b": true, "f": 2.5, "i": int64(7), "l": []any{"x", nil}, "o": map[string]any{}}},
		{"empty list", ` [ ] `, []any{}},
		{"whole number with a fraction", `1.0`, int64(1)},
		{"whole number with an exponent", `1e3`, int64(1000)},
		{"negative zero", `-0`, int64(0)},
		{"negative zero with a fraction", `-0.0`, int64(0)},
		{"least integer", `-9007199254740991`, int64(-9007199254740991)},
		{"greatest integer", `9007199254740991`, int64(9007199254740991)},
		{"small fraction", `1e-7`, 1e-7},
		{"number as a string", `"9007199254740993"`, "9007199254740993"},
		{"escapes", `"\u00e9\n\ud83d\ude00"`, "é\n😀"},
		{"same key in two objects", `[{"a":1},{"a":2}]`,
			[]any{map[string]any{"a": int64(1)}, map[string]any{"a": int64(2)}}},
		{"same key at two levels", `{"a":{"a":1}}`, map[string]any{"a": map[string]any{"a": int64(1)}}},
		{"keys that differ in case", `{"a":1,"A":2}`, map[string]any{"a": int64(1), "A": int64(2)}},
		{"at the level limit", strings.Repeat("[", 8) + strings.Repeat("]", 8), nested(8)},
		{"scalar at the level limit", strings.Repeat("[", 7) + "1" + strings.Repeat("]", 7), wrap(7, int64(1))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := JSON([]byte(tt.input), testLimits)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestJSONRefuses(t *testing.T) {
	const line1 = "line 1: "
	tests := []struct {
		name  string
		input string
		want  string // the error
	}{
		{"empty", "", "the document is empty"},
		{"spaces", " \n\t ", "the document is empty"},
		{"cut object", `{"a":1`, line1 + "unexpected end of JSON"},
		{"cut list", "[1,\n2", "line 2: unexpected end of JSON"},
		{"cut after a line break", "{\"a\":1,\n\n", "line 3: unexpected end of JSON"},
		{"cut key", `{"a`, line1 + "unexpected end of JSON"},
		{"repeated key", `{"a":1,"b":2,"a":3}`, line1 + `key "a" is there twice`},
		{"repeated key by an escape", `{"a":1,"\u0061":2}`, line1 + `key "a" is there twice`},
		{"repeated key below", "{\"a\":1,\n\"b\":[{\"c\":1,\n\"c\":1}]}", `line 3: key "c" is there twice`},
		{"second value", "1\n2", "line 2: data after the first JSON value"},
		{"second object", `{} {}`, line1 + "data after the first JSON value"},
		{"rubbish after the value", `{} x`, line1 + "data after the first JSON value"},
		{"bracket after the value", `[]]`, line1 + "data after the first JSON value"},
		{"number that loses digits", `9007199254740993`,
			line1 + "number 9007199254740993 can't be represented exactly: write it as a string"},
		{"first integer too large", `9007199254740992`,
			line1 + "number 9007199254740992 can't be represented exactly: write it as a string"},
		{"negative number that loses digits", `-9007199254740992`,
			line1 + "number -9007199254740992 can't be represented exactly: write it as a string"},
		{"out of range", "[1,\n1e400]", "line 2: number 1e400 can't be represented exactly: write it as a string"},
		{"large whole float", `1e300`, line1 + "number 1e300 can't be represented exactly: write it as a string"},
		{"too small", `-1.5e-400`, line1 + "number -1.5e-400 can't be represented exactly: write it as a string"},
		{"invalid UTF-8", "\"\xff\"", "the document is not valid UTF-8"},
		{"keys alike but for invalid UTF-8", "{\"\xff\":1}", "the document is not valid UTF-8"},
		{"list over the level limit", strings.Repeat("[", 9) + strings.Repeat("]", 9),
			line1 + "more than 8 levels of nesting"},
		{"scalar over the level limit", strings.Repeat("[", 8) + "1" + strings.Repeat("]", 8),
			line1 + "more than 8 levels of nesting"},
		{"object over the level limit", strings.Repeat(`{"a":`, 9) + "1" + strings.Repeat("}", 9),
			line1 + "more than 8 levels of nesting"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := JSON([]byte(tt.input), testLimits)
			if err == nil {
				t.Fatalf("accepted as %v", got)
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What encoding/json refuses has to be refused, in whatever words.
func TestJSONSyntax(t *testing.T) {
	for _, input := range []string{
		"{", "[", "]", "{]", "[}", "[1,]", `{"a":1,}`, "[,1]", "[1 2]", `{"a" 1}`, "{a:1}", "{1:1}", "'a'", "01", "+1",
		"1.", ".5", "0x1",
		"NaN", "Infinity", "-Infinity", "tru", "// comment\n1", "\uFEFF1", "\"\n\"", `"\x"`,
	} {
		t.Run(input, func(t *testing.T) {
			if json.Valid([]byte(input)) {
				t.Fatal("this is valid JSON")
			}
			got, err := JSON([]byte(input), testLimits)
			if err == nil {
				t.Fatalf("accepted as %v", got)
			}
			if !strings.HasPrefix(err.Error(), "line ") {
				t.Errorf("no line in %q", err)
			}
		})
	}
}

func TestJSONHostile(t *testing.T) {
	const size = 1 << 20
	limits := Limits{Bytes: size, Values: 1 << 20, Levels: 64}
	longKey := `"x` + strings.Repeat("é", 1000) + `"`
	for name, input := range map[string]string{
		"open lists":   strings.Repeat("[", size),
		"open objects": strings.Repeat(`{"a":`, size/5),
		"closed lists": strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000),
		"long number":  strings.Repeat("9", size),
		"long key":     "{" + longKey + ":1," + longKey + ":1}",
	} {
		t.Run(name, func(t *testing.T) {
			checkRefusedFast(t, func() error { _, err := JSON([]byte(input), limits); return err })
		})
	}
}

// checkRefusedFast leaves room for the race detector on a busy machine; quadratic work takes
// minutes.
func checkRefusedFast(t *testing.T, read func() error) {
	t.Helper()
	start := time.Now()
	err := read()
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
	if err == nil {
		t.Fatal("accepted")
	}
	if len(err.Error()) > 512 {
		t.Errorf("the error has %d bytes", len(err.Error()))
	}
	if strings.Contains(err.Error(), `\x`) {
		t.Errorf("a character is cut in %s", err)
	}
}

func TestJSONSharesNothing(t *testing.T) {
	input := []byte(`{"a":"x"}`)
	got, err := JSON(input, testLimits)
	if err != nil {
		t.Fatal(err)
	}
	for i := range input {
		input[i] = '!'
	}
	if diff := cmp.Diff(map[string]any{"a": "x"}, got); diff != "" {
		t.Error(diff)
	}
}

func FuzzJSON(f *testing.F) {
	for _, seed := range []string{
		`null`, `{"a":[1,-0.0,2.5,1e3,"x",true,null]}`, `{"a":1,"a":2}`, `[1,]`, `9007199254740993`, `1e400`,
		`"\ud800"`, "\"\xff\"", `[[[[]]]]`, `{} {}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := JSON(data, testLimits)
		if err != nil {
			return
		}
		var want any
		if err := json.Unmarshal(data, &want); err != nil {
			t.Fatalf("encoding/json refuses: %v", err)
		}
		if !reflect.DeepEqual(want, floats(got)) {
			t.Fatalf("encoding/json reads %#v, we read %#v", want, got)
		}
		checkStable(t, got)
	})
}

// checkStable encodes a value and reads it again, as JSON and, because JSON is YAML but for a few
// characters, as YAML.
func checkStable(t *testing.T, value any) {
	t.Helper()
	checkTypes(t, value)
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatalf("encode %#v: %v", value, err)
	}
	again, err := JSON(data, Limits{Values: 1 << 20, Levels: 1000})
	if err != nil {
		t.Fatalf("read %s again: %v", data, err)
	}
	if !reflect.DeepEqual(value, again) {
		t.Fatalf("%s reads as %#v, was %#v", data, again, value)
	}
	again, err = YAML(data, Limits{Bytes: 1 << 20, Values: 1 << 20, Levels: 1000})
	if err == nil && !reflect.DeepEqual(value, again) {
		t.Fatalf("%s reads as %#v when it is taken for YAML, was %#v", data, again, value)
	}
}

func checkTypes(t *testing.T, value any) {
	t.Helper()
	switch v := value.(type) {
	case nil, bool, int64, float64, string:
	case []any:
		for _, item := range v {
			checkTypes(t, item)
		}
	case map[string]any:
		for _, item := range v {
			checkTypes(t, item)
		}
	default:
		t.Fatalf("%#v is a %T", v, v)
	}
}

// floats returns the value in the types of encoding/json.
func floats(value any) any {
	switch v := value.(type) {
	case int64:
		return float64(v)
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = floats(item)
		}
		return list
	case map[string]any:
		m := make(map[string]any, len(v))
		for key, item := range v {
			m[key] = floats(item)
		}
		return m
	}
	return value
}

// nested returns lists in lists, as many as levels.
func nested(levels int) any { return wrap(levels-1, []any{}) }

func wrap(levels int, value any) any {
	for range levels {
		value = []any{value}
	}
	return value
}
