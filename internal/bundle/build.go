// Package bundle turns a recipe into files that a deployment tool takes as they are.
package bundle

import (
	"context"
	"slices"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/archive"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/artifacts"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/component"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/options"
)

// Bundle is a recipe as files.
type Bundle struct {
	Files    []archive.File // sorted by path
	Warnings []string       // what could not be applied
}

// Build makes the bundle of a recipe, or of the one that criteria resolve to. Errors that the
// recipe or the params cause are [apierror.Error]s. It stops when ctx is done.
func (b *Builder) Build(ctx context.Context, body gen.RecipeOrCriteria, params gen.CreateBundleParams) (Bundle, error) {
	catalog := b.recipes.Catalog()
	from, err := b.baseOf(ctx, catalog, body, params)
	if err != nil {
		return Bundle{}, err
	}
	return b.build(ctx, catalog, from, params)
}

// build makes a bundle of a base and the set options of params.
func (b *Builder) build(ctx context.Context, c component.Catalog, from *base, p options.Params) (Bundle, error) {
	components, warnings, err := options.Apply(ctx, b.recipeFor(c, from.recipe), from.components, p, options.Set)
	if err != nil {
		return Bundle{}, err
	}
	releases := component.Releases(components)
	files, err := from.files(ctx, releases)
	if err != nil {
		return Bundle{}, err
	}
	recipe := from.recipeFile(releases)
	lists, err := artifacts.New(ctx, releases, from.params, from.artifacts)
	if err != nil {
		return Bundle{}, err
	}
	warnings = slices.Concat(from.warnings, warnings, lists.Warnings(recipe))
	readme, err := from.readmeFor(warnings)
	if err != nil {
		return Bundle{}, err
	}
	sbom := lists.SBOM(recipe, from.recipe.Metadata.Created)
	files = slices.Concat(files, lists.Files, []archive.File{recipe, sbom, readme})
	slices.SortFunc(files, archive.ByPath)
	checksums := archive.NewFile("checksums.txt", archive.Single(archive.Checksums(files)))
	attested, err := b.provenance(from, p, checksums)
	if err != nil {
		return Bundle{}, err
	}
	files = append(append(files, checksums), attested...)
	slices.SortFunc(files, archive.ByPath)
	return Bundle{files, warnings}, nil
}

func (b *Builder) recipeFor(catalog component.Catalog, r gen.Recipe) options.Recipe {
	return options.Recipe{Catalog: catalog, Nodes: r.Criteria.Nodes, OS: r.Constraints["os"], Limits: b.options.Limits}
}
