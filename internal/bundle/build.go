// Package bundle turns a recipe into files that a deployment tool takes as they are.
package bundle

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/valuepath"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/attest"
	"github.com/NVIDIA/cloud-native-stack/internal/document"
)

// File is one file of a bundle. Path is relative and uses slashes.
type File struct {
	Path       string
	Executable bool
	parts      []*part
	digest     *[sha256.Size]byte // nil if it's not known yet
}

// NewFile makes a file of data that no other bundle has.
func NewFile(path string, data []byte) File { return File{Path: path, parts: []*part{{text: data}}} }

// Data returns what is in the file. The caller owns it.
func (f File) Data() []byte {
	data := make([]byte, 0, f.size())
	for _, p := range f.parts {
		data = append(data, p.text...)
	}
	return data
}

// contains says whether a text is in one of the file's parts.
func (f File) contains(text string) bool {
	return slices.ContainsFunc(f.parts, func(p *part) bool { return bytes.Contains(p.text, []byte(text)) })
}

func (f File) size() int {
	size := 0
	for _, p := range f.parts {
		size += len(p.text)
	}
	return size
}

// Bundle is a recipe as files.
type Bundle struct {
	Files    []File   // sorted by path
	Warnings []string // what could not be applied
}

// Catalog is what bundles need of the recipe data.
type Catalog interface {
	// Component finds a component by name or alias.
	Component(name string) (*catalog.Component, bool)
	// Names lists the components, sorted.
	Names() []string
}

// Options are what all bundles of a server have in common.
type Options struct {
	Limits  document.Limits // that each component's values keep to
	Version string          // of the server
	Signer  *attest.Signer  // nil to leave bundles unsigned
	Cache   *Cache          // of the server; required
}

// Build makes the bundle for a recipe, which it takes over. Errors that the recipe or the params cause are [problem.Error]s.
func Build(ctx context.Context, catalog Catalog, o Options, r gen.Recipe, params gen.CreateBundleParams) (Bundle, error) {
	p, err := prepare(catalog, r)
	if err != nil {
		return Bundle{}, err
	}
	return p.build(ctx, catalog, o, params)
}

// build makes a bundle. It leaves a shared recipe as it is, and takes over another one.
func (p *prepared) build(ctx context.Context, catalog Catalog, o Options, params gen.CreateBundleParams) (Bundle, error) {
	l, err := p.outline(catalog, o, params)
	if err != nil {
		return Bundle{}, err
	}
	return l.build(ctx, params)
}

// builder carries a recipe through the steps of Build.
type builder struct {
	Options
	catalog Catalog
	prepared
}

func (b *builder) warn(format string, args ...any) {
	b.warnings = append(b.warnings, fmt.Sprintf(format, args...))
}

// warnOnce leaves out a warning that is there already.
func (b *builder) warnOnce(format string, args ...any) {
	if warning := fmt.Sprintf(format, args...); !slices.Contains(b.warnings, warning) {
		b.warnings = append(b.warnings, warning)
	}
}

// names lists the components of the recipe, in its order.
func (b *builder) names() []string {
	list := make([]string, len(b.recipe.ComponentRefs))
	for i, ref := range b.recipe.ComponentRefs {
		list[i] = ref.Name
	}
	return list
}

// find returns the place of the component in the recipe that has a name or else an alias, -1 if there is none.
func (b *builder) find(nameOrAlias string) int {
	refs := b.recipe.ComponentRefs
	named := func(name string) int {
		return slices.IndexFunc(refs, func(ref gen.ComponentRef) bool { return ref.Name == name })
	}
	i := named(nameOrAlias)
	if component, ok := b.catalog.Component(nameOrAlias); ok && i < 0 {
		i = named(component.Name)
	}
	return i
}

// known returns what the catalog holds under a component's name; an alias is no component's name.
func (b *builder) known(name string) (*catalog.Component, bool) {
	component, ok := b.catalog.Component(name)
	return component, ok && component.Name == name
}

// ofChart returns what the catalog holds about the chart of a component, nil if nothing: a recipe may bring another chart under the name.
func (b *builder) ofChart(ref gen.ComponentRef) *catalog.Component {
	component, ok := b.known(ref.Name)
	if !ok || ref.Chart != component.Chart {
		return nil
	}
	return component
}

// knownPaths returns the value paths that the chart of a component takes, nil where they aren't known.
func (b *builder) knownPaths(ref gen.ComponentRef) *valuepath.Paths {
	if component := b.ofChart(ref); component != nil {
		return component.Paths(ref.Version)
	}
	return nil
}

func byPath(a, b File) int { return strings.Compare(a.Path, b.Path) }

// checksums lists the files in the format that sha256sum -c reads.
func checksums(files []File) (File, error) {
	size := 0
	for _, f := range files {
		size += 2*sha256.Size + len(f.Path) + len("  \n")
	}
	list := make([]byte, 0, size)
	for _, f := range files {
		sum, err := f.sum()
		if err != nil {
			return File{}, err
		}
		list = append(append(append(hex.AppendEncode(list, sum[:]), "  "...), f.Path...), '\n')
	}
	return NewFile("checksums.txt", list), nil
}

// sum digests a file by SHA-256. What other bundles have, too, is digested once.
func (f File) sum() ([sha256.Size]byte, error) {
	if f.digest != nil {
		return *f.digest, nil
	}
	first := f.parts[0]
	first.summing.Do(func() {
		first.digest = sha256.New().(hash.Cloner)
		first.digest.Write(first.text) // never fails
		first.sum = [sha256.Size]byte(first.digest.Sum(nil))
	})
	if len(f.parts) == 1 {
		return first.sum, nil
	}
	digest, err := first.digest.Clone()
	if err != nil {
		return first.sum, err
	}
	err = File{parts: f.parts[1:]}.writeTo(digest)
	return [sha256.Size]byte(digest.Sum(nil)), err
}
