package bundle

import (
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/values"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
)

// hint puts facts about the cluster where components say that they go. One that has no place in the recipe is an error: it would be lost.
func (b *builder) hint(params gen.CreateBundleParams) error {
	if (params.StorageClass == "") != (params.StorageSize == "") {
		return apierror.Invalidf(apierror.Details{Parameter: "storage-class"}, "storage-class and storage-size go together: a volume needs both")
	}
	if stated := b.recipe.Criteria.Nodes; params.Nodes == 0 {
		b.fillNodes(stated)
	} else if stated != 0 && stated != params.Nodes {
		return apierror.Invalidf(apierror.Details{Parameter: "nodes", Requested: params.Nodes}, "nodes=%d contradicts the criteria, which say %d", params.Nodes, stated)
	}
	for _, hint := range []struct {
		name  string
		value any
		given bool
		paths func(*catalog.Component) []string
	}{
		{"nodes", int64(params.Nodes), params.Nodes > 0,
			func(c *catalog.Component) []string { return c.Hints.Nodes }},
		{"storage-class", params.StorageClass, params.StorageClass != "",
			func(c *catalog.Component) []string { return c.Hints.StorageClass }},
		{"storage-size", params.StorageSize, params.StorageSize != "",
			func(c *catalog.Component) []string { return c.Hints.StorageSize }},
	} {
		if !hint.given {
			continue
		}
		details := apierror.Details{Parameter: hint.name, Requested: hint.value}
		without, err := b.putAt(hint.paths, hint.value)
		if err != nil {
			return apierror.Invalidf(details, "%s can't be applied to %v", hint.name, err)
		}
		if len(without) == len(b.recipe.ComponentRefs) {
			return apierror.Invalidf(details, "%s has no place in this recipe: none of its components (%s) takes it", hint.name, abridged(b.names()))
		}
	}
	return nil
}

// fillNodes puts the number of nodes in a recipe's criteria where components take it and the recipe says nothing.
func (b *builder) fillNodes(nodes int) {
	for i, ref := range b.recipe.ComponentRefs {
		component, ok := b.known(ref.Name)
		if !ok || nodes == 0 {
			continue
		}
		for _, path := range component.Hints.Nodes {
			if _, isStated := values.Lookup(ref.Values, path); !isStated {
				_ = values.Put(b.own(i, true).Values, path, int64(nodes)) // can't fail where nothing is stated
			}
		}
	}
}
