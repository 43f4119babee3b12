// Package bundle turns a recipe into files that a deployment tool takes as they are.
package bundle

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/document"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
)

// File is one file of a bundle. Path is relative and uses slashes.
type File struct {
	Path       string
	Data       []byte
	Executable bool
}

// Bundle is a recipe as files.
type Bundle struct {
	Files    []File   // sorted by path
	Warnings []string // what could not be applied
}

// Catalog is what bundles need of the recipe data.
type Catalog interface {
	// Component finds a component by name or alias.
	Component(name string) (*recipe.Component, bool)
	// Names lists the components, sorted.
	Names() []string
}

// deployer returns the files that are particular to one deployment tool.
type deployer func(context.Context, gen.Recipe) ([]File, error)

// Build makes the bundle for a recipe, which it takes over. Errors that the recipe or the options cause are [problem.Error]s.
func Build(ctx context.Context, catalog Catalog, limits document.Limits, r gen.Recipe, params gen.CreateBundleParams) (Bundle, error) {
	deployers := map[gen.Deployer]deployer{gen.DeployerHelm: helm}
	deploy, ok := deployers[params.Deployer]
	if !ok {
		return Bundle{}, fmt.Errorf("no deployer %q", params.Deployer)
	}
	r.Explanations = nil // options may change what they are about
	b := builder{catalog: catalog, limits: limits, recipe: r}
	for _, w := range r.Metadata.Warnings {
		b.warn("%s", w.Message)
	}
	for _, step := range []func(gen.CreateBundleParams) error{b.complete, b.keep, b.place, b.override} {
		if err := step(params); err != nil {
			return Bundle{}, err
		}
	}
	files, err := deploy(ctx, b.recipe)
	if err != nil {
		return Bundle{}, err
	}
	lock, err := recipe.EncodeYAML(b.recipe)
	if err != nil {
		return Bundle{}, fmt.Errorf("encode recipe.yaml: %w", err)
	}
	readme, err := readme(b.recipe, b.warnings)
	if err != nil {
		return Bundle{}, err
	}
	files = append(files, File{Path: "recipe.yaml", Data: lock}, File{Path: "README.md", Data: readme})
	files = append(files, checksums(files))
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return Bundle{Files: files, Warnings: b.warnings}, nil
}

// builder carries a recipe through the steps of Build.
type builder struct {
	catalog  Catalog
	limits   document.Limits
	recipe   gen.Recipe
	warnings []string
}

func (b *builder) warn(format string, args ...any) {
	b.warnings = append(b.warnings, fmt.Sprintf(format, args...))
}

// names lists the components of the recipe, in its order.
func (b *builder) names() []string {
	list := make([]string, len(b.recipe.ComponentRefs))
	for i, ref := range b.recipe.ComponentRefs {
		list[i] = ref.Name
	}
	return list
}

// find returns the component of the recipe that has a name or else an alias, nil if there is none.
func (b *builder) find(nameOrAlias string) *gen.ComponentRef {
	refs := b.recipe.ComponentRefs
	named := func(name string) int {
		return slices.IndexFunc(refs, func(ref gen.ComponentRef) bool { return ref.Name == name })
	}
	i := named(nameOrAlias)
	if component, ok := b.catalog.Component(nameOrAlias); ok && i < 0 {
		i = named(component.Name)
	}
	if i < 0 {
		return nil
	}
	return &refs[i]
}

// known returns what the catalog holds under a component's name; an alias is no component's name.
func (b *builder) known(name string) (*recipe.Component, bool) {
	component, ok := b.catalog.Component(name)
	return component, ok && component.Name == name
}

// checksums lists the files in the format that sha256sum -c reads.
func checksums(files []File) File {
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	var list strings.Builder
	for _, f := range files {
		sum := sha256.Sum256(f.Data)
		fmt.Fprintf(&list, "%s  %s\n", hex.EncodeToString(sum[:]), f.Path)
	}
	return File{Path: "checksums.txt", Data: []byte(list.String())}
}
