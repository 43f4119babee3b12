package authoring

import (
	"maps"
	"slices"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/values"
)

// setting is something that can be left out of an overlay by itself.
type setting struct {
	component string   // empty for a constraint or precondition
	keys      []string // that lead to it in the file
	item      string   // of the list there, if it is one
}

// String names the setting.
func (s setting) String() string {
	return strings.TrimSuffix(strings.Join(s.keys, ".")+" "+s.item, " ")
}

// isWhole reports whether it is all that the overlay says of the component.
func (s setting) isWhole() bool { return s.component != "" && len(s.keys) == 2 }

// settings returns what an overlay says: all of a component before its parts.
func settings(o *catalog.Overlay) []setting {
	var list []setting
	for keys := range catalog.SortedConstraints(o.Constraints) {
		list = append(list, setting{keys: append([]string{"constraints"}, keys...)})
	}
	for _, name := range slices.Sorted(maps.Keys(o.Preconditions)) {
		list = append(list, setting{keys: []string{"preconditions", name}})
	}
	for _, name := range slices.Sorted(maps.Keys(o.Components)) {
		add := func(item string, keys ...string) {
			list = append(list, setting{name, append([]string{"components", name}, keys...), item})
		}
		add("")
		p := o.Components[name]
		if p == nil {
			continue
		}
		if p.Version != "" {
			add("", "version")
		}
		for path := range values.Leaves(p.Values) {
			add("", append([]string{"values"}, path...)...)
		}
		for _, file := range slices.Compact(slices.Sorted(slices.Values(p.Manifests))) {
			add(file, "manifests")
		}
	}
	return list
}

// isValue reports whether it is a value of the component.
func (s setting) isValue() bool { return len(s.keys) > 3 && s.component != "" }

// narrowed returns of an overlay what the setting can change. A value changes nothing but what is
// at its path, above and below: what is beside it would make the work grow with the square of the
// values.
func (s setting) narrowed(o *catalog.Overlay) *catalog.Overlay {
	p := o.Components[s.component]
	if p == nil || !s.isValue() {
		return o
	}
	patch := &catalog.Patch{Values: values.Along(p.Values, s.keys[3:])}
	return &catalog.Overlay{Name: o.Name, Components: map[string]*catalog.Patch{s.component: patch}}
}

// narrowedComponent is the same for the component, which is nil for a constraint or precondition.
func (s setting) narrowedComponent(c *catalog.Component) *catalog.Component {
	if !s.isValue() {
		return c
	}
	return &catalog.Component{Name: c.Name, Values: values.Along(c.Values, s.keys[3:])}
}

// ownValues returns a copy of the overlay whose values can be changed in place.
func ownValues(o *catalog.Overlay) *catalog.Overlay {
	own := *o
	own.Components = maps.Clone(o.Components)
	for name, p := range own.Components {
		if p != nil {
			patch := *p
			patch.Values = values.Clone(p.Values)
			own.Components[name] = &patch
		}
	}
	return &own
}

// removedFrom returns a copy of the overlay without the setting. A value it takes out in place.
func (s setting) removedFrom(o *catalog.Overlay) *catalog.Overlay {
	if s.isValue() {
		values.Remove(o.Components[s.component].Values, s.keys[3:])
		return o
	}
	rest := *o
	switch {
	case s.keys[0] == "preconditions":
		rest.Preconditions = maps.Clone(o.Preconditions)
		delete(rest.Preconditions, s.keys[1])
		return &rest
	case s.component == "":
		group := maps.Clone(o.Constraints[s.keys[1]])
		delete(group, s.keys[2])
		rest.Constraints = maps.Clone(o.Constraints)
		if rest.Constraints[s.keys[1]] = group; len(group) == 0 {
			delete(rest.Constraints, s.keys[1])
		}
		return &rest
	}
	rest.Components = maps.Clone(o.Components)
	if s.isWhole() {
		delete(rest.Components, s.component)
		return &rest
	}
	p := *o.Components[s.component]
	if s.keys[2] == "version" {
		p.Version = ""
	} else {
		p.Manifests = slices.DeleteFunc(slices.Clone(p.Manifests), func(m string) bool { return m == s.item })
	}
	rest.Components[s.component] = &p
	return &rest
}
