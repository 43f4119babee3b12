package recipe

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/gen"
)

// warnings tells in which criteria a recipe is generic although the request isn't: an overlay that applies says that the value isn't
// offered with it, or none speaks of it.
func warnings(stated map[string]string, applied []*overlay) []gen.RecipeWarning {
	var list []gen.RecipeWarning
	for _, criterion := range slices.Sorted(maps.Keys(stated)) {
		value := stated[criterion]
		if value == unstated {
			continue
		}
		if o := excluder(applied, criterion, value); o != nil {
			list = append(list, gen.RecipeWarning{Criterion: criterion, Message: fmt.Sprintf(
				"%s=%s is not offered with %s, which has %s: the recipe is generic there", criterion, value, o.name, strings.Join(o.Offers[criterion], ", "))})
			continue
		}
		isSpokenOf := func(o *overlay) bool { return o.Criteria[criterion] == value }
		if !slices.ContainsFunc(applied, isSpokenOf) {
			list = append(list, gen.RecipeWarning{Criterion: criterion, Message: fmt.Sprintf(
				"no overlay speaks of %s=%s here: the recipe holds what fits every %s", criterion, value, criterion)})
		}
	}
	return list
}

// excluder returns the overlay that offers other values of a criterion, but not this one; nil if there is none.
func excluder(applied []*overlay, criterion, value string) *overlay {
	for _, o := range applied {
		if offered := o.Offers[criterion]; len(offered) > 0 && !slices.Contains(offered, value) {
			return o
		}
	}
	return nil
}
