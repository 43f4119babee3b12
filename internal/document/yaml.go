package document

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// YAML reads one YAML document. It refuses a second document, keys that are repeated or not
// strings, tags and numbers that JSON can't hold, and what exceeds limits. Timestamps stay the
// strings they were written as.
func YAML(data []byte, limits Limits) (any, error) {
	node, err := Node(data, limits)
	if err != nil {
		return nil, err
	}
	return NodeValue(node)
}

// Node reads one YAML document to its root node, with the checks of [YAML], for callers that report
// lines and comments. A comment at the top, with an empty line below it, is the root's head
// comment.
func Node(data []byte, limits Limits) (*yaml.Node, error) {
	if err := checkSource(data, limits); err != nil {
		return nil, err
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			err = errEmpty
		}
		return nil, clean(err)
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		if err != nil {
			return nil, clean(err)
		}
		return nil, errors.New("more than one YAML document")
	}
	c := nodeChecker{limits: limits, left: limits.Bytes, values: limits.Values}
	if err := c.check(doc.Content[0], 1); err != nil {
		return nil, err
	}
	root := doc.Content[0]
	root.HeadComment = doc.HeadComment
	return root, nil
}

// checkSource refuses what would cost too much as soon as yaml.v3 reads it: directives, each of
// which it compares with all the others, and far more separators than the values that limits admit
// can need.
func checkSource(data []byte, limits Limits) error {
	if !utf8.Valid(data) {
		return errors.New("the document is not valid UTF-8")
	}
	for i, c := range data {
		if c == '%' && (i == 0 || data[i-1] == '\n' || data[i-1] == '\r') {
			line := 1 + bytes.Count(data[:i], []byte("\n"))
			return fmt.Errorf("line %d: a line that begins with %%: directives are not supported", line)
		}
	}
	if LeastValues(data) > limits.Values {
		return errTooMany(limits)
	}
	return nil
}

// LeastValues returns how many values limits have to admit so that [YAML] looks into a document: a
// quarter of its separators. That leaves room for long texts, whose line ends and commas look like
// separators.
func LeastValues(data []byte) int {
	const separatorsPerValue = 4
	separators := 0
	for i, c := range data {
		switch c {
		case '\n', '\r', ',', '[', '{':
			separators++
		case ' ', '\t':
			if i > 0 && (data[i-1] == '-' || data[i-1] == '?') {
				separators++
			}
		}
	}
	for _, lineBreak := range []string{"\u0085", "\u2028", "\u2029"} {
		separators += bytes.Count(data, []byte(lineBreak))
	}
	return (separators + separatorsPerValue - 1) / separatorsPerValue
}

// NodeValue turns a node that [Node] returned into plain values. It doesn't leave that to yaml.v3,
// which compares each key of a mapping with every other one: minutes for a megabyte of keys.
func NodeValue(node *yaml.Node) (any, error) {
	switch node.Kind {
	case yaml.AliasNode:
		return NodeValue(node.Alias)
	case yaml.SequenceNode:
		list := make([]any, len(node.Content))
		for i, item := range node.Content {
			var err error
			if list[i], err = NodeValue(item); err != nil {
				return nil, err
			}
		}
		return list, nil
	case yaml.MappingNode:
		return mappingValue(node)
	}
	value, err := scalarValue(node)
	if err != nil {
		return nil, fmt.Errorf("line %d: %w", node.Line, err)
	}
	return value, nil
}

// mappingValue lets the mapping's own keys win over those that it merges in, and earlier merged
// mappings over later ones.
func mappingValue(node *yaml.Node) (any, error) {
	m := make(map[string]any, len(node.Content)/2)
	var merged []any
	for i := 0; i < len(node.Content); i += 2 {
		key := resolved(node.Content[i])
		value, err := NodeValue(node.Content[i+1])
		if err != nil {
			return nil, err
		}
		if key.ShortTag() != "!!merge" {
			m[key.Value] = value
		} else if list, ok := value.([]any); ok {
			merged = append(merged, list...)
		} else {
			merged = append(merged, value)
		}
	}
	for _, item := range merged {
		source, ok := item.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("line %d: << takes a mapping or a list of mappings", node.Line)
		}
		for key, value := range source {
			if _, ok := m[key]; !ok {
				m[key] = value
			}
		}
	}
	return m, nil
}

func scalarValue(node *yaml.Node) (any, error) {
	if tag := node.ShortTag(); tag == "!!str" || tag == "!!merge" {
		return node.Value, nil
	}
	var v any
	if err := node.Decode(&v); err != nil {
		return nil, clean(err)
	}
	switch v.(type) {
	case int, int64, uint64, float64:
		if n, err := number(fmt.Sprint(v)); err == nil && (n != int64(0) || !hasVanished(node.Value)) {
			return n, nil
		}
		return nil, errInexact(node.Value)
	}
	return v, nil // nil or bool: check has seen to that
}

// resolved returns what an alias stands for, and any other node as it is.
func resolved(node *yaml.Node) *yaml.Node {
	if node.Kind == yaml.AliasNode {
		return node.Alias
	}
	return node
}

// clean drops the prefix that names the library, not the fault.
func clean(err error) error {
	return errors.New(strings.TrimPrefix(strings.ReplaceAll(err.Error(), "\n", " "), "yaml: "))
}
