package yamlenc

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
	helm "sigs.k8s.io/yaml"

	"github.com/NVIDIA/cloud-native-stack/internal/document"
)

// nasty are strings that some YAML reader takes for something else, or that a writer gets wrong.
var nasty = []string{
	"", " ", "yes", "Yes", "no", "on", "Off", "y", "N", "true", "False", "null", "Null", "~", "=", "<<", "-", "?", ":",
	"|", ">", "&a", "*a", "!a",
	"!!str", "%a", "@a", "`a", "#", "a #b", "a: b", "a:", "- a", "[", "]", "{", "}", ",", "'", `"`, `\`, `\n`, "---",
	"...", "--- a",
	"0", "-1", "+1", "1.0", ".5", "1e3", "1E3", "0x1f", "0o17", "017", "089", "0b101", "1_000", "1:30", "190:20:30",
	"190:20:30.15",
	".inf", "-.Inf", ".nan", "NaN", "12345678901234567890", "2026-01-01", "2026-01-01T10:00:00Z", "2026-1-1 1:2:3",
	"  leading", "trailing  ", "\tleading tab", "trailing tab\t", "a\nb", "a\nb\n", "a\n\nb\n\n", "\n", "\na", "\n a",
	"a\n\nb\n", "a\n\n  b", " a\nb", "  a\n b\n", "a \nb",
	"a\n  b\n", "\n\n  a\n", "\t\n", "a\r\nb", "a\rb", "#a\nb", "a\n#b\n", "---\na\n", "a\n  ", "a\n\t\n", "a\n ",
	strings.Repeat("k", 1001), strings.Repeat("\u0007", 300), "a\u0085b", "a\u2028b", "\u2028a\nb", "\u2029a\n",
	"a\n\u0085b", "\ufeffa", "\ufeffa\nb", "\u00a0", "\x00", "\x1b[0m", "\x7f",
	"emoji 🚀", "🚀\n🚀", "é", "日本", "{{ .Values.a }}", "$(touch a)", strings.Repeat("long words ", 40),
	strings.Repeat("x", 300),
}

// readAsHelm reads YAML as Helm does, into what JSON would give.
func readAsHelm(t fataler, body []byte) any {
	t.Helper()
	asJSON, err := helm.YAMLToJSONStrict(body)
	if err != nil {
		t.Fatal(fmt.Sprintf("%v in:\n%s", err, body))
	}
	return plainJSON(t, asJSON)
}

func plainJSON(t fataler, body []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// normal returns what v is to a JSON reader.
func normal(t fataler, v any) any {
	t.Helper()
	body, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return plainJSON(t, body)
}

// checkEncoders wants each reader to get v back, from JSON and from YAML.
func checkEncoders(t fataler, v any) {
	t.Helper()
	want := normal(t, v)
	asJSON, err := document.EncodeJSON(v)
	if err != nil {
		t.Fatal(err)
	}
	asYAML, err := Encode(v)
	if err != nil {
		t.Fatal(err)
	}
	own, err := document.YAML(asYAML, document.Limits{Bytes: 1 << 20, Values: 1 << 20, Levels: 64})
	if err != nil {
		t.Fatal(fmt.Sprintf("%v in:\n%s", err, asYAML))
	}
	for reader, got := range map[string]any{
		"JSON": plainJSON(t, asJSON), "YAML as Helm reads it": readAsHelm(t, asYAML),
		"YAML as this server reads it": normal(t, own),
	} {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(fmt.Sprintf("%s differs:\n%s\nin:\n%s", reader, diff, asYAML))
		}
	}
}

func TestEncodersKeepNastyStrings(t *testing.T) {
	for _, s := range nasty {
		t.Run(fmt.Sprintf("%.20q", s), func(t *testing.T) {
			checkEncoders(t, map[string]any{"value": s, "list": []any{s, map[string]any{"inner": s}},
				"map": map[string]any{s: s}})
		})
	}
}

func anyText() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.SampledFrom(nasty),
		rapid.StringOfN(rapid.RuneFrom([]rune(" \t\nab:#-'\"\\0123e_.yn~")), 0, 12, -1),
		rapid.String(),
	)
}

func anyScalar() *rapid.Generator[any] {
	return rapid.OneOf(
		rapid.Custom(func(t *rapid.T) any { return anyText().Draw(t, "string") }),
		rapid.Custom(func(t *rapid.T) any { return rapid.Int64Range(-1<<53+1, 1<<53-1).Draw(t, "int") }),
		rapid.Custom(func(t *rapid.T) any { return float64(rapid.Int32().Draw(t, "thousandths")) / 1000 }),
		rapid.SampledFrom([]any{nil, true, false, 1e-9, -2.5e-300, map[string]any{}, []any{}}),
	)
}

func TestEncodersKeepAnyValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		checkEncoders(t, map[string]any{
			"list": rapid.SliceOfN(anyScalar(), 0, 4).Draw(t, "list"),
			"map":  rapid.MapOfN(anyText(), anyScalar(), 0, 4).Draw(t, "map"),
			"deep": []any{[]any{anyScalar().Draw(t, "deep")},
				map[string]any{"a": map[string]any{"b": anyScalar().Draw(t, "deeper")}}},
		})
	})
}

// A document is the same whether its list is encoded with it or item by item.
func TestAround(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items := rapid.SliceOfN(anyScalar(), 1, 4).Draw(t, "items")
		items = append(items,
			map[string]any{"a": anyScalar().Draw(t, "deep"), "b": []any{items[0], map[string]any{"list": items}}})
		document := rapid.MapOfN(anyText(), anyScalar(), 0, 4).Draw(t, "document")
		document["list"] = items
		want, err := Encode(document)
		if err != nil {
			t.Fatal(err)
		}
		before, after, err := Around(document, "list")
		if err != nil {
			t.Fatal(err)
		}
		got := string(before)
		for _, item := range items {
			encoded, err := Item(item)
			if err != nil {
				t.Fatal(err)
			}
			got += string(encoded)
		}
		if diff := cmp.Diff(string(want), got+string(after)); diff != "" {
			t.Fatal(diff)
		}
	})
}

// Other YAML 1.1 readers than Helm's take these for numbers, booleans or keys with a meaning.
func TestEncodeQuotes(t *testing.T) {
	for _, s := range []string{"yes", "No", "ON", "off", "y", "N", "1:30", "-190:20:30.15", "=", "<<", "null", "~",
		"0x1f", "1_000", "2026-01-01", "e2", "E+1"} {
		got, err := Encode([]any{s})
		if want := fmt.Sprintf("- %q\n", s); err != nil || string(got) != want {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
	}
	got, err := Encode(struct{ Channel chan int }{})
	if err == nil {
		t.Errorf("a channel became %s", got)
	}
}

func TestEncode(t *testing.T) {
	got, err := Encode(map[string]any{"b": map[string]any{"c": []any{"on", nil}}, "a": ">=1.32"})
	if want := "a: \">=1.32\"\nb:\n  c:\n    - \"on\"\n    - null\n"; err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

// A text of short lines far down would become a hundred times longer if each was indented.
func TestEncodeStaysInProportion(t *testing.T) {
	text := strings.Repeat("a\n", 1<<15)
	var v any = text
	for range 60 {
		v = map[string]any{"k": v}
	}
	encoded, err := Encode(v)
	if err != nil {
		t.Fatal(err)
	}
	if len(encoded) > 2*len(text) {
		t.Errorf("%d bytes became %d", len(text), len(encoded))
	}
	var got any
	if err := helm.Unmarshal(encoded, &got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, v) {
		t.Error("it reads back as something else")
	}
}

// fataler is what testing.TB and rapid.T have in common.
type fataler interface {
	Helper()
	Fatal(args ...any)
}
