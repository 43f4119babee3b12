// Package catalog holds the recipe data: components and overlays, loaded strictly from YAML files.
package catalog

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/NVIDIA/cloud-native-stack/internal/contract"
	"github.com/NVIDIA/cloud-native-stack/internal/document"
	"github.com/NVIDIA/cloud-native-stack/internal/values"
)

// Catalog is the loaded recipe data. It is immutable: neither it nor what it returns may be
// changed.
type Catalog struct {
	components map[string]*Component
	aliases    map[string]string // to component names
	overlays   []*Overlay
	nodes      map[string]*yaml.Node // by file
	own        map[string]string     // where people find files that are not in the program
	criteria   []contract.Criterion
}

// Criteria lists the criteria in the contract's order, with those of their values that a client may
// ask for on this server. They must not be changed.
func (c *Catalog) Criteria() []contract.Criterion { return c.criteria }

// Component returns a component by name or alias.
func (c *Catalog) Component(name string) (*Component, bool) {
	if target, ok := c.aliases[name]; ok {
		name = target
	}
	component, ok := c.components[name]
	return component, ok
}

// Names lists the components, sorted.
func (c *Catalog) Names() []string { return slices.Sorted(maps.Keys(c.components)) }

// Components lists the components, sorted by name.
func (c *Catalog) Components() []*Component {
	byName := func(a, b *Component) int { return strings.Compare(a.Name, b.Name) }
	return slices.SortedFunc(maps.Values(c.components), byName)
}

// ValuePaths yields the value paths in a component.yaml after the keys that lead to them. Paths
// into objects of manifests/ are none.
func (c *Catalog) ValuePaths(component *Component) iter.Seq2[[]string, string] {
	plain, _ := document.NodeValue(c.nodes[component.File("component.yaml")]) // which was decoded before
	fields, _ := plain.(map[string]any)
	return func(yield func([]string, string) bool) {
		for keys, leaf := range values.Leaves(fields) {
			paths, _ := leaf.([]any)
			for _, path := range paths {
				_, isInObject := path.(map[string]any)
				isOne := !isInObject && (keys[0] == "scheduling" || keys[0] == "hints")
				if isOne && !yield(keys, fmt.Sprint(path)) {
					return
				}
			}
		}
	}
}

// Overlays lists all overlays: base first, then from least to most specific, then by name.
func (c *Catalog) Overlays() []*Overlay { return c.overlays }

// Node returns the root of a file of the recipe data, nil if there is none of that name.
func (c *Catalog) Node(file string) *yaml.Node { return c.nodes[file] }

// Path returns where people find a file of the recipe data, and whether that is in the directory
// that was laid over the data in the program.
func (c *Catalog) Path(file string) (path string, isOwn bool) {
	if path, isOwn = c.own[file]; isOwn {
		return path, true
	}
	return file, false
}

// Line returns the line of the deepest key that the keys lead to in a file.
func (c *Catalog) Line(file string, keys ...string) int {
	node := c.nodes[file]
	line := node.Line
	for _, name := range keys {
		key, value := Lookup(node, name)
		if key == nil {
			break
		}
		line, node = key.Line, value
	}
	return line
}
