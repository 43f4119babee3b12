package bundle

import (
	"bytes"
	"embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template"

	"github.com/NVIDIA/cloud-native-stack/gen"
)

//go:embed readme
var readmeFiles embed.FS

var readmeTemplates = template.Must(template.ParseFS(readmeFiles, "readme/*.md.tmpl"))

// readme describes the bundle for people: what all bundles have in common, and what those for its deployer have. The contract's patterns keep
// what goes into it to plain words.
func (p plan) readme(warnings []string) (File, error) {
	params := p.params
	text, err := p.cache.part("README.md", fmt.Sprintf("%s %q", p.about, warnings), func() ([]byte, error) {
		data := map[string]any{
			"Recipe": p.recipe, "Constraints": constraintLines(p.recipe.Constraints), "Warnings": warnings,
			"Deployer": string(params.Deployer), "Repo": p.repo, "Mirror": params.Mirror,
		}
		var buf bytes.Buffer
		if err := readmeTemplates.ExecuteTemplate(&buf, string(params.Deployer)+".md.tmpl", data); err != nil {
			return nil, err
		}
		data["Install"] = buf.String()
		buf = bytes.Buffer{}
		err := readmeTemplates.ExecuteTemplate(&buf, "README.md.tmpl", data)
		return buf.Bytes(), err
	})
	if err != nil {
		return File{}, fmt.Errorf("README.md: %w", err)
	}
	return File{Path: "README.md", parts: []*part{text}}, nil
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
