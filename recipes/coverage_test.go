package recipes_test

import (
	"os"
	"strings"
	"testing"

	"github.com/NVIDIA/cloud-native-stack/internal/authoring"
	"github.com/NVIDIA/cloud-native-stack/recipes"
)

// TestCoverage keeps the tables in docs/coverage.md.
func TestCoverage(t *testing.T) {
	c, spec := load(t)
	checkPart(t, "../docs/coverage.md", "matrix", authoring.Matrix(c, spec.Criteria()))
}

// TestVerified keeps what README.md, docs/coverage.md and the README of each bundle say of what was
// checked.
func TestVerified(t *testing.T) {
	c, _ := load(t)
	rendered := ""
	for line := range strings.Lines(recipes.Rendered) {
		name, version, _ := strings.Cut(strings.TrimSpace(line), " ")
		component, ok := c.Component(name)
		if ok && (version == component.Version || version == component.PathsFrom) { // which are those that matter
			rendered += line
		}
	}
	if diff := refresh(t, "rendered.txt", rendered); diff != "" {
		t.Errorf("rendered.txt (-there +left): go test ./recipes -run TestVerified -update writes it anew\n%s", diff)
	}
	text := authoring.Verified(c, rendered)
	checkPart(t, "../README.md", "verified", text)
	checkPart(t, "../docs/coverage.md", "verified", text)
	const file = "../internal/bundle/readme/verified.md.tmpl"
	if diff := refresh(t, file, text); diff != "" {
		t.Errorf("%s (-there +now); go test ./recipes -run TestVerified -update writes it anew\n%s", file, diff)
	}
}

// checkPart compares what stands between two marks of a page with what should.
func checkPart(t *testing.T, file, name, part string) {
	t.Helper()
	start, end := "<!-- "+name+" -->\n", "<!-- end of "+name+" -->\n"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, hasStart := strings.Cut(string(text), start)
	_, after, hasEnd := strings.Cut(rest, end)
	if !hasStart || !hasEnd {
		t.Fatalf("%s: the lines %q and %q have to stand there", file, start, end)
	}
	if diff := refresh(t, file, before+start+part+end+after); diff != "" {
		t.Errorf("%s (-there +now); go test ./recipes -run %s -update writes it anew\n%s", file, t.Name(), diff)
	}
}
