package recipe

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/internal/valuepath"

	"gopkg.in/yaml.v3"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
)

// Spec is what the loader needs of the API's contract: the values that criteria can take, and the schemas of what recipes hold.
type Spec interface {
	Criteria() []contract.Criterion
	Check(schema string, value any) error
}

// Load reads base.yaml, overlays/<name>.yaml and components/<name>/{component.yaml,values.yaml,manifests/<file>.yaml}. It refuses whatever
// it doesn't understand, and data from which some environment gets no valid recipe. Errors name file, line and what is valid.
func Load(fsys fs.FS, spec Spec) (*Catalog, error) {
	l := &loader{fsys: fsys, spec: spec, catalog: &Catalog{
		components: map[string]*Component{}, aliases: map[string]string{}, byName: map[string]*overlay{}, sources: map[string]*yaml.Node{},
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
}

// path is where people find a file of the data.
func (l *loader) path(file string) string {
	if f, ok := l.fsys.(layered); ok {
		return f.path(file)
	}
	return file
}

// unread says which file or directory can't be read.
func (l *loader) unread(file string, err error) error {
	return fmt.Errorf("%s: %w", l.path(file), causeOf(err))
}

// causeOf is an error of the file system without the operation and the path.
func causeOf(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// at says where in a file something is wrong: at the deepest key that the keys lead to.
func (l *loader) at(file string, keys []string, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %w", l.path(file), l.catalog.line(file, keys...), fmt.Errorf(format, args...))
}

// check holds what the keys lead to in a file against a schema of the contract.
func (l *loader) check(file string, keys []string, schema string, value map[string]any) error {
	err := l.spec.Check(schema, value)
	if err == nil {
		return nil
	}
	var p *apierror.Error
	if errors.As(err, &p) {
		keys = slices.Concat(keys, p.Path)
	}
	return l.at(file, keys, "%w", err)
}

func (l *loader) loadComponents() error {
	entries, err := fs.ReadDir(l.fsys, "components")
	if err != nil {
		return l.unread("components", err)
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
	component := &Component{Name: name, objects: map[string]gen.KubernetesObject{}, paths: map[string]*valuepath.Paths{}}
	file := path.Join(dir, "component.yaml")
	entries, err := fs.ReadDir(l.fsys, dir)
	if err == nil && !slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == "component.yaml" }) {
		return fmt.Errorf("%s: a folder is all of a component, so it needs this file: set values alone in an overlay", l.path(file))
	}
	if err := l.decode(file, component); err != nil {
		return err
	}
	if err != nil {
		return l.unread(dir, err)
	}
	for _, entry := range entries {
		switch entry.Name() {
		case "component.yaml":
		case "values.yaml":
			var v mapping
			if err := l.decode(path.Join(dir, "values.yaml"), &v); err != nil {
				return err
			}
			component.Values = v
		case "manifests":
			if err := l.loadManifests(component, path.Join(dir, "manifests")); err != nil {
				return err
			}
		case "images.yaml":
			if err := l.loadImages(component); err != nil {
				return err
			}
		case "paths":
			if err := l.loadPaths(component, path.Join(dir, "paths")); err != nil {
				return err
			}
		default:
			return fmt.Errorf("%s: unexpected: a component has component.yaml, values.yaml, manifests/, images.yaml and paths/", l.path(path.Join(dir, entry.Name())))
		}
	}
	l.catalog.components[name] = component
	return nil
}

func (l *loader) loadManifests(component *Component, dir string) error {
	entries, err := fs.ReadDir(l.fsys, dir)
	if err != nil {
		return l.unread(dir, err)
	}
	for _, entry := range entries {
		file := path.Join(dir, entry.Name())
		var object mapping
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

// loadPaths reads what «cnsd recipes paths» printed of the chart in some versions, each a file <version>.txt.
func (l *loader) loadPaths(component *Component, dir string) error {
	entries, err := fs.ReadDir(l.fsys, dir)
	if err != nil {
		return l.unread(dir, err)
	}
	for _, entry := range entries {
		file := path.Join(dir, entry.Name())
		version, ok := strings.CutSuffix(entry.Name(), ".txt")
		if !ok {
			return fmt.Errorf("%s: unexpected: value paths are files named <chart version>.txt", l.path(file))
		}
		data, err := readFile(l.fsys, file)
		if err != nil {
			return l.unread(file, err)
		}
		if component.paths[version], err = valuepath.ReadPaths(bytes.NewReader(data)); err != nil {
			return located(l.path(file), err)
		}
	}
	return nil
}

func (l *loader) loadOverlays() error {
	entries, err := fs.ReadDir(l.fsys, "overlays")
	if err != nil {
		return l.unread("overlays", err)
	}
	files := []string{baseName + ".yaml"}
	for _, entry := range entries {
		files = append(files, "overlays/"+entry.Name())
	}
	for _, file := range files {
		name, ok := strings.CutSuffix(path.Base(file), ".yaml")
		if !ok {
			return fmt.Errorf("%s: unexpected: overlays are files named <name>.yaml", l.path(file))
		}
		if err := l.spec.Check("RecipeMetadata", map[string]any{"appliedOverlays": []any{name}}); err != nil {
			return fmt.Errorf("%s: the name can't stand in recipes: %w", l.path(file), err)
		}
		o := &overlay{name: name, file: file}
		if err := l.decode(file, o); err != nil {
			return err
		}
		if l.catalog.byName[name] != nil {
			return fmt.Errorf("%s: the name %q is taken by %s", l.path(file), name, l.path(l.catalog.byName[name].file))
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
