package bundle

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/archive"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
)

//go:embed readme
var readmeFiles embed.FS

// readmeTemplates write nothing of a request but by one of these functions, numbers aside.
var readmeTemplates = template.Must(template.New("").
	Funcs(template.FuncMap{"text": plainText, "code": codeSpan}).ParseFS(readmeFiles, "readme/*.md.tmpl"))

// readme is README.md for some warnings.
type readme struct {
	warnings []string
	file     archive.File
}

// readmeFor describes a bundle of the base for people.
func (b *base) readmeFor(warnings []string) (archive.File, error) {
	if slices.Equal(warnings, b.readme.warnings) {
		return b.readme.file, nil
	}
	r, err := b.newReadme(warnings)
	return r.file, err
}

// newReadme writes what all bundles have in common, and what those for one deployer have.
func (b *base) newReadme(warnings []string) (readme, error) {
	data := map[string]any{
		"Recipe": b.recipe, "Releases": b.plan.Releases, "Constraints": constraintLines(b.recipe.Constraints),
		"Criteria": criteriaText(b.recipe.Criteria), "Warnings": warnings,
		"Deployer": string(b.params.Deployer), "Repo": b.plan.Repo, "Mirror": b.params.Mirror,
	}
	var install, text bytes.Buffer
	err := readmeTemplates.ExecuteTemplate(&install, string(b.params.Deployer)+".md.tmpl", data)
	if err == nil {
		data["Install"] = install.String()
		err = readmeTemplates.ExecuteTemplate(&text, "README.md.tmpl", data)
	}
	if err != nil {
		return readme{}, fmt.Errorf("README.md: %w", err)
	}
	return readme{warnings, archive.NewFile("README.md", archive.Shared(text.Bytes()))}, nil
}

// criteriaText lists criteria, as in "service eks, os any". It is empty if the recipe states none.
func criteriaText(criteria gen.Criteria) string {
	var list []string
	isStated := false
	for name, value := range recipe.Criteria(criteria) {
		isStated = isStated || value != ""
		list = append(list, name+" "+cmp.Or(value, contract.Any))
	}
	if !isStated {
		return ""
	}
	return strings.Join(list, ", ")
}

func constraintLines(constraints gen.Constraints) []string {
	var lines []string
	for _, group := range slices.Sorted(maps.Keys(constraints)) {
		for _, field := range slices.Sorted(maps.Keys(constraints[group])) {
			lines = append(lines, fmt.Sprintf("%s.%s: %s", group, field, codeSpan(constraints[group][field])))
		}
	}
	return lines
}
