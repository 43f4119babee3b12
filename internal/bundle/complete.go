package bundle

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"path"
	"slices"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/valuepath"

	"github.com/NVIDIA/cloud-native-stack/internal/values"

	"github.com/distribution/reference"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
)

// complete fills in what the recipe leaves out and puts its components in install order.
func (b *builder) complete() error {
	refs := b.recipe.ComponentRefs
	present := map[string]*gen.ComponentRef{}
	for i := range refs {
		if present[refs[i].Name] != nil {
			return apierror.Invalidf(apierror.Details{Field: "/componentRefs", Requested: refs[i].Name},
				"component %q is in componentRefs twice", refs[i].Name)
		}
		present[refs[i].Name] = &refs[i]
	}
	for i := range refs {
		if err := b.completeRef(&refs[i], present); err != nil {
			return err
		}
	}
	if err := checkManifests(refs); err != nil {
		return err
	}
	if err := checkOrder(refs, present); err != nil {
		return err
	}
	return b.sort()
}

// completeRef fills in what the recipe leaves out of one component. What the recipe states wins.
func (b *builder) completeRef(ref *gen.ComponentRef, present map[string]*gen.ComponentRef) error {
	component, isKnown := b.known(ref.Name)
	if !isKnown {
		if missing := unstated(*ref); len(missing) > 0 {
			details := apierror.Details{Field: "/componentRefs", Requested: ref.Name, Allowed: b.catalog.Names()}
			if component != nil {
				return apierror.Invalidf(details, "unknown component %q: it is an alias, use the name %s", ref.Name, component.Name)
			}
			return apierror.Invalidf(details, "unknown component %q: known are %s; one of your own must state its %s too",
				ref.Name, strings.Join(b.catalog.Names(), ", "), strings.Join(missing, ", "))
		}
		component = &catalog.Component{}
	}
	defaults := component.Ref()
	ref.Repository = cmp.Or(ref.Repository, defaults.Repository)
	ref.Chart = cmp.Or(ref.Chart, defaults.Chart)
	ref.Namespace = cmp.Or(ref.Namespace, defaults.Namespace)
	if b.ofChart(*ref) != nil && strings.TrimSuffix(ref.Repository, "/") != strings.TrimSuffix(component.Repository, "/") {
		b.warn("%s: its images and value paths are taken to be those of the chart in %s", ref.Name, component.Repository)
	}
	if err := checkOCIChart(*ref, apierror.Details{Field: "/componentRefs", Requested: ref.Name}); err != nil {
		return err
	}
	if ref.Values == nil {
		ref.Values = defaults.Values
		if ref.Version != component.Version && len(ref.Values) > 0 {
			b.warn("%s %s: its values are those that this server knows for %s", ref.Name, ref.Version, component.Version)
		}
	}
	ref.Values = values.Integers(ref.Values)
	if ref.Manifests == nil {
		ref.Manifests = defaults.Manifests
	}
	for i, object := range ref.Manifests {
		ref.Manifests[i] = values.Integers(object)
	}
	if ref.DependencyRefs == nil {
		ref.DependencyRefs = defaults.DependencyRefs
		b.dropDependencies(ref, func(d string) bool { return present[d] == nil }, "the recipe doesn't have")
	}
	for _, d := range ref.DependencyRefs {
		if present[d] == nil {
			return apierror.Invalidf(apierror.Details{Field: "/componentRefs", Requested: d, Allowed: slices.Sorted(maps.Keys(present))},
				"component %q depends on %q, which the recipe doesn't have", ref.Name, d)
		}
	}
	b.warnOfValues(*ref)
	return nil
}

// warnOfValues says which values of a component its chart doesn't take, if that is known.
func (b *builder) warnOfValues(ref gen.ComponentRef) {
	const most = 3
	paths := b.knownPaths(ref)
	if paths == nil {
		return
	}
	var untaken []string
	more := 0
	for keys := range values.Leaves(ref.Values) {
		switch {
		case paths.Takes(keys):
		case len(untaken) < most:
			untaken = append(untaken, fmt.Sprintf("%+q", apierror.Clip(valuepath.Join(keys))))
		default:
			more++
		}
	}
	if len(untaken) == 0 {
		return
	}
	list := strings.Join(untaken, ", ")
	if more > 0 {
		list += fmt.Sprintf(" and %d more paths", more)
	}
	b.warn("%s: %s %s takes no value at %s", ref.Name, ref.Chart, ref.Version, list)
}

// checkOCIChart refuses a chart that no OCI registry can have under its name, such as one with capitals.
func checkOCIChart(ref gen.ComponentRef, details apierror.Details) error {
	registry, isOCI := strings.CutPrefix(ref.Repository, "oci://")
	if !isOCI {
		return nil
	}
	if _, err := reference.ParseNormalizedNamed(strings.TrimSuffix(registry, "/") + "/" + ref.Chart); err != nil {
		return apierror.Invalidf(details, "component %q: chart %q can't be in the OCI registry %s: %v", ref.Name, ref.Chart, registry, err)
	}
	return nil
}

