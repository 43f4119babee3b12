package catalog

import (
	"maps"
	"slices"

	"github.com/NVIDIA/cloud-native-stack/gen"
)

// Precondition is what has to be true before a recipe is installed. Its name is the key that leads
// to it in a file.
type Precondition struct {
	Component string `yaml:"component" json:"component,omitempty"` // that needs it; all of the recipe if empty
	Text      string `yaml:"text" json:"text"`
	Why       string `yaml:"why" json:"why"`
	Source    string `yaml:"source" json:"source"`
	Command   string `yaml:"command" json:"command,omitempty"`
	Check     string `yaml:"check" json:"check,omitempty"`
}

// Preconditions lays the preconditions of the components and those of overlays over each other, in
// the overlays' order, and returns them by name. One that is of a component counts only if that is
// there.
func (c *Catalog) Preconditions(applied []*Overlay, isThere map[string]bool) []gen.Precondition {
	merged := map[string]*Precondition{}
	for _, component := range c.components {
		maps.Copy(merged, component.Preconditions)
	}
	for _, o := range applied {
		maps.Copy(merged, o.Preconditions)
	}
	list := []gen.Precondition{}
	for _, name := range slices.Sorted(maps.Keys(merged)) {
		if p := merged[name]; p != nil && (p.Component == "" || isThere[p.Component]) {
			list = append(list, p.named(name))
		}
	}
	return list
}

// KnownPreconditions returns those of the component as its own file states them, by name.
func (c *Component) KnownPreconditions() []gen.Precondition {
	var list []gen.Precondition
	for _, name := range slices.Sorted(maps.Keys(c.Preconditions)) {
		list = append(list, c.Preconditions[name].named(name))
	}
	return list
}

func (p *Precondition) named(name string) gen.Precondition {
	return gen.Precondition{
		Name: name, Component: p.Component, Text: p.Text, Why: p.Why, Source: p.Source,
		Command: p.Command, Check: p.Check,
	}
}

// Present returns the components in the recipe of overlays.
func Present(applied []*Overlay) map[string]bool {
	names := map[string]bool{}
	for _, o := range applied {
		for name, p := range o.Components {
			if p == nil {
				delete(names, name)
			} else {
				names[name] = true
			}
		}
	}
	return names
}

// checkPreconditions holds those of a file against the contract.
func (l *loader) checkPreconditions(file string, preconditions map[string]*Precondition) {
	for _, name := range slices.Sorted(maps.Keys(preconditions)) {
		p := preconditions[name]
		if p == nil { // taken out of recipes
			continue
		}
		keys := []string{"preconditions", name}
		stated := map[string]any{"name": name}
		for key, value := range map[string]string{
			"component": p.Component, "text": p.Text, "why": p.Why, "source": p.Source,
			"command": p.Command, "check": p.Check,
		} {
			if value != "" {
				stated[key] = value
			}
		}
		l.checkSchema(file, keys, "Precondition", stated)
		if p.Component != "" {
			l.checkOneOf(file, append(keys, "component"), "unknown component", p.Component, l.names())
		}
	}
}

// checkOwnPreconditions looks at those of a component: no other one may have their names, or else
// which of the two a recipe has would be chance.
func (l *loader) checkOwnPreconditions(c *Component) {
	file := c.File("component.yaml")
	for _, name := range slices.Sorted(maps.Keys(c.Preconditions)) {
		keys, p := []string{"preconditions", name}, c.Preconditions[name]
		switch {
		case p == nil:
			l.refuse(file, keys, "null takes a precondition out of recipes, which overlays do: leave it out here")
			continue
		case p.Component != "" && p.Component != c.Name:
			l.refuse(file, append(keys, "component"), "it is the component's own: state that of %s in its own file",
				p.Component)
		}
		p.Component = c.Name
		for _, other := range l.catalog.Components() {
			if _, ok := other.Preconditions[name]; ok && other.Name < c.Name {
				l.refuse(file, keys, "the precondition %q is one of %s already", name, other.Name)
			}
		}
	}
	l.checkPreconditions(file, c.Preconditions)
}
