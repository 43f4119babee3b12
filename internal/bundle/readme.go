package bundle

import (
	"bytes"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template"

	"github.com/NVIDIA/cloud-native-stack/gen"
)

//go:embed README.md.tmpl
var readmeText string

var readmeTemplate = template.Must(template.New("README.md").Parse(readmeText))

// readme describes the bundle for people. The contract's patterns keep what goes into it to plain words.
func readme(r gen.Recipe, warnings []string) ([]byte, error) {
	var buf bytes.Buffer
	err := readmeTemplate.Execute(&buf, map[string]any{"Recipe": r, "Constraints": constraintLines(r.Constraints), "Warnings": warnings})
	if err != nil {
		return nil, fmt.Errorf("README.md: %w", err)
	}
	return buf.Bytes(), nil
}

func constraintLines(constraints gen.Constraints) []string {
	var lines []string
	for _, group := range slices.Sorted(maps.Keys(constraints)) {
		for _, field := range slices.Sorted(maps.Keys(constraints[group])) {
			lines = append(lines, fmt.Sprintf("%s.%s: `%s`", group, field, strings.TrimSpace(constraints[group][field])))
		}
	}
	return lines
}
