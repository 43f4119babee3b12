package authoring

import (
	"maps"
	"slices"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/valuepath"
	"github.com/NVIDIA/cloud-native-stack/internal/values"
)

// checkValuePaths finds value paths that charts don't take in the versions that recipes have, where
// the paths of those are known.
func (l *linter) checkValuePaths() {
	for _, c := range l.catalog.Components() {
		for _, o := range l.overlays {
			if p := o.Components[c.Name]; p != nil {
				versions := l.versions(c.Name, o)
				for path := range values.Leaves(p.Values) {
					keys := append([]string{"components", c.Name, "values"}, path...)
					l.checkValuePath(c, versions, path, o.File, keys)
				}
			}
		}
		versions := l.versions(c.Name, nil)
		for path := range values.Leaves(c.Values) {
			l.checkValuePath(c, versions, path, c.File("values.yaml"), path)
		}
		for keys, path := range l.catalog.ValuePaths(c) {
			l.checkValuePath(c, versions, strings.Split(path, "."), c.File("component.yaml"), keys)
		}
		if images := c.ImageData; images != nil {
			for _, path := range slices.Sorted(maps.Keys(images.Defaults)) { // has every path in the file
				keys := []string{"defaults", path}
				l.checkValuePath(c, []string{images.Version}, strings.Split(path, "."), c.File("images.yaml"), keys)
			}
		}
	}
}

// checkPathsKnown warns of chart versions of which the value paths aren't known: nothing finds
// wrong values there.
func (l *linter) checkPathsKnown() {
	for _, c := range l.catalog.Components() {
		for _, version := range l.versions(c.Name, nil) {
			if c.Paths(version) != nil {
				continue
			}
			warn := func(file string, keys ...string) {
				l.warn(file, keys, "nothing checks the values of %s %s: its value paths aren't known; "+
					"put what cnsd recipes paths prints of the chart into %s",
					c.Chart, version, c.File("paths/"+version+".txt"))
			}
			if version == c.Version {
				warn(c.File("component.yaml"), "version")
			}
			for _, o := range l.overlays {
				if p := o.Components[c.Name]; p != nil && p.Version == version {
					warn(o.File, "components", c.Name, "version")
				}
			}
		}
	}
}

// maxHints is for how many paths it is said what may be meant: that takes as long as the chart has
// keys.
const maxHints = 100

// checkValuePath says which versions of the chart don't take a value at a path, and what may be
// meant. The keys lead to the path in the file.
func (l *linter) checkValuePath(c *catalog.Component, versions, path []string, file string, keys []string) {
	var refusing, nearest []string
	for _, version := range versions {
		if paths := c.Paths(version); paths != nil && !paths.Takes(path) {
			refusing = append(refusing, c.Chart+" "+version)
			if l.hints < maxHints {
				nearest = paths.Nearest(path)
			}
		}
	}
	if len(refusing) == 0 {
		return
	}
	l.hints++
	hint := ""
	if len(nearest) > 0 {
		hint = ": nearest to it: " + strings.Join(nearest, ", ")
	}
	l.find(file, keys, "%s takes no value at %s%s", strings.Join(refusing, ", "), valuepath.Join(path), hint)
}
