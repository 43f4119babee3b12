// Package recipe knows which components, versions and values fit an environment. It loads that knowledge from YAML files and resolves
// criteria to recipes.
package recipe

import (
	"maps"
	"path"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/NVIDIA/cloud-native-stack/gen"
)

// Catalog is the loaded knowledge. It is immutable: no result shares memory with it.
type Catalog struct {
	components map[string]*Component
	aliases    map[string]string // to component names
	overlays   []*overlay        // base first, then from least to most specific, then by name
	byName     map[string]*overlay
	sources    map[string]*yaml.Node // by file, for the lines in errors and explanations
}

// Component is what the catalog knows of one component, whatever the environment. Its holder must not change it.
type Component struct {
	Name        string         `yaml:"-"`
	Description string         `yaml:"description"`
	Aliases     []string       `yaml:"aliases"`
	Repository  string         `yaml:"repository"`
	Chart       string         `yaml:"chart"`
	Version     string         `yaml:"version"`
	Namespace   string         `yaml:"namespace"`
	DependsOn   []string       `yaml:"dependsOn"`
	Scheduling  Scheduling     `yaml:"scheduling"`
	Manifests   []string       `yaml:"manifests"`
	Values      map[string]any `yaml:"-"`

	objects map[string]gen.KubernetesObject // by file name in manifests/
}

// Scheduling says where in a component's values the placement of its pods goes.
type Scheduling struct {
	System      Placement `yaml:"system"`
	Accelerated Placement `yaml:"accelerated"`
}

// Placement holds Helm value paths, their keys separated by dots.
type Placement struct {
	NodeSelectors []string `yaml:"nodeSelectors"`
	Tolerations   []string `yaml:"tolerations"`
}

// overlay is one file of recipes/overlays, or base.yaml.
type overlay struct {
	name        string
	file        string
	Base        string              `yaml:"base"`
	Criteria    map[string]string   `yaml:"criteria"`
	Offers      map[string][]string `yaml:"offers"` // values of other criteria that exist together with Criteria
	Constraints gen.Constraints     `yaml:"constraints"`
	Components  map[string]*use     `yaml:"components"`
}

// use is what an overlay says of one component; a nil use takes the component out of the recipe.
type use struct {
	Version   string   `yaml:"version"`
	Values    values   `yaml:"values"`
	Manifests []string `yaml:"manifests"`
}

// baseName is the overlay that every recipe starts from.
const baseName = "base"

// Component returns a component by name or alias.
func (c *Catalog) Component(name string) (*Component, bool) {
	if target, ok := c.aliases[name]; ok {
		name = target
	}
	component, ok := c.components[name]
	return component, ok
}

// Names lists the components, sorted.
func (c *Catalog) Names() []string {
	return slices.Sorted(maps.Keys(c.components))
}

// line returns the line of the deepest key that the keys lead to in a file.
func (c *Catalog) line(file string, keys ...string) int {
	node := c.sources[file]
	line := node.Line
	for _, name := range keys {
		key, value := lookup(node, name)
		if key == nil {
			break
		}
		line, node = key.Line, value
	}
	return line
}

// path names a file in the component's folder.
func (c *Component) path(file string) string { return path.Join("components", c.Name, file) }

// Ref returns the component as a recipe holds it when no overlay speaks of it, without its place in the install order.
// The caller owns it.
func (c *Component) Ref() gen.ComponentRef {
	ref := gen.ComponentRef{
		Name: c.Name, Version: c.Version, Repository: c.Repository, Chart: c.Chart, Namespace: c.Namespace,
		DependencyRefs: append([]string{}, c.DependsOn...),
		Values:         c.Values, // apply copies them
		Manifests:      []gen.KubernetesObject{},
	}
	return (&use{Manifests: c.Manifests}).apply(ref, c)
}
