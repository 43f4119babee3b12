package recipe

import (
	"iter"
	"reflect"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
)

// named yields the fields of a struct that the contract generates, by their names in JSON.
func named(v reflect.Value) iter.Seq2[string, reflect.Value] {
	return func(yield func(string, reflect.Value) bool) {
		for field, value := range v.Fields() {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if !yield(name, value) {
				return
			}
		}
	}
}

// texts yields the criteria by name, in the contract's order: what is text among the properties.
func texts(criteria *gen.Criteria) iter.Seq2[string, reflect.Value] {
	return func(yield func(string, reflect.Value) bool) {
		for name, value := range named(reflect.ValueOf(criteria).Elem()) {
			if value.Kind() == reflect.String && !yield(name, value) {
				return
			}
		}
	}
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

// environmentOf returns the criteria by name.
func environmentOf(criteria gen.Criteria) map[string]string {
	environment := map[string]string{}
	for name, value := range texts(&criteria) {
		environment[name] = value.String()
	}
	return environment
}

func describe(criteria gen.Criteria) string {
	var stated []string
	for name, value := range texts(&criteria) {
		stated = append(stated, name+"="+value.String())
	}
	return strings.Join(stated, " ")
}

// criteriaIn returns the criteria and other properties of them that parameters have by equal names.
func criteriaIn(params gen.GetRecipeParams) gen.Criteria {
	given := map[string]reflect.Value{}
	for name, value := range named(reflect.ValueOf(params)) {
		given[name] = value
	}
	var criteria gen.Criteria
	for name, value := range named(reflect.ValueOf(&criteria).Elem()) {
		if g, ok := given[name]; ok {
			value.Set(g.Convert(value.Type()))
		}
	}
	return criteria
}
