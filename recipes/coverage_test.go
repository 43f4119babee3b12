package recipes_test

import (
	"os"
	"strings"
	"testing"

	"github.com/NVIDIA/cloud-native-stack/internal/authoring"
)

// TestCoverage keeps the table in docs/coverage.md.
func TestCoverage(t *testing.T) {
	const file, start, end = "../docs/coverage.md", "<!-- matrix -->\n", "<!-- end of matrix -->\n"
	c, spec := load(t)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, hasStart := strings.Cut(string(text), start)
	_, after, hasEnd := strings.Cut(rest, end)
	if !hasStart || !hasEnd {
		t.Fatalf("%s: the lines %q and %q have to stand around the table", file, start, end)
	}
	want := before + start + authoring.Matrix(c, spec.Criteria()) + end + after
	if diff := refresh(t, file, want); diff != "" {
		t.Errorf("%s (-there +now); go test ./recipes -run TestCoverage -update writes it anew\n%s", file, diff)
	}
}
