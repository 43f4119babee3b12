package recipes_test

import (
	"cmp"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/NVIDIA/cloud-native-stack/internal/authoring"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
)

// TestCoverage keeps the tables in docs/coverage.md.
func TestCoverage(t *testing.T) {
	const file = "../docs/coverage.md"
	c, spec := load(t)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := string(text)
	for name, table := range map[string]string{"matrix": authoring.Matrix(c, spec.Criteria()), "pins": pins(c)} {
		start, end := "<!-- "+name+" -->\n", "<!-- end of "+name+" -->\n"
		before, rest, hasStart := strings.Cut(want, start)
		_, after, hasEnd := strings.Cut(rest, end)
		if !hasStart || !hasEnd {
			t.Fatalf("%s: the lines %q and %q have to stand around the table", file, start, end)
		}
		want = before + start + table + end + after
	}
	if diff := refresh(t, file, want); diff != "" {
		t.Errorf("%s (-there +now); go test ./recipes -run TestCoverage -update writes it anew\n%s", file, diff)
	}
}

// pins returns a Markdown table of what the components say of their versions.
func pins(c *catalog.Catalog) string {
	var b strings.Builder
	b.WriteString("| component | version | value paths of | newer |\n|---|---|---|---|\n")
	for _, component := range c.Components() {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", component.Name, component.Version,
			cmp.Or(component.PathsFrom, component.Version), cmp.Or(component.Behind, "none known"))
	}
	return b.String()
}
