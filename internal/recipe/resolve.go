// Package recipe resolves criteria to recipes, by the recipe data of a catalog.
package recipe

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
)

// Build identifies the server and the data in it. Recipes state it, so that two servers of one
// build answer alike.
type Build struct {
	Version string
	Created string // RFC 3339
}

// Resolve returns the recipe for an environment. Criteria that are left out mean any. The caller
// owns the result.
func Resolve(ctx context.Context, c *catalog.Catalog, criteria gen.Criteria, build Build) (gen.Recipe, error) {
	return ResolveBy(ctx, c, criteria, build, Component)
}

// ResolveBy returns the recipe for an environment as [Resolve] does, with the components that a
// function in place of [Component] returns.
func ResolveBy(
	ctx context.Context, c *catalog.Catalog, criteria gen.Criteria, build Build,
	find func(*catalog.Component, []*catalog.Overlay) (gen.ComponentRef, bool),
) (gen.Recipe, error) {
	return compose(ctx, c, criteria, build, Warnings(c, maps.Collect(Criteria(criteria))), find)
}

// compose returns the recipe for an environment, which has these warnings.
func compose(
	ctx context.Context, c *catalog.Catalog, criteria gen.Criteria, build Build, warnings []gen.RecipeWarning,
	find func(*catalog.Component, []*catalog.Overlay) (gen.ComponentRef, bool),
) (gen.Recipe, error) {
	criteria = complete(criteria)
	stated := maps.Collect(Criteria(criteria))
	applied := catalog.Applied(c.Overlays(), stated)
	refs := map[string]gen.ComponentRef{}
	for _, component := range c.Components() {
		if err := ctx.Err(); err != nil {
			return gen.Recipe{}, err
		}
		if ref, ok := find(component, applied); ok {
			refs[component.Name] = ref
		}
	}
	order, err := c.Order(slices.Collect(maps.Keys(refs)))
	if err != nil {
		return gen.Recipe{}, fmt.Errorf("recipe for %v: %w", stated, err)
	}
	ordered := make([]gen.ComponentRef, len(order))
	for i, name := range order {
		ordered[i] = refs[name]
		ordered[i].Order = i + 1
	}
	return gen.Recipe{
		Kind:       gen.RecipeKindRecipe,
		APIVersion: gen.APIVersionV1Alpha1,
		Metadata: gen.RecipeMetadata{
			Version: build.Version, Created: build.Created, AppliedOverlays: catalog.OverlayNames(applied),
			Warnings: warnings,
		},
		Criteria:      criteria,
		ComponentRefs: ordered,
		Constraints:   Constraints(applied),
		Preconditions: c.Preconditions(applied, catalog.Present(applied)),
	}, nil
}

// Component lays what overlays say of a component over each other, in their order, and reports
// whether their recipe has it.
func Component(c *catalog.Component, applied []*catalog.Overlay) (ref gen.ComponentRef, ok bool) {
	for _, o := range applied {
		patch, speaks := o.Components[c.Name]
		switch {
		case !speaks:
		case patch == nil:
			ok = false
		case ok:
			ref = c.Patched(ref, patch)
		default:
			ref, ok = c.Patched(c.Ref(), patch), true
		}
	}
	return ref, ok
}

// Constraints lays the constraints of overlays over each other, in their order.
func Constraints(applied []*catalog.Overlay) gen.Constraints {
	constraints := gen.Constraints{}
	for _, o := range applied {
		for group, fields := range o.Constraints {
			if constraints[group] == nil {
				constraints[group] = map[string]string{}
			}
			maps.Copy(constraints[group], fields)
		}
	}
	return constraints
}
