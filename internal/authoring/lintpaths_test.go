package authoring_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/internal/authoring"
	"github.com/NVIDIA/cloud-native-stack/test/catalogtest"
)

// Paths are known of driver v1.2.3, and not of v2.0.0, unless a test says them.
func TestCheckPaths(t *testing.T) {
	d := tidy().With(pathsFile, "pods.limit", "pods.nodeSelector.*", "image", "env.*")
	const eksUse = "criteria: {service: eks}\ncomponents:\n  spare: {}\n  driver:\n    manifests: [quota.yaml]\n"
	const v2 = "components/driver/paths/v2.0.0.txt"
	tests := []struct {
		name string
		data data
		want []string
	}{
		{"all taken", d.With(eks, eksUse+"    values: {env: {A: {b: 1}}, image: null}").
			With(driver, component("driver", "scheduling: {system: {nodeSelectors: [pods.nodeSelector]}}")), nil},
		{"typo in an overlay", d.With(eks, eksUse+"    values:\n      pods:\n        limt: 2"),
			[]string{"overlays/eks.yaml:8: driver v1.2.3 takes no value at pods.limt: nearest to it: pods.limit"}},
		{"nothing like it", d.With(eks, eksUse+"    values: {something: 2}"),
			[]string{"overlays/eks.yaml:6: driver v1.2.3 takes no value at something: " +
				"nearest to it: env, image, pods"}},
		{"typo in base", d.With(base, "components:\n  monitor: {}\n  driver: {values: {imgae: a}}"),
			[]string{"base.yaml:3: driver v1.2.3 takes no value at imgae: nearest to it: image"}},
		{"typo in values.yaml", d.With(dValues, "pods: {limit: 1}\nimages: a"),
			[]string{"components/driver/values.yaml:2: driver v1.2.3 takes no value at images: nearest to it: image"}},
		{"typo in scheduling", d.With(driver,
			component("driver", "scheduling:\n  system: {nodeSelectors: [pods.nodeSelector]}\n"+
				"  accelerated:\n    nodeSelectors: [pods.nodeSelector]\n"+
				"    tolerations: [pods.limit, pods.tolerations]")),
			[]string{"components/driver/component.yaml:9: driver v1.2.3 takes no value at pods.tolerations: nearest " +
				"to it: pods.limit, pods.nodeSelector"}},
		{"typo in hints", d.With(driver, component("driver", "hints: {nodes: [nodes]}")),
			[]string{"components/driver/component.yaml:5: driver v1.2.3 takes no value at nodes: nearest to it: pods"}},
		{"typo in images.yaml", d.With(imagesFile, "version: v1.2.3", "defaults:", "  image: a", "  tag: b",
			"registries: [{path: image}]", "images: [{repository: [image], tag: [tag]}]"),
			[]string{"components/driver/images.yaml:4: driver v1.2.3 takes no value at tag: nearest to it: env, " +
				"image, pods"}},
		{"version without known paths", d.With(eks, eksUse+"    version: v2.0.0\n    values: {anything: 1}"), nil},
		{"values that a newer version lost", d.With(eks, eksUse+"    version: v2.0.0\n    values: {image: b}").
			With(v2, "image"),
			[]string{"components/driver/values.yaml:1: driver v2.0.0 takes no value at pods.limit: " +
				"nearest to it: image"}},
		{"two versions", d.With(eks, eksUse+"    version: v2.0.0").
			With(base, "components:\n  monitor: {}\n  driver: {values: {c: 1}}").
			With(v2, "pods.*", "d"),
			[]string{"base.yaml:3: driver v1.2.3, driver v2.0.0 takes no value at c: nearest to it: d"}},
		{"component that is always taken out", d.With(base, "components: {monitor: {}}").
			With(eks, "components: {spare: {}}").
			With("overlays/x.yaml", "criteria: {service: gke}\ncomponents: {monitor: {version: v2.0.0}}").
			Without(imagesFile).Without(quota),
			[]string{"components/driver/component.yaml: no recipe has this component: name it in base.yaml or an " +
				"overlay, or remove its folder"}},
	}
	contract := catalogtest.Spec(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, findings(t, contract, tt.data)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// untaken is data with values that the chart doesn't take.
func untaken(n int) data {
	d := minimal().With(pathsFile, "pods.limit")
	var own, overlay strings.Builder
	overlay.WriteString("criteria: {service: eks}\ncomponents:\n  driver:\n    values:\n")
	for i := range n {
		fmt.Fprintf(&own, "section%d: {of: {values: %d}}\n", i, i)
		fmt.Fprintf(&overlay, "      section%d: {of: {values: %d}}\n", i, i+i%2) // half of them are so already
	}
	d[dValues], d[eks] = own.String(), overlay.String()
	return d
}

// TestCheckIsLinear takes allocations for work: they don't depend on what else the machine does.
func TestCheckIsLinear(t *testing.T) {
	allocations := func(n int) float64 {
		c, criteria := load(t, untaken(n)), catalogtest.Spec(t).Criteria()
		return testing.AllocsPerRun(1, func() { authoring.Check(c, criteria) })
	}
	if few, many := allocations(100), allocations(400); many > 5*few {
		t.Errorf("400 values take %.0f allocations, a quarter of them %.0f", many, few)
	}
}

func BenchmarkCheckUntaken(b *testing.B) {
	criteria := catalogtest.Spec(b).Criteria()
	for _, n := range []int{1500, 6000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			c := load(b, untaken(n))
			for b.Loop() {
				authoring.Check(c, criteria)
			}
		})
	}
}
