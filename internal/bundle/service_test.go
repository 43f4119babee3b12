package bundle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
)

// exchangeable is recipe data that can be replaced.
type exchangeable struct{ catalog *catalog.Catalog }

func (e *exchangeable) Catalog() *catalog.Catalog { return e.catalog }

func newService(recipes Recipes) *Service {
	o := testOptions
	o.Cache = NewCache()
	return NewService(recipes, recipe.Build{Version: "v1.2.3", Created: "2026-01-27T12:00:00Z"}, o)
}

// bundleRequest asks for a bundle of a body in JSON.
func bundleRequest(t *testing.T, body string, params gen.CreateBundleParams) gen.CreateBundleRequestObject {
	t.Helper()
	request := gen.CreateBundleRequestObject{Params: params, Body: &gen.CreateBundleJSONRequestBody{}}
	if err := json.Unmarshal([]byte(body), request.Body); err != nil {
		t.Fatal(err)
	}
	return request
}

const eksCriteria = `{"kind":"recipeCriteria","apiVersion":"cns.nvidia.com/v1alpha1","spec":{"service":"eks"}}`

// TestServiceForgets asks one service for many bundles that have a lot in common, at once and in any order. Each is as if it were the first and
// only one.
func TestServiceForgets(t *testing.T) {
	recipes := &exchangeable{imageCatalog(t)}
	manifests := `[{"apiVersion":"v1","kind":"Policy","metadata":{"name":"a"},"spec":{"repository":"docker.io/a","image":"b","version":"1","init":{}}}]`
	var requests []gen.CreateBundleRequestObject
	for _, body := range []string{
		eksCriteria,
		`{"kind":"recipeCriteria","apiVersion":"cns.nvidia.com/v1alpha1","spec":{"service":"eks","nodes":3}}`,
		`{"kind":"Recipe","metadata":{"warnings":[{"message":"a"},{"message":"b"},{"message":"c"}]},"componentRefs":[` +
			`{"name":"net","version":"1.0.0","values":{"side":{"list":["a"]}},"manifests":` + manifests + `},{"name":"other","version":"1.0.0"}]}`,
		`{"kind":"Recipe","componentRefs":[{"name":"net","version":"1.0.0","values":{"side":{"repository":"` + strings.Repeat("x", maxOutlinedBody) + `"}}}]}`,
	} {
		for _, params := range []gen.CreateBundleParams{
			{}, {Set: []string{"net:side.enabled=true"}}, {Set: []string{"net:side.list[1]=b"}}, {Set: []string{"net:side.list={c}", "net:annotations.a=b"}},
			{ForceSet: []string{"net:side=null"}}, {ForceSet: []string{"net:side.list[0]=d"}}, {Mirror: "registry.example.com"},
			{Mirror: "registry.example.com", Set: []string{"net:annotations.a=b"}}, {Bundlers: []string{"net"}, Set: []string{"net:side.list[0]=e"}},
			{SystemNodeSelector: []string{"a=b"}}, {AcceleratedNodeSelector: []string{"a=b"}}, {SystemNodeSelector: []string{strings.Repeat("a", 63) + "=" + strings.Repeat("b", 63)}},
		} {
			for _, deployer := range []gen.Deployer{gen.DeployerHelm, gen.DeployerFlux} {
				params.Deployer = deployer
				requests = append(requests, bundleRequest(t, body, params))
			}
		}
	}
	ask := func(s *Service, i int) ([]byte, error) {
		response, err := s.CreateBundle(t.Context(), requests[i])
		if err != nil {
			return nil, err
		}
		bundle := response.(gen.CreateBundle200AsteriskResponse)
		archive, err := io.ReadAll(bundle.Body)
		if warnings := bundle.Headers.XBundleWarnings; warnings != nil {
			archive = fmt.Append(archive, *warnings)
		}
		return archive, err
	}
	want := make([][]byte, len(requests))
	for i, r := range requests {
		var err error
		if want[i], err = ask(newService(recipes), i); err != nil {
			t.Fatalf("%+v: %v", r.Params, err)
		}
	}
	shared := newService(recipes)
	var clients sync.WaitGroup
	for seed := range uint64(8) {
		clients.Go(func() {
			for _, i := range rand.New(rand.NewPCG(seed, 0)).Perm(len(requests)) {
				if got, err := ask(shared, i); err != nil || !bytes.Equal(got, want[i]) {
					t.Errorf("%+v: not as if it were the only one (%v)", requests[i].Params, err)
				}
			}
		})
	}
	clients.Wait()
}

