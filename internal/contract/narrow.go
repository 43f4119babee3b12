package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
	"gopkg.in/yaml.v3"

	"github.com/NVIDIA/cloud-native-stack/internal/document"
)

// specLimits bound the project's own document.
var specLimits = document.Limits{Bytes: 16 << 20, Values: 1 << 20, Levels: 64}

// rewrite returns the document with the given enums, and without the examples that they make wrong.
func rewrite(spec []byte, enums map[string][]string) ([]byte, error) {
	root, err := document.Node(spec, specLimits)
	if err != nil {
		return nil, err
	}
	root = expand(root)
	components := child(root, "components")
	for name, values := range enums {
		keepEnum(child(child(components, "schemas"), name), values)
	}
	if spec, err = encode(root); err != nil {
		return nil, err
	}
	doc, err := load(spec)
	if err != nil {
		return nil, err
	}
	for name, ref := range doc.Components.RequestBodies {
		dropExamples(child(child(components, "requestBodies"), name), ref.Value.Content)
	}
	for name, ref := range doc.Components.Responses {
		dropExamples(child(child(components, "responses"), name), ref.Value.Content)
	}
	return encode(root)
}

// keepEnum removes the enum values that are not in keep, and the generators' names for them.
func keepEnum(schema *yaml.Node, keep []string) {
	values, names := child(schema, "enum"), child(schema, "x-enum-varnames")
	for i := len(values.Content) - 1; i >= 0; i-- {
		if slices.Contains(keep, values.Content[i].Value) {
			continue
		}
		values.Content = slices.Delete(values.Content, i, i+1)
		if names != nil {
			names.Content = slices.Delete(names.Content, i, i+1)
		}
	}
}

// dropExamples removes the named examples that their schema no longer admits.
func dropExamples(node *yaml.Node, content openapi3.Content) {
	for mediaType, mt := range content {
		examples := child(child(child(node, "content"), mediaType), "examples")
		for name, ref := range mt.Examples {
			if mt.Schema.Value.VisitJSON(ref.Value.Value) == nil {
				continue
			}
			i := slices.IndexFunc(examples.Content, func(n *yaml.Node) bool { return n.Value == name })
			examples.Content = slices.Delete(examples.Content, i, i+2)
		}
	}
}

// child returns the value of a mapping's key, nil if there is none.
func child(mapping *yaml.Node, key string) *yaml.Node {
	if mapping == nil {
		return nil
	}
	for i := 0; i < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return mapping.Content[i+1]
		}
	}
	return nil
}

// expand returns a copy of the node in which each alias is a copy of what it stands for.
func expand(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return expand(n.Alias)
	}
	c := *n
	c.Anchor = ""
	c.Content = make([]*yaml.Node, len(n.Content))
	for i, child := range n.Content {
		c.Content[i] = expand(child)
	}
	return &c
}

func encode(root *yaml.Node) ([]byte, error) {
	var buf bytes.Buffer
	enc := yaml.NewEncoder(&buf)
	enc.SetIndent(2)
	if err := enc.Encode(root); err != nil {
		return nil, fmt.Errorf("openapi document: %w", err)
	}
	return buf.Bytes(), nil
}

func toJSON(spec []byte) ([]byte, error) {
	v, err := document.YAML(spec, specLimits)
	if err != nil {
		return nil, fmt.Errorf("openapi document: %w", err)
	}
	return json.Marshal(v)
}
