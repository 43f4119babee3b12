package recipe

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"
)

// EncodeJSON returns v as one line of JSON. Equal values give equal bytes.
func EncodeJSON(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return buf.Bytes(), err
}

// EncodeYAML returns v as YAML that YAML 1.1 readers such as Helm read back as the same values. Equal values give equal bytes.
func EncodeYAML(v any) ([]byte, error) {
	node, err := toNode(reflect.ValueOf(v), 0)
	if err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	enc := yaml.NewEncoder(&buf)
	enc.SetIndent(2)
	err = enc.Encode(node)
	return buf.Bytes(), err
}

// toNode builds the YAML of what JSON can hold too, at a level of nesting. Left to itself yaml.v3 writes some strings so that readers take them for others.
func toNode(v reflect.Value, level int) (*yaml.Node, error) {
	switch v.Kind() {
	case reflect.Invalid:
		return &yaml.Node{Kind: yaml.ScalarNode, Value: "null"}, nil
	case reflect.Interface, reflect.Pointer:
		return toNode(v.Elem(), level)
	case reflect.String:
		return stringNode(v.String(), level), nil
	case reflect.Float64:
		return &yaml.Node{Kind: yaml.ScalarNode, Value: float(v.Float())}, nil
	case reflect.Bool, reflect.Int, reflect.Int64:
		return &yaml.Node{Kind: yaml.ScalarNode, Value: fmt.Sprint(v.Interface())}, nil
	case reflect.Slice:
		list := &yaml.Node{Kind: yaml.SequenceNode}
		for i := range v.Len() {
			item, err := toNode(v.Index(i), level+1)
			if err != nil {
				return nil, err
			}
			list.Content = append(list.Content, item)
		}
		return list, nil
	case reflect.Map:
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		mapping := &yaml.Node{Kind: yaml.MappingNode}
		for _, key := range keys {
			if err := add(mapping, key.String(), v.MapIndex(key), level+1); err != nil {
				return nil, err
			}
		}
		return mapping, nil
	case reflect.Struct:
		mapping := &yaml.Node{Kind: yaml.MappingNode}
		for field, value := range v.Fields() {
			name, options, _ := strings.Cut(field.Tag.Get("yaml"), ",")
			if options == "omitempty" && (value.IsZero() || value.Kind() == reflect.Map && value.Len() == 0) {
				continue
			}
			if err := add(mapping, name, value, level+1); err != nil {
				return nil, err
			}
		}
		return mapping, nil
	}
	return nil, fmt.Errorf("a value of type %s has no YAML form", v.Type())
}

// float writes a number with the dot without which YAML 1.1 takes one with an exponent for a string.
func float(f float64) string {
	s := strconv.FormatFloat(f, 'g', -1, 64)
	if mantissa, exponent, ok := strings.Cut(s, "e"); ok && !strings.Contains(mantissa, ".") {
		return mantissa + ".0e" + exponent
	}
	return s
}

func add(mapping *yaml.Node, key string, v reflect.Value, level int) error {
	value, err := toNode(v, level)
	if err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	mapping.Content = append(mapping.Content, stringNode(key, level), value)
	return nil
}

func stringNode(s string, level int) *yaml.Node {
	// As a block, every line is indented: many short ones become much longer than they are.
	const most = 4096
	indentation := strings.Count(s, "\n") * level * 2
	node := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	if misread(s) || indentation > len(s)+most {
		node.Style = yaml.DoubleQuotedStyle
	}
	return node
}

// misread says whether readers take a string for something else unless it is quoted, and yaml.v3 doesn't see that in a node.
func misread(s string) bool {
	switch strings.ToLower(s) {
	case "y", "n", "yes", "no", "on", "off", "<<", "=": // booleans and special keys of YAML 1.1
		return true
	case "":
		return false
	}
	for _, prefix := range []string{"0x", "0b", "0o"} { // "0x_" is a number to some
		if strings.HasPrefix(strings.ToLower(s), prefix) {
			return true
		}
	}
	base60 := strings.ContainsAny(s[:1], "-+0123456789") && strings.Contains(s, ":")
	return base60 || strings.ContainsAny(s[:1], "\t\n") && strings.Contains(s, "\n") || strings.ContainsFunc(s, isUnseen)
}

// isUnseen finds what a block could lose or take for a line break, such as U+2028.
func isUnseen(r rune) bool { return !unicode.IsPrint(r) && r != '\n' && r != '\t' }
