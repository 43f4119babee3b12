package options

import (
	"fmt"
	"slices"

	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/component"
)

var _ Option = Bundlers

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
		var missing []string
		ref.DependencyRefs, missing = WithoutMissing(ref.DependencyRefs, func(d string) bool { return isKept[d] })
		if len(missing) > 0 {
			warnings = append(warnings, MissingDependencies(c.Name, missing, "bundlers leaves out"))
		}
		if len(missing) > 0 || ref.Order != c.Order {
			c = component.New(ref, c.Images)
		}
		kept = append(kept, c)
	}
	return kept, warnings, nil
}

// WithoutMissing parts dependencies into those that are there and those that are missing.
func WithoutMissing(dependencies []string, isThere func(string) bool) (there, missing []string) {
	there = slices.Clone(dependencies)
	return slices.DeleteFunc(there, func(d string) bool {
		if !isThere(d) {
			missing = append(missing, d)
			return true
		}
		return false
	}), missing
}

// MissingDependencies warns of dependencies that a bundle doesn't have, and says why.
func MissingDependencies(name string, missing []string, why string) string {
	return fmt.Sprintf("%s depends on %s, which %s: install it first", name, Abridged(missing), why)
}
