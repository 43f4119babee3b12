package catalog

import (
	"fmt"
	"path"
	"slices"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/valuepath"
	"github.com/NVIDIA/cloud-native-stack/internal/values"
)

// Component is what the catalog knows of one component, whatever the environment. It must not be
// changed.
type Component struct {
	Name        string         `yaml:"-" json:"-"`
	Description string         `yaml:"description" json:"description,omitempty"`
	Aliases     []string       `yaml:"aliases" json:"aliases,omitempty"`
	Repository  string         `yaml:"repository" json:"repository"`
	Chart       string         `yaml:"chart" json:"chart"`
	Version     string         `yaml:"version" json:"version"`
	PathsFrom   string         `yaml:"pathsFrom" json:"pathsFrom,omitempty"` // version whose paths stand for Version's
	Behind      string         `yaml:"behind" json:"behind,omitempty"`       // why Version isn't the newest
	Namespace   string         `yaml:"namespace" json:"namespace"`
	DependsOn   []string       `yaml:"dependsOn" json:"dependsOn,omitempty"`
	Scheduling  Scheduling     `yaml:"scheduling" json:"scheduling,omitzero"`
	Hints       Hints          `yaml:"hints" json:"hints,omitzero"`
	Manifests   []string       `yaml:"manifests" json:"manifests,omitempty"`
	Values      map[string]any `yaml:"-" json:"-"`

	// Preconditions are by name.
	Preconditions map[string]*Precondition `yaml:"preconditions" json:"preconditions,omitempty"`
	PodSecurity   gen.PodSecurity          `yaml:"podSecurity" json:"podSecurity,omitempty"` // that its pods need

	// Objects are the Kubernetes objects in manifests/, by file name.
	Objects map[string]gen.KubernetesObject `yaml:"-" json:"-"`
	// ImageData is what images.yaml holds, nil without one.
	ImageData *Images `yaml:"-" json:"-"`

	paths map[string]*valuepath.Paths // by version, of the files in paths/
}

// Scheduling names the values that decide on which nodes a component's pods run.
type Scheduling struct {
	System      Placement `yaml:"system" json:"system,omitzero"`
	Accelerated Placement `yaml:"accelerated" json:"accelerated,omitzero"`
}

// Placement holds Helm value paths, their keys separated by dots, and paths into objects of
// manifests/.
type Placement struct {
	NodeSelectors       []string    `yaml:"nodeSelectors" json:"nodeSelectors,omitempty"`
	Tolerations         []string    `yaml:"tolerations" json:"tolerations,omitempty"`
	ManifestTolerations []ValuePath `yaml:"manifestTolerations" json:"manifestTolerations,omitempty"`
}

// Hints names the values by which a component is sized: Helm value paths, their keys separated by
// dots.
type Hints struct {
	Nodes        []string `yaml:"nodes" json:"nodes,omitempty"`
	StorageClass []string `yaml:"storageClass" json:"storageClass,omitempty"`
	StorageSize  []string `yaml:"storageSize" json:"storageSize,omitempty"`
}

// File returns the path of a file in the component's folder.
func (c *Component) File(name string) string { return path.Join("components", c.Name, name) }

// Paths returns the value paths that the chart takes in a version, nil where they aren't known.
func (c *Component) Paths(version string) *valuepath.Paths {
	if c.PathsFrom != "" && version == c.Version {
		version = c.PathsFrom
	}
	return c.paths[version]
}

// Images returns the images of a chart version, nil where they aren't known.
func (c *Component) Images(version string) *Images {
	if c.ImageData == nil || c.ImageData.Version != version {
		return nil
	}
	return c.ImageData
}

// Ref returns the component as a recipe holds it when no overlay speaks of it, without its install
// order. The caller owns it.
func (c *Component) Ref() gen.ComponentRef {
	return c.Patched(gen.ComponentRef{
		Name: c.Name, Version: c.Version, Repository: c.Repository, Chart: c.Chart, Namespace: c.Namespace,
		PodSecurity:    c.PodSecurity,
		DependencyRefs: append([]string{}, c.DependsOn...),
		Values:         values.Clone(c.Values),
		Manifests:      []gen.KubernetesObject{},
	}, &Patch{Manifests: c.Manifests})
}

// Patched returns what an overlay makes of the component in a recipe. Of two manifests for one
// object the later one stays. The caller must not use ref afterwards.
func (c *Component) Patched(ref gen.ComponentRef, p *Patch) gen.ComponentRef {
	if p.Version != "" {
		ref.Version = p.Version
	}
	values.Overlay(ref.Values, p.Values) // in place: a hundred overlays shall not copy all of them each
	for _, file := range p.Manifests {
		object := c.Objects[file]
		same := func(m gen.KubernetesObject) bool { return ObjectID(m) == ObjectID(object) }
		if i := slices.IndexFunc(ref.Manifests, same); i >= 0 {
			ref.Manifests[i] = values.Clone(object)
		} else {
			ref.Manifests = append(ref.Manifests, values.Clone(object))
		}
	}
	return ref
}

// ObjectID tells Kubernetes objects apart as a cluster does.
func ObjectID(object gen.KubernetesObject) string {
	metadata, _ := object["metadata"].(map[string]any)
	return fmt.Sprintf("%q", []any{object["apiVersion"], object["kind"], metadata["namespace"], metadata["name"]})
}
