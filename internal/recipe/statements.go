package recipe

import (
	"maps"
	"slices"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/internal/values"
)

// part is all that an overlay says of one component or, with an empty subject, of constraints.
type part struct {
	overlay    *overlay // says nothing else
	subject    string
	whole      *statement // nil for constraints, which stand for themselves
	statements []*statement
	sequences  []*sequence // that hold the part
	hasEffect  bool
	useless    []*statement
}

// statement is something that can be left out of an overlay by itself.
type statement struct {
	keys   []string // that lead to it in the file
	item   string   // of the list there, if it is one
	remove func(*overlay) *overlay
	outcome
}

func (s *statement) name() string {
	return strings.TrimSuffix(strings.Join(s.keys, ".")+" "+s.item, " ")
}

// split returns what an overlay says, by subject.
func split(o *overlay) []*part {
	var parts []*part
	if len(o.Constraints) > 0 {
		parts = append(parts, constraintsPart(o))
	}
	for _, name := range slices.Sorted(maps.Keys(o.Components)) {
		parts = append(parts, componentPart(o, name))
	}
	return parts
}

func constraintsPart(o *overlay) *part {
	p := &part{overlay: &overlay{name: o.name, Constraints: o.Constraints}}
	for _, group := range slices.Sorted(maps.Keys(o.Constraints)) {
		for _, name := range slices.Sorted(maps.Keys(o.Constraints[group])) {
			remove := func(o *overlay) *overlay {
				rest := maps.Clone(o.Constraints)
				rest[group] = maps.Clone(rest[group])
				if delete(rest[group], name); len(rest[group]) == 0 {
					delete(rest, group)
				}
				return &overlay{name: o.name, Constraints: rest}
			}
			p.statements = append(p.statements, &statement{keys: []string{"constraints", group, name}, remove: remove})
		}
	}
	return p
}

func componentPart(o *overlay, component string) *part {
	u := o.Components[component]
	keys := []string{"components", component}
	p := &part{
		overlay: &overlay{name: o.name, Components: map[string]*use{component: u}},
		subject: component,
		whole:   &statement{keys: keys, remove: func(*overlay) *overlay { return &overlay{name: o.name} }},
	}
	state := func(item string, change func(*use), more ...string) {
		remove := func(o *overlay) *overlay {
			rest := *o.Components[component]
			change(&rest)
			return &overlay{name: o.name, Components: map[string]*use{component: &rest}}
		}
		p.statements = append(p.statements, &statement{keys: slices.Concat(keys, more), item: item, remove: remove})
	}
	if u == nil {
		return p
	}
	if u.Version != "" {
		state("", func(u *use) { u.Version = "" }, "version")
	}
	for path := range values.Leaves(u.Values) {
		state("", func(u *use) { u.Values = values.Without(u.Values, path) }, append([]string{"values"}, path...)...)
	}
	for _, file := range slices.Compact(slices.Sorted(slices.Values(u.Manifests))) {
		state(file, func(u *use) {
			u.Manifests = slices.DeleteFunc(slices.Clone(u.Manifests), func(m string) bool { return m == file })
		}, "manifests")
	}
	return p
}
