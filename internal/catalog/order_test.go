package catalog_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
)

func TestInstallOrder(t *testing.T) {
	for _, tc := range []struct {
		name         string
		names        []string
		dependencies map[string][]string
		rank         map[string]int
		want         []string
	}{
		{"ties go by the alphabet", []string{"c", "a", "b"}, nil, nil, []string{"a", "b", "c"}},
		{"a dependency comes first", []string{"a", "b", "c"}, map[string][]string{"a": {"c"}}, nil,
			[]string{"b", "c", "a"}},
		{"a name goes as soon as it can", []string{"a", "b", "c", "d"}, map[string][]string{"a": {"c"}, "d": {"a"}},
			nil, []string{"b", "c", "a", "d"}},
		{"a diamond", []string{"a", "b", "c", "d"}, map[string][]string{"a": {"c", "b"}, "b": {"d"}, "c": {"d"}}, nil,
			[]string{"d", "b", "c", "a"}},
		{"rank before alphabet", []string{"a", "b", "c"}, nil, map[string]int{"a": 3, "b": 1, "c": 2},
			[]string{"b", "c", "a"}},
		{"equal ranks go by the alphabet", []string{"c", "b", "a"}, nil, map[string]int{"a": 1, "b": 1, "c": 0},
			[]string{"c", "a", "b"}},
		{"dependency before rank", []string{"a", "b"}, map[string][]string{"a": {"b"}}, map[string]int{"a": 1, "b": 2},
			[]string{"b", "a"}},
		{"others don't count", []string{"a", "b"}, map[string][]string{"a": {"z"}, "z": {"b"}}, nil,
			[]string{"a", "b"}},
		{"nothing", nil, nil, nil, []string{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			given := append([]string(nil), tc.names...)
			got, err := catalog.InstallOrder(tc.names, tc.dependencies, tc.rank)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(given, tc.names); diff != "" {
				t.Error("the argument changed:\n", diff)
			}
		})
	}
}

func TestInstallOrderNamesTheCycle(t *testing.T) {
	for _, tc := range []struct {
		name         string
		dependencies map[string][]string
		want         string
	}{
		{"two", map[string][]string{"a": {"b"}, "b": {"a"}}, "dependency cycle: a -> b -> a"},
		{"one", map[string][]string{"b": {"b"}}, "dependency cycle: b -> b"},
		{"without the way to it", map[string][]string{"a": {"b"}, "b": {"c"}, "c": {"d", "b"}},
			"dependency cycle: b -> c -> b"},
		{"without what is done", map[string][]string{"a": {"d", "c"}, "c": {"d", "a"}},
			"dependency cycle: a -> c -> a"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := catalog.InstallOrder([]string{"a", "b", "c", "d"}, tc.dependencies, nil)
			if err == nil || err.Error() != tc.want {
				t.Errorf("order = %v, error = %v, want %s", got, err, tc.want)
			}
		})
	}
}
