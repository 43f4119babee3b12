package bundle

import (
	"errors"
	"fmt"
	"slices"

	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
)

// admit refuses a recipe that is of an overlay for what the operator excludes: it holds what that
// one sets, whatever its own criteria say. Overlays that are the base of another one of the recipe
// don't count: they apply where that one does. Of overlays that the catalog doesn't have, and of
// recipes that don't name theirs, nothing can be told.
func (b *Builder) admit(c *catalog.Catalog, overlays []string) error {
	if b.options.Spec == nil {
		return nil
	}
	var applied []*catalog.Overlay
	isBase := map[string]bool{}
	for _, o := range c.Overlays() {
		if slices.Contains(overlays, o.Name) {
			applied, isBase[o.Base] = append(applied, o), true
		}
	}
	for _, o := range applied {
		err := b.options.Spec.CheckCriteria(o.Criteria)
		var e *apierror.Error
		switch {
		case err == nil || isBase[o.Name]:
		case errors.As(err, &e):
			e.Message = fmt.Sprintf("%s: the recipe is of the overlay %s, which is for it", e.Message, o.Name)
			return e
		default:
			return err
		}
	}
	return nil
}
