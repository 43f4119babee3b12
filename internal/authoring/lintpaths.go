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
	for _, name := range l.catalog.Names() {
		c, _ := l.catalog.Component(name)
		for _, o := range l.overlays {
			if p := o.Components[name]; p != nil {
				l.checkValues(c, l.versions(name, o), p.Values, o.File, "components", name, "values")
			}
		}
		versions := l.versions(name, nil)
		l.checkValues(c, versions, c.Values, c.File("values.yaml"))
		for keys, path := range c.ValuePaths() {
			l.checkValuePath(c, versions, strings.Split(path, "."), c.File("component.yaml"), keys)
		}
		if c.ImageData != nil {
			l.checkImages(c)
		}
	}
}

// checkValues looks at the values below some keys of a file.
func (l *linter) checkValues(
	c *catalog.Component, versions []string, v map[string]any, file string, keys ...string,
) {
	for path := range values.Leaves(v) {
		l.checkValuePath(c, versions, path, file, slices.Concat(keys, path))
	}
}

// checkImages looks at the paths in images.yaml.
func (l *linter) checkImages(c *catalog.Component) {
	images := c.ImageData
	keys := map[string][]string{} // that lead to a path in the file
	for _, registry := range images.Registries {
		if registry.Kind == "" {
			keys[registry.Path] = []string{"registries"}
		}
	}
	for path := range images.Defaults {
		keys[path] = []string{"defaults", path}
	}
	for _, path := range slices.Sorted(maps.Keys(keys)) {
		l.checkValuePath(c, []string{images.Version}, strings.Split(path, "."), c.File("images.yaml"), keys[path])
	}
}

// checkValuePath says which versions of the chart don't take a value at a path, and what may be
// meant. The keys lead to the path in the file.
func (l *linter) checkValuePath(c *catalog.Component, versions, path []string, file string, keys []string) {
	var refusing, nearest []string
	for _, version := range versions {
		if paths := c.Paths(version); paths != nil && !paths.Takes(path) {
			refusing = append(refusing, c.Chart+" "+version)
			nearest = paths.Nearest(path)
		}
	}
	if len(refusing) == 0 {
		return
	}
	hint := ""
	if len(nearest) > 0 {
		hint = ": nearest to it: " + strings.Join(nearest, ", ")
	}
	l.find(file, keys, "%s takes no value at %s%s", strings.Join(refusing, ", "), valuepath.Join(path), hint)
}
