package bundle

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"path"
	"slices"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/component"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/options"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/valuepath"
	"github.com/NVIDIA/cloud-native-stack/internal/values"
)

// completer fills in what a recipe leaves out.
type completer struct {
	catalog  component.Catalog
	refs     []gen.ComponentRef
	present  map[string]*gen.ComponentRef
	warnings []string
}

func (c *completer) warn(format string, args ...any) {
	c.warnings = append(c.warnings, fmt.Sprintf(format, args...))
}

// complete returns the components of a recipe with all that they leave out, in install order. What
// the recipe states wins. The caller must not use refs afterwards.
func complete(catalog component.Catalog, refs []gen.ComponentRef) (_ []gen.ComponentRef, warnings []string, err error) {
	c := completer{catalog: catalog, refs: refs, present: map[string]*gen.ComponentRef{}}
	for i, ref := range refs {
		if c.present[ref.Name] != nil {
			return nil, nil, c.invalid(ref.Name, nil, "component %q is in componentRefs twice", ref.Name)
		}
		c.present[ref.Name] = &refs[i]
	}
	for i := range refs {
		if err := c.complete(&refs[i]); err != nil {
			return nil, nil, err
		}
	}
	if err := cmp.Or(c.checkManifests(), c.checkOrder()); err != nil {
		return nil, nil, err
	}
	refs, err = c.sorted()
	return refs, c.warnings, err
}

// invalid reports what keys lead to in a component as something that has to be changed.
func (c *completer) invalid(name string, keys []string, format string, args ...any) error {
	details := apierror.Details{Field: "/componentRefs", Requested: name}
	return c.located(apierror.Invalidf(details, format, args...), name, keys...)
}

// located adds to an error the path that it is about: keys in a component.
func (c *completer) located(err error, name string, keys ...string) error {
	var e *apierror.Error
	if errors.As(err, &e) {
		i := slices.IndexFunc(c.refs, func(ref gen.ComponentRef) bool { return ref.Name == name })
		e.Path = append([]string{"componentRefs", fmt.Sprint(i)}, keys...)
	}
	return err
}

// complete fills in what the recipe leaves out of one component.
func (c *completer) complete(ref *gen.ComponentRef) error {
	known, isKnown := component.Named(c.catalog, ref.Name)
	if !isKnown {
		if err := c.checkUnknown(*ref, known); err != nil {
			return err
		}
		known = &catalog.Component{}
	}
	defaults := known.Ref()
	ref.Repository = cmp.Or(ref.Repository, defaults.Repository)
	ref.Chart = cmp.Or(ref.Chart, defaults.Chart)
	ref.Namespace = cmp.Or(ref.Namespace, defaults.Namespace)
	if component.OfChart(c.catalog, *ref) != nil {
		if strings.TrimSuffix(ref.Repository, "/") != strings.TrimSuffix(known.Repository, "/") {
			const format = "%s: its images and value paths are taken to be those of the chart in %s"
			c.warn(format, ref.Name, known.Repository)
		}
		c.completePodSecurity(ref, defaults)
	}
	details := apierror.Details{Field: "/componentRefs", Requested: ref.Name}
	if err := component.CheckChart(*ref, details); err != nil {
		return c.located(err, ref.Name, "chart")
	}
	if ref.Values == nil {
		ref.Values = defaults.Values
		if ref.Version != known.Version && len(ref.Values) > 0 {
			c.warn("%s %s: its values are those that this server knows for %s", ref.Name, ref.Version, known.Version)
		}
	}
	ref.Values = values.Integers(ref.Values)
	if ref.Manifests == nil {
		ref.Manifests = defaults.Manifests
	}
	for i, object := range ref.Manifests {
		ref.Manifests[i] = values.Integers(object)
	}
	if err := c.completeDependencies(ref, defaults.DependencyRefs); err != nil {
		return err
	}
	c.warnOfValues(*ref)
	return nil
}

// completePodSecurity takes over what the pods of a known chart need, in its usual namespace alone:
// what runs in another one, and whether it may admit more, only the recipe's author knows.
func (c *completer) completePodSecurity(ref *gen.ComponentRef, defaults gen.ComponentRef) {
	switch {
	case ref.PodSecurity != "" || defaults.PodSecurity == "":
	case ref.Namespace == defaults.Namespace:
		ref.PodSecurity = defaults.PodSecurity
	default:
		c.warn("%s: its pods need %s, for which the namespace %s isn't labelled, as the recipe states no podSecurity",
			ref.Name, defaults.PodSecurity, ref.Namespace)
	}
}

