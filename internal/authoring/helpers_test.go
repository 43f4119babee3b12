package authoring_test

import (
	"testing"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
	"github.com/NVIDIA/cloud-native-stack/test/catalogtest"
)

const (
	base       = "base.yaml"
	eks        = "overlays/eks.yaml"
	driver     = "components/driver/component.yaml"
	quota      = "components/driver/manifests/quota.yaml"
	dValues    = "components/driver/values.yaml"
	imagesFile = "components/driver/images.yaml"
	pathsFile  = "components/driver/paths/v1.2.3.txt"
)

type data = catalogtest.Data

func minimal() data                      { return catalogtest.Minimal() }
func component(name, more string) string { return catalogtest.Component(name, more) }
func object(kind, name string) string    { return catalogtest.Object(kind, name) }

func load(t testing.TB, d data) *catalog.Catalog {
	t.Helper()
	return catalogtest.Load(t, d.FS(), catalogtest.Spec(t))
}

func resolve(t catalogtest.T, c *catalog.Catalog, criteria gen.Criteria) gen.Recipe {
	t.Helper()
	r, err := recipe.Resolve(t.Context(), c, criteria, recipe.Build{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}
