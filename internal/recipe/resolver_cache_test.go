package recipe_test

import (
	"runtime"
	"testing"
	"time"
	"weak"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/identity"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
	"github.com/NVIDIA/cloud-native-stack/test/catalogtest"
)

func TestRecipeCache(t *testing.T) {
	s, registry := newService(t)
	check := func(step string, hits, builds int) {
		t.Helper()
		if got := counted(t, registry, "cns_recipe_cache_hits_total"); got != hits {
			t.Errorf("%s: %d cache hits, want %d", step, got, hits)
		}
		if got := counted(t, registry, "cns_recipe_build_duration_seconds"); got != builds {
			t.Errorf("%s: %d builds, want %d", step, got, builds)
		}
	}
	ask := func(params gen.GetRecipeParams) { get(t, s, params) }
	check("nothing asked", 0, 0)
	ask(gen.GetRecipeParams{Service: "eks", Accept: typeJSON})
	check("first", 0, 1)
	ask(gen.GetRecipeParams{Service: "eks", Accelerator: "any", Accept: typeJSON})
	check("the same, written out", 1, 1)
	ask(gen.GetRecipeParams{Service: "eks", Accept: typeYAML})
	check("as YAML", 1, 2)
	ask(gen.GetRecipeParams{Service: "eks", Accept: "application/x-yaml"})
	check("as YAML by its other name", 2, 2)
	ask(gen.GetRecipeParams{Service: "gke", Accept: typeJSON})
	check("another", 2, 3)
	for range 2 {
		ask(gen.GetRecipeParams{Service: "eks", Nodes: 8, Accept: typeJSON})
	}
	check("with nodes, twice", 2, 5)
	ask(gen.GetRecipeParams{Service: "eks", Accept: typeJSON})
	check("the first one still", 3, 5)
}

// Warnings don't follow from the number of nodes: with another one they are the same.
func TestWarningsAreKept(t *testing.T) {
	c := catalogtest.Embedded(t)
	r := recipe.NewResolver(c, release, time.Minute, prometheus.NewRegistry())
	warnings := func(criteria gen.Criteria) []gen.RecipeWarning {
		got, err := r.Resolve(t.Context(), c, criteria)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(resolve(t, c, criteria).Metadata.Warnings, got.Metadata.Warnings); diff != "" {
			t.Error(diff)
		}
		return got.Metadata.Warnings
	}
	first := warnings(gen.Criteria{Service: "eks", Nodes: 1})
	if again := warnings(gen.Criteria{Service: "eks", Intent: "any", Nodes: 2}); &again[0] != &first[0] {
		t.Error("they are worked out anew")
	}
	if other := warnings(gen.Criteria{Service: "gke"}); &other[0] == &first[0] {
		t.Error("another environment has the same ones")
	}
}

// What one scope was answered is nothing that another one gets, and new data replace what
// was kept.
func TestRecipeCacheKeepsScopesApart(t *testing.T) {
	registry := prometheus.NewRegistry()
	r := recipe.NewResolver(catalogtest.Embedded(t), release, time.Minute, registry)
	ask := func(scope string, hits, builds int) {
		t.Helper()
		ctx := identity.NewContext(t.Context(), identity.Identity{Scope: scope})
		request := gen.GetRecipeRequestObject{Params: gen.GetRecipeParams{Service: "eks", Accept: typeJSON}}
		if _, err := r.GetRecipe(ctx, request); err != nil {
			t.Fatal(err)
		}
		if got := counted(t, registry, "cns_recipe_cache_hits_total"); got != hits {
			t.Errorf("scope %q: %d cache hits, want %d", scope, got, hits)
		}
		if got := counted(t, registry, "cns_recipe_build_duration_seconds"); got != builds {
			t.Errorf("scope %q: %d builds, want %d", scope, got, builds)
		}
	}
	ask("", 0, 1)
	ask("a", 0, 2)
	ask("b", 0, 3)
	ask("a", 1, 3)
	ask("", 2, 3)
	r.Replace(catalogtest.Embedded(t))
	ask("a", 2, 4)
}

// TestOldCatalogGoes sees to it that a kept recipe doesn't keep the data that it was made of.
func TestOldCatalogGoes(t *testing.T) {
	c := catalogtest.Embedded(t)
	r := recipe.NewResolver(c, release, time.Minute, prometheus.NewRegistry())
	get(t, r, gen.GetRecipeParams{Service: "eks", Accept: typeJSON})
	old := weak.Make(c)
	c = nil
	r.Replace(catalogtest.Embedded(t))
	for range 3 {
		runtime.GC()
	}
	if old.Value() != nil {
		t.Error("it is in memory still")
	}
	runtime.KeepAlive(r)
}

// counted returns what a counter of cache_type memory counted, or how often a histogram was fed.
func counted(t *testing.T, registry *prometheus.Registry, name string) int {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
		for _, m := range family.GetMetric() {
			for _, label := range m.GetLabel() {
				if label.GetName() != "cache_type" || label.GetValue() != "memory" {
					t.Errorf("%s has the label %s", name, label)
				}
			}
			total += int(m.GetCounter().GetValue()) + int(m.GetHistogram().GetSampleCount())
		}
	}
	return total
}
