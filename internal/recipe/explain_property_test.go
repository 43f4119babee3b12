package recipe_test

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
	"github.com/NVIDIA/cloud-native-stack/test/catalogtest"
)

// TestExplainNamesThePlaceToEdit edits what an explanation names: the recipe changes there.
func TestExplainNamesThePlaceToEdit(t *testing.T) {
	contract := catalogtest.Spec(t)
	rapid.Check(t, func(t *rapid.T) {
		w, criteria := catalogtest.Worlds().Draw(t, "world"), catalogtest.Criteria().Draw(t, "criteria")
		c := catalogtest.Load(t, w.Data.FS(), contract)
		r := resolve(t, c, criteria)
		all := recipe.Explain(c, r)
		checkExplained(t, r, all)
		edits := slices.DeleteFunc(slices.Clone(all), func(e gen.Explanation) bool {
			return !strings.HasSuffix(e.Field, "/version") && !strings.Contains(e.Field, "/values/")
		})
		e := rapid.SampledFrom(edits).Draw(t, "explanation")
		keys := fieldKeys(e.Field)
		const edited = "99.99.99"
		file, _, _ := strings.Cut(e.Source, ":")
		w.Data[file] = edit(t, w.Data[file], inFile(e, keys[2:]), edited)
		after := resolve(t, catalogtest.Load(t, w.Data.FS(), contract), criteria)
		if got := lookUp(toPlain(t, after), keys); got != edited {
			t.Fatalf("%+v: after the edit it is %v", e, got)
		}
	})
}

// inFile returns where a field of a component stands in the file that an explanation names.
func inFile(e gen.Explanation, keys []string) []string {
	switch {
	case e.Overlay != "":
		return append([]string{"components", e.Component}, keys...)
	case keys[0] == "values":
		return keys[1:]
	}
	return keys
}

// edit sets a value in a JSON or YAML file.
func edit(t catalogtest.T, file string, keys []string, value any) string {
	t.Helper()
	var root map[string]any
	if err := yaml.Unmarshal([]byte(file), &root); err != nil {
		t.Fatal(err)
	}
	m := root
	for _, key := range keys[:len(keys)-1] {
		m = m[key].(map[string]any)
	}
	m[keys[len(keys)-1]] = value
	return catalogtest.JSON(root)
}

func toPlain(t catalogtest.T, v any) any {
	t.Helper()
	var plain any
	if err := json.Unmarshal([]byte(catalogtest.JSON(v)), &plain); err != nil {
		t.Fatal(err)
	}
	return plain
}

func lookUp(v any, keys []string) any {
	for _, key := range keys {
		switch parent := v.(type) {
		case map[string]any:
			v = parent[key]
		case []any:
			i, _ := strconv.Atoi(key)
			v = parent[i]
		}
	}
	return v
}
