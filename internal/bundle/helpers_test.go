package bundle

import (
	"context"
	"maps"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/NVIDIA/cloud-native-stack/api"
	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/archive"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/component"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
	"github.com/NVIDIA/cloud-native-stack/internal/document"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
)

// fakeCatalog is a small registry: app depends on db, which depends on crd; db has the alias store.
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
		{Name: "db", Aliases: []string{"store"}, DependsOn: []string{"crd"}, PodSecurity: gen.PodSecurityBaseline,
			Values: map[string]any{"size": int64(1000000), "list": []any{map[string]any{"a": "b"}}},
			Scheduling: catalog.Scheduling{System: catalog.Placement{
				NodeSelectors: []string{"pod.nodeSelector", "hook.nodeSelector"},
				Tolerations:   []string{"pod.tolerations"},
			}}},
		{Name: "app", DependsOn: []string{"db", "crd"}, Values: map[string]any{"replicas": int64(2)}},
	} {
		component.Version, component.Chart = "1.0.0", component.Name+"-chart"
		component.Repository, component.Namespace = "https://charts.example.com", component.Name+"-system"
		c[component.Name] = component
	}
	return c
}

// imageCatalog knows the images and value paths of net, and nothing but the name of other, whose
// chart takes no values.
func imageCatalog(t *testing.T) *catalog.Catalog {
	t.Helper()
	catalog, err := loadImageCatalog()
	if err != nil {
		t.Fatal(err)
	}
	return catalog
}

var loadImageCatalog = sync.OnceValues(func() (*catalog.Catalog, error) { return loadCatalog("testdata/catalog") })

func loadCatalog(folder string) (*catalog.Catalog, error) {
	c, err := contract.Load(api.Spec, nil)
	if err != nil {
		return nil, err
	}
	return catalog.Load(os.DirFS(folder), c)
}

func ref(name, version string) gen.ComponentRef {
	return gen.ComponentRef{Name: name, Version: version}
}

// foreign is a component that the catalog doesn't know.
func foreign(name string) gen.ComponentRef {
	return gen.ComponentRef{
		Name: name, Version: "2.0.0", Repository: "oci://example.com", Chart: name, Namespace: "demo",
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

func policy(spec map[string]any) gen.KubernetesObject {
	metadata := map[string]any{"name": "p"}
	return gen.KubernetesObject{"apiVersion": "x/v1", "kind": "Policy", "metadata": metadata, "spec": spec}
}

func manifest(when component.Stage, kind, name string) gen.KubernetesObject {
	annotations := map[string]any{"cns.nvidia.com/apply": string(when)}
	return gen.KubernetesObject{
		"apiVersion": "v1", "kind": kind, "metadata": map[string]any{"name": name, "annotations": annotations},
	}
}

// chain is three components: web, of an OCI registry, has objects before and after its chart and
// depends on api, which depends on crd.
func chain() gen.Recipe {
	ref := func(name, repository string, on ...string) gen.ComponentRef {
		return gen.ComponentRef{
			Name: name, Version: "1.0.0+b.1", Repository: repository, Chart: name + "-chart", Namespace: name + "-ns",
			DependencyRefs: on, Values: map[string]any{"of": name},
		}
	}
	web := ref("web", "oci://ghcr.io/org/", "api")
	web.Manifests = []gen.KubernetesObject{
		manifest(component.AfterChart, "Policy", "p"), manifest(component.BeforeChart, "ConfigMap", "c"),
		{"apiVersion": "v1", "kind": "Secret", "metadata": map[string]any{"name": "s"}},
	}
	return recipeOf(web, ref("api", "https://charts.example.com/a/", "crd"), ref("crd", "http://charts.example.com"))
}

func recipeOf(refs ...gen.ComponentRef) gen.Recipe { return gen.Recipe{ComponentRefs: refs} }

func testOptions() Options {
	return Options{
		Build:  recipe.Build{Version: "v1.2.3", Created: "2026-01-27T12:00:00Z"},
		Limits: document.Limits{Bytes: 1 << 20, Values: 10000, Levels: 64},
	}
}

func newBuilder(recipes Recipes) *Builder {
	return NewBuilder(recipes, testOptions())
}

// testBuilder is what tests share that ask for one bundle, as the clients of a server do.
var testBuilder = newBuilder(nil)

// bundleOf makes a bundle of a recipe.
func bundleOf(
	ctx context.Context, b *Builder, c component.Catalog, r gen.Recipe, params gen.CreateBundleParams,
) (Bundle, error) {
	from, err := b.newBase(ctx, c, r, params)
	if err != nil {
		return Bundle{}, err
	}
	return b.build(ctx, c, from, params)
}

func mustBuild(t *testing.T, c component.Catalog, r gen.Recipe, params gen.CreateBundleParams) Bundle {
	t.Helper()
	b, err := bundleOf(t.Context(), testBuilder, c, r, params)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func file(t *testing.T, b Bundle, path string) []byte {
	t.Helper()
	i := slices.IndexFunc(b.Files, func(f archive.File) bool { return f.Path == path })
	if i < 0 {
		t.Fatalf("no %s", path)
	}
	return b.Files[i].Data()
}

type packer = func(context.Context, []archive.File) ([]byte, error)

func packed(t *testing.T, pack packer, files []archive.File) []byte {
	t.Helper()
	data, err := pack(t.Context(), files)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
