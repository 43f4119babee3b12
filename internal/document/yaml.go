package document

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"gopkg.in/yaml.v3"
)

// YAML reads one YAML document. It refuses a second document, keys that are not strings, numbers that JSON can't hold, and what
// exceeds limits. Timestamps stay the strings they were written as.
func YAML(data []byte, limits Limits) (any, error) {
	node, err := Node(data, limits)
	if err != nil {
		return nil, err
	}
	return NodeValue(node)
}

// Node reads one YAML document to its root node, with the checks of [YAML], for callers that report lines.
func Node(data []byte, limits Limits) (*yaml.Node, error) {
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
	c := nodeChecker{limits: limits, left: limits.Bytes}
	if err := c.check(doc.Content[0], 1); err != nil {
		return nil, err
	}
	return doc.Content[0], nil
}

// NodeValue turns a node that [Node] returned into plain values.
func NodeValue(node *yaml.Node) (any, error) {
	var v any
	if err := node.Decode(&v); err != nil {
		return nil, clean(err)
	}
	return plain(v)
}

// nodeChecker walks a document as it will be once its aliases are expanded, so that the walk itself is bounded by the limits.
type nodeChecker struct {
	limits Limits
	left   int
}

func (c *nodeChecker) check(n *yaml.Node, level int) error {
	if level > c.limits.Levels {
		return fmt.Errorf("line %d: %w", n.Line, errTooDeep(c.limits))
	}
	if c.left -= len(n.Value) + 1; c.left < 0 {
		return fmt.Errorf("line %d: the document exceeds %d bytes once its aliases are expanded", n.Line, c.limits.Bytes)
	}
	switch n.Kind {
	case yaml.AliasNode:
		return c.check(n.Alias, level)
	case yaml.ScalarNode:
		if n.ShortTag() == "!!timestamp" {
			n.Tag = "!!str"
		}
	case yaml.MappingNode:
		for i := 0; i < len(n.Content); i += 2 {
			if tag := n.Content[i].ShortTag(); tag != "!!str" && tag != "!!merge" && tag != "!!timestamp" {
				return fmt.Errorf("line %d: key %q is not a string: quote it", n.Content[i].Line, n.Content[i].Value)
			}
		}
	}
	for _, child := range n.Content {
		if err := c.check(child, level+1); err != nil {
			return err
		}
	}
	return nil
}

// plain brings what yaml.v3 decodes down to the types that [JSON] returns.
func plain(v any) (any, error) {
	var err error
	switch t := v.(type) {
	case map[string]any:
		for k, child := range t {
			if t[k], err = plain(child); err != nil {
				return nil, err
			}
		}
	case []any:
		for i, child := range t {
			if t[i], err = plain(child); err != nil {
				return nil, err
			}
		}
	case int, int64, uint64, float64:
		return number(fmt.Sprint(t))
	case nil, bool, string:
	default:
		return nil, fmt.Errorf("a value of type %T has no JSON form", v)
	}
	return v, nil
}

// clean drops the prefix that names the library, not the fault.
func clean(err error) error {
	return errors.New(strings.TrimPrefix(strings.ReplaceAll(err.Error(), "\n", " "), "yaml: "))
}
