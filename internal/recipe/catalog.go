// Package recipe knows which components, versions and values fit an environment. It loads that knowledge from YAML files and resolves
// criteria to recipes.
package recipe

import (
	"maps"
	"path"
	"slices"

	"github.com/NVIDIA/cloud-native-stack/internal/valuepath"

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
	Name        string         `yaml:"-" json:"-"`
	Description string         `yaml:"description" json:"description,omitempty"`
	Aliases     []string       `yaml:"aliases" json:"aliases,omitempty"`
	Repository  string         `yaml:"repository" json:"repository"`
	Chart       string         `yaml:"chart" json:"chart"`
	Version     string         `yaml:"version" json:"version"`
	Namespace   string         `yaml:"namespace" json:"namespace"`
	DependsOn   []string       `yaml:"dependsOn" json:"dependsOn,omitempty"`
	Scheduling  Scheduling     `yaml:"scheduling" json:"scheduling,omitzero"`
	Hints       Hints          `yaml:"hints" json:"hints,omitzero"`
	Manifests   []string       `yaml:"manifests" json:"manifests,omitempty"`
	Values      map[string]any `yaml:"-" json:"-"`

	objects map[string]gen.KubernetesObject // by file name in manifests/
	paths   map[string]*valuepath.Paths     // by version, of the files in paths/
	images  *Images                         // nil without images.yaml
}

// Scheduling says where in a component's values the placement of its pods goes.
type Scheduling struct {
	System      Placement `yaml:"system" json:"system,omitzero"`
	Accelerated Placement `yaml:"accelerated" json:"accelerated,omitzero"`
}

// Hints says where in a component's values go facts about the cluster by which it is sized: Helm value paths, their keys separated by dots.
type Hints struct {
	Nodes        []string `yaml:"nodes" json:"nodes,omitempty"`
	StorageClass []string `yaml:"storageClass" json:"storageClass,omitempty"`
	StorageSize  []string `yaml:"storageSize" json:"storageSize,omitempty"`
}

// Placement holds Helm value paths, their keys separated by dots.
type Placement struct {
	NodeSelectors []string `yaml:"nodeSelectors" json:"nodeSelectors,omitempty"`
	Tolerations   []string `yaml:"tolerations" json:"tolerations,omitempty"`
}

// overlay is one file of recipes/overlays, or base.yaml.
type overlay struct {
	name        string
	file        string
	Base        string              `yaml:"base" json:"base,omitempty"`
	Criteria    map[string]string   `yaml:"criteria" json:"criteria,omitempty"`
	Offers      map[string][]string `yaml:"offers" json:"offers,omitempty"` // values of other criteria that exist together with Criteria
	Constraints gen.Constraints     `yaml:"constraints" json:"constraints,omitempty"`
	Components  map[string]*use     `yaml:"components" json:"components,omitempty"`
}

// use is what an overlay says of one component; a nil use takes the component out of the recipe.
type use struct {
	Version   string   `yaml:"version" json:"version,omitempty"`
	Values    mapping  `yaml:"values" json:"values,omitempty"`
	Manifests []string `yaml:"manifests" json:"manifests,omitempty"`
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

// Paths returns the value paths that the chart takes in a version, nil where they aren't known. The caller must not change them.
func (c *Component) Paths(version string) *valuepath.Paths { return c.paths[version] }

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
