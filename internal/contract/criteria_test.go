package contract

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/api"
)

func TestCriteria(t *testing.T) {
	spec := replaced(t, "x-allowlist: TEST_COLORS", "x-allowlist: TEST_COLORS\n      x-any: no color")
	c, err := Load(spec, map[string][]string{"TEST_COLORS": {"red"}})
	if err != nil {
		t.Fatal(err)
	}
	want := []Criterion{
		{Name: "color", Values: []string{"red", "green", "blue", "any"}, Any: "no color"},
		{Name: "size", Values: []string{"S", "M", "XL"}},
	}
	if diff := cmp.Diff(want, c.Criteria()); diff != "" {
		t.Error(diff)
	}
}

// Recipe data, requests and documents speak of the same criteria.
func TestEveryCriterionIsAParameter(t *testing.T) {
	c, err := Load(api.Spec, nil)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, criterion := range c.Criteria() {
		names = append(names, criterion.Name)
		if !slices.Contains(criterion.Values, Any) {
			t.Errorf("%s can't be any", criterion.Name)
		}
	}
	var want []string
	for name, ref := range c.Doc.Components.Schemas["Criteria"].Value.Properties {
		if ref.Value.Type.Is("string") {
			want = append(want, name)
		}
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, slices.Sorted(slices.Values(names))); diff != "" {
		t.Error(diff)
	}
}
