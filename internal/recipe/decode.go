package recipe

import (
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/NVIDIA/cloud-native-stack/internal/document"
)

// fileLimits bound one file of recipe data.
var fileLimits = document.Limits{Bytes: 4 << 20, Values: 1 << 20, Levels: 64}

// values is a YAML mapping of any content, in the plain types of package document.
type values map[string]any

// UnmarshalYAML implements [yaml.Unmarshaler].
func (v *values) UnmarshalYAML(node *yaml.Node) error {
	plain, err := document.NodeValue(node)
	if err != nil {
		return err
	}
	m, ok := plain.(map[string]any)
	if !ok {
		return fmt.Errorf("line %d: want a mapping", node.Line)
	}
	*v = m
	return nil
}

// decode reads one YAML file into a struct (or values) and refuses fields that the struct doesn't have.
func (l *loader) decode(file string, into any) error {
	data, err := fs.ReadFile(l.fsys, file)
	if err != nil {
		return l.unread(file, err)
	}
	node, err := document.Node(data, fileLimits)
	if err != nil {
		return located(l.path(file), err)
	}
	if err := checkFields(node, reflect.TypeOf(into).Elem()); err != nil {
		return located(l.path(file), err)
	}
	if err := node.Decode(into); err != nil {
		return located(l.path(file), err)
	}
	l.catalog.sources[file] = node
	return nil
}

// located turns «line 3: …» into «file:3: …», also where yaml.v3 puts a heading before it.
func located(file string, err error) error {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	message = strings.TrimSpace(strings.TrimPrefix(message, "unmarshal errors:"))
	if rest, ok := strings.CutPrefix(message, "line "); ok {
		return fmt.Errorf("%s:%s", file, rest)
	}
	return fmt.Errorf("%s: %s", file, message)
}

// checkFields refuses mapping keys that a struct has no field for.
func checkFields(node *yaml.Node, t reflect.Type) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	node = target(node)
	if node.Kind != yaml.MappingNode || t == reflect.TypeFor[values]() {
		return nil
	}
	for i := 0; i < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		var fieldType reflect.Type
		switch t.Kind() {
		case reflect.Map:
			fieldType = t.Elem()
		case reflect.Struct:
			fields := yamlFields(t)
			if fieldType = fields[key.Value]; fieldType == nil {
				return fmt.Errorf("line %d: unknown field %q: must be one of %s", key.Line, key.Value, strings.Join(sortedNames(fields), ", "))
			}
		default:
			return nil
		}
		if err := checkFields(value, fieldType); err != nil {
			return err
		}
	}
	return nil
}

func yamlFields(t reflect.Type) map[string]reflect.Type {
	fields := map[string]reflect.Type{}
	for f := range t.Fields() {
		if name := f.Tag.Get("yaml"); name != "" && name != "-" {
			fields[name] = f.Type
		}
	}
	return fields
}

func sortedNames(fields map[string]reflect.Type) []string {
	var names []string
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// lookup returns the nodes of a mapping's key and of its value, nil if there is none. Aliases lead to what they stand for, and merged
// mappings count where the mapping itself lacks the key.
func lookup(mapping *yaml.Node, name string) (key, value *yaml.Node) {
	mapping = target(mapping)
	if mapping.Kind != yaml.MappingNode {
		return nil, nil
	}
	var merged []*yaml.Node
	for i := 0; i < len(mapping.Content); i += 2 {
		key, value := mapping.Content[i], target(mapping.Content[i+1])
		switch {
		case key.ShortTag() != "!!merge" && key.Value == name:
			return key, value
		case key.ShortTag() == "!!merge" && value.Kind == yaml.SequenceNode:
			merged = append(merged, value.Content...)
		case key.ShortTag() == "!!merge":
			merged = append(merged, value)
		}
	}
	for _, m := range merged {
		if key, value := lookup(m, name); key != nil {
			return key, value
		}
	}
	return nil, nil
}

func target(node *yaml.Node) *yaml.Node {
	if node.Kind == yaml.AliasNode {
		return node.Alias
	}
	return node
}
