package chart

import (
	"strings"

	"github.com/NVIDIA/cloud-native-stack/internal/valuepath"
)

// schema follows a chart's JSON Schema.
type schema struct {
	document map[string]any
	refs     map[string]bool // that are being followed
}

// add adds the paths of the values that a part of the document allows. It opens objects and lists
// that the part doesn't describe.
func (s schema) add(p *valuepath.Paths, part any) {
	m, ok := part.(map[string]any)
	if !ok { // true or false
		return
	}
	describes := false
	if ref, ok := m["$ref"].(string); ok {
		describes = true
		s.follow(p, ref)
	}
	for _, key := range []string{"allOf", "anyOf", "oneOf"} {
		list, _ := m[key].([]any)
		for _, item := range list {
			describes = true
			s.add(p, item)
		}
	}
	for _, key := range []string{"if", "then", "else"} {
		if item, ok := m[key].(map[string]any); ok {
			s.addProperties(p, item)
		}
	}
	describes = s.addProperties(p, m) || describes
	_, isPattern := m["patternProperties"]
	_, isMap := m["additionalProperties"].(map[string]any)
	p.Open = p.Open || isPattern || isMap || m["additionalProperties"] == true || !describes && allowsInner(m)
}

// addProperties adds the properties that a part names, and reports whether it names any.
func (s schema) addProperties(p *valuepath.Paths, part map[string]any) bool {
	properties, _ := part["properties"].(map[string]any)
	for key, property := range properties {
		s.add(p.Add(key), property)
	}
	return len(properties) > 0
}

// allowsInner reports whether a part that describes nothing allows objects or lists.
func allowsInner(part map[string]any) bool {
	switch t := part["type"].(type) {
	case string:
		return (t == "object" || t == "array") && part["additionalProperties"] != false
	case []any:
		for _, one := range t {
			if allowsInner(map[string]any{"type": one, "additionalProperties": part["additionalProperties"]}) {
				return true
			}
		}
	}
	return false
}

// follow adds what a reference leads to. It opens where that is another document, or what the
// reference is in.
func (s schema) follow(p *valuepath.Paths, ref string) {
	fragment, isLocal := strings.CutPrefix(ref, "#")
	var part any = s.document
	for key := range strings.FieldsFuncSeq(fragment, func(c rune) bool { return c == '/' }) {
		part = lookUp(part, strings.NewReplacer("~1", "/", "~0", "~").Replace(key))
	}
	if !isLocal || part == nil || s.refs[ref] {
		p.Open = true
		return
	}
	s.refs[ref] = true
	s.add(p, part)
	delete(s.refs, ref)
}
