package bundle

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"weak"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/component"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/identity"
)

// TestBasesAreKept tells which requests have one base, and which have none that is kept.
func TestBasesAreKept(t *testing.T) {
	type all = []gen.CreateBundleParams
	gke := strings.ReplaceAll(eksCriteria, "eks", "gke")
	long := recipeJSON(`{"name":"net","version":"1.0.0","values":{"a":"` + strings.Repeat("x", maxBaseBody) + `"}}`)
	selectors := slices.Repeat([]string{"a=b"}, 200)
	for name, tt := range map[string]struct {
		bodies []string
		params all
		want   int
	}{
		"set options": {[]string{eksCriteria}, all{
			{}, {Set: []string{"net:main=null"}}, {ForceSet: []string{"net:a=b"}}, {Format: gen.FormatTarGz}}, 1},
		"other ones": {[]string{eksCriteria}, all{
			{}, {Bundlers: []string{"net"}}, {Mirror: "registry.example.com"}}, 3},
		"bodies":       {[]string{eksCriteria, gke}, all{{}}, 2},
		"long body":    {[]string{long}, all{{}}, 0},
		"long options": {[]string{eksCriteria}, all{{SystemNodeSelector: selectors}}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBuilder(&exchangeable{imageCatalog(t)})
			for range 2 {
				for _, body := range tt.bodies {
					for _, params := range tt.params {
						params.Deployer = gen.DeployerHelm
						if _, err := b.CreateBundle(t.Context(), bundleRequest(body, params)); err != nil {
							t.Fatal(err)
						}
					}
				}
			}
			if b.bases.CleanUp(); b.bases.EstimatedSize() != tt.want {
				t.Errorf("%d bases, want %d", b.bases.EstimatedSize(), tt.want)
			}
		})
	}
}

// A request that fails or that nobody waits for leaves no base.
func TestFailuresAreNotKept(t *testing.T) {
	b := newBuilder(&exchangeable{imageCatalog(t)})
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	helm := gen.CreateBundleParams{Deployer: gen.DeployerHelm}
	for name, ask := range map[string]func() error{
		"nobody waits": func() error {
			_, err := b.CreateBundle(stopped, bundleRequest(eksCriteria, helm))
			return err
		},
		"refused": func() error {
			_, err := b.CreateBundle(t.Context(), bundleRequest(recipeJSON(`{"name":"mine","version":"1"}`), helm))
			return err
		},
	} {
		if err := ask(); err == nil {
			t.Errorf("%s: no error", name)
		}
		if b.bases.CleanUp(); b.bases.EstimatedSize() != 0 {
			t.Errorf("%s: %d bases", name, b.bases.EstimatedSize())
		}
	}
}

// Two scopes never share a base or a component, and scopes that take turns keep theirs.
func TestScopesShareNothing(t *testing.T) {
	catalog := imageCatalog(t)
	b := newBuilder(&exchangeable{catalog})
	baseOf := func(scope string, deployer gen.Deployer) *base {
		ctx := identity.NewContext(t.Context(), identity.Identity{Scope: scope})
		body, params := bodyOf(t, eksCriteria), gen.CreateBundleParams{Deployer: deployer}
		from, err := b.baseOf(ctx, catalog, body, params)
		if err != nil {
			t.Fatal(err)
		}
		return from
	}
	bases := map[string]*base{}
	ownerOf := map[*component.Component]string{}
	for range 3 {
		for _, scope := range []string{"", "a", "b"} {
			helm, flux := baseOf(scope, gen.DeployerHelm), baseOf(scope, gen.DeployerFlux)
			if helm == flux || !slices.Equal(helm.components, flux.components) {
				t.Errorf("scope %q: two deployers have one base, or components of their own", scope)
			}
			if bases[scope] == nil {
				bases[scope] = helm
				for _, c := range helm.components {
					if other, ok := ownerOf[c]; ok {
						t.Errorf("scopes %q and %q share %s", other, scope, c.Name)
					}
					ownerOf[c] = scope
				}
			} else if helm != bases[scope] {
				t.Errorf("scope %q has lost its base", scope)
			}
		}
	}
	if len(ownerOf) != 3*len(bases[""].components) {
		t.Errorf("%d components", len(ownerOf))
	}
	if bases[""] == bases["a"] || bases["a"] == bases["b"] || bases[""] == bases["b"] {
		t.Error("two scopes share a base")
	}
}

// A recipe that is too long for its base to be kept has the components of the pool.
func TestLongRecipesShareComponents(t *testing.T) {
	catalog := imageCatalog(t)
	b := newBuilder(&exchangeable{catalog})
	net := `{"name":"net","version":"1.0.0","values":{"a":"` + strings.Repeat("x", maxBaseBody) + `"}}`
	body := recipeJSON(net, `{"name":"other","version":"1.0.0"}`)
	var bases []*base
	for range 2 {
		body, params := bodyOf(t, body), gen.CreateBundleParams{Deployer: gen.DeployerHelm}
		from, err := b.baseOf(t.Context(), catalog, body, params)
		if err != nil {
			t.Fatal(err)
		}
		bases = append(bases, from)
	}
	if bases[0] == bases[1] || !slices.Equal(bases[0].components, bases[1].components) {
		t.Error("equal recipes have one base, or other components")
	}
}

// otherCatalog has other images than the image catalog.
func otherCatalog(t *testing.T) *catalog.Catalog {
	t.Helper()
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS("testdata/catalog")); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "components/net/images.yaml")
	images, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	images = bytes.ReplaceAll(images, []byte("app.version: v1"), []byte("app.version: v2"))
	if err := os.WriteFile(path, images, 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := loadCatalog(folder)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestNewCatalog replaces the recipe data: the next bundle is of the new ones.
func TestNewCatalog(t *testing.T) {
	recipes := &exchangeable{}
	b := newBuilder(recipes)
	body, params := bodyOf(t, eksCriteria), gen.CreateBundleParams{Deployer: gen.DeployerHelm}
	other := otherCatalog(t)
	for _, tt := range []struct {
		catalog *catalog.Catalog
		images  string
	}{
		{imageCatalog(t), "nvcr.io/nvidia/net:v1\n"}, {other, "nvcr.io/nvidia/net:v2\n"},
		{imageCatalog(t), "nvcr.io/nvidia/net:v1\n"},
	} {
		recipes.catalog = tt.catalog
		bundle, err := b.Build(t.Context(), body, params)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.images, string(file(t, bundle, "images.txt"))); diff != "" {
			t.Error(diff)
		}
	}
}

// What is kept of recipe data that were replaced doesn't keep them.
func TestOldCatalogGoes(t *testing.T) {
	recipes := &exchangeable{otherCatalog(t)}
	b := newBuilder(recipes)
	body, params := bodyOf(t, eksCriteria), gen.CreateBundleParams{Deployer: gen.DeployerHelm}
	if _, err := b.Build(t.Context(), body, params); err != nil {
		t.Fatal(err)
	}
	old := weak.Make(recipes.catalog)
	recipes.catalog = imageCatalog(t)
	for range 3 {
		runtime.GC()
	}
	if old.Value() != nil {
		t.Error("it is in memory still")
	}
	runtime.KeepAlive(b)
}
