package catalog

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/constraint"
)

// check looks at what files say of the contract and of each other.
func (l *loader) check() {
	for _, c := range l.catalog.Components() {
		l.checkComponent(c)
	}
	for _, o := range l.catalog.overlays {
		l.checkCriteria(o)
		l.checkBase(o)
		l.checkConstraints(o)
		l.checkPreconditions(o.File, o.Preconditions)
		for _, name := range slices.Sorted(maps.Keys(o.Components)) {
			l.checkPatch(o, name)
		}
	}
	l.checkCycles()
}

func (l *loader) checkComponent(c *Component) {
	file := c.File("component.yaml")
	for _, alias := range c.Aliases {
		if other, taken := l.catalog.Component(alias); taken {
			l.refuse(file, []string{"aliases"}, "alias %q already stands for %s", alias, other.Name)
		}
		l.catalog.aliases[alias] = c.Name
	}
	for _, d := range c.DependsOn {
		l.checkOneOf(file, []string{"dependsOn"}, "unknown component", d, l.names())
	}
	l.checkManifests(file, []string{"manifests"}, c, c.Manifests)
	l.checkPathsFrom(file, c)
	for keys, path := range l.catalog.ValuePaths(c) {
		if slices.Contains(strings.Split(path, "."), "") {
			l.refuse(file, keys[:1], "%q is not a value path: write keys separated by dots", path)
		}
	}
	for _, path := range slices.Concat(c.Scheduling.System.ManifestTolerations,
		c.Scheduling.Accelerated.ManifestTolerations) {
		l.checkManifestPath(c, path)
	}
	fields := [][2]string{
		{"version", c.Version}, {"repository", c.Repository}, {"chart", c.Chart}, {"namespace", c.Namespace},
	}
	if c.PodSecurity != "" {
		fields = append(fields, [2]string{"podSecurity", string(c.PodSecurity)})
	}
	for _, field := range fields { // each by itself: of several a schema says one, which would be a missing version
		ref := map[string]any{"name": c.Name, "version": "0.0.0"}
		ref[field[0]] = field[1]
		l.checkSchema(file, nil, "ComponentRef", ref)
	}
	l.checkOwnPreconditions(c)
}

// names lists the components, those that can't be read with them, sorted.
func (l *loader) names() []string {
	return slices.Sorted(slices.Values(append(l.catalog.Names(), l.broken...)))
}

// checkPathsFrom checks that another version's value paths are there, and that they are needed.
func (l *loader) checkPathsFrom(file string, c *Component) {
	keys := []string{"pathsFrom"}
	if c.PathsFrom == "" {
		return
	}
	if c.paths[c.Version] != nil {
		l.refuse(file, keys, "needless: paths has %s.txt, the value paths of this very version", c.Version)
	}
	if c.paths[c.PathsFrom] == nil {
		known := cmp.Or(strings.Join(slices.Sorted(maps.Keys(c.paths)), ", "), "none")
		l.refuse(file, keys, "no value paths of version %q: components/%s/paths has %s", c.PathsFrom, c.Name, known)
	}
}

// checkManifestPath wants a path for placement to lead into an object that the component has.
func (l *loader) checkManifestPath(c *Component, path ValuePath) {
	isOfKind := func(o gen.KubernetesObject) bool { return o["kind"] == path.Kind }
	if !slices.ContainsFunc(slices.Collect(maps.Values(c.Objects)), isOfKind) {
		l.refuse(c.File("component.yaml"), []string{"scheduling"},
			"no object in manifests/ is of kind %q, into which the path %q leads", path.Kind, path.Path)
	}
	if slices.Contains(strings.Split(path.Path, "."), "") {
		l.refuse(c.File("component.yaml"), []string{"scheduling"},
			"%q is not a path: write keys separated by dots", path.Path)
	}
}

// checkOneOf reports whether a value is one of those that are known.
func (l *loader) checkOneOf(file string, keys []string, what, value string, known []string) bool {
	ok := slices.Contains(known, value)
	if !ok {
		l.refuse(file, keys, "%s %q: must be one of %s", what, value, strings.Join(known, ", "))
	}
	return ok
}

func (l *loader) checkManifests(file string, keys []string, c *Component, manifests []string) {
	for _, manifest := range manifests {
		if _, ok := c.Objects[manifest]; !ok {
			has := cmp.Or(strings.Join(slices.Sorted(maps.Keys(c.Objects)), ", "), "none")
			l.refuse(file, keys, "unknown manifest %q: components/%s/manifests has %s", manifest, c.Name, has)
		}
	}
}

func (l *loader) checkCriteria(o *Overlay) {
	if o.Name == BaseName && len(o.Criteria) > 0 {
		l.refuse(o.File, []string{"criteria"}, "%s applies everywhere, so it states no criteria", BaseName)
	}
	for _, name := range slices.Sorted(maps.Keys(o.Criteria)) {
		l.checkCriterion(o.File, []string{"criteria", name}, o.Criteria[name])
	}
	for _, name := range slices.Sorted(maps.Keys(o.Offers)) {
		l.checkCriterion(o.File, []string{"offers", name}, o.Offers[name]...)
	}
}

