package recipe

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/problem"
)

// Spec is what the loader needs of the API's contract: the values that criteria can take, and the schemas of what recipes hold.
type Spec interface {
	CriteriaValues() map[string][]string
	Check(schema string, value any) error
}

// Load reads base.yaml, overlays/<name>.yaml and components/<name>/{component.yaml,values.yaml,manifests/<file>.yaml}. It refuses whatever
// it doesn't understand, and data from which some environment gets no valid recipe. Errors name file, line and what is valid.
func Load(fsys fs.FS, spec Spec) (*Catalog, error) {
	l := &loader{fsys: fsys, spec: spec, catalog: &Catalog{
		components: map[string]*Component{}, aliases: map[string]string{}, byName: map[string]*overlay{},
	}}
	for _, step := range []func() error{l.loadComponents, l.linkComponents, l.loadOverlays, l.linkOverlays, l.checkRecipes} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return l.catalog, nil
}

type loader struct {
	fsys    fs.FS
	spec    Spec
	catalog *Catalog
	roots   map[string]*yaml.Node // of component and overlay files, for the lines in errors
}

// at says where in a file something is wrong: at the deepest key that the keys lead to.
func (l *loader) at(file string, keys []string, format string, args ...any) error {
	node := l.roots[file]
	line := node.Line
	for _, name := range keys {
		key, value := lookup(node, name)
		if key == nil {
			break
		}
		line, node = key.Line, value
	}
	return fmt.Errorf("%s:%d: %w", file, line, fmt.Errorf(format, args...))
}

// check holds what the keys lead to in a file against a schema of the contract.
func (l *loader) check(file string, keys []string, schema string, value map[string]any) error {
	err := l.spec.Check(schema, value)
	if err == nil {
		return nil
	}
	var p *problem.Error
	if errors.As(err, &p) {
		field, _ := p.Details["field"].(string)
		unknown, _ := p.Details["requested"].(string)
		keys = slices.Concat(keys, strings.FieldsFunc(field, func(r rune) bool { return r == '/' }), []string{unknown})
	}
	return l.at(file, keys, "%w", err)
}

func (l *loader) loadComponents() error {
	entries, err := fs.ReadDir(l.fsys, "components")
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if err := l.loadComponent(entry.Name()); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) loadComponent(name string) error {
	dir := path.Join("components", name)
	component := &Component{Name: name, objects: map[string]gen.KubernetesObject{}}
	file := path.Join(dir, "component.yaml")
	if err := l.decode(file, component); err != nil {
		return err
	}
	entries, err := fs.ReadDir(l.fsys, dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		switch entry.Name() {
		case "component.yaml":
		case "values.yaml":
			var v values
			if err := l.decode(path.Join(dir, "values.yaml"), &v); err != nil {
				return err
			}
			component.Values = v
		case "manifests":
			if err := l.loadManifests(component, path.Join(dir, "manifests")); err != nil {
				return err
			}
		default:
			return fmt.Errorf("%s: unexpected: a component has component.yaml, values.yaml and manifests/", path.Join(dir, entry.Name()))
		}
	}
	l.catalog.components[name] = component
	return nil
}

func (l *loader) loadManifests(component *Component, dir string) error {
	entries, err := fs.ReadDir(l.fsys, dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		file := path.Join(dir, entry.Name())
		var object values
		if err := l.decode(file, &object); err != nil {
			return err
		}
		if err := l.check(file, nil, "KubernetesObject", object); err != nil {
			return err
		}
		component.objects[entry.Name()] = gen.KubernetesObject(object)
	}
	return nil
}

// linkComponents checks what component files say of each other.
func (l *loader) linkComponents() error {
	c := l.catalog
	known := slices.Sorted(maps.Keys(c.components))
	for _, name := range known {
		component := c.components[name]
		file := path.Join("components", name, "component.yaml")
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
		if err := l.checkPaths(file, component.Scheduling); err != nil {
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
			return l.at(file, keys, "unknown manifest %q: components/%s/manifests has %s", manifest, component.Name,
				strings.Join(slices.Sorted(maps.Keys(component.objects)), ", "))
		}
	}
	return nil
}

