package recipe_test

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
	"github.com/NVIDIA/cloud-native-stack/test/catalogtest"
)

// BenchmarkResolver resolves criteria that are all open, with and without a resolver that knows
// what to warn of.
func BenchmarkResolver(b *testing.B) {
	c := catalogtest.Embedded(b)
	r := recipe.NewResolver(c, release, time.Minute, prometheus.NewRegistry())
	for name, resolve := range map[string]func(gen.Criteria) (gen.Recipe, error){
		"kept": func(criteria gen.Criteria) (gen.Recipe, error) { return r.Resolve(b.Context(), c, criteria) },
		"new": func(criteria gen.Criteria) (gen.Recipe, error) {
			return recipe.Resolve(b.Context(), c, criteria, release)
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				if _, err := resolve(gen.Criteria{Nodes: n}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
