package recipe

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/internal/valuepath"

	"github.com/NVIDIA/cloud-native-stack/internal/values"
)

// untaken looks for value paths that charts don't take in the versions that recipes have, where the paths of those are known.
func (c *Catalog) untaken(e *effects) []Finding {
	versions := map[string]map[string]bool{} // by component
	var list []Finding
	for _, o := range c.overlays {
		for _, p := range e.parts[o] {
			name := p.subject
			here := map[string]bool{}
			for _, s := range p.sequences {
				if ref, ok := s.final.refs[name]; ok {
					here[ref.Version] = true
				}
			}
			if versions[name] == nil {
				versions[name] = map[string]bool{}
			}
			maps.Copy(versions[name], here)
			if u := o.Components[name]; u != nil {
				list = append(list, c.untakenValues(c.components[name], here, u.Values, o.file, "components", name, "values")...)
			}
		}
	}
	for _, name := range c.Names() {
		component := c.components[name]
		list = append(list, c.untakenValues(component, versions[name], component.Values, component.path("values.yaml"))...)
		list = append(list, c.untakenPlaces(component, versions[name])...)
		list = append(list, c.untakenImages(component)...)
	}
	return list
}

// untakenValues looks at the values that stand below some keys of a file.
func (c *Catalog) untakenValues(component *Component, versions map[string]bool, v map[string]any, file string, keys ...string) []Finding {
	var list []Finding
	for path := range values.Leaves(v) {
		if message := component.untaken(versions, path); message != "" {
			list = append(list, Finding{File: file, Line: c.line(file, slices.Concat(keys, path)...), Message: message})
		}
	}
	return list
}

// untakenPlaces looks at the paths in component.yaml.
func (c *Catalog) untakenPlaces(component *Component, versions map[string]bool) []Finding {
	s, h := component.Scheduling, component.Hints
	file := component.path("component.yaml")
	var list []Finding
	for _, field := range []struct {
		keys  []string
		paths []string
	}{
		{[]string{"scheduling", "system", "nodeSelectors"}, s.System.NodeSelectors},
		{[]string{"scheduling", "system", "tolerations"}, s.System.Tolerations},
		{[]string{"scheduling", "accelerated", "nodeSelectors"}, s.Accelerated.NodeSelectors},
		{[]string{"scheduling", "accelerated", "tolerations"}, s.Accelerated.Tolerations},
		{[]string{"hints", "nodes"}, h.Nodes},
		{[]string{"hints", "storageClass"}, h.StorageClass},
		{[]string{"hints", "storageSize"}, h.StorageSize},
	} {
		for _, path := range field.paths {
			if message := component.untaken(versions, strings.Split(path, ".")); message != "" {
				list = append(list, Finding{File: file, Line: c.line(file, field.keys...), Message: message})
			}
		}
	}
	return list
}

// untakenImages looks at the paths in images.yaml.
func (c *Catalog) untakenImages(component *Component) []Finding {
	if component.images == nil {
		return nil
	}
	file := component.path("images.yaml")
	keys := map[string][]string{} // that lead to a path in the file
	for _, registry := range component.images.Registries {
		if registry.Kind == "" {
			keys[registry.Path] = []string{"registries"}
		}
	}
	for path := range component.images.Defaults {
		keys[path] = []string{"defaults", path}
	}
	var list []Finding
	for _, path := range slices.Sorted(maps.Keys(keys)) {
		if message := component.untaken(map[string]bool{component.images.Version: true}, strings.Split(path, ".")); message != "" {
			list = append(list, Finding{File: file, Line: c.line(file, keys[path]...), Message: message})
		}
	}
	return list
}

// untaken says which versions of the chart don't take a value at a path, and what may be meant; it is empty if all do, for all we know.
func (c *Component) untaken(versions map[string]bool, path []string) string {
	var refusing []string
	var nearest []string
	for _, version := range slices.Sorted(maps.Keys(versions)) {
		if paths := c.paths[version]; paths != nil && !paths.Takes(path) {
			refusing = append(refusing, c.Chart+" "+version)
			nearest = paths.Nearest(path)
		}
	}
	if len(refusing) == 0 {
		return ""
	}
	message := fmt.Sprintf("%s takes no value at %s", strings.Join(refusing, ", "), valuepath.Join(path))
	if len(nearest) > 0 {
		message += ": nearest to it: " + strings.Join(nearest, ", ")
	}
	return message
}
