package document

import (
	"fmt"

	"gopkg.in/yaml.v3"
)

// nodeChecker walks a document as it will be once its aliases are expanded, so that the walk itself
// is bounded by the limits.
type nodeChecker struct {
	limits Limits
	left   int // bytes
	values int
}

func (c *nodeChecker) check(n *yaml.Node, level int) error {
	if level > c.limits.Levels {
		return fmt.Errorf("line %d: %w", n.Line, errTooDeep(c.limits))
	}
	if c.left -= len(n.Value) + 1; c.left < 0 {
		return fmt.Errorf("line %d: the document exceeds %d bytes once its aliases are expanded",
			n.Line, c.limits.Bytes)
	}
	if n.Kind == yaml.AliasNode {
		return c.check(n.Alias, level)
	}
	if c.values--; c.values < 0 {
		return fmt.Errorf("line %d: %w", n.Line, errTooMany(c.limits))
	}
	if err := checkTag(n); err != nil {
		return err
	}
	if n.Kind == yaml.MappingNode {
		if err := checkKeys(n); err != nil {
			return err
		}
	}
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			c.values++ // a key is no value
		}
		if err := c.check(child, level+1); err != nil {
			return err
		}
	}
	return nil
}

// checkTag refuses what would lose its meaning as JSON, and makes a timestamp a string.
func checkTag(n *yaml.Node) error {
	tag, kind := n.ShortTag(), yaml.ScalarNode
	const isPlain = 0 // neither quoted nor tagged by the author
	if tag == "!!str" && n.Style == isPlain && looksLikeNumber(n.Value) {
		return fmt.Errorf("line %d: %w", n.Line, errInexact(n.Value))
	}
	switch tag {
	case "!!map":
		kind = yaml.MappingNode
	case "!!seq":
		kind = yaml.SequenceNode
	case "!!timestamp":
		n.Tag = "!!str"
	case "!!str", "!!int", "!!float", "!!bool", "!!null", "!!merge":
	default:
		kind = 0
	}
	if n.Kind != kind {
		return fmt.Errorf("line %d: tag %s has no JSON form", n.Line, clip(tag))
	}
	return nil
}

func checkKeys(mapping *yaml.Node) error {
	type id struct{ tag, value string }
	lines := make(map[id]int, len(mapping.Content)/2)
	for i := 0; i < len(mapping.Content); i += 2 {
		line, key := mapping.Content[i].Line, resolved(mapping.Content[i])
		tag := key.ShortTag()
		switch tag {
		case "!!timestamp":
			tag = "!!str"
		case "!!str", "!!merge":
		default:
			return fmt.Errorf("line %d: key %q is not a string: quote it", line, clip(key.Value))
		}
		if first, ok := lines[id{tag, key.Value}]; ok {
			return fmt.Errorf("line %d: mapping key %q already defined at line %d", line, clip(key.Value), first)
		}
		lines[id{tag, key.Value}] = line
	}
	return nil
}
