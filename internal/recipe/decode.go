package recipe

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"reflect"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/NVIDIA/cloud-native-stack/internal/document"
)

// fileLimits bound one file of recipe data.
var fileLimits = document.Limits{Bytes: 4 << 20, Values: 1 << 20, Levels: 64}

// mapping is a YAML mapping of any content, in the plain types of package document.
type mapping map[string]any

// UnmarshalYAML implements [yaml.Unmarshaler].
func (v *mapping) UnmarshalYAML(node *yaml.Node) error {
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

// decode reads one YAML file into a struct (or mapping) and refuses fields that the struct doesn't have.
func (l *loader) decode(file string, into any) error {
	data, err := readFile(l.fsys, file)
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

// readFile refuses what would take long or never end to read: directories have files of all kinds.
func readFile(fsys fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("not a regular file")
	}
	file, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, int64(fileLimits.Bytes)+1))
	if len(data) > fileLimits.Bytes {
		return nil, fmt.Errorf("larger than %d bytes", fileLimits.Bytes)
	}
	return data, err
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

// checkFields refuses mapping keys that a struct has no field for, also in lists of structs, and anything else in the place of a mapping, list or
// text. The keys lead to the node.
func checkFields(node *yaml.Node, t reflect.Type, keys ...string) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	node = target(node)
	if want, ok := wanted(node, t); !ok {
		place := strings.Join(keys, ".")
		if place != "" {
			place += ": "
		}
		return fmt.Errorf("line %d: %swant a %s", node.Line, place, want)
	}
	if node.Kind == yaml.SequenceNode && t.Kind() == reflect.Slice {
		for _, item := range node.Content {
			if err := checkFields(item, t.Elem(), keys...); err != nil {
				return err
			}
		}
	}
	if node.Kind != yaml.MappingNode || t == reflect.TypeFor[mapping]() {
		return nil
	}
	for i := 0; i < len(node.Content); i += 2 {
		key, value := target(node.Content[i]), node.Content[i+1]
		if key.ShortTag() == "!!merge" {
			return fmt.Errorf("line %d: << works in values alone: write the fields out", key.Line)
		}
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
		if err := checkFields(value, fieldType, append(slices.Clip(keys), key.Value)...); err != nil {
			return err
		}
	}
	return nil
}

// wanted says what a node has to be for a type, and whether it is. Null is for every type.
func wanted(node *yaml.Node, t reflect.Type) (want string, isIt bool) {
	switch t.Kind() {
	case reflect.Struct, reflect.Map:
		want, isIt = "mapping", node.Kind == yaml.MappingNode
	case reflect.Slice:
		want, isIt = "list", node.Kind == yaml.SequenceNode
	case reflect.String:
		want, isIt = "text", node.Kind == yaml.ScalarNode
	default:
		isIt = true
	}
	return want, isIt || node.ShortTag() == "!!null"
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
		key, value := target(mapping.Content[i]), target(mapping.Content[i+1])
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
