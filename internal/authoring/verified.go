package authoring

import (
	"cmp"
	"slices"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
)

// Verified returns Markdown on what was checked of the recipes and what wasn't. The charts that
// Helm rendered their values with are a line each, component and version.
func Verified(c *catalog.Catalog, rendered string) string {
	var done, missing, stand []string
	lines := strings.Split(rendered, "\n")
	for _, component := range c.Components() {
		pinned := component.Name + " " + component.Version
		used := component.Name + " " + cmp.Or(component.PathsFrom, component.Version)
		if used != pinned {
			stand = append(stand, component.PathsFrom+" for "+pinned)
		}
		switch {
		case slices.Contains(lines, pinned):
			done = append(done, pinned)
		case slices.Contains(lines, used):
			done = append(done, used)
		default:
			missing = append(missing, pinned)
		}
	}
	checked := "**Checked** of the recipes that come with cnsd: each value that they set is one that its chart takes " +
		"in the pinned version, by the chart's own files. The images are named from the charts' sources."
	if len(stand) > 0 {
		checked += " Where a chart could not be had, another version stands for it: " + strings.Join(stand, ", ") + "."
	}
	if len(done) > 0 {
		checked += " Helm rendered every recipe with the sources of " + strings.Join(done, ", ") + "."
	}
	unchecked := "**Not checked**: that the charts and the images are in their registries under these versions and " +
		"tags, and that anything runs: there was no cluster and no GPU."
	if len(missing) > 0 {
		unchecked += " Not rendered: " + strings.Join(missing, ", ") + "."
	}
	unchecked += " None of this is about what a request, or recipe data of your own, adds."
	return wrapped(checked) + "\n" + wrapped(unchecked)
}

// wrapped breaks a paragraph into lines as long as Markdown has them here.
func wrapped(text string) string {
	const columns = 100
	var b strings.Builder
	length := 0
	for word := range strings.FieldsSeq(text) {
		switch {
		case length == 0:
		case length+1+len(word) > columns:
			b.WriteString("\n")
			length = 0
		default:
			b.WriteString(" ")
			length++
		}
		b.WriteString(word)
		length += len(word)
	}
	return b.String() + "\n"
}
