package contract

import (
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/internal/document"
)

func TestLoadNarrowsEnums(t *testing.T) {
	tests := []struct {
		name   string
		colors []string
		want   []string
	}{
		{"one", []string{"blue"}, []string{"blue", "any"}},
		{"the document's order", []string{"blue", "red"}, []string{"red", "blue", "any"}},
		{"any case", []string{"BLUE", "Red"}, []string{"red", "blue", "any"}},
		{"twice", []string{"red", "red"}, []string{"red", "any"}},
		{"any alone", []string{"any"}, []string{"any"}},
		{"any among others", []string{"any", "green"}, []string{"green", "any"}},
		{"all", []string{"red", "green", "blue"}, []string{"red", "green", "blue", "any"}},
		{"empty list", []string{}, []string{"red", "green", "blue", "any"}},
		{"no list", nil, []string{"red", "green", "blue", "any"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := loadSpec(t, map[string][]string{"TEST_COLORS": tt.colors})
			if diff := cmp.Diff(tt.want, enum(c.Doc.Components.Schemas["Color"].Value)); diff != "" {
				t.Errorf("enum: %s", diff)
			}
			if diff := cmp.Diff([]string{"S", "M", "XL"}, enum(c.Doc.Components.Schemas["Size"].Value)); diff != "" {
				t.Errorf("another enum: %s", diff)
			}
			schemas := served(t, c)["components"].(map[string]any)["schemas"].(map[string]any)
			color := schemas["Color"].(map[string]any)
			if diff := cmp.Diff(texts(tt.want), color["enum"]); diff != "" {
				t.Errorf("served enum: %s", diff)
			}
			names := make([]any, len(tt.want))
			for i, value := range tt.want {
				names[i] = strings.ToUpper(value[:1]) + value[1:]
			}
			if diff := cmp.Diff(names, color["x-enum-varnames"]); diff != "" {
				t.Errorf("x-enum-varnames: %s", diff)
			}
			shipped := []string{"red", "green", "blue", "any"}
			if diff := cmp.Diff(shipped, c.Criteria()[0].Values); diff != "" {
				t.Errorf("values of the criterion: %s", diff)
			}
		})
	}
}

// An enum without x-enum-varnames and without any.
func TestLoadNarrowsSeveral(t *testing.T) {
	c := loadSpec(t, map[string][]string{"TEST_COLORS": {"red"}, "TEST_SIZES": {"xl"}, "TEST_OTHERS": {"x"}})
	if diff := cmp.Diff([]string{"XL"}, enum(c.Doc.Components.Schemas["Size"].Value)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"red", "any"}, enum(c.Doc.Components.Schemas["Color"].Value)); diff != "" {
		t.Error(diff)
	}
}

func TestLoadDropsExamples(t *testing.T) {
	c := loadSpec(t, map[string][]string{"TEST_COLORS": {"red"}})
	components := served(t, c)["components"].(map[string]any)
	example := func(color string) any {
		return map[string]any{"value": map[string]any{"kind": "thing", "spec": map[string]any{"color": color}}}
	}
	for _, tt := range []struct {
		kind, mediaType string
		want            map[string]any
	}{
		{"requestBodies", "application/json", map[string]any{"red": example("red"), "any": example("any")}},
		{"requestBodies", "application/yaml", map[string]any{"red": example("red"), "any": example("any")}},
		{"responses", "application/json", map[string]any{"red": example("red")}},
	} {
		content := components[tt.kind].(map[string]any)["Thing"].(map[string]any)["content"].(map[string]any)
		if diff := cmp.Diff(tt.want, content[tt.mediaType].(map[string]any)["examples"]); diff != "" {
			t.Errorf("%s, %s: %s", tt.kind, tt.mediaType, diff)
		}
	}
}

func TestLoadLeavesTheRest(t *testing.T) {
	whole, err := document.YAML([]byte(testSpec), specLimits)
	if err != nil {
		t.Fatal(err)
	}
	c := loadSpec(t, map[string][]string{"TEST_COLORS": {"red", "green", "blue"}})
	if diff := cmp.Diff(whole, any(served(t, c))); diff != "" {
		t.Errorf("a list of all values changes the document: %s", diff)
	}
	if strings.Contains(string(c.YAML), "*") || strings.Contains(string(c.YAML), "<<") {
		t.Error("aliases are left")
	}
	if again, err := Load(c.YAML, nil); err != nil {
		t.Errorf("the served document doesn't load: %v", err)
	} else if diff := cmp.Diff(inJSON(t, c), inJSON(t, again)); diff != "" {
		t.Errorf("the served document loads as another one: %s", diff)
	}
}

func TestLoadUnrestrictedServesTheInput(t *testing.T) {
	for name, allowlists := range map[string]map[string][]string{
		"nil": nil, "empty": {}, "empty lists": {"TEST_COLORS": nil,
			"TEST_SIZES": {}}, "unknown variable": {"TEST_OTHERS": {"x"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := loadSpec(t, allowlists)
			if diff := cmp.Diff(testSpec, string(c.YAML)); diff != "" {
				t.Error(diff)
			}
			served(t, c)
		})
	}
}

