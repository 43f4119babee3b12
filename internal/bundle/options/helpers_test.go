package options

import (
	"maps"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/api"
	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/bundletest"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/component"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
	"github.com/NVIDIA/cloud-native-stack/internal/document"
	"github.com/NVIDIA/cloud-native-stack/internal/values"
)

// fakeCatalog is a small registry: app depends on db, which depends on crd; db has the alias store,
// and paths for scheduling, and sized has paths for hints.
type fakeCatalog map[string]*catalog.Component

func (c fakeCatalog) Names() []string { return slices.Sorted(maps.Keys(c)) }

func (c fakeCatalog) Component(name string) (*catalog.Component, bool) {
	for _, component := range c {
		if component.Name == name || slices.Contains(component.Aliases, name) {
			return component, true
		}
	}
	return nil, false
}

func testCatalog() fakeCatalog {
	c := fakeCatalog{}
	for _, component := range []*catalog.Component{
		{Name: "crd"},
		{Name: "db", Aliases: []string{"store"}, DependsOn: []string{"crd"}, Scheduling: catalog.Scheduling{
			System: catalog.Placement{
				NodeSelectors: []string{"pod.nodeSelector", "hook.nodeSelector"},
				Tolerations:   []string{"pod.tolerations"},
			},
			Accelerated: catalog.Placement{
				NodeSelectors: []string{"nodeSelector"}, Tolerations: []string{"tolerations"},
			},
		}},
		{Name: "app", DependsOn: []string{"db", "crd"}},
		{Name: "net", Scheduling: catalog.Scheduling{Accelerated: catalog.Placement{
			ManifestTolerations: []catalog.ValuePath{{Path: "spec.tolerations", Kind: "Policy"}},
		}}},
		{Name: "sized", Hints: catalog.Hints{
			Nodes: []string{"nodes"}, StorageClass: []string{"disk.class"},
			StorageSize: []string{"disk.size", "copy.size"},
		}},
	} {
		component.Version, component.Chart = "1.0.0", component.Name+"-chart"
		component.Repository, component.Namespace = "https://charts.example.com", component.Name+"-system"
		c[component.Name] = component
	}
	return c
}

// imageCatalog knows the images and value paths of net, and nothing but the name of other, whose
// chart takes no values.
func imageCatalog(t testing.TB) *catalog.Catalog {
	t.Helper()
	catalog, err := loadImageCatalog()
	if err != nil {
		t.Fatal(err)
	}
	return catalog
}

var loadImageCatalog = sync.OnceValues(func() (*catalog.Catalog, error) {
	c, err := contract.Load(api.Spec, nil)
	if err != nil {
		return nil, err
	}
	return catalog.Load(os.DirFS("../testdata/catalog"), c)
})

// bundled is a recipe with components to which options are applied.
type bundled struct {
	Recipe
	components []*component.Component
}

// newBundled has components of a catalog, as they are in a recipe that is complete.
func newBundled(c component.Catalog, refs ...gen.ComponentRef) bundled {
	limits := document.Limits{Bytes: 1 << 20, Values: 10000, Levels: 64}
	b := bundled{Recipe: Recipe{Catalog: c, Limits: limits}}
	for _, ref := range refs {
		images := component.ImagesOf(ref, component.KnownImages(c, ref), nil, nil)
		b.components = append(b.components, component.New(ref, images))
	}
	return b
}

// apply applies an option. It is a fault if that changes anything of what it is given.
func (b bundled) apply(t *testing.T, option Option, params Params) (bundled, []string, error) {
	t.Helper()
	before, given := copies(b.components), slices.Clone(b.components)
	components, warnings, err := option(b.Recipe, b.components, params)
	if diff := cmp.Diff(before, copies(b.components)); diff != "" || !slices.Equal(given, b.components) {
		t.Errorf("what the option was given has changed: %s", diff)
	}
	return bundled{b.Recipe, components}, warnings, err
}

// mustApply wants an option to be applied with these warnings.
func (b bundled) mustApply(t *testing.T, option Option, params Params, want ...string) bundled {
	t.Helper()
	after, warnings, err := b.apply(t, option, params)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, warnings); diff != "" {
		t.Errorf("warnings: %s", diff)
	}
	return after
}

// refuse wants an option to be refused.
func (b bundled) refuse(t *testing.T, option Option, params Params, message string, details apierror.Details) {
	t.Helper()
	_, _, err := b.apply(t, option, params)
	bundletest.CheckInvalid(t, err, message, details)
}

// values are those of the first component.
func (b bundled) values() map[string]any { return b.components[0].Values }

// copies are what components hold, but for what follows from it.
func copies(components []*component.Component) []gen.ComponentRef {
	list := make([]gen.ComponentRef, len(components))
	for i, c := range components {
		list[i] = c.ComponentRef
		list[i].DependencyRefs = slices.Clone(c.DependencyRefs)
		if c.Values != nil {
			list[i].Values = values.Clone(c.Values)
		}
		list[i].Manifests = slices.Clone(c.Manifests)
		for j, object := range c.Manifests {
			list[i].Manifests[j] = values.Clone(object)
		}
	}
	return list
}

func ref(name, version string) gen.ComponentRef {
	return gen.ComponentRef{Name: name, Version: version, Values: map[string]any{}}
}

// dbRef is db with values.
func dbRef(values map[string]any) gen.ComponentRef {
	return gen.ComponentRef{Name: "db", Version: "1.0.0", Values: values}
}

// foreign is a component that the catalog doesn't know.
func foreign(name string) gen.ComponentRef {
	return gen.ComponentRef{
		Name: name, Version: "2.0.0", Repository: "oci://example.com", Chart: name, Namespace: "demo",
		Values: map[string]any{},
	}
}

func netRef(values map[string]any, manifests ...gen.KubernetesObject) gen.ComponentRef {
	if values == nil {
		values = map[string]any{}
	}
	return gen.ComponentRef{
		Name: "net", Version: "1.0.0", Repository: "https://charts.example.com", Chart: "net-chart", Namespace: "demo",
		Values: values, Manifests: manifests,
	}
}

// otherRef is a component whose chart takes no values.
func otherRef() gen.ComponentRef {
	return gen.ComponentRef{Name: "other", Version: "1.0.0", Chart: "other-chart", Values: map[string]any{}}
}