// checkManifests refuses an object that is there twice: kubectl keeps the last, Kustomize and Helm fail, Argo CD and Flux never rest.
func checkManifests(refs []gen.ComponentRef) error {
	type id struct{ group, kind, namespace, name string }
	seen := map[id]string{} // by component
	for _, ref := range refs {
		for _, o := range ref.Manifests {
			metadata, _ := o["metadata"].(map[string]any)
			text := func(m map[string]any, key string) string { s, _ := m[key].(string); return s }
			object := id{path.Dir(text(o, "apiVersion")), text(o, "kind"), cmp.Or(text(metadata, "namespace"), ref.Namespace), text(metadata, "name")}
			switch other, ok := seen[object]; {
			case ok && other == ref.Name:
				return apierror.Invalidf(apierror.Details{Field: "/componentRefs", Requested: ref.Name},
					"component %q has the manifest %s %q twice", ref.Name, object.kind, object.name)
			case ok:
				return apierror.Invalidf(apierror.Details{Field: "/componentRefs", Requested: ref.Name},
					"components %q and %q both have the manifest %s %q", other, ref.Name, object.kind, object.name)
			}
			seen[object] = ref.Name
		}
	}
	return nil
}

// unstated names what a component that the server doesn't know has to state.
func unstated(ref gen.ComponentRef) []string {
	var missing []string
	for _, field := range []struct{ name, value string }{
		{"repository", ref.Repository}, {"chart", ref.Chart}, {"namespace", ref.Namespace},
	} {
		if field.value == "" {
			missing = append(missing, field.name)
		}
	}
	return missing
}

// checkOrder refuses an order that the recipe states and its dependencies contradict.
func checkOrder(refs []gen.ComponentRef, present map[string]*gen.ComponentRef) error {
	for _, ref := range refs {
		for _, d := range ref.DependencyRefs {
			if first := present[d].Order; ref.Order > 0 && first > ref.Order {
				return apierror.Invalidf(apierror.Details{Field: "/componentRefs", Requested: ref.Name},
					"component %q has order %d, but depends on %q of order %d: leave out order, or give %q a lower one",
					ref.Name, ref.Order, d, first, d)
			}
		}
	}
	return nil
}

// sort puts the components in install order, which the order they state decides where dependencies leave it open.
func (b *builder) sort() error {
	refs := map[string]gen.ComponentRef{}
	dependencies := map[string][]string{}
	rank := map[string]int{}
	for _, ref := range b.recipe.ComponentRefs {
		refs[ref.Name], dependencies[ref.Name], rank[ref.Name] = ref, ref.DependencyRefs, ref.Order
		if ref.Order == 0 {
			rank[ref.Name] = math.MaxInt32
		}
	}
	order, err := catalog.InstallOrder(b.names(), dependencies, rank)
	if err != nil {
		return apierror.Invalidf(apierror.Details{Field: "/componentRefs"}, "componentRefs: %v", err)
	}
	ordered := make([]gen.ComponentRef, len(order))
	for i, name := range order {
		ordered[i] = refs[name]
	}
	for i := range ordered {
		ordered[i].Order = i + 1
	}
	b.recipe.ComponentRefs = ordered
	return nil
}

// keep leaves only the components that the bundlers option names.
func (b *builder) keep(params gen.CreateBundleParams) error {
	if len(params.Bundlers) == 0 {
		return nil
	}
	kept := map[string]bool{}
	for _, name := range params.Bundlers {
		i := b.find(name)
		if i < 0 {
			return apierror.Invalidf(apierror.Details{Parameter: "bundlers", Requested: name, Allowed: b.names()},
				"invalid bundlers: component %q is not in the recipe: must be %s", name, apierror.OneOf(b.names()))
		}
		kept[b.recipe.ComponentRefs[i].Name] = true
	}
	var refs []gen.ComponentRef
	var origins []origin
	for i, ref := range b.recipe.ComponentRefs {
		if !kept[ref.Name] {
			continue
		}
		ref.DependencyRefs = slices.Clone(ref.DependencyRefs)
		b.dropDependencies(&ref, func(d string) bool { return !kept[d] }, "bundlers leaves out")
		ref.Order = len(refs) + 1
		refs = append(refs, ref)
		origins = append(origins, origin{isShared: b.origins[i].isShared, pulled: b.origins[i].pulled})
	}
	b.recipe.ComponentRefs, b.origins = refs, origins
	return nil
}

// dropDependencies takes out the dependencies that are missing, with a warning that says why.
func (b *builder) dropDependencies(ref *gen.ComponentRef, isMissing func(string) bool, why string) {
	var missing []string
	ref.DependencyRefs = slices.DeleteFunc(ref.DependencyRefs, func(d string) bool {
		if isMissing(d) {
			missing = append(missing, d)
		}
		return isMissing(d)
	})
	if len(missing) > 0 {
		b.warn("%s depends on %s, which %s: install it first", ref.Name, abridged(missing), why)
	}
}
