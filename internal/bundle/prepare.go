package bundle

import (
	"crypto/sha256"
	"fmt"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/document"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
)

// prepared is a complete recipe before the options of a request change it.
type prepared struct {
	recipe   gen.Recipe
	head     []byte            // the recipe as YAML, without components
	digest   [sha256.Size]byte // of the recipe as JSON
	origins  []origin          // of its components
	warnings []string
}

// origin says how a component of a recipe came to be as it is.
type origin struct {
	id        string  // as idOf gives it, empty if that's not known
	isShared  bool    // with other requests, so nothing that it refers to may be changed
	isChanged bool    // by options, so other requests hardly have it
	pulled    *pulled // by it before that, nil if that's not known
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
	encoded, err := document.EncodeJSON(b.recipe)
	if err != nil {
		return nil, fmt.Errorf("encode recipe: %w", err)
	}
	r = b.recipe
	r.ComponentRefs = []gen.ComponentRef{}
	head, err := document.EncodeYAML(r)
	if err != nil {
		return nil, fmt.Errorf("encode recipe: %w", err)
	}
	return &prepared{
		recipe: b.recipe, head: head, digest: sha256.Sum256(encoded),
		origins: make([]origin, len(b.recipe.ComponentRefs)), warnings: b.warnings,
	}, nil
}

// share lets several requests use a prepared recipe.
func (p *prepared) share(catalog Catalog, o Options) error {
	b := builder{Options: o, catalog: catalog, recipe: p.recipe}
	for i, ref := range p.recipe.ComponentRefs {
		id, err := idOf(ref)
		if err != nil {
			return err
		}
		p.origins[i] = origin{id: id, isShared: true, pulled: b.pulledBy(ref)}
	}
	return nil
}

// idOf digests a component: equal ones have equal IDs.
func idOf(ref gen.ComponentRef) (string, error) {
	encoded, err := document.EncodeJSON(ref)
	if err != nil {
		return "", fmt.Errorf("encode component %s: %w", ref.Name, err)
	}
	sum := sha256.Sum256(encoded)
	return string(sum[:]), nil
}

// own returns a component of the recipe whose values are to be changed.
func (b *builder) own(i int) *gen.ComponentRef {
	ref, o := b.unshare(i), b.origins[i]
	if o.isChanged {
		return ref
	}
	if o.pulled == nil {
		o.pulled = b.pulledBy(*ref)
	}
	b.origins[i] = origin{isChanged: true, pulled: o.pulled}
	return ref
}

// unshare returns a component of the recipe. What it shares with other requests is copied before.
func (b *builder) unshare(i int) *gen.ComponentRef {
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
	return ref
}
