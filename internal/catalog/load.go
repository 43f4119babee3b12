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
// understand, and data from which some environment gets no valid recipe. Names that begin with a
// dot are no data, for Kubernetes and git keep theirs there, and neither is Markdown (<name>.md),
// which is for people. The error joins a [*Fault] for each thing that is wrong in the files and in
// what they say of each other, or else in the recipes.
func Load(fsys fs.FS, spec *contract.Contract) (*Catalog, error) {
	return load(context.Background(), fsys, spec)
}

// load stops when ctx is done, with its error.
func load(ctx context.Context, fsys fs.FS, spec *contract.Contract) (*Catalog, error) {
	l := &loader{
		ctx: ctx, fsys: fsys, spec: spec, byName: map[string]*Overlay{}, noted: map[Fault]bool{},
		catalog: &Catalog{
			components: map[string]*Component{}, aliases: map[string]string{}, nodes: map[string]*yaml.Node{},
			own: map[string]string{}, criteria: askable(spec),
		},
	}
	l.load()
	if !l.isFull && len(l.catalog.components) > 0 { // else nothing of what files name has been read
		l.check()
	}
	if len(l.faults) == 0 {
		l.checkRecipes()
	}
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case len(l.faults) > 0:
		return nil, errors.Join(l.faults...)
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
	byName  map[string]*Overlay // nil for one that can't be read
	broken  []string            // names of components that can't be read
	faults  []error
	noted   map[Fault]bool // the same

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
	l.note(Fault{l.path(file), l.catalog.Line(file, keys...), fmt.Sprintf(format, args...)})
}

// fail notes what is wrong with a file or directory as a whole, or at lines that the error names.
func (l *loader) fail(file string, err error) {
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		for _, err := range several.Unwrap() {
			l.fail(file, err)
		}
		return
	}
	fault := *newFault(err)
	fault.File = l.path(file)
	l.note(fault)
}

// unexpected notes a file that is no part of the data by its name, and what the right names are.
func (l *loader) unexpected(file, right string) {
	if name, ok := strings.CutSuffix(path.Base(file), ".yml"); ok {
		right = "rename it to " + name + ".yaml: " + right
	}
	l.fail(file, fmt.Errorf("unexpected: %s; notes for people are files named <name>.md", right))
}

// note takes a fault once: what an alias stands for is looked at more than once.
func (l *loader) note(fault Fault) {
	if !l.noted[fault] {
		l.noted[fault], l.faults = true, append(l.faults, &fault)
	}
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

// readDir lists what of a folder is data, and reports whether it could read all.
func (l *loader) readDir(name string) (entries []fs.DirEntry, ok bool) {
	entries, err := fs.ReadDir(l.fsys, name)
	if err != nil {
		l.fail(name, err)
	}
	return slices.DeleteFunc(entries, func(e fs.DirEntry) bool {
		return strings.HasPrefix(e.Name(), ".") || strings.HasSuffix(e.Name(), ".md") && !e.IsDir()
	}), err == nil
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
	l.loadEach(".", func(name string) {
		if !slices.Contains([]string{BaseName + ".yaml", "overlays", "components"}, name) {
			l.unexpected(name, "recipe data is "+BaseName+".yaml, overlays/ and components/")
		}
	})
	l.loadEach("components", l.loadComponent)
	l.loadOverlay(BaseName, BaseName+".yaml")
	l.loadEach("overlays", func(file string) {
		if name, ok := strings.CutSuffix(file, ".yaml"); ok {
			l.loadOverlay(name, "overlays/"+file)
		} else {
			l.unexpected("overlays/"+file, "overlays are files named <name>.yaml")
		}
	})
	slices.SortFunc(l.catalog.overlays, func(a, b *Overlay) int {
		return cmp.Or(a.specificity()-b.specificity(), strings.Compare(a.Name, b.Name))
	})
}

func (l *loader) loadComponent(name string) {
	c := &Component{Name: name, Objects: map[string]gen.KubernetesObject{}, paths: map[string]*valuepath.Paths{}}
	file, readers := c.File("component.yaml"), map[string]func(file string){
		"component.yaml": func(string) {}, // which comes first
		"values.yaml":    func(file string) { l.decode(file, (*Mapping)(&c.Values)) },
		"images.yaml":    func(file string) { l.loadImages(c, file) },
		"manifests":      func(file string) { l.loadEach(file, func(name string) { l.loadManifest(c, name) }) },
		"paths":          func(file string) { l.loadEach(file, func(name string) { l.loadPaths(c, name) }) },
	}
	entries, ok := l.readDir(path.Dir(file))
	isIt := func(e fs.DirEntry) bool { return e.Name() == "component.yaml" }
	switch {
	case !ok:
	case !slices.ContainsFunc(entries, isIt):
		l.fail(file, errors.New("a folder is all of a component, so it needs this file: "+
			"set values alone in an overlay"))
	case l.decode(file, c):
		l.catalog.components[name] = c
	}
	for _, entry := range entries {
		file := c.File(entry.Name())
		if read, ok := readers[entry.Name()]; ok {
			read(file)
		} else {
			l.unexpected(file, "a component has component.yaml, values.yaml, manifests/, images.yaml and paths/")
		}
	}
	if l.catalog.components[name] == nil {
		l.broken = append(l.broken, name)
	}
}

// loadEach reads what is in a folder, by name.
func (l *loader) loadEach(dir string, read func(name string)) {
	entries, _ := l.readDir(dir)
	for _, entry := range entries {
		if l.isDone() {
			return
		}
		read(entry.Name())
	}
}

func (l *loader) loadManifest(c *Component, name string) {
	var object Mapping
	if file := c.File("manifests/" + name); l.decode(file, &object) {
		l.checkSchema(file, nil, "KubernetesObject", object)
	}
	c.Objects[name] = gen.KubernetesObject(object) // also one that can't be read, for there is one of the name
}

// loadPaths reads what "cnsd recipes paths" printed of a version of the chart.
func (l *loader) loadPaths(c *Component, name string) {
	file := c.File("paths/" + name)
	version, ok := strings.CutSuffix(name, ".txt")
	if !ok {
		l.fail(file, errors.New("unexpected: value paths are files named <chart version>.txt"))
		return
	}
	c.paths[version] = &valuepath.Paths{} // also of a file that can't be read, for there is one of the name
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
	if other := l.byName[name]; other != nil {
		l.fail(file, fmt.Errorf("the name %q is taken by %s", name, l.path(other.File)))
		return
	}
	o := &Overlay{Name: name, File: file}
	if l.byName[name] = nil; !l.decode(file, o) {
		return
	}
	l.byName[name] = o
	l.catalog.overlays = append(l.catalog.overlays, o)
}
