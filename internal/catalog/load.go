package catalog

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
	"github.com/NVIDIA/cloud-native-stack/internal/valuepath"
)

// Load reads base.yaml, overlays/<name>.yaml and components/<name>/{component.yaml, values.yaml,
// images.yaml, manifests/<file>.yaml, paths/<version>.txt}. It refuses whatever it doesn't
// understand, and data from which some environment gets no valid recipe. The error joins a [*Fault]
// for each thing that is wrong in the files by themselves, or else in what they say of each other,
// or else in the recipes.
func Load(fsys fs.FS, spec *contract.Contract) (*Catalog, error) {
	return load(context.Background(), fsys, spec)
}

// load stops when ctx is done, with its error.
func load(ctx context.Context, fsys fs.FS, spec *contract.Contract) (*Catalog, error) {
	l := &loader{ctx: ctx, fsys: fsys, spec: spec, byName: map[string]*Overlay{}, catalog: &Catalog{
		components: map[string]*Component{}, aliases: map[string]string{}, nodes: map[string]*yaml.Node{},
		own: map[string]string{}, criteria: askable(spec),
	}}
	for _, step := range []func(){l.load, l.check, l.checkRecipes} {
		step()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if len(l.faults) > 0 {
			return nil, errors.Join(l.faults...)
		}
	}
	return l.catalog, nil
}

// askable returns the criteria with the values that the operator allows.
func askable(spec *contract.Contract) []contract.Criterion {
	criteria := spec.Criteria()
	for i, c := range criteria {
		criteria[i].Values = slices.DeleteFunc(slices.Clone(c.Values), func(value string) bool {
			return spec.CheckCriteria(map[string]string{c.Name: value}) != nil
		})
	}
	return criteria
}

type loader struct {
	ctx     context.Context // of this load alone
	fsys    fs.FS
	spec    *contract.Contract
	catalog *Catalog
	byName  map[string]*Overlay
	faults  []error

	files, values int  // that were read
	isFull        bool // no more files are read
}

// path is where people find a file of the data.
func (l *loader) path(file string) string {
	if f, ok := l.fsys.(layered); ok {
		return f.path(file)
	}
	return file
}

// refuse notes what is wrong in a file: at the deepest key that the keys lead to.
func (l *loader) refuse(file string, keys []string, format string, args ...any) {
	line := l.catalog.Line(file, keys...)
	l.faults = append(l.faults, &Fault{l.path(file), line, fmt.Sprintf(format, args...)})
}

// fail notes what is wrong with a file or directory as a whole, or at a line that the error names.
func (l *loader) fail(file string, err error) {
	fault := newFault(err)
	fault.File = l.path(file)
	l.faults = append(l.faults, fault)
}

// read returns the text of a file, and whether there is one that is still to be looked at.
func (l *loader) read(file string) (text []byte, ok bool) {
	if l.isDone() {
		return nil, false
	}
	if l.files++; l.files > maxFiles {
		l.stop(file, fmt.Sprintf("more than %d files", maxFiles))
		return nil, false
	}
	text, err := readFile(l.fsys, file)
	if err != nil {
		l.fail(file, err)
	}
	return text, err == nil
}

// admits reports whether a file with so many values is one that the catalog takes on.
func (l *loader) admits(file string, values int) bool {
	if l.values += values; l.values > maxValues {
		l.stop(file, fmt.Sprintf("more than %d values and value paths up to here", maxValues))
	}
	return !l.isFull
}

// stop reads no more files, because there is too much in all of them together.
func (l *loader) stop(file, tooMuch string) {
	l.isFull = true
	l.fail(file, fmt.Errorf("the recipe data have %s: leave out what no environment needs", tooMuch))
}

// isDone reports whether no more files are read.
func (l *loader) isDone() bool { return l.isFull || l.ctx.Err() != nil }

// decode reports whether it could read a file.
func (l *loader) decode(file string, into any) bool {
	data, ok := l.read(file)
	if !ok {
		return false
	}
	node, err := Decode(data, into)
	if err != nil {
		l.fail(file, err)
	} else {
		l.catalog.nodes[file] = node
		ok = l.admits(file, countValues(node))
	}
	if path := l.path(file); path != file {
		l.catalog.own[file] = path
	}
	return ok && err == nil
}

func (l *loader) readDir(name string) []fs.DirEntry {
	entries, err := fs.ReadDir(l.fsys, name)
	if err != nil {
		l.fail(name, err)
	}
	return entries
}

