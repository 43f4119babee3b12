package bundle

import (
	"crypto/sha256"
	"fmt"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
)

// prepared is a complete recipe before the options of a request change it.
type prepared struct {
	recipe   gen.Recipe
	digest   [sha256.Size]byte // of the recipe as JSON
	origins  []origin          // of its components
	warnings []string
}

// origin says how a component of a recipe came to be as it is. The zero value is a component of this request alone.
type origin struct {
	sum      [sha256.Size]byte // of the component as JSON, zero if not known
	isShared bool              // with other requests, so nothing that it refers to may be changed
}

// prepare completes a recipe, which it takes over.
func prepare(catalog Catalog, r gen.Recipe) (*prepared, error) {
	r.Explanations = nil // options may change what they are about
	b := builder{catalog: catalog, recipe: r}
	for _, w := range r.Metadata.Warnings {
		b.warn("%s", w.Message)
	}
	if err := b.complete(); err != nil {
		return nil, err
	}
	encoded, err := recipe.EncodeJSON(b.recipe)
	if err != nil {
		return nil, fmt.Errorf("encode recipe: %w", err)
	}
	return &prepared{recipe: b.recipe, digest: sha256.Sum256(encoded), origins: make([]origin, len(b.recipe.ComponentRefs)), warnings: b.warnings}, nil
}

// share lets several requests use a prepared recipe.
func (p *prepared) share() error {
	for i, ref := range p.recipe.ComponentRefs {
		sum, err := sumOf(ref)
		if err != nil {
			return err
		}
		p.origins[i] = origin{sum, true}
	}
	return nil
}

func sumOf(ref gen.ComponentRef) ([sha256.Size]byte, error) {
	encoded, err := recipe.EncodeJSON(ref)
	if err != nil {
		return [sha256.Size]byte{}, fmt.Errorf("encode component %s: %w", ref.Name, err)
	}
	return sha256.Sum256(encoded), nil
}

// own returns a component of the recipe to be changed. What it shares with other requests is copied before.
func (b *builder) own(i int) *gen.ComponentRef {
	ref := &b.recipe.ComponentRefs[i]
	if b.origins[i].isShared {
		ref.Values = recipe.Merge(nil, ref.Values)
		manifests := make([]gen.KubernetesObject, len(ref.Manifests))
		for i, object := range ref.Manifests {
			manifests[i] = recipe.Merge(nil, object)
		}
		ref.Manifests = manifests
		ref.DependencyRefs = append([]string{}, ref.DependencyRefs...)
	}
	b.origins[i] = origin{}
	return ref
}
