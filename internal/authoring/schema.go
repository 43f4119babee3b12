package authoring

import (
	_ "embed" // descriptions.yaml
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
	"gopkg.in/yaml.v3"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
)

//go:embed descriptions.yaml
var descriptions []byte

// Schema returns the JSON Schema of a kind of recipe file, for editors: overlay, which base.yaml is
// as well, component, or images. It knows what one file alone can show; what files say of each
// other is for [catalog.Load].
func Schema(kind string, c *contract.Contract) ([]byte, error) {
	types := map[string]reflect.Type{
		"component": reflect.TypeFor[catalog.Component](),
		"images":    reflect.TypeFor[catalog.Images](),
		"overlay":   reflect.TypeFor[catalog.Overlay](),
	}
	if types[kind] == nil {
		known := strings.Join(slices.Sorted(maps.Keys(types)), ", ")
		return nil, fmt.Errorf("unknown kind of recipe file %q: must be one of %s", kind, known)
	}
	known := map[string]*jsonschema.Schema{}
	for _, name := range []string{"ComponentRef", "Constraints", "Criteria", "Precondition"} {
		text, err := c.Schema(name)
		if err != nil {
			return nil, err
		}
		known[name] = new(jsonschema.Schema)
		if err := json.Unmarshal(text, known[name]); err != nil {
			return nil, fmt.Errorf("schema %s: %w", name, err)
		}
	}
	schema, err := jsonschema.ForType(types[kind], &jsonschema.ForOptions{
		TypeSchemas: map[reflect.Type]*jsonschema.Schema{
			reflect.TypeFor[gen.Constraints](): known["Constraints"],
			reflect.TypeFor[catalog.Mapping](): {Type: "object"},
		},
	})
	if err != nil {
		return nil, err
	}
	refine(schema, known, c.Criteria())
	if err := describe(schema, kind); err != nil {
		return nil, fmt.Errorf("schema of %s: %w", kind, err)
	}
	schema.Schema = "https://json-schema.org/draft/2020-12/schema"
	schema.ID = "https://github.com/NVIDIA/cloud-native-stack/gen/schema/" + kind + ".schema.json"
	schema.Title = "cnsd recipe data: " + kind
	text, err := json.MarshalIndent(schema, "", "  ")
	return append(text, '\n'), err
}

// refine adds what the contract knows and Go types don't say.
func refine(s *jsonschema.Schema, known map[string]*jsonschema.Schema, criteria []contract.Criterion) {
	ref := known["ComponentRef"]
	for _, field := range fields(s) {
		if slices.Equal(field.Types, []string{"null", "array"}) { // what Go makes of a list; null would be an oversight
			field.Type, field.Types = "array", nil
		}
	}
	borrow(s, ref)
	if names := s.Properties["dependsOn"]; names != nil {
		names.Items = ref.Properties["name"].CloneSchemas()
	}
	if uses := s.Properties["components"]; uses != nil {
		uses.PropertyNames = ref.Properties["name"].CloneSchemas()
		borrow(uses.AdditionalProperties, ref)
	}
	if preconditions := s.Properties["preconditions"]; preconditions != nil {
		preconditions.PropertyNames = known["Precondition"].Properties["name"].CloneSchemas()
		borrow(preconditions.AdditionalProperties, known["Precondition"])
	}
	for _, name := range []string{"criteria", "offers"} {
		if field := s.Properties[name]; field != nil {
			byCriterion(field, known["Criteria"], criteria)
		}
	}
}

// borrow takes over the limits of strings that recipes hold under the same name.
func borrow(s, ref *jsonschema.Schema) {
	for name, property := range s.Properties {
		if known := ref.Properties[name]; known != nil && property.Type == "string" && known.Type == "string" {
			property.Pattern, property.MinLength, property.MaxLength = known.Pattern, known.MinLength, known.MaxLength
			property.Enum = known.Enum
		}
	}
}

// byCriterion makes a map whose names and values are free one with those of the criteria.
func byCriterion(s, described *jsonschema.Schema, criteria []contract.Criterion) {
	free := s.AdditionalProperties
	s.AdditionalProperties = &jsonschema.Schema{Not: &jsonschema.Schema{}}
	s.Properties = map[string]*jsonschema.Schema{}
	for _, criterion := range criteria {
		property := free.CloneSchemas()
		property.Description = described.Properties[criterion.Name].Description
		s.Properties[criterion.Name] = property
		if property.Items != nil {
			property = property.Items
		}
		for _, value := range criterion.Values {
			property.Enum = append(property.Enum, value)
		}
	}
}

// fields returns a schema and all those in it that a key of a file leads to, also of maps in lists,
// by the keys, separated by dots; * stands for any key.
func fields(s *jsonschema.Schema) map[string]*jsonschema.Schema {
	all := map[string]*jsonschema.Schema{"": s}
	add := func(key string, inner *jsonschema.Schema) {
		for path, field := range fields(inner) {
			all[strings.TrimSuffix(key+"."+path, ".")] = field
		}
	}
	for name, property := range s.Properties {
		add(name, property)
	}
	if s.Items != nil {
		for name, property := range s.Items.Properties {
			add(name, property)
		}
	}
	if more := s.AdditionalProperties; more != nil && more.Not == nil {
		add("*", more)
	}
	return all
}

// describe gives each field its description. The contract has described some.
func describe(s *jsonschema.Schema, kind string) error {
	var texts map[string]map[string]string
	if err := yaml.Unmarshal(descriptions, &texts); err != nil {
		return err
	}
	all := fields(s)
	for path, text := range texts[kind] {
		if all[path] == nil {
			return fmt.Errorf("it has no field %q, which is described", path)
		}
		all[path].Description = text
	}
	for _, path := range slices.Sorted(maps.Keys(all)) {
		if all[path].Description == "" {
			return fmt.Errorf("the field %q is not described", path)
		}
	}
	return nil
}
