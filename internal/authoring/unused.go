package authoring

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
	"github.com/NVIDIA/cloud-native-stack/internal/values"
)

// checkOverlays finds overlays, and settings in them, without which every recipe would be the
// same. It begins with the last overlay and goes on without what it found: of two overlays that say
// the same it is the later one that is redundant, and all that is found can be removed at once.
func (l *linter) checkOverlays() {
	for _, o := range slices.Backward(l.catalog.Overlays()) {
		found, all := len(l.findings), overrides{}
		isUsed := o.Name == catalog.BaseName || len(o.Offers) > 0
		for _, s := range settings(o) {
			if _, isLeft := l.reduced[o].Components[s.component]; s.component != "" && !isLeft {
				continue // all of the component is unused
			}
			lost := l.lost(o, s)
			if lost == nil {
				isUsed = true
				continue
			}
			maps.Copy(all, lost)
			l.find(o.File, s.keys, "%s has no effect wherever the overlay applies: %s", s, lost)
		}
		if isUsed || l.affectsOthers(o) {
			continue
		}
		message := "has no effect wherever it applies: " + all.String()
		if all.String() == redundant {
			message = "changes neither components nor constraints wherever it applies: " +
				"say what differs there, or remove it"
		}
		l.findings = l.findings[:found]
		l.find(o.File, []string{"criteria"}, "%s", message)
		l.overlays = without(l.overlays, o)
	}
}

func without(overlays []*catalog.Overlay, o *catalog.Overlay) []*catalog.Overlay {
	return slices.DeleteFunc(slices.Clone(overlays), func(other *catalog.Overlay) bool { return other == o })
}

// overrides are the names of overlays that override a setting. An empty name stands for those
// that it repeats.
type overrides map[string]bool

const redundant = "it is so already"

// String says why the setting has no effect.
func (o overrides) String() string {
	names := slices.Sorted(maps.Keys(o))
	switch {
	case len(names) == 0 || o[""] && len(names) == 1:
		return redundant
	case o[""]:
		return redundant + ", or overwritten by " + strings.Join(names[1:], ", ")
	}
	return "overwritten by " + strings.Join(names, ", ")
}

// lost returns what keeps a setting from having an effect, nil if it has one: if some recipe
// would be another one without it. A setting without effect is left out from then on.
func (l *linter) lost(o *catalog.Overlay, s setting) overrides {
	rest, lost := s.removedFrom(l.reduced[o]), overrides{}
	for _, g := range l.groups {
		i := slices.Index(g.overlays, o)
		if i < 0 {
			continue
		}
		with := slices.Clone(g.overlays)
		for j, other := range with {
			with[j] = l.reduced[other]
		}
		less := slices.Clone(with)
		less[i] = rest
		end := i + 1
		for end <= len(with) && l.differ(s.component, with[:end], less[:end]) {
			end++
		}
		switch {
		case end > len(with), s.isWhole() && l.isIntroduced(s.component, with, i):
			return nil
		case end == i+1:
			lost[""] = true
		default:
			lost[with[end-1].Name] = true
		}
	}
	l.reduced[o] = rest
	return lost
}

// differ reports whether two lists of overlays make something else of a component, or of the
// constraints if it is empty.
func (l *linter) differ(component string, a, b []*catalog.Overlay) bool {
	if component == "" {
		return !reflect.DeepEqual(recipe.Constraints(a), recipe.Constraints(b))
	}
	c, _ := l.catalog.Component(component)
	refA, inA := recipe.Component(c, a)
	refB, inB := recipe.Component(c, b)
	return inA != inB || inA && !reflect.DeepEqual(refA, refB)
}

// isIntroduced reports whether an overlay is the first one to name a component of the recipe. It is
// used then even if later ones name it too.
func (l *linter) isIntroduced(component string, overlays []*catalog.Overlay, i int) bool {
	c, _ := l.catalog.Component(component)
	_, before := recipe.Component(c, overlays[:i])
	_, after := recipe.Component(c, overlays)
	return !before && after && overlays[i].Components[component] != nil
}

// affectsOthers reports whether in some environment other overlays would not apply, or in another
// order, if one with its base were not there.
func (l *linter) affectsOthers(o *catalog.Overlay) bool {
	rest := without(l.overlays, o)
	applied := func(overlays []*catalog.Overlay, environment map[string]string) []*catalog.Overlay {
		isUnused := func(o *catalog.Overlay) bool { return !slices.Contains(rest, o) }
		return slices.DeleteFunc(catalog.Applied(overlays, environment), isUnused)
	}
	return slices.ContainsFunc(l.environments, func(environment map[string]string) bool {
		return !slices.Equal(applied(l.overlays, environment), applied(rest, environment))
	})
}

// setting is something that can be left out of an overlay by itself.
type setting struct {
	component string   // empty for a constraint
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
	for _, group := range slices.Sorted(maps.Keys(o.Constraints)) {
		for _, name := range slices.Sorted(maps.Keys(o.Constraints[group])) {
			list = append(list, setting{keys: []string{"constraints", group, name}})
		}
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

// removedFrom returns a copy of the overlay without the setting.
func (s setting) removedFrom(o *catalog.Overlay) *catalog.Overlay {
	rest := *o
	if s.component == "" {
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
	switch s.keys[2] {
	case "version":
		p.Version = ""
	case "values":
		p.Values = values.Without(p.Values, s.keys[3:])
	default:
		p.Manifests = slices.DeleteFunc(slices.Clone(p.Manifests), func(m string) bool { return m == s.item })
	}
	rest.Components[s.component] = &p
	return &rest
}
