package authoring

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
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
			message = "changes nothing but warnings wherever it applies: " +
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
	rest, lost := s.removedFrom(s.narrowed(l.reduced[o])), overrides{}
	c, _ := l.catalog.Component(s.component)
	c = s.narrowedComponent(c)
	for _, g := range l.groups {
		i := slices.Index(g.overlays, o)
		if i < 0 {
			continue
		}
		with := slices.Clone(g.overlays)
		for j, other := range with {
			with[j] = s.narrowed(l.reduced[other])
		}
		less := slices.Clone(with)
		less[i] = rest
		end, isThere := i+1, catalog.Present(with)
		for end <= len(with) && l.differ(c, with[:end], less[:end], isThere) {
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
	l.reduced[o] = s.removedFrom(l.reduced[o])
	return lost
}

// differ reports whether two lists of overlays make something else of a component, or of the
// constraints and preconditions if it is nil, in a recipe that has these components.
func (l *linter) differ(c *catalog.Component, a, b []*catalog.Overlay, isThere map[string]bool) bool {
	if c == nil {
		return !reflect.DeepEqual(recipe.Constraints(a), recipe.Constraints(b)) ||
			!slices.Equal(l.catalog.Preconditions(a, isThere), l.catalog.Preconditions(b, isThere))
	}
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
