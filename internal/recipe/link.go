package recipe

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
)

// linkComponents checks what component files say of each other.
func (l *loader) linkComponents() error {
	c := l.catalog
	known := slices.Sorted(maps.Keys(c.components))
	for _, name := range known {
		component := c.components[name]
		file := component.path("component.yaml")
		for _, alias := range component.Aliases {
			if other, taken := c.Component(alias); taken {
				return l.at(file, []string{"aliases"}, "alias %q already stands for %s", alias, other.Name)
			}
			c.aliases[alias] = name
		}
		for _, d := range component.DependsOn {
			if _, ok := c.components[d]; !ok {
				return l.at(file, []string{"dependsOn"}, "unknown component %q: must be one of %s", d, strings.Join(known, ", "))
			}
		}
		if err := l.checkManifests(file, []string{"manifests"}, component, component.Manifests); err != nil {
			return err
		}
		s, h := component.Scheduling, component.Hints
		if err := l.checkPaths(file, "scheduling", s.System.NodeSelectors, s.System.Tolerations, s.Accelerated.NodeSelectors, s.Accelerated.Tolerations); err != nil {
			return err
		}
		if err := l.checkPaths(file, "hints", h.Nodes, h.StorageClass, h.StorageSize); err != nil {
			return err
		}
		ref := map[string]any{
			"name": name, "version": component.Version, "repository": component.Repository, "chart": component.Chart,
			"namespace": component.Namespace,
		}
		if err := l.check(file, nil, "ComponentRef", ref); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) checkManifests(file string, keys []string, component *Component, files []string) error {
	for _, manifest := range files {
		if _, ok := component.objects[manifest]; !ok {
			has := "none"
			if len(component.objects) > 0 {
				has = strings.Join(slices.Sorted(maps.Keys(component.objects)), ", ")
			}
			return l.at(file, keys, "unknown manifest %q: components/%s/manifests has %s", manifest, component.Name, has)
		}
	}
	return nil
}

func (l *loader) checkPaths(file, field string, paths ...[]string) error {
	for _, p := range slices.Concat(paths...) {
		if slices.Contains(strings.Split(p, "."), "") {
			return l.at(file, []string{field}, "%q is not a value path: write keys separated by dots", p)
		}
	}
	return nil
}

// linkOverlays checks what overlays say of the contract, of components and of each other.
func (l *loader) linkOverlays() error {
	c := l.catalog
	for _, o := range c.overlays {
		for _, check := range []func(*overlay) error{l.checkCriteria, l.checkBase, l.checkConstraints, l.checkUses} {
			if err := check(o); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *loader) checkCriteria(o *overlay) error {
	if o.name == baseName && len(o.Criteria) > 0 {
		return l.at(o.file, []string{"criteria"}, "%s applies everywhere, so it states no criteria", baseName)
	}
	for _, criterion := range slices.Sorted(maps.Keys(o.Criteria)) {
		if err := l.checkCriterion(o, "criteria", criterion, o.Criteria[criterion]); err != nil {
			return err
		}
	}
	for _, criterion := range slices.Sorted(maps.Keys(o.Offers)) {
		if err := l.checkCriterion(o, "offers", criterion, o.Offers[criterion]...); err != nil {
			return err
		}
	}
	return nil
}

// checkCriterion checks that a criterion exists and can take the values.
func (l *loader) checkCriterion(o *overlay, field, criterion string, values ...string) error {
	valid := map[string][]string{}
	for _, c := range l.spec.Criteria() {
		valid[c.Name] = c.Values
	}
	if valid[criterion] == nil {
		return l.at(o.file, []string{field, criterion}, "unknown criterion %q: must be one of %s", criterion,
			strings.Join(slices.Sorted(maps.Keys(valid)), ", "))
	}
	for _, value := range values {
		if !slices.Contains(valid[criterion], value) {
			return l.at(o.file, []string{field, criterion}, "invalid %s %q: must be one of %s", criterion, value,
				strings.Join(valid[criterion], ", "))
		}
	}
	return nil
}

func (l *loader) checkBase(o *overlay) error {
	if o.name == baseName && o.Base != "" {
		return l.at(o.file, []string{"base"}, "%s applies first, so it has no base", baseName)
	}
	chain := []string{o.name}
	for next := o; next.Base != ""; {
		base := l.catalog.byName[next.Base]
		if base == nil {
			return l.at(next.file, []string{"base"}, "unknown base %q: must be one of %s", next.Base,
				strings.Join(slices.Sorted(maps.Keys(l.catalog.byName)), ", "))
		}
		chain = append(chain, base.name)
		if slices.Contains(chain[:len(chain)-1], base.name) {
			return l.at(o.file, []string{"base"}, "base cycle: %s", strings.Join(chain, " -> "))
		}
		next = base
	}
	return nil
}

func (l *loader) checkConstraints(o *overlay) error {
	tree := map[string]any{}
	for group, fields := range o.Constraints {
		object := map[string]any{}
		for name, value := range fields {
			object[name] = value
		}
		tree[group] = object
	}
	return l.check(o.file, []string{"constraints"}, "Constraints", tree)
}

func (l *loader) checkUses(o *overlay) error {
	for _, name := range slices.Sorted(maps.Keys(o.Components)) {
		component, ok := l.catalog.components[name]
		if !ok {
			return l.at(o.file, []string{"components", name}, "unknown component %q: must be one of %s", name,
				strings.Join(slices.Sorted(maps.Keys(l.catalog.components)), ", "))
		}
		u := o.Components[name]
		if u == nil {
			continue
		}
		if u.Version != "" {
			ref := map[string]any{"name": name, "version": u.Version}
			if err := l.check(o.file, []string{"components", name}, "ComponentRef", ref); err != nil {
				return err
			}
		}
		if err := l.checkManifests(o.file, []string{"components", name, "manifests"}, component, u.Manifests); err != nil {
			return err
		}
	}
	return nil
}

// checkRecipes resolves every environment that differs in its overlays, so that data which can't make a recipe stops the start. What is wrong in
// many is said once.
func (l *loader) checkRecipes() error {
	seen := map[string]bool{}
	var faults []fault
	for _, stated := range Environments(l.spec.Criteria()) {
		applied := l.catalog.applied(stated)
		key := strings.Join(names(applied), " ")
		if seen[key] {
			continue
		}
		seen[key] = true
		f := l.faultOf(applied, outline(l.catalog, applied))
		if f == nil {
			continue
		}
		i := slices.IndexFunc(faults, f.isLike)
		if i < 0 {
			f.overlays = key
			i, faults = len(faults), append(faults, *f)
		}
		faults[i].count++
	}
	errs := make([]error, len(faults))
	for i, f := range faults {
		all := ""
		if f.count > 1 {
			all = fmt.Sprintf(" (combinations of overlays with this fault: %d)", f.count)
		}
		errs[i] = l.at(f.file, f.keys, "overlays %s: %w%s", f.overlays, f.err, all)
	}
	return errors.Join(errs...)
}

// fault is why overlays make no recipe.
type fault struct {
	file               string
	keys               []string
	component, missing string // if dependencies are at fault
	err                error
	overlays           string // the first ones
	count              int    // of combinations of overlays
}

func (f fault) isLike(other fault) bool {
	return f.file == other.file && slices.Equal(f.keys, other.keys) && f.component == other.component && f.missing == other.missing
}

// outline returns the components of a recipe with nothing but what their install order depends on.
func outline(c *Catalog, applied []*overlay) map[string]gen.ComponentRef {
	refs := map[string]gen.ComponentRef{}
	for _, o := range applied {
		for name, u := range o.Components {
			if u == nil {
				delete(refs, name)
			} else {
				refs[name] = gen.ComponentRef{Name: name, DependencyRefs: c.components[name].DependsOn}
			}
		}
	}
	return refs
}

// faultOf says why a recipe has no components, or can't be put in install order, nil if it's right: at the overlay that took out what one of them needs, or else
// at the component.
func (l *loader) faultOf(applied []*overlay, refs map[string]gen.ComponentRef) *fault {
	f := &fault{file: applied[len(applied)-1].file, keys: []string{"components"}}
	if len(refs) == 0 {
		f.err = errors.New("the recipe has no components")
		return f
	}
	if _, f.err = inOrder(refs); f.err == nil {
		return nil
	}
	var d *dependencyError
	if !errors.As(f.err, &d) {
		return f
	}
	f.component, f.missing = d.component, d.missing
	f.file, f.keys = l.catalog.components[d.component].path("component.yaml"), []string{"dependsOn"}
	for _, o := range applied {
		if u, speaks := o.Components[d.missing]; speaks && u == nil {
			f.file, f.keys = o.file, []string{"components", d.missing}
		}
	}
	return f
}

// Environments returns every combination of criteria, the first one changing least.
func Environments(criteria []contract.Criterion) []map[string]string {
	all := []map[string]string{{}}
	for _, criterion := range criteria {
		var next []map[string]string
		for _, e := range all {
			for _, value := range criterion.Values {
				extended := maps.Clone(e)
				extended[criterion.Name] = value
				next = append(next, extended)
			}
		}
		all = next
	}
	return all
}
