package bundle

import (
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/NVIDIA/cloud-native-stack/internal/values"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/document"
)

// prepared is a complete recipe before the options of a request change it.
type prepared struct {
	recipe   gen.Recipe
	frame    frame             // recipe.yaml around its components
	digest   [sha256.Size]byte // of the recipe as JSON
	origins  []origin          // of its components
	warnings []string
}

// origin says how a component of a recipe came to be as it is.
type origin struct {
	id         string  // as idOf gives it, empty if that's not known
	isShared   bool    // with other bundles, at least in part, so nothing that it refers to may be changed
	isChanged  bool    // by options, so other requests hardly have it
	isSet      bool    // by set options, since its release was laid out
	pullsAnew  bool    // because its images may follow from what was changed since pulled
	pulled     *pulled // by it before that, nil if that's not known
	valueCount int     // as countValues gives it, 0 if that's not known
}

// prepare completes a recipe, which it takes over.
func prepare(catalog Catalog, r gen.Recipe) (*prepared, error) {
	r.Explanations = nil // options may change what they are about
	b := builder{catalog: catalog, prepared: prepared{recipe: r}}
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
	b.digest, b.origins = sha256.Sum256(encoded), make([]origin, len(b.recipe.ComponentRefs))
	r = b.recipe
	r.ComponentRefs = []gen.ComponentRef{}
	text, err := document.EncodeYAML(r)
	if err != nil {
		return nil, fmt.Errorf("encode recipe: %w", err)
	}
	b.frame, err = frameOf(text, "\ncomponentRefs:", " []\n")
	return &b.prepared, err
}

// clone returns a copy whose components can be replaced, but for what they refer to.
func (p *prepared) clone() prepared {
	c := *p
	c.recipe.ComponentRefs, c.origins, c.warnings = slices.Clone(p.recipe.ComponentRefs), slices.Clone(p.origins), slices.Clip(p.warnings)
	return c
}

// share lets several requests use a prepared recipe.
func (p *prepared) share(catalog Catalog, o Options) error {
	b := builder{Options: o, catalog: catalog, prepared: *p}
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

// own returns a component of the recipe whose values are to be changed. What other bundles share of them is copied before.
func (b *builder) own(i int, concernsImages bool) *gen.ComponentRef {
	ref := b.change(i, concernsImages)
	if b.origins[i].isShared {
		ref.Values, b.origins[i].isShared = values.Clone(ref.Values), false
	}
	return ref
}

// ownAt is the same for a component where only these changes are made. A second time all is copied, because each of many changes could mean a
// copy of the same large list.
func (b *builder) ownAt(i int, changes map[string]any, concernsImages bool) *gen.ComponentRef {
	isFirst := !b.origins[i].isSet
	b.origins[i].isSet = true
	if !isFirst {
		return b.own(i, concernsImages)
	}
	ref := b.change(i, concernsImages)
	if b.origins[i].isShared {
		ref.Values = values.CloneAt(ref.Values, changes)
	}
	return ref
}

// change returns a component of the recipe that is to be changed, but nothing that it refers to. If the change concerns no images, those
// that it pulled before stay known.
func (b *builder) change(i int, concernsImages bool) *gen.ComponentRef {
	ref, o := &b.recipe.ComponentRefs[i], &b.origins[i]
	if o.pulled == nil {
		o.pulled = b.pulledBy(*ref)
	}
	*o = origin{isShared: o.isShared, isChanged: true, isSet: o.isSet, pullsAnew: o.pullsAnew || concernsImages, pulled: o.pulled}
	return ref
}
