// Package options applies the options of a bundle to its components, one in each file.
package options

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/component"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/document"
	"github.com/NVIDIA/cloud-native-stack/internal/values"
)

// Recipe is what options need to know beside the components of a recipe.
type Recipe struct {
	Catalog component.Catalog
	Nodes   int               // that the criteria state, 0 if they don't
	OS      map[string]string // constraints on the operating system
	Limits  document.Limits   // that the values of all components keep to together
}

// Components are those of a recipe, in install order.
type Components = []*component.Component

// Params are the options of a request.
type Params = gen.CreateBundleParams

// Option returns the components that parameters make of others, which it leaves as they are, and
// warnings of what could not be applied. Components that it doesn't change stay the same pointers.
type Option func(Recipe, Components, Params) (Components, []string, error)

// Apply applies options one after the other, until ctx is done.
func Apply(ctx context.Context, r Recipe, to Components, p Params, options ...Option) (Components, []string, error) {
	var warnings []string
	for _, option := range options {
		changed, more, err := option(r, to, p)
		if err = cmp.Or(err, ctx.Err()); err != nil {
			return nil, nil, err
		}
		to, warnings = changed, append(warnings, more...)
	}
	return to, warnings, nil
}

// BeforeSet lists the options in the order in which they apply. Set comes after them.
func BeforeSet() []Option { return []Option{Bundlers, Scheduling, Hints, Mirror} }

// images returns the images of a component that was made of another one, which had some before.
func (r Recipe) images(ref gen.ComponentRef, before *component.Images) *component.Images {
	return component.ImagesOf(ref, component.KnownImages(r.Catalog, ref), r.OS, before)
}

// find returns the index of the component that has a name or else an alias, -1 if there is none.
func (r Recipe) find(components Components, nameOrAlias string) int {
	named := func(name string) int {
		return slices.IndexFunc(components, func(c *component.Component) bool { return c.Name == name })
	}
	i := named(nameOrAlias)
	if known, ok := r.Catalog.Component(nameOrAlias); ok && i < 0 {
		i = named(known.Name)
	}
	return i
}

// putAt puts a parameter's value at the paths that each component has for it. It also returns the
// names of those that have none. Errors have the details.
func (r Recipe) putAt(
	components Components, paths func(*catalog.Component) []string, value any, details apierror.Details,
) (changed Components, without []string, err error) {
	changed = slices.Clone(components)
	for i, c := range components {
		known, ok := component.Named(r.Catalog, c.Name)
		if !ok || len(paths(known)) == 0 {
			without = append(without, c.Name)
			continue
		}
		copied, err := put(components, i, paths(known), value, details)
		if err != nil {
			return nil, nil, err
		}
		changed[i] = r.with(c, copied)
	}
	return changed, without, nil
}

// put returns the values of a component with another one at some paths.
func put(
	components Components, i int, paths []string, value any, details apierror.Details,
) (map[string]any, error) {
	c := components[i]
	over := map[string]any{} // a value at each path
	for _, path := range paths {
		_ = values.Put(over, path, "") // fails below another one of the paths, which is enough there
	}
	copied := values.CloneAt(c.Values, over)
	for _, path := range paths {
		if err := values.Put(copied, path, value); err != nil {
			problem := apierror.Invalidf(details,
				"%s can't be applied to %s at %s: %v", details.Parameter, c.Name, path, err)
			problem.Path = append([]string{"componentRefs", strconv.Itoa(i), "values"}, strings.Split(path, ".")...)
			return nil, problem
		}
	}
	return copied, nil
}

// with returns a component with other values, and the images that follow from them.
func (r Recipe) with(c *component.Component, values map[string]any) *component.Component {
	ref := c.ComponentRef
	ref.Values = values
	return c.With(values, r.images(ref, c.Images))
}

// names lists components, in their order.
func names(components Components) []string {
	list := make([]string, len(components))
	for i, c := range components {
		list[i] = c.Name
	}
	return list
}

// Abridged lists names, but not hundreds of them: warnings go into a header.
func Abridged(names []string) string {
	const most = 12
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
