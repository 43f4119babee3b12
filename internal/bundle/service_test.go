package bundle

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/archive"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
)

// exchangeable is recipe data that can be replaced.
type exchangeable struct{ catalog *catalog.Catalog }

func (e *exchangeable) Catalog() *catalog.Catalog { return e.catalog }

func (e *exchangeable) Resolve(ctx context.Context, c *catalog.Catalog, criteria gen.Criteria) (gen.Recipe, error) {
	return recipe.Resolve(ctx, c, criteria, testOptions().Build)
}

// bundleRequest asks for a bundle of a body in JSON, once.
func bundleRequest(body string, params gen.CreateBundleParams) gen.CreateBundleRequestObject {
	return gen.CreateBundleRequestObject{Params: params, Body: strings.NewReader(body)}
}

// bodyOf is a body in JSON.
func bodyOf(t *testing.T, text string) (body gen.RecipeOrCriteria) {
	t.Helper()
	if err := body.UnmarshalJSON([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return body
}

const eksCriteria = `{"kind":"recipeCriteria","apiVersion":"cns.nvidia.com/v1alpha1","spec":{"service":"eks"}}`

// recipeJSON is a recipe with components.
func recipeJSON(components ...string) string {
	return `{"kind":"Recipe","componentRefs":[` + strings.Join(components, ",") + `]}`
}

func TestFormat(t *testing.T) {
	const zipType, gzipType = "application/zip", "application/gzip"
	type params = gen.CreateBundleParams
	for _, tt := range []struct {
		params params
		file   string
	}{
		{params{}, "bundle.zip"},
		{params{Accept: zipType}, "bundle.zip"},
		{params{Accept: gzipType}, "bundle.tar.gz"},
		{params{Format: gen.FormatZip}, "bundle.zip"},
		{params{Format: gen.FormatTarGz}, "bundle.tar.gz"},
		{params{Format: gen.FormatZip, Accept: gzipType}, "bundle.zip"},
		{params{Format: gen.FormatTarGz, Accept: zipType}, "bundle.tar.gz"},
	} {
		got := newBuilder(nil).formatOf(tt.params)
		mediaType := map[string]string{"bundle.zip": zipType, "bundle.tar.gz": gzipType}[tt.file]
		if got.file != tt.file || got.mediaType != mediaType {
			t.Errorf("%+v: %s, %s", tt.params, got.file, got.mediaType)
		}
		data := packed(t, got.pack, []archive.File{{Path: "a"}})
		magic := map[string]string{"bundle.zip": "PK", "bundle.tar.gz": "\x1f\x8b"}[tt.file]
		if !bytes.HasPrefix(data, []byte(magic)) {
			t.Errorf("%+v: %q", tt.params, data)
		}
	}
}