func TestLoadLimits(t *testing.T) {
	if diff := cmp.Diff(Limits{HeaderBytes: 1024, HeaderItems: 4, BodyBytes: 512, BodyValues: 1000, NestingLevels: 6},
		loadSpec(t, nil).Limits); diff != "" {
		t.Error(diff)
	}
}

func TestLoadRefuses(t *testing.T) {
	const limits = "openapi document: x-limits must state headerBytes, headerItems, bodyBytes, bodyValues and " +
		"nestingLevels"
	tests := []struct {
		name       string
		spec       []byte
		allowlists map[string][]string
		want       string // in the error
	}{
		{"unknown value", []byte(testSpec), map[string][]string{"TEST_COLORS": {"red", "pink"}},
			`TEST_COLORS: "pink" is not valid: must be one of red, green, blue, any`},
		{"part of a value", []byte(testSpec), map[string][]string{"TEST_SIZES": {"X"}},
			`TEST_SIZES: "X" is not valid: must be one of S, M, XL`},
		{"empty value", []byte(testSpec), map[string][]string{"TEST_SIZES": {""}},
			`TEST_SIZES: "" is not valid: must be one of S, M, XL`},
		{"no YAML", []byte("a: ["), nil, "openapi document: "},
		{"no OpenAPI", []byte("a: 1"), nil, "openapi document: "},
		{"no version", replaced(t, "{title: Test, version: v1}", "{title: Test}"), nil,
			"openapi document: invalid info"},
		{"no components", []byte("openapi: 3.0.3"), nil, "openapi document: it has no components"},
		{"dangling reference", replaced(t, "#/components/schemas/Size", "#/components/schemas/Sizes"), nil,
			"openapi document: "},
		{"no limits", replaced(t, "x-limits", "x-limit"), nil, limits},
		{"limit of zero", replaced(t, "bodyBytes: 512", "bodyBytes: 0"), nil, limits},
		{"nesting limit of zero", replaced(t, "nestingLevels: 6", "nestingLevels: 0"), nil, limits},
		{"limit of text", replaced(t, "nestingLevels: 6", "nestingLevels: six"), nil, limits},
		{"no header limit", replaced(t, "headerBytes: 1024, ", ""), nil, limits},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Load(tt.spec, tt.allowlists)
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("error %v, want %s…", err, tt.want)
			}
		})
	}
}

func TestLoadConcurrently(t *testing.T) {
	spec := []byte(testSpec)
	allowlists := map[string][]string{"TEST_COLORS": {"red"}}
	want := loadSpec(t, allowlists)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			c, err := Load(spec, allowlists)
			if err != nil {
				t.Error(err)
				return
			}
			if string(c.YAML) != string(want.YAML) || inJSON(t, c) != inJSON(t, want) {
				t.Error("two loads differ")
			}
			if err := want.Check("Thing", map[string]any{"kind": "thing",
				"spec": map[string]any{"color": "blue"}}); err == nil {
				t.Error("blue is allowed")
			}
		})
	}
	wg.Wait()
}

func TestCheck(t *testing.T) {
	c := loadSpec(t, nil)
	if err := c.Check("Thing", map[string]any{"kind": "thing"}); err != nil {
		t.Error(err)
	}
	err := c.Check("Thing", map[string]any{"kind": "thong"})
	if want := "invalid /kind: must be thing"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	if err := c.Check("Thing", map[string]any{"kind": "thing", "at": "yesterday"}); err == nil {
		t.Error("formats aren't checked")
	}
	if err := c.Check("Thong", nil); err == nil || err.Error() != "the openapi document has no schema Thong" {
		t.Errorf("unknown schema: %v", err)
	}
}

func TestRoutes(t *testing.T) {
	if diff := cmp.Diff([]string{"/", "/either", "/orders/{id}", "/search", "/things"},
		loadSpec(t, nil).Routes()); diff != "" {
		t.Error(diff)
	}
}

// served returns the document that clients get, once it is certain that they get the same one in
// both formats.
func served(t *testing.T, c *Contract) map[string]any {
	t.Helper()
	fromYAML, err := document.YAML(c.YAML, specLimits)
	if err != nil {
		t.Fatal(err)
	}
	fromJSON, err := document.JSON([]byte(inJSON(t, c)), specLimits)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(fromYAML, fromJSON); diff != "" {
		t.Errorf("YAML and JSON differ: %s", diff)
	}
	return fromYAML.(map[string]any)
}

func inJSON(t *testing.T, c *Contract) string {
	t.Helper()
	text, err := c.JSON()
	if err != nil {
		t.Error(err)
	}
	return string(text)
}

func texts(list []string) []any {
	values := make([]any, len(list))
	for i, s := range list {
		values[i] = s
	}
	return values
}