func (l *loader) checkPaths(file string, s Scheduling) error {
	for _, p := range slices.Concat(s.System.NodeSelectors, s.System.Tolerations, s.Accelerated.NodeSelectors, s.Accelerated.Tolerations) {
		if slices.Contains(strings.Split(p, "."), "") {
			return l.at(file, []string{"scheduling"}, "%q is not a value path: write keys separated by dots", p)
		}
	}
	return nil
}

func (l *loader) loadOverlays() error {
	files, err := fs.Glob(l.fsys, "overlays/*")
	if err != nil {
		return err
	}
	for _, file := range append([]string{baseName + ".yaml"}, files...) {
		name, ok := strings.CutSuffix(path.Base(file), ".yaml")
		if !ok {
			return fmt.Errorf("%s: unexpected: overlays are files named <name>.yaml", file)
		}
		o := &overlay{name: name, file: file}
		if err := l.decode(file, o); err != nil {
			return err
		}
		if l.catalog.byName[name] != nil {
			return fmt.Errorf("%s: the name %q is taken by %s", file, name, l.catalog.byName[name].file)
		}
		l.catalog.byName[name] = o
		l.catalog.overlays = append(l.catalog.overlays, o)
	}
	slices.SortFunc(l.catalog.overlays, func(a, b *overlay) int {
		if (a.name == baseName) != (b.name == baseName) {
			if a.name == baseName {
				return -1
			}
			return 1
		}
		if a.specificity() != b.specificity() {
			return a.specificity() - b.specificity()
		}
		return strings.Compare(a.name, b.name)
	})
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
	criteria := l.spec.CriteriaValues()
	valid, ok := criteria[criterion]
	if !ok {
		return l.at(o.file, []string{field, criterion}, "unknown criterion %q: must be one of %s", criterion,
			strings.Join(slices.Sorted(maps.Keys(criteria)), ", "))
	}
	for _, value := range values {
		if !slices.Contains(valid, value) {
			return l.at(o.file, []string{field, criterion}, "invalid %s %q: must be one of %s", criterion, value, strings.Join(valid, ", "))
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

// checkRecipes resolves every environment that differs in its overlays, so that data which can't make a recipe stops the start.
func (l *loader) checkRecipes() error {
	seen := map[string]bool{}
	var errs []error
	for _, stated := range environments(l.spec.CriteriaValues()) {
		applied := l.catalog.applied(stated)
		key := strings.Join(names(applied), " ")
		if seen[key] {
			continue
		}
		seen[key] = true
		refs, _ := compose(l.catalog, applied)
		if len(refs) == 0 {
			last := applied[len(applied)-1]
			errs = append(errs, l.at(last.file, []string{"components"}, "overlays %s: the recipe has no components", key))
		}
		errs = append(errs, l.checkOrder(key, refs))
	}
	return errors.Join(errs...)
}

// checkOrder says which component of a recipe can't be put in install order.
func (l *loader) checkOrder(overlays string, refs map[string]gen.ComponentRef) error {
	_, err := inOrder(refs)
	var d *dependencyError
	if errors.As(err, &d) {
		return l.at(path.Join("components", d.component, "component.yaml"), []string{"dependsOn"}, "overlays %s: %w", overlays, err)
	}
	return err
}

// environments returns every combination of criteria.
func environments(values map[string][]string) []map[string]string {
	all := []map[string]string{{}}
	for _, criterion := range slices.Sorted(maps.Keys(values)) {
		var next []map[string]string
		for _, e := range all {
			for _, value := range values[criterion] {
				extended := maps.Clone(e)
				extended[criterion] = value
				next = append(next, extended)
			}
		}
		all = next
	}
	return all
}
