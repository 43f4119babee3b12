package document

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestYAML(t *testing.T) {
	tests := []struct {
		name  string
		input string
		want  any
	}{
		{"all types", "b: true\nf: 2.5\ni: 7\nl: [x, null]\no: {}\ne:\n",
			map[string]any{"b": true, "f": 2.5, "i": int64(7), "l": []any{"x", nil}, "o": map[string]any{}, "e": nil}},
		{"JSON", `{"a": [1, "x\n"]}`, map[string]any{"a": []any{int64(1), "x\n"}}},
		{"start and end marks", "---\na\n...\n", "a"},
		{"null document", "---\n", nil},
		{"byte order mark", "\uFEFFa: 1", map[string]any{"a": int64(1)}},
		{"comments", "# a\na: 1 # b\n# c\n", map[string]any{"a": int64(1)}},
		{"whole number with a fraction", "1.0", int64(1)},
		{"negative zero", "[-0, -0.0]", []any{int64(0), int64(0)}},
		{"greatest integer", "9007199254740991", int64(9007199254740991)},
		{"number as a string", `'9007199254740993'`, "9007199254740993"},
		{"number out of range in quotes", "[\"1e400\", '1e400', !!str 1e400]", []any{"1e400", "1e400", "1e400"}},
		{"almost numbers", "[1.2.3, .1.2, 0x, 0o8, 0b2, 1e, 1e+, +, ., 1:30, 0x1p4, 1-2, _1]",
			[]any{"1.2.3", ".1.2", "0x", "0o8", "0b2", "1e", "1e+", "+", ".", "1:30", "0x1p4", "1-2", "_1"}},
		{"zeros", "[0, -0.0e5, 0x0, 0e999, .0]", []any{int64(0), int64(0), int64(0), int64(0), int64(0)}},
		{"numbers of other bases", "[0x10, 0o17, 0b11, 1_000]", []any{int64(16), int64(15), int64(3), int64(1000)}},
		{"number as a tagged string", "!!str 1.10", "1.10"},
		{"tagged float", "!!float 3", int64(3)},
		{"words that were booleans once", "[yes, no, on, off, y, n]", []any{"yes", "no", "on", "off", "y", "n"}},
		{"words that are booleans", "[true, False, TRUE]", []any{true, false, true}},
		{"date", "2026-01-27", "2026-01-27"},
		{"time", "at: 2026-01-27T12:00:00Z", map[string]any{"at": "2026-01-27T12:00:00Z"}},
		{"tagged time", "!!timestamp 2026-01-27", "2026-01-27"},
		{"date as a key", "2026-01-27: x", map[string]any{"2026-01-27": "x"}},
		{"version", "v: 1.20.3", map[string]any{"v": "1.20.3"}},
		{"block scalars", "a: |\n  x\n  y\nb: >\n  x\n  y\n", map[string]any{"a": "x\ny\n", "b": "x y\n"}},
		{"quoted keys", `{"1": a, 'true': b, "null": c}`, map[string]any{"1": "a", "true": "b", "null": "c"}},
		{"alias", "a: &x [1]\nb: *x\n", map[string]any{"a": []any{int64(1)}, "b": []any{int64(1)}}},
		{"alias as a key", "a: &x k\n*x : v\n", map[string]any{"a": "k", "k": "v"}},
		{"anchor used again", "- &x 1\n- *x\n- &x 2\n- *x\n", []any{int64(1), int64(1), int64(2), int64(2)}},
		{"merge", "a: &x {k: 1, l: 2}\nb: {<<: *x, k: 3}\n",
			map[string]any{"a": map[string]any{"k": int64(1), "l": int64(2)},
				"b": map[string]any{"k": int64(3), "l": int64(2)}}},
		{"merge after the keys", "a: &x {k: 1}\nb: {k: 3, <<: *x}\n",
			map[string]any{"a": map[string]any{"k": int64(1)}, "b": map[string]any{"k": int64(3)}}},
		{"merge of a list", "- &x {k: 1, l: 2}\n- &y {k: 3, m: 4}\n- {<<: [*x, *y]}\n",
			[]any{map[string]any{"k": int64(1), "l": int64(2)}, map[string]any{"k": int64(3), "m": int64(4)},
				map[string]any{"k": int64(1), "l": int64(2), "m": int64(4)}}},
		{"merge in a merge", "- &x {k: 1}\n- &y {<<: *x, l: 2}\n- {<<: *y}\n",
			[]any{map[string]any{"k": int64(1)}, map[string]any{"k": int64(1), "l": int64(2)},
				map[string]any{"k": int64(1), "l": int64(2)}}},
		{"merge of a literal mapping", "{<<: {k: 1}, k: 2}", map[string]any{"k": int64(2)}},
		{"quoted merge key", `{"<<": 1}`, map[string]any{"<<": int64(1)}},
		{"merge key as a value", `a: <<`, map[string]any{"a": "<<"}},
		{"at the level limit", strings.Repeat("[", 8) + strings.Repeat("]", 8), nested(8)},
		{"at the level limit by an alias", "- &x [[[1]]]\n- [[[*x]]]\n", []any{wrap(3, int64(1)), wrap(6, int64(1))}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := YAML([]byte(tt.input), testLimits)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestYAMLRefuses(t *testing.T) {
	const tooDeep = "more than 8 levels of nesting"
	inexact := func(number string) string {
		return "number " + number + " can't be represented exactly: write it as a string"
	}
	tests := []struct {
		name  string
		input string
		want  string // the error
	}{
		{"empty", "", "the document is empty"},
		{"spaces", " \n\n", "the document is empty"},
		{"comments alone", "# a\n# b\n", "the document is empty"},
		{"second document", "a: 1\n---\nb: 2\n", "more than one YAML document"},
		{"second empty document", "a: 1\n---\n", "more than one YAML document"},
		{"fault in a second document", "a: 1\n---\n[\n", "line 3: did not find expected node content"},
		{"syntax", "a: 1\nb: [\n", "line 2: did not find expected node content"},
		{"tab", "a:\n\tb: 1\n", "line 2: found character that cannot start any token"},
		{"invalid UTF-8", "a: \xff", "the document is not valid UTF-8"},
		{"UTF-16", "\xff\xfea\x00:\x00 \x001\x00", "the document is not valid UTF-8"},
		{"directive", "%YAML 1.1\n---\na: 1\n", "line 1: a line that begins with %: directives are not supported"},
		{"directive of a second document", "a: 1\n...\n%TAG !a! !\n---\nb: 1\n",
			"line 3: a line that begins with %: directives are not supported"},
		{"control character", "a: \x01", "control characters are not allowed"},
		{"repeated key", "a: 1\nb: 2\na: 3\n", `line 3: mapping key "a" already defined at line 1`},
		{"repeated key in quotes", "a: 1\n\"a\": 2\n", `line 2: mapping key "a" already defined at line 1`},
		{"repeated key by an alias", "k: &x a\na: 1\n*x : 2\n", `line 3: mapping key "a" already defined at line 2`},
		{"repeated date key", "2026-01-27: 1\n'2026-01-27': 2\n",
			`line 2: mapping key "2026-01-27" already defined at line 1`},
		{"repeated key below", "a:\n- b: 1\n  b: 2\n", `line 3: mapping key "b" already defined at line 2`},
		{"repeated merge", "- &x {a: 1}\n- <<: *x\n  <<: *x\n", `line 3: mapping key "<<" already defined at line 2`},
		{"number as a key", "a: 1\n2: b\n", `line 2: key "2" is not a string: quote it`},
		{"boolean as a key", "true: b\n", `line 1: key "true" is not a string: quote it`},
		{"null as a key", "~: b\n", `line 1: key "~" is not a string: quote it`},
		{"number as a key by an alias", "a: &x 1\n*x : b\n", `line 2: key "1" is not a string: quote it`},
		{"list as a key", "? [a]\n: b\n", `line 1: key "" is not a string: quote it`},
		{"merge of a scalar", "a: 1\n<<: b\n", "line 1: << takes a mapping or a list of mappings"},
		{"merge of a list of scalars", "<<: [b]\n", "line 1: << takes a mapping or a list of mappings"},
		{"number that loses digits", "a:\n- 9007199254740993\n", "line 2: " + inexact("9007199254740993")},
		{"negative number that loses digits", "-9007199254740992", "line 1: " + inexact("-9007199254740992")},
		{"number over 64 bits", "123456789012345678901234567890",
			"line 1: " + inexact("123456789012345678901234567890")},
		{"hexadecimal number that loses digits", "0xffffffffffffffff", "line 1: " + inexact("0xffffffffffffffff")},
		{"number out of range", "a:\n- 1e999", "line 2: " + inexact("1e999")},
		{"negative number out of range", "-1.5E+999", "line 1: " + inexact("-1.5E+999")},
		{"out of range without a whole part", "+.5e999", "line 1: " + inexact("+.5e999")},
		{"out of range with underscores", "1_0.0_0e9_99", "line 1: " + inexact("1_0.0_0e9_99")},
		{"number too small", "1e-400", "line 1: " + inexact("1e-400")},
		{"number out of range as a key", "1e999: a", "line 1: " + inexact("1e999")},
		{"number out of range by an alias", "- &x 1e999\n- *x\n", "line 1: " + inexact("1e999")},
		{"hexadecimal number over 64 bits", "0x10000000000000000", "line 1: " + inexact("0x10000000000000000")},
		{"negative hexadecimal number over 64 bits", "-0xffffffffffffffff",
			"line 1: " + inexact("-0xffffffffffffffff")},
		{"octal number over 64 bits", "0o7777777777777777777777", "line 1: " + inexact("0o7777777777777777777777")},
		{"binary number over 64 bits", "0b1" + strings.Repeat("0", 64),
			"line 1: " + inexact("0b1"+strings.Repeat("0", 64))},
		{"infinity", "a: .inf", "line 1: " + inexact(".inf")},
		{"negative infinity", "a: -.inf", "line 1: " + inexact("-.inf")},
		{"not a number", "a: .nan", "line 1: " + inexact(".nan")},
		{"tag that doesn't fit", "a: 1\nb: !!int x\n", "line 2: cannot decode !!str `x` as a !!int"},
		{"binary", "a: !!binary /w==", "line 1: tag !!binary has no JSON form"},
		{"tag of somebody's own", "a:\n  b: !secret x", "line 2: tag !secret has no JSON form"},
		{"tag on a mapping", "!!set {a, b}", "line 1: tag !!set has no JSON form"},
		{"tag on a list", "!!omap [a: 1]", "line 1: tag !!omap has no JSON form"},
		{"alias without an anchor", "a: *x", "unknown anchor 'x' referenced"},
		{"alias in its own anchor", "a: &x\n  b: *x\n", "line 2: " + tooDeep},
		{"over the level limit", strings.Repeat("[", 9) + strings.Repeat("]", 9), "line 1: " + tooDeep},
		{"scalar over the level limit", strings.Repeat("[", 8) + "1" + strings.Repeat("]", 8), "line 1: " + tooDeep},
		{"over the level limit by an alias", "- &x [[[1]]]\n- [[[[*x]]]]\n", "line 1: " + tooDeep},
		{"block lists over the level limit", strings.Repeat("- ", 8) + "1", "line 1: " + tooDeep},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := YAML([]byte(tt.input), testLimits)
			if err == nil {
				t.Fatalf("accepted as %v", got)
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Each node costs its text and one byte, an alias besides what it stands for: 1 for the list, 4 for
// abc, 2+4 for each alias.
func TestYAMLSizeCountsAliasesExpanded(t *testing.T) {
	input := "[&x abc, *x, *x]"
	if _, err := YAML([]byte(input), Limits{Bytes: 17, Values: 1 << 20, Levels: 8}); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	_, err := YAML([]byte(input), Limits{Bytes: 16, Values: 1 << 20, Levels: 8})
	if err == nil || err.Error() != "line 1: the document exceeds 16 bytes once its aliases are expanded" {
		t.Errorf("over the limit: %v", err)
	}
}

func TestYAMLHostile(t *testing.T) {
	const size = 1 << 18
	limits := Limits{Bytes: size, Values: 1 << 20, Levels: 64}
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	for name, input := range map[string]string{
		"billion laughs":      laughs(),
		"quadratic blow-up":   "a: &x " + strings.Repeat("x", size/2) + "\nb: [" + strings.Repeat("*x,", size/8) + "]",
		"open lists":          fill("["),
		"open mappings":       fill("{a: "),
		"lists in lists":      fill("- "),
		"closed lists":        strings.Repeat("[", 9_999) + strings.Repeat("]", 9_999),
		"deeper than yaml.v3": strings.Repeat("[", 10_001) + strings.Repeat("]", 10_001),
		"complex keys":        fill("? "),
		"one key repeated":    fill("a: b\n"),
		"long tag":            "!" + fill("x") + " a",
		"long key":            "? [" + strings.Repeat("x", size/2) + "]\n: a",
		"long key repeated":   strings.Repeat(strings.Repeat("é", 400)+": a\n", 2),
		"long number":         fill("9"),
		"merges": "- &x {" + strings.Repeat("k: 1,", 1) + "}\n- {" +
			strings.Repeat("<<: *x, ", size/10) + "}",
	} {
		t.Run(name, func(t *testing.T) {
			checkRefusedFast(t, func() error { _, err := YAML([]byte(input), limits); return err })
		})
	}
}

// laughs is a list of nine lists, each nine times the one before.
func laughs() string {
	var b strings.Builder
	b.WriteString("a0: &a0 lol\n")
	for i := 1; i <= 9; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i, i,
			strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 9), ", "))
	}
	return b.String()
}

// yaml.v3 itself needs minutes for this one.
func TestYAMLManyKeysAreFast(t *testing.T) {
	var b strings.Builder
	n := 0
	for ; b.Len() < 900_000; n++ {
		fmt.Fprintf(&b, "k%x:\n", n)
	}
	checkRefusedFast(t, func() error {
		got, err := YAML([]byte(b.String()), Limits{Bytes: 1 << 20, Values: 1 << 20, Levels: 64})
		if err != nil {
			t.Fatal(err)
		}
		if m, ok := got.(map[string]any); !ok || len(m) != n {
			t.Errorf("%d keys, want %d", len(m), n)
		}
		return fmt.Errorf("read")
	})
}

func TestYAMLSharesNothing(t *testing.T) {
	got, err := YAML([]byte("a: &x {l: [1]}\nb: *x\nc: {<<: *x}\n"), testLimits)
	if err != nil {
		t.Fatal(err)
	}
	m := got.(map[string]any)
	m["a"].(map[string]any)["l"].([]any)[0] = "changed"
	want := map[string]any{"l": []any{int64(1)}}
	if diff := cmp.Diff(map[string]any{"b": want, "c": want}, map[string]any{"b": m["b"], "c": m["c"]}); diff != "" {
		t.Error(diff)
	}
}

func TestNodeKeepsLines(t *testing.T) {
	node, err := Node([]byte("# head\na: 1\nb:\n  c: 2\n"), testLimits)
	if err != nil {
		t.Fatal(err)
	}
	if key := node.Content[2]; key.Value != "b" || key.Line != 3 {
		t.Errorf("key %q at line %d, want b at 3", key.Value, key.Line)
	}
}

func FuzzYAML(f *testing.F) {
	for _, seed := range []string{
		"a: 1\nb: [x, 2.5, ~, 2026-01-27]\n", "a: &x {k: 1}\nb: {<<: *x, k: 2}\n", "- &x [1]\n- *x\n", "? [a]\n: b\n",
		"a: !!binary /w==", "!!float 1",
		"--- |\n x\n...\n", "[1e400, .inf, 0x1F, 1_0]", "\"\\xff\\ud800\"", "a: 1\na: 2\n", "{\"<<\": 1, <<: {a: 1}}",
		"&a [*a]", "\xff\xfea\x00",
	} {
		f.Add([]byte(seed))
	}
	limits := Limits{Bytes: 1 << 12, Values: 1 << 20, Levels: 8}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := YAML(data, limits)
		if err != nil {
			return
		}
		checkStable(t, got)
	})
}
