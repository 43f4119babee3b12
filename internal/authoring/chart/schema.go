package chart

import (
	"slices"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/internal/valuepath"
)

// schema follows a chart's JSON Schema.
type schema struct {
	document map[string]any
	refs     map[string]bool // that are being followed
}

// add adds the paths of the values that a subschema allows. It opens objects and lists
// that it doesn't describe.
func (s schema) add(p *valuepath.Paths, sub any) {
	m, ok := sub.(map[string]any)
	if !ok { // true or false
		return
	}
	ref, describes := m["$ref"].(string)
	if describes {
		s.follow(p, ref)
	}
	for _, key := range []string{"allOf", "anyOf", "oneOf"} {
		list, _ := m[key].([]any)
		describes = describes || len(list) > 0
		for _, item := range list {
			s.add(p, item)
		}
	}
	for _, key := range []string{"if", "then", "else"} {
		item, _ := m[key].(map[string]any)
		s.addProperties(p, item)
	}
	describes = s.addProperties(p, m) || describes
	_, isPattern := m["patternProperties"]
	_, isMap := m["additionalProperties"].(map[string]any)
	p.Open = p.Open || isPattern || isMap || m["additionalProperties"] == true || !describes && allowsInner(m)
}

// addProperties adds the properties that a subschema names, and reports whether it names any.
func (s schema) addProperties(p *valuepath.Paths, sub map[string]any) bool {
	properties, _ := sub["properties"].(map[string]any)
	for key, property := range properties {
		s.add(p.Add(key), property)
	}
	return len(properties) > 0
}

// allowsInner reports whether a subschema that describes nothing allows objects or lists.
func allowsInner(sub map[string]any) bool {
	types, isList := sub["type"].([]any)
	if !isList {
		types = []any{sub["type"]}
	}
	isInner := func(t any) bool { return t == "object" || t == "array" }
	return sub["additionalProperties"] != false && slices.ContainsFunc(types, isInner)
}

// follow adds what a reference leads to. It opens where that is another document, or what the
// reference is in.
func (s schema) follow(p *valuepath.Paths, ref string) {
	fragment, isLocal := strings.CutPrefix(ref, "#")
	var sub any = s.document
	for key := range strings.FieldsFuncSeq(fragment, func(c rune) bool { return c == '/' }) {
		sub = lookUp(sub, strings.NewReplacer("~1", "/", "~0", "~").Replace(key))
	}
	if !isLocal || sub == nil || s.refs[ref] {
		p.Open = true
		return
	}
	s.refs[ref] = true
	s.add(p, sub)
	delete(s.refs, ref)
}
