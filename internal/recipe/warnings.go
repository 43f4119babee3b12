package recipe

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
)

// Warnings tells what the recipe for an environment leaves to its reader: criteria that are left
// open although one of their values has another recipe, and criteria in which it is generic
// although the environment isn't. A criterion that the environment doesn't have is open, and so is
// one that is `any`, unless that is an environment of its own.
func Warnings(c *catalog.Catalog, environment map[string]string) (list []gen.RecipeWarning) {
	a := asker{catalog: c, stated: map[string]string{}, open: map[string]bool{}}
	for _, criterion := range c.Criteria() {
		value := environment[criterion.Name]
		a.open[criterion.Name] = value == "" || value == contract.Any && criterion.Any == ""
		a.stated[criterion.Name] = cmp.Or(value, contract.Any)
	}
	applied := catalog.Applied(c.Overlays(), a.stated)
	for _, criterion := range c.Criteria() {
		var warning gen.RecipeWarning
		var ok bool
		switch value := a.stated[criterion.Name]; {
		case a.open[criterion.Name]:
			warning, ok = a.ask(criterion)
		case value != contract.Any:
			warning, ok = a.generic(criterion.Name, value, applied)
		}
		if ok {
			list = append(list, warning)
		}
	}
	return list
}

// generic warns of a value that an overlay which applies says isn't offered with it, or that none
// speaks of, neither of those that apply nor of those that would after a decision on what is open.
func (a asker) generic(criterion, value string, applied []*catalog.Overlay) (warning gen.RecipeWarning, ok bool) {
	warning.Criterion = criterion
	if o := excluding(criterion, value, applied); o != nil {
		warning.Message = fmt.Sprintf("%s=%s is not offered with %s, which has %s: the recipe is generic there",
			criterion, value, o.Name, strings.Join(o.Offers[criterion], ", "))
		return warning, true
	}
	speaks := func(o *catalog.Overlay) bool {
		if o.Criteria[criterion] != value {
			return false
		}
		_, mayApply := a.question(o, criterion)
		return mayApply
	}
	warning.Message = fmt.Sprintf("no overlay speaks of %s=%s here: the recipe holds what fits every %s",
		criterion, value, criterion)
	return warning, !slices.ContainsFunc(a.catalog.Overlays(), speaks)
}

// excluding returns the overlay that says that a value isn't offered with it; nil if none does.
func excluding(criterion, value string, applied []*catalog.Overlay) *catalog.Overlay {
	for _, o := range applied {
		if len(o.Offers[criterion]) > 0 && !slices.Contains(o.Offers[criterion], value) {
			return o
		}
	}
	return nil
}

// Strict returns the error of a request that accepts no warnings, nil if there are none.
func Strict(warnings []gen.RecipeWarning) error {
	if len(warnings) == 0 {
		return nil
	}
	first := warnings[0]
	details := apierror.Details{Parameter: first.Criterion, Warnings: warnings}
	for _, choice := range first.Choices {
		details.Allowed = append(details.Allowed, choice.Value)
	}
	more := ""
	if n := len(warnings) - 1; n > 0 {
		more = fmt.Sprintf(" (and %d more, see details.warnings)", n)
	}
	return apierror.Invalidf(details, "not with strict: %s%s", first.Message, more)
}
