package bundle

import (
	"slices"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/component"
)

// preconditions returns those of a complete recipe. One that states none gets those that are known
// of its components.
func preconditions(c component.Catalog, r gen.Recipe) ([]gen.Precondition, error) {
	if r.Preconditions == nil {
		list := []gen.Precondition{}
		for _, ref := range r.ComponentRefs {
			if known := component.OfChart(c, ref); known != nil {
				list = append(list, known.KnownPreconditions()...)
			}
		}
		slices.SortFunc(list, func(a, b gen.Precondition) int { return strings.Compare(a.Name, b.Name) })
		return list, nil
	}
	seen := map[string]bool{}
	for _, p := range r.Preconditions {
		details := apierror.Details{Field: "/preconditions", Requested: p.Name}
		isIt := func(ref gen.ComponentRef) bool { return ref.Name == p.Component }
		switch {
		case seen[p.Name]:
			return nil, apierror.Invalidf(details, "precondition %q is in preconditions twice", p.Name)
		case p.Component != "" && !slices.ContainsFunc(r.ComponentRefs, isIt):
			return nil, apierror.Invalidf(details, "precondition %q is of component %q, which the recipe doesn't have",
				p.Name, p.Component)
		}
		seen[p.Name] = true
	}
	return r.Preconditions, nil
}

// preconditionsOf leaves out what components need that are not in a bundle.
func preconditionsOf(components []*component.Component, all []gen.Precondition) []gen.Precondition {
	return slices.DeleteFunc(slices.Clone(all), func(p gen.Precondition) bool {
		isIt := func(c *component.Component) bool { return c.Name == p.Component }
		return p.Component != "" && !slices.ContainsFunc(components, isIt)
	})
}
