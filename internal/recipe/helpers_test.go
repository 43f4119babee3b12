package recipe_test

import (
	"slices"
	"testing"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
	"github.com/NVIDIA/cloud-native-stack/test/catalogtest"
)

const eks = "overlays/eks.yaml"

type data = catalogtest.Data

func minimal() data                      { return catalogtest.Minimal() }
func component(name, more string) string { return catalogtest.Component(name, more) }
func object(kind, name string) string    { return catalogtest.Object(kind, name) }

func load(t testing.TB, d catalogtest.Data) *catalog.Catalog {
	t.Helper()
	return catalogtest.Load(t, d.FS(), catalogtest.Spec(t))
}

var release = recipe.Build{Version: "v1.2.3", Created: "2026-01-02T03:04:05Z"}

func resolve(t catalogtest.T, c *catalog.Catalog, criteria gen.Criteria) gen.Recipe {
	t.Helper()
	r, err := recipe.Resolve(t.Context(), c, criteria, release)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// find returns a component of a recipe.
func find(t testing.TB, r gen.Recipe, name string) gen.ComponentRef {
	t.Helper()
	i := slices.IndexFunc(r.ComponentRefs, func(ref gen.ComponentRef) bool { return ref.Name == name })
	if i < 0 {
		t.Fatal("the recipe has no " + name)
	}
	return r.ComponentRefs[i]
}

func names(r gen.Recipe) []string {
	var list []string
	for _, ref := range r.ComponentRefs {
		list = append(list, ref.Name)
	}
	return list
}
