package recipe

import (
	"iter"
	"maps"
	"reflect"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
)

// Criteria yields the criteria by name, in the contract's order: what is text among the properties.
// One that is left out is empty.
func Criteria(criteria gen.Criteria) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for name, value := range texts(criteria) {
			if !yield(name, value.String()) {
				return
			}
		}
	}
}

// CriteriaOf is the inverse of [Criteria].
func CriteriaOf(environment map[string]string) (criteria gen.Criteria) {
	for name, value := range texts(&criteria) {
		value.SetString(environment[name])
	}
	return criteria
}

// complete states every criterion.
func complete(criteria gen.Criteria) gen.Criteria {
	for _, value := range texts(&criteria) {
		if value.String() == "" {
			value.SetString(contract.Any)
		}
	}
	return criteria
}

// decided leaves out criteria that are `any` where that is no environment of its own: it says no
// more.
func decided(c *catalog.Catalog, criteria gen.Criteria) gen.Criteria {
	values := maps.Collect(texts(&criteria))
	for _, criterion := range c.Criteria() {
		if value := values[criterion.Name]; criterion.Any == "" && value.String() == contract.Any {
			value.SetString("")
		}
	}
	return criteria
}

// texts yields the fields of a generated struct that are text by their names in the contract. Those
// of a pointer can be set.
func texts(s any) iter.Seq2[string, reflect.Value] {
	return func(yield func(string, reflect.Value) bool) {
		for field, value := range reflect.Indirect(reflect.ValueOf(s)).Fields() {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if value.Kind() == reflect.String && !yield(name, value) {
				return
			}
		}
	}
}

// criteriaIn returns the criteria that parameters have by the same names.
func criteriaIn(params gen.GetRecipeParams) (criteria gen.Criteria) {
	given := reflect.ValueOf(params)
	for field, value := range reflect.ValueOf(&criteria).Elem().Fields() {
		if g := given.FieldByName(field.Name); g.IsValid() {
			value.Set(g)
		}
	}
	return criteria
}