// completeDependencies takes over the dependencies that are known of a component which states none,
// as far as the recipe has them.
func (c *completer) completeDependencies(ref *gen.ComponentRef, known []string) error {
	isThere := func(name string) bool { return c.present[name] != nil }
	if ref.DependencyRefs == nil {
		there, warning := options.WithoutMissing(ref.Name, known, isThere, "the recipe doesn't have")
		ref.DependencyRefs, c.warnings = there, append(c.warnings, warning...)
	}
	for _, d := range ref.DependencyRefs {
		if !isThere(d) {
			names := slices.Sorted(maps.Keys(c.present))
			return apierror.Invalidf(apierror.Details{Field: "/componentRefs", Requested: d, Allowed: names},
				"component %q depends on %q, which the recipe doesn't have", ref.Name, d)
		}
	}
	return nil
}

// checkUnknown refuses a component that the server doesn't know, unless the recipe states all that
// is needed. Alias is the component whose alias the name is, nil if there is none.
func (c *completer) checkUnknown(ref gen.ComponentRef, alias *catalog.Component) error {
	var missing []string
	for _, field := range []struct{ name, value string }{
		{"repository", ref.Repository}, {"chart", ref.Chart}, {"namespace", ref.Namespace},
	} {
		if field.value == "" {
			missing = append(missing, field.name)
		}
	}
	if missing == nil {
		return nil
	}
	details := apierror.Details{Field: "/componentRefs", Requested: ref.Name, Allowed: c.catalog.Names()}
	if alias != nil {
		return apierror.Invalidf(details, "unknown component %q: it is an alias, use the name %s", ref.Name, alias.Name)
	}
	return apierror.Invalidf(details, "unknown component %q: known are %s; one of your own must state its %s too",
		ref.Name, strings.Join(c.catalog.Names(), ", "), strings.Join(missing, ", "))
}

// warnOfValues says which values of a component its chart doesn't take, if that is known.
func (c *completer) warnOfValues(ref gen.ComponentRef) {
	const most = 3
	paths := component.KnownPaths(c.catalog, ref)
	if paths == nil {
		return
	}
	var untaken []string
	count := 0
	for keys := range values.Leaves(ref.Values) {
		if paths.Takes(keys) {
			continue
		}
		if count++; count <= most {
			untaken = append(untaken, fmt.Sprintf("%+q", apierror.Clip(valuepath.Join(keys))))
		}
	}
	if count == 0 {
		return
	}
	list := strings.Join(untaken, ", ")
	if count > most {
		list += fmt.Sprintf(" and %d more paths", count-most)
	}
	c.warn("%s: %s %s takes no value at %s", ref.Name, ref.Chart, ref.Version, list)
}

// checkManifests refuses an object that is there twice: kubectl keeps the last, Kustomize and Helm
// fail, Argo CD and Flux never rest.
func (c *completer) checkManifests() error {
	type id struct{ group, kind, namespace, name string }
	text := func(m map[string]any, key string) string { s, _ := m[key].(string); return s }
	seen := map[id]string{} // by component
	for _, ref := range c.refs {
		for i, o := range ref.Manifests {
			metadata, _ := o["metadata"].(map[string]any)
			namespace := cmp.Or(text(metadata, "namespace"), ref.Namespace)
			object := id{path.Dir(text(o, "apiVersion")), text(o, "kind"), namespace, text(metadata, "name")}
			keys := []string{"manifests", fmt.Sprint(i)}
			switch other, ok := seen[object]; {
			case ok && other == ref.Name:
				const format = "component %q has the manifest %s %q twice: " +
					"leave one out (without a namespace it is in %s)"
				return c.invalid(ref.Name, keys, format, ref.Name, object.kind, object.name, ref.Namespace)
			case ok:
				return c.invalid(ref.Name, keys, "components %q and %q both have the manifest %s %q: "+
					"leave it out of one", other, ref.Name, object.kind, object.name)
			}
			seen[object] = ref.Name
		}
	}
	return nil
}

// checkOrder refuses an order that the recipe states and its dependencies contradict.
func (c *completer) checkOrder() error {
	for _, ref := range c.refs {
		for _, d := range ref.DependencyRefs {
			if first := c.present[d].Order; ref.Order > 0 && first > ref.Order {
				return c.invalid(ref.Name, []string{"dependencyRefs"},
					"component %q has order %d, but depends on %q of order %d: leave out order, or give %q a lower one",
					ref.Name, ref.Order, d, first, d)
			}
		}
	}
	return nil
}

// sorted returns the components in install order, which the order they state decides where
// dependencies leave it open.
func (c *completer) sorted() ([]gen.ComponentRef, error) {
	var names []string
	dependencies, rank := map[string][]string{}, map[string]int{}
	for _, ref := range c.refs {
		names = append(names, ref.Name)
		dependencies[ref.Name] = ref.DependencyRefs
		rank[ref.Name] = cmp.Or(ref.Order, math.MaxInt32)
	}
	order, err := catalog.InstallOrder(names, dependencies, rank)
	if err != nil {
		return nil, apierror.Invalidf(apierror.Details{Field: "/componentRefs"}, "componentRefs: %v", err)
	}
	sorted := make([]gen.ComponentRef, len(order))
	for i, name := range order {
		sorted[i] = *c.present[name]
		sorted[i].Order = i + 1
	}
	return sorted, nil
}
