package bundle

import (
	"fmt"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/problem"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
)

// hint puts facts about the cluster where components say that they go. One that has no place in the recipe is an error: it would be lost.
func (b *builder) hint(params gen.CreateBundleParams) error {
	if (params.StorageClass == "") != (params.StorageSize == "") {
		return problem.Invalid(map[string]any{"parameter": "storage-class"}, "storage-class and storage-size go together: a volume needs both")
	}
	for _, hint := range []struct {
		name  string
		value any
		given bool
		paths func(recipe.Hints) []string
	}{
		{"nodes", int64(params.Nodes), params.Nodes > 0,
			func(h recipe.Hints) []string { return h.Nodes }},
		{"storage-class", params.StorageClass, params.StorageClass != "",
			func(h recipe.Hints) []string { return h.StorageClass }},
		{"storage-size", params.StorageSize, params.StorageSize != "",
			func(h recipe.Hints) []string { return h.StorageSize }},
	} {
		if !hint.given {
			continue
		}
		details := map[string]any{"parameter": hint.name, "requested": hint.value}
		if found, err := b.putAt(hint.paths, hint.value); err != nil {
			return problem.Invalid(details, "%s can't be applied: %v", hint.name, err)
		} else if !found {
			return problem.Invalid(details, "%s has no place in this recipe: none of its components (%s) takes it", hint.name, abridged(b.names()))
		}
	}
	return nil
}

// putAt sets a value in each component that has places for it, and says whether one has.
func (b *builder) putAt(places func(recipe.Hints) []string, value any) (bool, error) {
	found := false
	for _, ref := range b.recipe.ComponentRefs {
		component, ok := b.known(ref.Name)
		if !ok {
			continue
		}
		for _, path := range places(component.Hints) {
			found = true
			if err := put(ref.Values, strings.Split(path, "."), value); err != nil {
				return found, fmt.Errorf("to %s at %s: %w", ref.Name, path, err)
			}
		}
	}
	return found, nil
}
