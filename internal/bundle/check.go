package bundle

import (
	"context"
	"maps"
	"slices"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/options"
)

// Check reports why a body can't be bundled: for one of the deployers, or because its values hold
// something else where an option goes. It costs little more than one bundle.
func (b *Builder) Check(ctx context.Context, body gen.RecipeOrCriteria) error {
	catalog, params := b.recipes.Catalog(), gen.CreateBundleParams{Deployer: gen.DeployerHelm}
	from, err := b.baseOf(ctx, catalog, body, params)
	if err != nil {
		return err
	}
	if _, err := b.build(ctx, catalog, from, params); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(b.deployers)) {
		if name == params.Deployer {
			continue
		}
		// Bundles for other deployers differ in these files alone.
		d := b.deployers[name]
		if _, err := d.Common(from.plan); err != nil {
			return err
		}
		for _, r := range from.plan.Releases {
			if _, err := d.Release(from.plan, r); err != nil {
				return err
			}
		}
	}
	return options.CheckPlaces(b.recipeFor(catalog, from.recipe), from.components)
}
