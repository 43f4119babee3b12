package recipes_test

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
	"github.com/NVIDIA/cloud-native-stack/internal/valuepath"
	"github.com/NVIDIA/cloud-native-stack/internal/values"
	"github.com/NVIDIA/cloud-native-stack/recipes"
)

// TestValuePaths is the proof that every value that a recipe sets is one that its chart takes in
// that very version, or in the one that stands for it as docs/coverage.md says.
func TestValuePaths(t *testing.T) {
	c, spec := load(t)
	for _, problem := range unknownPaths(t, c, spec) {
		t.Error(problem)
	}
}

// unknownPaths lists the values of recipes that charts don't take, and charts of which that isn't
// known.
func unknownPaths(t *testing.T, c *catalog.Catalog, spec *contract.Contract) []string {
	t.Helper()
	problems := map[string]bool{}
	for _, e := range environments(t, c, spec) {
		for _, ref := range e.ComponentRefs {
			component, _ := c.Component(ref.Name)
			paths := component.Paths(ref.Version)
			if paths == nil {
				problems[fmt.Sprintf("%s %s: no paths", ref.Name, ref.Version)] = true
				continue
			}
			for keys, value := range values.Leaves(ref.Values) {
				_, isMapping := value.(map[string]any)
				if !paths.Takes(keys) || value != nil && !isMapping && paths.IsMapping(keys) {
					problems[fmt.Sprintf("%s %s: %s", ref.Name, ref.Version, valuepath.Join(keys))] = true
				}
			}
		}
	}
	return sorted(problems)
}

func TestValuePathsFindsWrongValues(t *testing.T) {
	dir := t.TempDir()
	overlay := "criteria: {service: eks}\ncomponents:\n  gpu-operator: {values: {driver: {enable: false}}}\n  " +
		"cert-manager: {version: v1.0.0}\n"
	if err := os.Mkdir(filepath.Join(dir, "overlays"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "overlays", "wrong.yaml"), []byte(overlay), 0o644); err != nil {
		t.Fatal(err)
	}
	_, spec := load(t)
	c, _, err := catalog.Source{Embedded: recipes.FS, Dir: dir, Spec: spec}.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"cert-manager v1.0.0: no paths", "gpu-operator v26.7.0: driver.enable"}
	if got := unknownPaths(t, c, spec); !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}

// A version that no recipe has any more leaves its files behind.
func TestPathFilesAreUsed(t *testing.T) {
	c, spec := load(t)
	used := map[string]bool{}
	for _, e := range environments(t, c, spec) {
		for _, ref := range e.ComponentRefs {
			component, _ := c.Component(ref.Name)
			known := ref.Version
			if component.Version == known {
				known = cmp.Or(component.PathsFrom, known)
			}
			used[path.Join("components", ref.Name, "paths", known+".txt")] = true
		}
	}
	files, err := fs.Glob(recipes.FS, "components/*/paths/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !used[file] {
			t.Errorf("%s: no recipe has this version", file)
		}
	}
}

// Whoever doubts a path has to know where it is from, and that nobody changed the file by hand.
func TestPathFilesSaySources(t *testing.T) {
	files, err := fs.Glob(recipes.FS, "components/*/paths/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := fs.ReadFile(recipes.FS, file)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.SplitAfterN(string(text), "\n", 3)
		if len(lines) < 3 || !strings.HasSuffix(lines[0], "Made by: cnsd recipes paths <chart>\n") ||
			!strings.HasPrefix(lines[1], "# Source: ") {
			t.Errorf("%s: begins with %q", file, lines[:min(2, len(lines))])
			continue
		}
		paths, err := valuepath.ReadPaths(strings.NewReader(string(text)))
		if err != nil {
			t.Fatal(err)
		}
		var again strings.Builder
		if _, err := paths.WriteTo(&again); err != nil || again.String() != lines[2] {
			t.Errorf("%s isn't as cnsd recipes paths writes it: %v", file, err)
		}
	}
}
