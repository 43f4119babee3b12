package recipe

import (
	"slices"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/internal/contract"
)

// Matrix returns a Markdown table of the environments for which the catalog has more than a generic
// recipe: those that state every criterion and resolve without a warning. The column overlays leaves
// out base, which always comes first.
func (c *Catalog) Matrix(criteria []contract.Criterion) string {
	var b strings.Builder
	row := func(cells ...string) { b.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	var columns []string
	for _, criterion := range criteria {
		columns = append(columns, criterion.Name)
	}
	row(append(columns, "overlays")...)
	b.WriteString(strings.Repeat("|---", len(columns)+1) + "|\n")
	for _, stated := range Environments(criteria) {
		isOpen := func(c contract.Criterion) bool { return c.Any == "" && stated[c.Name] == unstated }
		applied := c.applied(stated)
		if slices.ContainsFunc(criteria, isOpen) || len(warnings(stated, applied)) > 0 {
			continue
		}
		var cells []string
		for _, name := range columns {
			cells = append(cells, stated[name])
		}
		row(append(cells, strings.Join(names(applied)[1:], ", "))...)
	}
	return b.String()
}
