package catalog_test

import (
	"testing"

	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/test/catalogtest"
)

const (
	base       = "base.yaml"
	eks        = "overlays/eks.yaml"
	driver     = "components/driver/component.yaml"
	monitor    = "components/monitor/component.yaml"
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
