package options

import (
	"fmt"
	"slices"

	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/component"
)

// Bundlers keeps the components that the parameter of that name lists, and warns of dependencies
// that they lose.
func Bundlers(r Recipe, components Components, params Params) (kept Components, warnings []string, err error) {
	if len(params.Bundlers) == 0 {
		return components, nil, nil
	}
	isKept := map[string]bool{}
	for _, name := range params.Bundlers {
		i := r.find(components, name)
		if i < 0 {
			all := names(components)
			return nil, nil, apierror.Invalidf(apierror.Details{Parameter: "bundlers", Requested: name, Allowed: all},
				"invalid bundlers: component %q is not in the recipe: must be %s", name, apierror.OneOf(all))
		}
		isKept[components[i].Name] = true
	}
	for _, c := range components {
		if !isKept[c.Name] {
			continue
		}
		ref := c.ComponentRef
		ref.Order = len(kept) + 1
		isThere := func(d string) bool { return isKept[d] }
		there, warning := WithoutMissing(c.Name, ref.DependencyRefs, isThere, "bundlers leaves out")
		ref.DependencyRefs, warnings = there, append(warnings, warning...)
		if len(warning) > 0 || ref.Order != c.Order {
			c = component.New(ref, c.Images)
		}
		kept = append(kept, c)
	}
	return sharing(kept, components), warnings, nil
}

// sharing makes components state what their namespaces admit in the whole recipe, where they alone
// would say otherwise: its other components may be in the same cluster.
func sharing(kept, whole Components) Components {
	want, got := component.Admitted(whole), component.Admitted(kept)
	for i, c := range kept {
		if want[c.Namespace] != got[c.Namespace] {
			ref := c.ComponentRef
			ref.PodSecurity = want[c.Namespace]
			kept[i] = component.New(ref, c.Images)
		}
	}
	return kept
}

// WithoutMissing returns those dependencies of a component that are there. A warning names the
// others, if there are any, and says why they are missing.
func WithoutMissing(name string, dependencies []string, isThere func(string) bool, why string) (_, warning []string) {
	var missing []string
	for _, d := range dependencies {
		if !isThere(d) {
			missing = append(missing, d)
		}
	}
	if len(missing) == 0 {
		return dependencies, nil
	}
	there := slices.DeleteFunc(slices.Clone(dependencies), func(d string) bool { return !isThere(d) })
	return there, []string{fmt.Sprintf("%s depends on %s, which %s: install it first", name, Abridged(missing), why)}
}
