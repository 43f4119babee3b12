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
	return json.Marshal(values.Rewritten(schema, func(v any) any { // references don't go in circles
		for {
			m, _ := v.(map[string]any)
			ref, ok := m["$ref"].(string)
			if !ok {
				return v
			}
			v = schemas.(map[string]any)[strings.TrimPrefix(ref, "#/components/schemas/")]
		}
	}))
}
