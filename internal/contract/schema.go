package contract

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/internal/document"
	"github.com/NVIDIA/cloud-native-stack/internal/values"
)

// Schema returns one schema of the document as JSON, with a copy of what each reference in it
// stands for.
func (c *Contract) Schema(name string) ([]byte, error) {
	doc, err := document.YAML(c.YAML, specLimits)
	if err != nil {
		return nil, fmt.Errorf("openapi document: %w", err)
	}
	schemas, _ := values.Lookup(doc.(map[string]any), "components.schemas")
	schema, ok := schemas.(map[string]any)[name]
	if !ok {
		return nil, fmt.Errorf("the openapi document has no schema %s", name)
	}
	return json.Marshal(inline(schema, schemas.(map[string]any)))
}

// inline copies a value of a document whose references don't go in circles.
func inline(v any, schemas map[string]any) any {
	switch v := v.(type) {
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok {
			return inline(schemas[strings.TrimPrefix(ref, "#/components/schemas/")], schemas)
		}
		m := make(map[string]any, len(v))
		for key, item := range v {
			m[key] = inline(item, schemas)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = inline(item, schemas)
		}
		return list
	}
	return v
}
