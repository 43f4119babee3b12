package bundle

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/NVIDIA/cloud-native-stack/gen"
)

// TestSharedRecipe makes many bundles of one prepared recipe, at once and in any order. Each is as if it were the first and only one.
func TestSharedRecipe(t *testing.T) {
	var all []gen.CreateBundleParams
	for _, deployer := range []gen.Deployer{gen.DeployerHelm, gen.DeployerHelmfile, gen.DeployerArgocd, gen.DeployerFlux} {
		for _, p := range []gen.CreateBundleParams{
			{}, {Set: []string{"db:a.b=1"}}, {Set: []string{"db:a.b=2", "web:x=y"}}, {ForceSet: []string{"db:a.b=1"}}, {Mirror: "reg.example.com/gpu"},
			{Bundlers: []string{"db"}}, {Bundlers: []string{"web"}, Set: []string{"web:x=y"}},
			{SystemNodeSelector: []string{"a=b"}}, {SystemNodeToleration: []string{"a=b:NoSchedule"}}, {Repo: "https://example.com/a"},
		} {
			if p.Deployer = deployer; p.Repo == "" || deployer == gen.DeployerArgocd || deployer == gen.DeployerFlux {
				all = append(all, p)
			}
		}
	}
	mixed := func() gen.Recipe {
		r := chain()
		r.ComponentRefs = append(r.ComponentRefs, ref("db", "1.0.0"), ref("app", "1.0.0"))
		return r
	}
	shared, err := prepare(testCatalog(), mixed())
	if err != nil {
		t.Fatal(err)
	}
	if err := shared.share(testCatalog(), testOptions); err != nil {
		t.Fatal(err)
	}
	archive := func(p *prepared, o Options, params gen.CreateBundleParams) ([]byte, error) {
		b, err := p.build(t.Context(), testCatalog(), o, params)
		if err != nil {
			return nil, err
		}
		pieces, err := o.Cache.Zip(t.Context(), append(b.Files, NewFile("warnings", []byte(strings.Join(b.Warnings, "\n")))))
		return bytes.Join(pieces, nil), err
	}
	want := make([][]byte, len(all))
	for i, params := range all {
		alone, err := prepare(testCatalog(), mixed())
		if err != nil {
			t.Fatal(err)
		}
		o := testOptions
		o.Cache = NewCache()
		if want[i], err = archive(alone, o, params); err != nil {
			t.Fatalf("%+v: %v", params, err)
		}
	}
	o := testOptions
	o.Cache = NewCache()
	var clients sync.WaitGroup
	for seed := range uint64(8) {
		clients.Go(func() {
			for _, i := range rand.New(rand.NewPCG(seed, 0)).Perm(len(all)) {
				if got, err := archive(shared, o, all[i]); err != nil || !bytes.Equal(got, want[i]) {
					t.Errorf("%+v: not as if it were the only one (%v)", all[i], err)
				}
			}
		})
	}
	clients.Wait()
}

// TestCacheIsBounded asks for more than a cache may hold, and for one thing again and again, which stays.
func TestCacheIsBounded(t *testing.T) {
	c := NewCache()
	often, made := []byte("asked for often"), 0
	for i := range 20000 {
		if _, err := c.part("", fmt.Sprint(i), func() ([]byte, error) { return make([]byte, 2000), nil }); err != nil {
			t.Fatal(err)
		}
		if _, err := c.part("often", "", func() ([]byte, error) { made++; return often, nil }); err != nil {
			t.Fatal(err)
		}
	}
	c.parts.CleanUp()
	if size := c.parts.WeightedSize(); size > cacheBytes || size < cacheBytes/2 {
		t.Errorf("%d bytes, with room for %d", size, cacheBytes)
	}
	if made > 20 {
		t.Errorf("what is asked for often was made %d times", made)
	}
}
