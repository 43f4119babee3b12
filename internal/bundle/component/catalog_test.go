package component

import (
	"os"
	"sync"
	"testing"

	"github.com/NVIDIA/cloud-native-stack/api"
	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
)

// testCatalog knows the images of net, and nothing but the name of other.
func testCatalog(t *testing.T) *catalog.Catalog {
	t.Helper()
	catalog, err := loadCatalog()
	if err != nil {
		t.Fatal(err)
	}
	return catalog
}

var loadCatalog = sync.OnceValues(func() (*catalog.Catalog, error) {
	c, err := contract.Load(api.Spec, nil)
	if err != nil {
		return nil, err
	}
	return catalog.Load(os.DirFS("../testdata/catalog"), c)
})

func netRef(values map[string]any, manifests ...gen.KubernetesObject) gen.ComponentRef {
	if values == nil {
		values = map[string]any{}
	}
	return gen.ComponentRef{
		Name: "net", Version: "1.0.0", Repository: "https://charts.example.com", Chart: "net-chart", Namespace: "demo",
		Values: values, Manifests: manifests,
	}
}

func policy(spec map[string]any) gen.KubernetesObject {
	metadata := map[string]any{"name": "p"}
	return gen.KubernetesObject{"apiVersion": "x/v1", "kind": "Policy", "metadata": metadata, "spec": spec}
}

// A recipe may bring another chart under a known name.
func TestOfChart(t *testing.T) {
	mine, other, unknown := netRef(nil), netRef(nil), netRef(nil)
	mine.Chart, other.Version, unknown.Name = "mine", "2.0.0", "mine"
	for name, tt := range map[string]struct {
		ref                   gen.ComponentRef
		chart, paths, pulling bool // known
	}{
		"known":             {netRef(nil), true, true, true},
		"another version":   {other, true, false, false},
		"another chart":     {mine, false, false, false},
		"unknown component": {unknown, false, false, false},
	} {
		c := testCatalog(t)
		if OfChart(c, tt.ref) != nil != tt.chart || KnownPaths(c, tt.ref) != nil != tt.paths ||
			KnownImages(c, tt.ref) != nil != tt.pulling {
			t.Errorf("%s: %v", name, OfChart(c, tt.ref))
		}
	}
}
