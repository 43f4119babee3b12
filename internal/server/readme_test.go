package server

import (
	"bytes"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/api"
	"github.com/NVIDIA/cloud-native-stack/internal/config"
)

func readme(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestReadmeVariables compares README.md's table of variables with the help text.
func TestReadmeVariables(t *testing.T) {
	var help bytes.Buffer
	if err := config.Help(&help, parse(t, api.Spec).Variables()); err != nil {
		t.Fatal(err)
	}
	var documented, real []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([A-Z_]+)` \\| (?:`(.*)`)? ?\\| (.*) "+
		"\\|$").FindAllStringSubmatch(readme(t), -1) {
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
