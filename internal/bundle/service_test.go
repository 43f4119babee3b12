package bundle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
)

// fixed is recipe data that never changes.
type fixed struct{ catalog *recipe.Catalog }

func (f fixed) Catalog() *recipe.Catalog { return f.catalog }

// TestServiceForgets asks one service for many bundles that have a lot in common, at once and in any order. Each is as if it were the first and
// only one.
func TestServiceForgets(t *testing.T) {
	newService := func() *Service {
		o := testOptions
		o.Cache = NewCache()
		return NewService(fixed{imageCatalog(t)}, recipe.Release{Version: "v1.2.3", Created: "2026-01-27T12:00:00Z"}, o)
	}
	var requests []gen.CreateBundleRequestObject
	for _, body := range []string{
		`{"kind":"recipeCriteria","apiVersion":"cns.nvidia.com/v1alpha1","spec":{"service":"eks"}}`,
		`{"kind":"recipeCriteria","apiVersion":"cns.nvidia.com/v1alpha1","spec":{"service":"eks","nodes":3}}`,
		`{"kind":"Recipe","componentRefs":[{"name":"net","version":"1.0.0","values":{"side":{"list":["a"]}}},{"name":"other","version":"1.0.0"}]}`,
		`{"kind":"Recipe","componentRefs":[{"name":"net","version":"1.0.0","values":{"side":{"repository":"` + strings.Repeat("x", maxOutlined) + `"}}}]}`,
	} {
		for _, params := range []gen.CreateBundleParams{
			{}, {Set: []string{"net:side.enabled=true"}}, {Set: []string{"net:side.list[1]=b"}}, {Set: []string{"net:side.list={c}", "net:annotations.a=b"}},
			{ForceSet: []string{"net:side=null"}}, {ForceSet: []string{"net:side.list[0]=d"}}, {Mirror: "registry.example.com"},
			{Mirror: "registry.example.com", Set: []string{"net:annotations.a=b"}}, {Bundlers: []string{"net"}, Set: []string{"net:side.list[0]=e"}},
		} {
			for _, deployer := range []gen.Deployer{gen.DeployerHelm, gen.DeployerFlux} {
				params.Deployer = deployer
				request := gen.CreateBundleRequestObject{Params: params, Body: &gen.CreateBundleJSONRequestBody{}}
				if err := json.Unmarshal([]byte(body), request.Body); err != nil {
					t.Fatal(err)
				}
				requests = append(requests, request)
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
		if want[i], err = ask(newService(), i); err != nil {
			t.Fatalf("%+v: %v", r.Params, err)
		}
	}
	shared := newService()
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
