package component

import (
	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/valuepath"
)

// Catalog is what bundles need of the recipe data.
type Catalog interface {
	// Component finds a component by name or alias.
	Component(name string) (*catalog.Component, bool)
	// Names lists the components, sorted.
	Names() []string
}

// Named returns what the catalog holds under a component's name; an alias is no component's name.
func Named(c Catalog, name string) (*catalog.Component, bool) {
	component, ok := c.Component(name)
	return component, ok && component.Name == name
}

// OfChart returns what the catalog holds about the chart of a component, nil if nothing: a recipe
// may bring another chart under the name.
func OfChart(c Catalog, ref gen.ComponentRef) *catalog.Component {
	if component, ok := Named(c, ref.Name); ok && ref.Chart == component.Chart {
		return component
	}
	return nil
}

// KnownPaths returns the value paths that the chart of a component takes, nil where they aren't
// known.
func KnownPaths(c Catalog, ref gen.ComponentRef) *valuepath.Paths {
	if component := OfChart(c, ref); component != nil {
		return component.Paths(ref.Version)
	}
	return nil
}

// KnownImages returns the images that the chart of a component can pull, nil where they aren't
// known.
func KnownImages(c Catalog, ref gen.ComponentRef) *catalog.Images {
	if component := OfChart(c, ref); component != nil {
		return component.Images(ref.Version)
	}
	return nil
}