// checkCriterion checks that the criterion which the keys end in exists and can take the values.
func (l *loader) checkCriterion(file string, keys []string, values ...string) {
	valid := map[string][]string{}
	for _, c := range l.spec.Criteria() {
		valid[c.Name] = c.Values
	}
	name := keys[1]
	if !l.checkOneOf(file, keys, "unknown criterion", name, slices.Sorted(maps.Keys(valid))) {
		return
	}
	for _, value := range values {
		l.checkOneOf(file, keys, "invalid "+name, value, valid[name])
	}
}

func (l *loader) checkBase(o *Overlay) {
	if o.Base == "" {
		return
	}
	o.base = l.byName[o.Base]
	switch {
	case o.Name == BaseName:
		l.refuse(o.File, []string{"base"}, "%s applies first, so it has no base", BaseName)
	case o.base == nil: // known all the same if it can't be read
		l.checkOneOf(o.File, []string{"base"}, "unknown base", o.Base, slices.Sorted(maps.Keys(l.byName)))
	}
}

// checkCycles refuses the first overlay that has itself among its bases, or one that has.
func (l *loader) checkCycles() {
	for _, o := range l.catalog.overlays {
		chain := []string{o.Name}
		for next := o.base; next != nil; next = next.base {
			isCycle := slices.Contains(chain, next.Name)
			if chain = append(chain, next.Name); isCycle {
				l.refuse(o.File, []string{"base"}, "base cycle: %s", strings.Join(chain, " -> "))
				return
			}
		}
	}
}

// checkConstraints refuses constraints that aren't the contract's, and those on versions that no
// version meets.
func (l *loader) checkConstraints(o *Overlay) {
	for _, group := range slices.Sorted(maps.Keys(o.Constraints)) {
		if len(o.Constraints[group]) == 0 {
			l.checkConstraint(o, group, map[string]any{})
		}
		for _, name := range slices.Sorted(maps.Keys(o.Constraints[group])) {
			text := o.Constraints[group][name]
			if !l.checkConstraint(o, group, map[string]any{name: text}) || name == "id" { // all others are versions
				continue
			}
			if _, err := constraint.Parse(text); err != nil {
				l.refuse(o.File, []string{"constraints", group, name}, "%v", err)
			}
		}
	}
}

// checkConstraint reports whether a constraint is one of the contract's.
func (l *loader) checkConstraint(o *Overlay, group string, fields map[string]any) bool {
	before := len(l.faults)
	l.checkSchema(o.File, []string{"constraints"}, "Constraints", map[string]any{group: fields})
	return len(l.faults) == before
}

func (l *loader) checkPatch(o *Overlay, name string) {
	keys, p := []string{"components", name}, o.Components[name]
	if !l.checkOneOf(o.File, keys, "unknown component", name, l.names()) || p == nil {
		return
	}
	if p.Version != "" {
		l.checkSchema(o.File, keys, "ComponentRef", map[string]any{"name": name, "version": p.Version})
	}
	if c := l.catalog.components[name]; c != nil {
		l.checkManifests(o.File, append(keys, "manifests"), c, p.Manifests)
	}
}

// flaw is why overlays make no recipe.
type flaw struct{ file, field, component, missing string }

// checkRecipes looks for environments whose overlays make no recipe. What is wrong in many is said
// once.
func (l *loader) checkRecipes() {
	seen, counts, messages := map[string]bool{}, map[flaw]int{}, map[flaw]string{}
	var flaws []flaw
	for _, environment := range Environments(l.spec.Criteria()) {
		if l.ctx.Err() != nil {
			return
		}
		applied := Applied(l.catalog.overlays, environment)
		names := strings.Join(OverlayNames(applied), " ")
		if seen[names] {
			continue
		}
		seen[names] = true
		f, err := l.flawOf(applied)
		if err == nil {
			continue
		}
		if counts[f]++; counts[f] == 1 {
			flaws, messages[f] = append(flaws, f), fmt.Sprintf("overlays %s: %v", names, err)
		}
	}
	for _, f := range flaws {
		if counts[f] > 1 {
			messages[f] += fmt.Sprintf(" (combinations of overlays with this fault: %d)", counts[f])
		}
		l.refuse(f.file, []string{f.field, f.missing}, "%s", messages[f])
	}
}

// flawOf returns why overlays make no components, or none that can be put in install order: at the
// overlay that took out what one of them needs, or else at the component.
func (l *loader) flawOf(applied []*Overlay) (flaw, error) {
	names := Present(applied)
	if len(names) == 0 {
		return flaw{file: applied[len(applied)-1].File, field: "components"}, errors.New("the recipe has no components")
	}
	_, err := l.catalog.Order(slices.Collect(maps.Keys(names)))
	var d *dependencyError
	if !errors.As(err, &d) {
		return flaw{}, err
	}
	f := flaw{l.catalog.components[d.component].File("component.yaml"), "dependsOn", d.component, d.missing}
	for _, o := range applied {
		if p, speaks := o.Components[d.missing]; speaks && p == nil {
			f.file, f.field = o.File, "components"
		}
	}
	return f, err
}
