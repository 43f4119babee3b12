package values

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestMerge(t *testing.T) {
	type m = map[string]any
	for _, tc := range []struct {
		name             string
		base, over, want m
	}{
		{"maps merge", m{"a": m{"b": "1", "c": "2"}}, m{"a": m{"c": "3", "d": "4"}},
			m{"a": m{"b": "1", "c": "3", "d": "4"}}},
		{"lists replace", m{"a": []any{"1", "2"}}, m{"a": []any{"3"}}, m{"a": []any{"3"}}},
		{"an empty list replaces", m{"a": []any{"1"}}, m{"a": []any{}}, m{"a": []any{}}},
		{"an empty map adds nothing", m{"a": m{"b": "1"}}, m{"a": m{}}, m{"a": m{"b": "1"}}},
		{"scalars replace", m{"a": int64(1), "b": true}, m{"a": "1", "b": false}, m{"a": "1", "b": false}},
		{"a scalar replaces a map", m{"a": m{"b": "1"}}, m{"a": "x"}, m{"a": "x"}},
		{"a map replaces a scalar", m{"a": "x"}, m{"a": m{"b": "1"}}, m{"a": m{"b": "1"}}},
		{"null stays, Helm takes the chart's default away by it", m{"a": m{"b": "1"}, "c": "1"},
			m{"a": m{"b": nil}, "c": nil},
			m{"a": m{"b": nil}, "c": nil}},
		{"null in the base stays", m{"a": nil}, m{}, m{"a": nil}},
		{"a map replaces null", m{"a": nil}, m{"a": m{"b": nil}}, m{"a": m{"b": nil}}},
		{"nothing and nothing", nil, nil, m{}},
		{"nothing over", m{"a": "1"}, nil, m{"a": "1"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, Merge(tc.base, tc.over)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMergeProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := valuesGen(3).Draw(t, "a"), valuesGen(3).Draw(t, "b")
		wantA, wantB := copyOf(a).(map[string]any), copyOf(b).(map[string]any)
		merged := Merge(a, b)
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

func TestCloneAt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values, over := valuesGen(3).Draw(t, "values"), valuesGen(3).Draw(t, "over")
		want := copyOf(values).(map[string]any)
		cloned := CloneAt(values, over)
		if diff := cmp.Diff(want, cloned); diff != "" {
			t.Fatal(diff)
		}
		scribbleAt(cloned, over)
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

// scribble overwrites all that can be reached from a value, spare room of lists included.
func scribble(value any) {
	switch v := value.(type) {
	case map[string]any:
		for key, item := range v {
			scribble(item)
			v[key] = "scribbled"
		}
	case []any:
		for i, item := range v {
			scribble(item)
			v[i] = "scribbled"
		}
		clear(v[:cap(v)])
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

// mergeInPlace does what Helm does with two -f files (helm.sh/helm/v4 pkg/chart/v2/loader,
// MergeMaps), but into the first one.
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

func TestLookup(t *testing.T) {
	type m = map[string]any
	values := m{"a": m{"b": "1", "gone": nil}, "none": nil, "list": []any{"x"}}
	for _, tt := range []struct {
		path   string
		want   any
		stated bool
	}{
		{"a.b", "1", true},
		{"a", m{"b": "1", "gone": nil}, true},
		{"a.gone", nil, true},
		{"a.gone.deeper", nil, true},
		{"none.deeper", nil, true},
		{"list.0", nil, true},
		{"a.b.c", nil, true},
		{"a.c", nil, false},
		{"b", nil, false},
	} {
		got, stated := Lookup(values, tt.path)
		if diff := cmp.Diff(tt.want, got); diff != "" || stated != tt.stated {
			t.Errorf("%s: stated %t, %s", tt.path, stated, diff)
		}
	}
}

func TestPut(t *testing.T) {
	type m = map[string]any
	for _, tt := range []struct {
		name         string
		values       m
		path         string
		value        any
		want, reason any
	}{
		{"a text where nothing is", m{}, "a.b", "x", m{"a": m{"b": "x"}}, nil},
		{"a number over another", m{"a": int64(1)}, "a", int64(2), m{"a": int64(2)}, nil},
		{"entries beside others", m{"a": m{"b": "1"}}, "a", m{"c": "2"}, m{"a": m{"b": "1", "c": "2"}}, nil},
		{"items once", m{"a": []any{"x"}}, "a", []any{"x", "y"}, m{"a": []any{"x", "y"}}, nil},
		{"below a text", m{"a": "x"}, "a.b", "y", m{"a": "x"}, "a is not a mapping in the recipe's values"},
		{"entries over a text", m{"a": "x"}, "a", m{"c": "2"}, m{"a": "x"},
			"the recipe's values hold no mapping there"},
		{"items over a text", m{"a": "x"}, "a", []any{"y"}, m{"a": "x"}, "the recipe's values hold no list there"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var reason any
			if err := Put(tt.values, tt.path, tt.value); err != nil {
				reason = err.Error()
			}
			if diff := cmp.Diff([]any{tt.want, tt.reason}, []any{tt.values, reason}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestHasNullAndIntegers(t *testing.T) {
	type m = map[string]any
	if HasNull(m{"a": []any{"x", m{"b": int64(0)}}}) || !HasNull(m{"a": []any{"x", m{"b": nil}}}) {
		t.Error("HasNull looks wrongly")
	}
	got := Integers(m{"a": []any{float64(1e6), 0.5}, "b": m{"c": float64(-3)}})
	if diff := cmp.Diff(m{"a": []any{int64(1e6), 0.5}, "b": m{"c": int64(-3)}}, got); diff != "" {
		t.Error(diff)
	}
}