// checkSchema holds what the keys lead to in a file against a schema of the contract.
func (l *loader) checkSchema(file string, keys []string, schema string, value map[string]any) {
	if err := l.spec.Check(schema, value); err != nil {
		var e *apierror.Error
		if errors.As(err, &e) {
			keys = slices.Concat(keys, e.Path)
		}
		l.refuse(file, keys, "%v", err)
	}
}

func (l *loader) load() {
	for _, entry := range l.readDir("components") {
		if l.isDone() {
			return
		}
		l.loadComponent(entry.Name())
	}
	l.loadOverlay(BaseName, BaseName+".yaml")
	for _, entry := range l.readDir("overlays") {
		if l.isDone() {
			return
		}
		file := "overlays/" + entry.Name()
		if name, ok := strings.CutSuffix(entry.Name(), ".yaml"); ok {
			l.loadOverlay(name, file)
		} else {
			l.fail(file, errors.New("unexpected: overlays are files named <name>.yaml"))
		}
	}
	slices.SortFunc(l.catalog.overlays, func(a, b *Overlay) int {
		return cmp.Or(a.specificity()-b.specificity(), strings.Compare(a.Name, b.Name))
	})
}

func (l *loader) loadComponent(name string) {
	c := &Component{Name: name, Objects: map[string]gen.KubernetesObject{}, paths: map[string]*valuepath.Paths{}}
	dir, file := path.Join("components", name), c.File("component.yaml")
	entries, err := fs.ReadDir(l.fsys, dir)
	isIt := func(e fs.DirEntry) bool { return e.Name() == "component.yaml" }
	if err == nil && !slices.ContainsFunc(entries, isIt) {
		l.fail(file, errors.New("a folder is all of a component, so it needs this file: "+
			"set values alone in an overlay"))
		return
	}
	if !l.decode(file, c) {
		return
	}
	if err != nil {
		l.fail(dir, err)
	}
	l.catalog.components[name] = c
	for _, entry := range entries {
		file := c.File(entry.Name())
		switch entry.Name() {
		case "component.yaml":
		case "values.yaml":
			l.decode(file, (*Mapping)(&c.Values))
		case "images.yaml":
			l.loadImages(c, file)
		case "manifests":
			for _, entry := range l.readDir(file) {
				l.loadManifest(c, entry.Name())
			}
		case "paths":
			for _, entry := range l.readDir(file) {
				l.loadPaths(c, entry.Name())
			}
		default:
			l.fail(file, errors.New("unexpected: "+
				"a component has component.yaml, values.yaml, manifests/, images.yaml and paths/"))
		}
	}
}

func (l *loader) loadManifest(c *Component, name string) {
	var object Mapping
	if file := c.File("manifests/" + name); l.decode(file, &object) {
		l.checkSchema(file, nil, "KubernetesObject", object)
		c.Objects[name] = gen.KubernetesObject(object)
	}
}

// loadPaths reads what "cnsd recipes paths" printed of a version of the chart.
func (l *loader) loadPaths(c *Component, name string) {
	file := c.File("paths/" + name)
	version, ok := strings.CutSuffix(name, ".txt")
	if !ok {
		l.fail(file, errors.New("unexpected: value paths are files named <chart version>.txt"))
		return
	}
	data, ok := l.read(file)
	if !ok || !l.admits(file, bytes.Count(data, []byte("\n"))+bytes.Count(data, []byte("."))) { // keys, at most
		return
	}
	paths, err := valuepath.ReadPaths(bytes.NewReader(data))
	if err != nil {
		l.fail(file, err)
		return
	}
	c.paths[version] = paths
}

func (l *loader) loadOverlay(name, file string) {
	warning := map[string]any{"criterion": "os", "message": name}
	metadata := map[string]any{"appliedOverlays": []any{name}, "warnings": []any{warning}}
	if err := l.spec.Check("RecipeMetadata", metadata); err != nil {
		l.fail(file, fmt.Errorf("the name can't stand in recipes, letters, digits and dashes can: %w", err))
		return
	}
	o := &Overlay{Name: name, File: file}
	if !l.decode(file, o) {
		return
	}
	if other := l.byName[name]; other != nil {
		l.fail(file, fmt.Errorf("the name %q is taken by %s", name, l.path(other.File)))
		return
	}
	l.byName[name] = o
	l.catalog.overlays = append(l.catalog.overlays, o)
}
