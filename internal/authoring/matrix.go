package authoring

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
)

// Matrix returns two Markdown tables: of the environments for which the catalog has more than a
// generic recipe, those that state every criterion and resolve without a warning, and of the
// components that these recipes have. Environments with equal rows share one.
func Matrix(c *catalog.Catalog, criteria []contract.Criterion) string {
	m := newMatrix(c, criteria)
	var b strings.Builder
	m.writeEnvironments(&b)
	b.WriteString("\n")
	m.writeComponents(&b)
	return b.String()
}

type matrix struct {
	catalog  *catalog.Catalog
	criteria []contract.Criterion
	rows     []matrixRow
}

// matrixRow is environments whose recipes look the same in the table.
type matrixRow struct {
	values      [][]string // of each criterion, all of which go together
	constraints map[string]map[string]string
	components  []string          // in install order
	versions    map[string]string // of them
}

func newMatrix(c *catalog.Catalog, criteria []contract.Criterion) *matrix {
	m := &matrix{catalog: c, criteria: criteria}
	isOpen := func(environment map[string]string) bool {
		return slices.ContainsFunc(criteria, func(c contract.Criterion) bool {
			return c.Any == "" && environment[c.Name] == contract.Any
		})
	}
	for _, environment := range catalog.Environments(criteria) {
		if isOpen(environment) || len(recipe.Warnings(c, environment)) > 0 {
			continue
		}
		applied := catalog.Applied(c.Overlays(), environment)
		row := matrixRow{constraints: recipe.Constraints(applied), versions: map[string]string{}}
		for _, criterion := range criteria {
			row.values = append(row.values, []string{environment[criterion.Name]})
		}
		for _, component := range c.Components() {
			if ref, ok := recipe.Component(component, applied); ok {
				row.versions[ref.Name] = ref.Version
			}
		}
		row.components, _ = c.Order(slices.Collect(maps.Keys(row.versions))) // which loading tried
		m.rows = append(m.rows, row)
	}
	for i := range criteria[1:] { // rows of one service stay apart from those of others
		m.join(i + 1)
	}
	return m
}

// join makes one row of those that differ in the values of one criterion alone.
func (m *matrix) join(criterion int) {
	var joined []matrixRow
	byRest := map[string]int{}
	for _, row := range m.rows {
		rest := slices.Clone(row.values)
		rest[criterion] = nil
		key := fmt.Sprint(rest, m.cells(row), row.versions)
		i, ok := byRest[key]
		if !ok {
			byRest[key] = len(joined)
			joined = append(joined, row)
			continue
		}
		joined[i].values[criterion] = append(joined[i].values[criterion], row.values[criterion]...)
	}
	m.rows = joined
}

// counts returns in how many rows each version of a component is.
func (m *matrix) counts(component string) map[string]int {
	counts := map[string]int{}
	for _, row := range m.rows {
		if version := row.versions[component]; version != "" {
			counts[version]++
		}
	}
	return counts
}

// isShared reports whether all rows have a component, in one version.
func (m *matrix) isShared(component string) bool {
	counts := slices.Collect(maps.Values(m.counts(component)))
	return slices.Equal(counts, []int{len(m.rows)})
}

// cells are those of a row beside its criteria and components.
func (m *matrix) cells(row matrixRow) (cells []string) {
	for _, group := range []string{"kubernetes", "driver"} {
		cell := ""
		if text := row.constraints[group]["version"]; text != "" {
			cell = "`" + strings.ReplaceAll(text, "|", `\|`) + "`"
		}
		cells = append(cells, cell)
	}
	return cells
}

func (m *matrix) writeEnvironments(b *strings.Builder) {
	var header []string
	for _, criterion := range m.criteria {
		header = append(header, criterion.Name)
	}
	writeHeader(b, append(header, "kubernetes", "driver", "components beside those in all"))
	for _, row := range m.rows {
		var cells, components []string
		for _, values := range row.values {
			cells = append(cells, strings.Join(values, ", "))
		}
		for _, name := range row.components {
			switch {
			case m.isShared(name):
			case len(m.counts(name)) == 1:
				components = append(components, name)
			default:
				components = append(components, name+" "+row.versions[name])
			}
		}
		writeRow(b, append(append(cells, m.cells(row)...), strings.Join(components, ", ")))
	}
}

func (m *matrix) writeComponents(b *strings.Builder) {
	writeHeader(b, []string{"component", "version", "chart", "in", "value paths of", "newer"})
	for _, c := range m.catalog.Components() {
		counts := m.counts(c.Name)
		for _, version := range slices.Sorted(maps.Keys(counts)) {
			in := fmt.Sprintf("%d of %d rows", counts[version], len(m.rows))
			if m.isShared(c.Name) {
				in = "all"
			}
			chart := c.Chart + " of `" + c.Repository + "`"
			writeRow(b, append([]string{c.Name, version, chart, in}, pin(c, version)...))
		}
	}
}

// pin returns cells on what a version of a chart is taken for.
func pin(c *catalog.Component, version string) []string {
	switch {
	case c.Paths(version) == nil:
		return []string{"not known", ""}
	case version != c.Version:
		return []string{version, ""}
	}
	behind := strings.Join(strings.Fields(c.Behind), " ")
	return []string{cmp.Or(c.PathsFrom, version), cmp.Or(strings.ReplaceAll(behind, "|", `\|`), "none known")}
}

func writeHeader(b *strings.Builder, cells []string) {
	writeRow(b, cells)
	b.WriteString(strings.Repeat("|---", len(cells)) + "|\n")
}

func writeRow(b *strings.Builder, cells []string) {
	b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
}
