package recipe

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
)

// Warnings tells in which criteria a recipe is generic although the environment isn't: an overlay
// that applies says that the value isn't offered with it, or none speaks of it.
func Warnings(environment map[string]string, applied []*catalog.Overlay) []gen.RecipeWarning {
	var list []gen.RecipeWarning
	for _, criterion := range slices.Sorted(maps.Keys(environment)) {
		value := environment[criterion]
		warn := func(format string, args ...any) {
			list = append(list, gen.RecipeWarning{Criterion: criterion, Message: fmt.Sprintf(format, args...)})
		}
		speaks := func(o *catalog.Overlay) bool { return o.Criteria[criterion] == value }
		excluding := slices.IndexFunc(applied, func(o *catalog.Overlay) bool {
			return len(o.Offers[criterion]) > 0 && !slices.Contains(o.Offers[criterion], value)
		})
		switch {
		case value == contract.Any:
		case excluding >= 0:
			o := applied[excluding]
			warn("%s=%s is not offered with %s, which has %s: the recipe is generic there",
				criterion, value, o.Name, strings.Join(o.Offers[criterion], ", "))
		case !slices.ContainsFunc(applied, speaks):
			warn("no overlay speaks of %s=%s here: the recipe holds what fits every %s", criterion, value, criterion)
		}
	}
	return list
}
