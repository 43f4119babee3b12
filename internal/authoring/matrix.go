package authoring

import (
	"slices"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
)

// Matrix returns a Markdown table of the environments for which the catalog has more than a generic
// recipe: those that state every criterion and resolve without a warning. The column overlays
// leaves out base, which always comes first.
func Matrix(c *catalog.Catalog, criteria []contract.Criterion) string {
	var b strings.Builder
	row := func(cells ...string) { b.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	var columns []string
	for _, criterion := range criteria {
		columns = append(columns, criterion.Name)
	}
	row(append(columns, "overlays")...)
	b.WriteString(strings.Repeat("|---", len(columns)+1) + "|\n")
	for _, environment := range catalog.Environments(criteria) {
		isOpen := func(c contract.Criterion) bool { return c.Any == "" && environment[c.Name] == contract.Any }
		applied := catalog.Applied(c.Overlays(), environment)
		if slices.ContainsFunc(criteria, isOpen) || len(recipe.Warnings(c, environment)) > 0 {
			continue
		}
		var cells []string
		for _, name := range columns {
			cells = append(cells, environment[name])
		}
		row(append(cells, strings.Join(catalog.OverlayNames(applied)[1:], ", "))...)
	}
	return b.String()
}
