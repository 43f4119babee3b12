package server

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/api"
	"github.com/NVIDIA/cloud-native-stack/internal/config"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
	"github.com/NVIDIA/cloud-native-stack/recipes"
)

func readme(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// blocks returns the README's code blocks of one language.
func blocks(t *testing.T, language string) []string {
	t.Helper()
	var list []string
	for _, match := range regexp.MustCompile("(?s)\n```"+language+"\n(.*?)```").FindAllStringSubmatch(readme(t), -1) {
		list = append(list, match[1])
	}
	if len(list) == 0 {
		t.Fatalf("README.md has no block of %s", language)
	}
	return list
}

// TestReadmeCommands runs the commands that README.md shows, and compares what they print with what it says.
func TestReadmeCommands(t *testing.T) {
	ts := start(t)
	dir := t.TempDir()
	for _, block := range blocks(t, "console") {
		for _, step := range strings.Split("\n"+block, "\n$ ")[1:] {
			command, want, _ := strings.Cut(step, "\n")
			cmd := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", strings.ReplaceAll(command, "localhost:8080", strings.TrimPrefix(ts.url, "http://")))
			cmd.Dir = dir
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%s: %v\n%s", command, err, &stderr)
			}
			if diff := cmp.Diff(strings.TrimSpace(stable(want)), strings.TrimSpace(stable(string(out)))); diff != "" {
				t.Errorf("$ %s\nREADME.md against the real output:\n%s", command, diff)
			}
		}
	}
}

// stable takes out of an answer what differs each time.
func stable(s string) string {
	s = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`).ReplaceAllString(s, "ID")
	return regexp.MustCompile(`\d{4}-\d\d-\d\dT[0-9:.]+Z`).ReplaceAllString(s, "TIME")
}

// TestReadmeVariables compares README.md's table of variables with the help text.
func TestReadmeVariables(t *testing.T) {
	var help bytes.Buffer
	if err := config.Help(&help); err != nil {
		t.Fatal(err)
	}
	var documented, real []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([A-Z_]+)` \\| (?:`(.*)`)? ?\\| (.*) \\|$").FindAllStringSubmatch(readme(t), -1) {
		documented = append(documented, strings.Join(strings.Fields(strings.Join(row[1:], " ")), " "))
	}
	for line := range strings.Lines(help.String()) {
		real = append(real, strings.Join(strings.Fields(line), " "))
	}
	slices.Sort(documented)
	slices.Sort(real)
	if diff := cmp.Diff(real, documented); diff != "" {
		t.Errorf("--help against README.md:\n%s", diff)
	}
}

// TestDependencies compares docs/dependencies.md with the direct dependencies of go.mod.
func TestDependencies(t *testing.T) {
	var want, got []string
	for _, source := range []struct {
		file, pattern string
		list          *[]string
	}{
		{"../../go.mod", `(?m)^\t(\S+) v\S+$`, &want}, // indirect ones have a comment
		{"../../docs/dependencies.md", "(?m)^\\| `(\\S+)` \\|", &got},
	} {
		data, err := os.ReadFile(source.file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range regexp.MustCompile(source.pattern).FindAllStringSubmatch(string(data), -1) {
			*source.list = append(*source.list, match[1])
		}
		slices.Sort(*source.list)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("go.mod against docs/dependencies.md:\n%s", diff)
	}
}

// TestReadmeOverlay adds the overlay that README.md shows to the recipes.
func TestReadmeOverlay(t *testing.T) {
	c, err := contract.Load(api.Spec, nil)
	if err != nil {
		t.Fatal(err)
	}
	data := recipeFiles(t)
	overlay := blocks(t, "yaml")[0]
	_, path, _ := strings.Cut(strings.SplitN(overlay, "\n", 2)[0], "recipes/")
	data[path] = &fstest.MapFile{Data: []byte(overlay)}
	if _, err := recipe.Load(data, c); err != nil {
		t.Error(err)
	}
}

// recipeFiles returns the recipe data, for tests that add to it.
func recipeFiles(t *testing.T) fstest.MapFS {
	t.Helper()
	data := fstest.MapFS{}
	err := fs.WalkDir(recipes.FS, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(recipes.FS, path)
		data[path] = &fstest.MapFile{Data: content}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return data
}
