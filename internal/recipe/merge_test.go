package recipe_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
)

func TestMerge(t *testing.T) {
	type m = map[string]any
	for _, tc := range []struct {
		name             string
		base, over, want m
	}{
		{"maps merge", m{"a": m{"b": "1", "c": "2"}}, m{"a": m{"c": "3", "d": "4"}}, m{"a": m{"b": "1", "c": "3", "d": "4"}}},
		{"lists replace", m{"a": []any{"1", "2"}}, m{"a": []any{"3"}}, m{"a": []any{"3"}}},
		{"an empty list replaces", m{"a": []any{"1"}}, m{"a": []any{}}, m{"a": []any{}}},
		{"an empty map adds nothing", m{"a": m{"b": "1"}}, m{"a": m{}}, m{"a": m{"b": "1"}}},
		{"scalars replace", m{"a": int64(1), "b": true}, m{"a": "1", "b": false}, m{"a": "1", "b": false}},
		{"a scalar replaces a map", m{"a": m{"b": "1"}}, m{"a": "x"}, m{"a": "x"}},
		{"a map replaces a scalar", m{"a": "x"}, m{"a": m{"b": "1"}}, m{"a": m{"b": "1"}}},
		{"null stays, Helm takes the chart's default away by it", m{"a": m{"b": "1"}, "c": "1"}, m{"a": m{"b": nil}, "c": nil},
			m{"a": m{"b": nil}, "c": nil}},
		{"null in the base stays", m{"a": nil}, m{}, m{"a": nil}},
		{"a map replaces null", m{"a": nil}, m{"a": m{"b": nil}}, m{"a": m{"b": nil}}},
		{"nothing and nothing", nil, nil, m{}},
		{"nothing over", m{"a": "1"}, nil, m{"a": "1"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, recipe.Merge(tc.base, tc.over)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMergeProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := valuesGen(3).Draw(t, "a"), valuesGen(3).Draw(t, "b")
		wantA, wantB := copyOf(a).(map[string]any), copyOf(b).(map[string]any)
		merged := recipe.Merge(a, b)
		if diff := cmp.Diff(mergeInPlace(copyOf(a).(map[string]any), wantB), merged); diff != "" {
			t.Fatal(diff)
		}
		scribble(merged)
		if diff := cmp.Diff(wantA, a); diff != "" {
			t.Fatal("the result shares memory with the first argument:\n", diff)
		}
		if diff := cmp.Diff(wantB, b); diff != "" {
			t.Fatal("the result shares memory with the second argument:\n", diff)
		}
	})
}

func TestDetach(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values, over := valuesGen(3).Draw(t, "values"), valuesGen(3).Draw(t, "over")
		want := copyOf(values).(map[string]any)
		detached := recipe.Detach(values, over)
		if diff := cmp.Diff(want, detached); diff != "" {
			t.Fatal(diff)
		}
		scribbleAt(detached, over)
		if diff := cmp.Diff(want, values); diff != "" {
			t.Fatal("the result shares what may change with the argument:\n", diff)
		}
	})
}

// scribbleAt overwrites what is where another value is, above or below.
func scribbleAt(value, at any) {
	values, isMap := value.(map[string]any)
	ats, isMapping := at.(map[string]any)
	if !isMap || !isMapping {
		scribble(value)
		return
	}
	for key, deeper := range ats {
		scribbleAt(values[key], deeper)
		values[key] = "scribbled"
	}
}

// valuesGen draws Helm values from few keys, so that two draws meet.
func valuesGen(depth int) *rapid.Generator[map[string]any] {
	return rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", "c"}), valueGen(depth), 0, 3)
}

func valueGen(depth int) *rapid.Generator[any] {
	leaf := rapid.SampledFrom([]any{nil, true, "x", "y", int64(1), 0.5})
	if depth == 0 {
		return leaf
	}
	inner := rapid.Deferred(func() *rapid.Generator[any] { return valueGen(depth - 1) })
	list := rapid.Custom(func(t *rapid.T) any { return rapid.SliceOfN(inner, 0, 3).Draw(t, "list") })
	mapping := rapid.Custom(func(t *rapid.T) any { return valuesGen(depth-1).Draw(t, "map") })
	return rapid.OneOf(leaf, list, mapping, mapping)
}

// mergeInPlace does what Helm does with two -f files (helm.sh/helm/v4 pkg/chart/v2/loader, MergeMaps), but into the first one.
func mergeInPlace(base, over map[string]any) map[string]any {
	for key, value := range over {
		inner, isMap := value.(map[string]any)
		if existing, ok := base[key].(map[string]any); ok && isMap {
			mergeInPlace(existing, inner)
		} else {
			base[key] = copyOf(value)
		}
	}
	return base
}

func copyOf(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := map[string]any{}
		for key, child := range v {
			m[key] = copyOf(child)
		}
		return m
	case []any:
		list := []any{}
		for _, child := range v {
			list = append(list, copyOf(child))
		}
		return list
	}
	return v
}
