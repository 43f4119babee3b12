package recipe

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Matrix returns a Markdown table of the environments for which the catalog has more than a generic recipe, given the values that each
// criterion can take: those that state every criterion and resolve without a warning. Service alone may be any, which stands for a
// self-managed cluster. The column overlays leaves out base, which always comes first.
func (c *Catalog) Matrix(criteria map[string][]string) string {
	columns := matrixColumns(criteria)
	var covered []map[string]string
	for _, stated := range environments(criteria) {
		isWhole := func(name string) bool { return name == "service" || stated[name] != unstated }
		if !slices.ContainsFunc(columns, func(name string) bool { return !isWhole(name) }) && len(warnings(stated, c.applied(stated))) == 0 {
			covered = append(covered, stated)
		}
	}
	slices.SortFunc(covered, func(a, b map[string]string) int {
		for _, name := range columns {
			rank := func(e map[string]string) int { return slices.Index(criteria[name], e[name]) }
			if order := cmp.Compare(rank(a), rank(b)); order != 0 {
				return order
			}
		}
		return 0
	})
	var b strings.Builder
	row := func(cells ...string) { b.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	row(slices.Concat(columns, []string{"overlays"})...)
	b.WriteString(strings.Repeat("|---", len(columns)+1) + "|\n")
	for _, stated := range covered {
		var cells []string
		for _, name := range columns {
			cells = append(cells, stated[name])
		}
		row(append(cells, strings.Join(names(c.applied(stated))[1:], ", "))...)
	}
	return b.String()
}

// matrixColumns orders criteria from where a cluster runs to what for.
func matrixColumns(criteria map[string][]string) []string {
	columns := []string{"service", "os", "accelerator", "intent"}
	for _, name := range slices.Sorted(maps.Keys(criteria)) {
		if !slices.Contains(columns, name) {
			columns = append(columns, name)
		}
	}
	return slices.DeleteFunc(columns, func(name string) bool { return len(criteria[name]) == 0 })
}
