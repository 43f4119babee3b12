package catalog

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"reflect"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/NVIDIA/cloud-native-stack/internal/document"
)

// fileLimits bound one file of recipe data: a recipe that it is part of can't be sent back with
// more.
var fileLimits = document.Limits{Bytes: 1 << 20, Values: 10_000, Levels: 64}

const (
	// maxFiles and maxValues bound all files together, those in the program with them: several
	// times as many as some hundred overlays with some hundred values have.
	maxFiles  = 2000
	maxValues = 250_000
	maxFaults = 20 // of the fields of one file that are told
)

// Mapping is a YAML mapping of any content, in the plain types of package document.
type Mapping map[string]any

// UnmarshalYAML implements [yaml.Unmarshaler].
func (m *Mapping) UnmarshalYAML(node *yaml.Node) error {
	plain, err := document.NodeValue(node)
	if err == nil {
		*m, _ = plain.(map[string]any)
	}
	return err
}

// Decode reads the text of a recipe file into a struct or [Mapping] and refuses fields that the
// struct doesn't have. It returns the file's root. The error joins a [*Fault] of no file for each
// thing that is wrong.
func Decode(text []byte, into any) (*yaml.Node, error) {
	node, err := document.Node(text, fileLimits)
	if err != nil {
		return nil, newFault(err)
	}
	if faults := checkFields(node, reflect.TypeOf(into).Elem()); len(faults) > 0 {
		return nil, errors.Join(faults[:min(maxFaults, len(faults))]...)
	}
	if err := node.Decode(into); err != nil {
		return nil, newFault(err)
	}
	return node, nil
}

// Fault is something wrong in a file of recipe data.
type Fault struct {
	File    string // as people find it; empty if only the caller knows
	Line    int    // 0 if the fault is one of the whole file
	Message string
}

// Error returns the fault as one line of text.
func (f Fault) Error() string {
	switch {
	case f.File == "" && f.Line == 0:
		return f.Message
	case f.File == "":
		return fmt.Sprintf("line %d: %s", f.Line, f.Message)
	case f.Line == 0:
		return f.File + ": " + f.Message
	}
	return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Message)
}

// newFault returns what an error says without the file, which errors of the file system name, and
// with the line, which readers have in their texts alone.
func newFault(err error) *Fault {
	f := &Fault{Message: strings.TrimPrefix(err.Error(), "yaml: ")}
	var p *fs.PathError
	switch {
	case errors.As(err, &f):
		return f
	case errors.As(err, &p):
		f.Message = p.Err.Error()
	}
	if n, _ := fmt.Sscanf(f.Message, "line %d: ", &f.Line); n == 1 {
		_, f.Message, _ = strings.Cut(f.Message, ": ")
	}
	return f
}

// readFile refuses what would take long or never end to read: directories have files of all kinds.
func readFile(fsys fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("not a regular file")
	case info.Size() > int64(fileLimits.Bytes):
		return nil, fmt.Errorf("larger than %d bytes", fileLimits.Bytes)
	}
	return fs.ReadFile(fsys, name)
}

// checkFields refuses mapping keys that a struct has no field for, also in lists of structs, and
// anything but null where a mapping, list or text should be. The keys lead to the node. Each error
// is a [*Fault] of no file.
func checkFields(node *yaml.Node, t reflect.Type, keys ...string) (faults []error) {
	wanted := map[reflect.Kind]string{
		reflect.Struct: "mapping", reflect.Map: "mapping", reflect.Slice: "list", reflect.String: "text",
	}
	kinds := map[yaml.Kind]string{yaml.MappingNode: "mapping", yaml.SequenceNode: "list", yaml.ScalarNode: "text"}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	node = target(node)
	want := wanted[t.Kind()]
	if want != "" && want != kinds[node.Kind] && node.ShortTag() != "!!null" {
		message := "want a " + want
		if len(keys) > 0 {
			message = strings.Join(keys, ".") + ": " + message
		}
		return []error{&Fault{Line: node.Line, Message: message}}
	}
	switch {
	case t == reflect.TypeFor[Mapping]():
		return nil
	case node.Kind == yaml.SequenceNode && t.Kind() == reflect.Slice:
		for _, item := range node.Content {
			faults = append(faults, checkFields(item, t.Elem(), keys...)...)
		}
	case node.Kind == yaml.MappingNode:
		return checkMapping(node, t, keys)
	}
	return faults
}

func checkMapping(node *yaml.Node, t reflect.Type, keys []string) (faults []error) {
	fields := map[string]reflect.Type{}
	if t.Kind() == reflect.Struct {
		for f := range t.Fields() {
			if name := f.Tag.Get("yaml"); name != "" && name != "-" {
				fields[name] = f.Type
			}
		}
	}
	refuse := func(key *yaml.Node, format string, args ...any) {
		faults = append(faults, &Fault{Line: key.Line, Message: fmt.Sprintf(format, args...)})
	}
	for i := 0; i < len(node.Content); i += 2 {
		key, value := target(node.Content[i]), node.Content[i+1]
		field, ok := fields[key.Value]
		switch {
		case key.ShortTag() == "!!merge":
			refuse(key, "<< works in values alone: write the fields out")
			continue
		case t.Kind() == reflect.Map:
			field = t.Elem()
		case !ok:
			refuse(key, "unknown field %q: must be one of %s",
				key.Value, strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
			continue
		}
		faults = append(faults, checkFields(value, field, append(slices.Clip(keys), key.Value)...)...)
	}
	return faults
}

// Lookup returns the nodes of a mapping's key and of its value, nil if there is none. Aliases lead
// to what they stand for, and merged mappings count where the mapping itself lacks the key.
func Lookup(mapping *yaml.Node, name string) (key, value *yaml.Node) {
	mapping = target(mapping)
	if mapping.Kind != yaml.MappingNode {
		return nil, nil
	}
	var merged []*yaml.Node
	for i := 0; i < len(mapping.Content); i += 2 {
		key, value := target(mapping.Content[i]), target(mapping.Content[i+1])
		isMerge := key.Value == "<<" && key.ShortTag() == "!!merge"
		switch {
		case !isMerge && key.Value == name:
			return key, value
		case isMerge && value.Kind == yaml.SequenceNode:
			merged = append(merged, value.Content...)
		case isMerge:
			merged = append(merged, value)
		}
	}
	for _, m := range merged {
		if key, value := Lookup(m, name); key != nil {
			return key, value
		}
	}
	return nil, nil
}

// countValues counts what is in a file as [document.Limits] do.
func countValues(node *yaml.Node) int {
	node = target(node)
	count := 1
	for i, child := range node.Content {
		if node.Kind != yaml.MappingNode || i%2 == 1 {
			count += countValues(child)
		}
	}
	return count
}

func target(node *yaml.Node) *yaml.Node {
	if node.Kind == yaml.AliasNode {
		return node.Alias
	}
	return node
}