// TestOutlines tells which requests have one outline, and which have none that is kept.
func TestOutlines(t *testing.T) {
	long := strings.Repeat("x", maxOutlinedBody)
	for name, tt := range map[string]struct {
		bodies []string
		params []gen.CreateBundleParams
		want   int
	}{
		"set options":  {[]string{eksCriteria}, []gen.CreateBundleParams{{}, {Set: []string{"net:main=null"}}, {ForceSet: []string{"net:a=b"}}, {Format: gen.FormatTarGz}}, 1},
		"other ones":   {[]string{eksCriteria}, []gen.CreateBundleParams{{}, {Bundlers: []string{"net"}}, {Mirror: "registry.example.com"}}, 3},
		"bodies":       {[]string{eksCriteria, strings.ReplaceAll(eksCriteria, "eks", "gke")}, []gen.CreateBundleParams{{}}, 2},
		"long body":    {[]string{`{"kind":"Recipe","componentRefs":[{"name":"net","version":"1.0.0","values":{"a":"` + long + `"}}]}`}, []gen.CreateBundleParams{{}}, 0},
		"long options": {[]string{eksCriteria}, []gen.CreateBundleParams{{SystemNodeSelector: slices.Repeat([]string{"a=b"}, 200)}}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(&exchangeable{imageCatalog(t)})
			for range 2 {
				for _, body := range tt.bodies {
					for _, params := range tt.params {
						params.Deployer = gen.DeployerHelm
						if _, err := s.CreateBundle(t.Context(), bundleRequest(t, body, params)); err != nil {
							t.Fatal(err)
						}
					}
				}
			}
			outlines := s.made.Load().outlines
			if outlines.CleanUp(); outlines.EstimatedSize() != tt.want {
				t.Errorf("%d outlines, want %d", outlines.EstimatedSize(), tt.want)
			}
		})
	}
}

// TestNewCatalog replaces the recipe data: the next bundle is of the new ones.
func TestNewCatalog(t *testing.T) {
	other, err := makeImageCatalog()
	if err != nil {
		t.Fatal(err)
	}
	recipes := &exchangeable{}
	s := newService(recipes)
	for _, want := range []*catalog.Catalog{imageCatalog(t), other, imageCatalog(t)} {
		recipes.catalog = want
		l, err := s.outline(bundleRequest(t, eksCriteria, gen.CreateBundleParams{Deployer: gen.DeployerHelm}))
		if err != nil {
			t.Fatal(err)
		}
		if l.catalog != Catalog(want) {
			t.Error("an outline of other recipe data")
		}
	}
}

// TestSetKeepsToTheLimits sets values of a component whose others are counted already.
func TestSetKeepsToTheLimits(t *testing.T) {
	r := gen.Recipe{ComponentRefs: []gen.ComponentRef{netRef(map[string]any{"a": "b"}), otherRef()}}
	o := testOptions
	for _, values := range []int{1000, 12} {
		o.Limits.Values = values
		p, err := prepare(imageCatalog(t), r)
		if err != nil {
			t.Fatal(err)
		}
		l, err := p.outline(imageCatalog(t), o, gen.CreateBundleParams{Deployer: gen.DeployerHelm})
		if err != nil {
			t.Fatal(err)
		}
		for _, set := range []string{"net:annotations.a=b", "net:side.list={a,b,c,d,e,f,g}"} {
			_, err = l.build(t.Context(), gen.CreateBundleParams{Set: []string{set}})
			if isRefused := err != nil; isRefused != (values == 12 && strings.Contains(set, "list")) {
				t.Errorf("%s with room for %d values: %v", set, values, err)
			}
		}
	}
}
