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

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/archive"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/component"
)

// paramsOfFewBases are those of requests that have the same recipe.
func paramsOfFewBases() (all []gen.CreateBundleParams) {
	for _, deployer := range []gen.Deployer{
		gen.DeployerHelm, gen.DeployerHelmfile, gen.DeployerArgocd, gen.DeployerFlux,
	} {
		for _, p := range []gen.CreateBundleParams{
			{}, {Set: []string{"db:a.b=1"}}, {Set: []string{"db:a.b=2", "web:x=y"}}, {ForceSet: []string{"db:a.b=1"}},
			{Set: []string{"db:list[0].a=c"}}, {Mirror: "reg.example.com/gpu"},
			{Mirror: "reg.example.com/gpu", Set: []string{"web:of=me"}}, {Bundlers: []string{"db"}},
			{Bundlers: []string{"web"}, Set: []string{"web:x=y"}}, {SystemNodeSelector: []string{"a=b"}},
			{SystemNodeToleration: []string{"a=b:NoSchedule"}}, {Repo: "https://example.com/a"},
		} {
			p.Deployer = deployer
			if p.Repo == "" || deployer == gen.DeployerArgocd || deployer == gen.DeployerFlux {
				all = append(all, p)
			}
		}
	}
	return all
}

// TestBundlesOfOneBase makes many bundles of few bases, at once and in any order. Each is as if it
// were the first and only one, and the components of the bases stay as they are.
func TestBundlesOfOneBase(t *testing.T) {
	all := paramsOfFewBases()
	mixed := func() gen.Recipe {
		r := chain()
		r.ComponentRefs = append(r.ComponentRefs, ref("db", "1.0.0"), ref("app", "1.0.0"))
		return r
	}
	zipped := func(b *Builder, from *base, params gen.CreateBundleParams) ([]byte, error) {
		bundle, err := b.build(t.Context(), testCatalog(), from, params)
		if err != nil {
			return nil, err
		}
		warnings := archive.Single([]byte(strings.Join(bundle.Warnings, "\n")))
		return b.zipper.Zip(t.Context(), append(bundle.Files, archive.NewFile("warnings", warnings)))
	}
	baseOf := func(b *Builder, params gen.CreateBundleParams) *base {
		from, err := b.newBase(t.Context(), testCatalog(), mixed(), params)
		if err != nil {
			t.Fatalf("%+v: %v", params, err)
		}
		return from
	}
	shared := newBuilder(nil)
	want, bases, before := make([][]byte, len(all)), make([]*base, len(all)), make([]string, len(all))
	byOptions := map[string]*base{}
	for i, params := range all {
		alone := newBuilder(nil)
		var err error
		if want[i], err = zipped(alone, baseOf(alone, params), params); err != nil {
			t.Fatalf("%+v: %v", params, err)
		}
		key := mustJSON(t, baseParams(params))
		if byOptions[key] == nil {
			byOptions[key] = baseOf(shared, params)
		}
		bases[i] = byOptions[key]
		before[i] = encoded(t, bases[i].components)
	}
	var clients sync.WaitGroup
	for seed := range uint64(8) {
		clients.Go(func() {
			for _, i := range rand.New(rand.NewPCG(seed, 0)).Perm(len(all)) {
				if got, err := zipped(shared, bases[i], all[i]); err != nil || !bytes.Equal(got, want[i]) {
					t.Errorf("%+v: not as if it were the only one (%v)", all[i], err)
				}
			}
		})
	}
	clients.Wait()
	for i, from := range bases {
		if diff := cmp.Diff(before[i], encoded(t, from.components)); diff != "" {
			t.Errorf("%+v: the components of the base have changed: %s", all[i], diff)
		}
	}
}

// encoded is all that components hold.
func encoded(t *testing.T, components []*component.Component) string {
	t.Helper()
	var list []any
	for _, c := range components {
		list = append(list, c.ComponentRef, c.Images)
	}
	return mustJSON(t, list)
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestBundlesStandAlone asks one builder for many bundles that have a lot in common, at once and in
// any order. Each is as if it were the first and only one.
func TestBundlesStandAlone(t *testing.T) {
	recipes := &exchangeable{imageCatalog(t)}
	const (
		manifests = `[{"apiVersion":"v1","kind":"Policy","metadata":{"name":"a"},` +
			`"spec":{"repository":"docker.io/a","image":"b","version":"1","init":{}}}]`
		net      = `{"name":"net","version":"1.0.0","values":{"side":{"list":["a"]}},"manifests":` + manifests + `}`
		warnings = `"metadata":{"warnings":[{"message":"a"},{"message":"b"},{"message":"c"}]},`
	)
	warned := strings.Replace(recipeJSON(net, `{"name":"other","version":"1.0.0"}`), `"componentRefs"`,
		warnings+`"componentRefs"`, 1)
	long := recipeJSON(`{"name":"net","version":"1.0.0","values":{"side":{"repository":"` +
		strings.Repeat("x", maxBaseBody) + `"}}}`)
	longSelector := []string{strings.Repeat("a", 63) + "=" + strings.Repeat("b", 63)}
	type request struct {
		body   string
		params gen.CreateBundleParams
	}
	var requests []request
	for _, body := range []string{
		eksCriteria, strings.Replace(eksCriteria, `"eks"`, `"eks","nodes":3`, 1), warned, long,
	} {
		for _, params := range []gen.CreateBundleParams{
			{}, {Set: []string{"net:side.enabled=true"}}, {Set: []string{"net:side.list[1]=b"}},
			{Set: []string{"net:side.list={c}", "net:annotations.a=b"}}, {ForceSet: []string{"net:side=null"}},
			{ForceSet: []string{"net:side.list[0]=d"}}, {Mirror: "registry.example.com"},
			{Mirror: "registry.example.com", Set: []string{"net:annotations.a=b"}},
			{Bundlers: []string{"net"}, Set: []string{"net:side.list[0]=e"}}, {SystemNodeSelector: []string{"a=b"}},
			{AcceleratedNodeSelector: []string{"a=b"}}, {SystemNodeSelector: longSelector},
		} {
			for _, deployer := range []gen.Deployer{gen.DeployerHelm, gen.DeployerFlux} {
				params.Deployer = deployer
				requests = append(requests, request{body, params})
			}
		}
	}
	ask := func(b *Builder, i int) ([]byte, error) {
		response, err := b.CreateBundle(t.Context(), bundleRequest(requests[i].body, requests[i].params))
		if err != nil {
			return nil, err
		}
		bundle := response.(gen.CreateBundle200AsteriskResponse)
		answer, err := io.ReadAll(bundle.Body)
		if warnings := bundle.Headers.XBundleWarnings; warnings != nil {
			answer = fmt.Append(answer, *warnings)
		}
		return answer, err
	}
	want := make([][]byte, len(requests))
	for i, r := range requests {
		var err error
		if want[i], err = ask(newBuilder(recipes), i); err != nil {
			t.Fatalf("%+v: %v", r.params, err)
		}
	}
	shared := newBuilder(recipes)
	var clients sync.WaitGroup
	for seed := range uint64(8) {
		clients.Go(func() {
			for _, i := range rand.New(rand.NewPCG(seed, 0)).Perm(len(requests)) {
				if got, err := ask(shared, i); err != nil || !bytes.Equal(got, want[i]) {
					t.Errorf("%+v: not as if it were the only one (%v)", requests[i].params, err)
				}
			}
		})
	}
	clients.Wait()
}
