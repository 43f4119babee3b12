package recipe_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
	"github.com/NVIDIA/cloud-native-stack/test/catalogtest"
)

// layered has overlays of all kinds. Each one leaves its name in the driver's values, so that the
// order shows.
func layered() data {
	trace := func(name string, more ...string) []string {
		return append(more, "components: {driver: {values: {last: "+name+", seen: {"+name+": true}}}}")
	}
	return minimal().Without("overlays/eks.yaml").
		With("overlays/all.yaml", trace("all")...).
		With("overlays/all-any.yaml", trace("all-any", "criteria: {service: any, os: any}")...).
		With("overlays/z-eks.yaml", trace("z-eks", "criteria: {service: eks}")...).
		With("overlays/a-h100.yaml", trace("a-h100", "criteria: {accelerator: h100, intent: any}")...).
		With("overlays/eks-h100.yaml", trace("eks-h100", "criteria: {service: eks, accelerator: h100}",
			"base: rhel-settings")...).
		With("overlays/training.yaml", trace("training", "criteria: {intent: training}", "base: z-eks")...).
		With("overlays/rhel-settings.yaml", trace("rhel-settings", "criteria: {os: rhel}", "base: base")...)
}

func TestAppliedOverlays(t *testing.T) {
	c := load(t, layered())
	for _, tc := range []struct {
		name     string
		criteria gen.Criteria
		want     []string
	}{
		{"nothing stated", gen.Criteria{}, []string{"base", "all", "all-any"}},
		{"any matches only what is left out", gen.Criteria{Service: "any", Accelerator: "any", Intent: "any",
			OS: "any"},
			[]string{"base", "all", "all-any"}},
		{"one", gen.Criteria{Service: "eks"}, []string{"base", "all", "all-any", "z-eks"}},
		{"another value", gen.Criteria{Service: "gke", Accelerator: "a100"}, []string{"base", "all", "all-any"}},
		{"a stated any doesn't make it more specific", gen.Criteria{Accelerator: "h100", OS: "rhel"},
			[]string{"base", "all", "all-any", "a-h100", "rhel-settings"}},
		{"least specific first, then by name; a base whose own criteria differ",
			gen.Criteria{Service: "eks", Accelerator: "h100"},
			[]string{"base", "all", "all-any", "a-h100", "z-eks", "rhel-settings", "eks-h100"}},
		{"each once", gen.Criteria{Service: "eks", Accelerator: "h100", Intent: "training", OS: "rhel"},
			[]string{"base", "all", "all-any", "a-h100", "rhel-settings", "z-eks", "training", "eks-h100"}},
		{"a base before an overlay that is no more specific", gen.Criteria{Service: "oke", Intent: "training"},
			[]string{"base", "all", "all-any", "z-eks", "training"}},
		{"nodes don't matter", gen.Criteria{Service: "eks", Nodes: 8}, []string{"base", "all", "all-any", "z-eks"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := resolve(t, c, tc.criteria)
			if diff := cmp.Diff(tc.want, r.Metadata.AppliedOverlays); diff != "" {
				t.Error("applied overlays:\n", diff)
			}
			seen := map[string]any{}
			for _, name := range tc.want[1:] {
				seen[name] = true
			}
			want := map[string]any{"pods": map[string]any{"limit": int64(1)}, "last": tc.want[len(tc.want)-1],
				"seen": seen}
			if diff := cmp.Diff(want, find(t, r, "driver").Values); diff != "" {
				t.Error("values:\n", diff)
			}
		})
	}
}

// The requirements' own example.
func TestAppliedOverlaysOfTheExample(t *testing.T) {
	r := resolve(t, catalogtest.Embedded(t), gen.Criteria{Service: "eks", Accelerator: "gb200", Intent: "training"})
	if diff := cmp.Diff([]string{"base", "eks", "eks-training", "gb200-eks-training"},
		r.Metadata.AppliedOverlays); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(gen.Criteria{Service: "eks", Accelerator: "gb200", Intent: "training", OS: "any"},
		r.Criteria); diff != "" {
		t.Error(diff)
	}
}

func TestResolveWholeRecipe(t *testing.T) {
	const precondition = "{text: t, why: w, source: s}"
	c := load(t, minimal().With("components/driver/component.yaml", component("driver",
		"dependsOn: [monitor]\npreconditions: {own: "+precondition+"}\n")).With("overlays/eks.yaml",
		"criteria: {service: eks}", "constraints: {os: {id: amzn}}", "preconditions: {a: "+precondition+"}",
		"components: {driver: {version: v2.0.0-rc.1, values: {pods: null}, manifests: [quota.yaml]}}"))
	want := gen.Recipe{
		APIVersion: "cns.nvidia.com/v1alpha1",
		Kind:       "Recipe",
		Metadata: gen.RecipeMetadata{Version: "v1.2.3", Created: release.Created,
			AppliedOverlays: []string{"base", "eks"}},
		Criteria: gen.Criteria{Service: "eks", Accelerator: "any", Intent: "any", OS: "any", Nodes: 3},
		ComponentRefs: []gen.ComponentRef{
			{
				Name: "monitor", Version: "v1.2.3", Order: 1, Repository: "https://charts.example.com",
				Chart:     "monitor",
				Namespace: "monitor-system", DependencyRefs: []string{}, Values: map[string]any{},
				Manifests: []gen.KubernetesObject{},
			},
			{
				Name: "driver", Version: "v2.0.0-rc.1", Order: 2, Repository: "https://charts.example.com",
				Chart:     "driver",
				Namespace: "driver-system", DependencyRefs: []string{"monitor"}, Values: map[string]any{"pods": nil},
				Manifests: []gen.KubernetesObject{
					{"apiVersion": "v1", "kind": "ResourceQuota", "metadata": map[string]any{"name": "quota"}},
				},
			},
		},
		Constraints: gen.Constraints{"os": {"id": "amzn"}},
		Preconditions: []gen.Precondition{
			{Name: "a", Text: "t", Why: "w", Source: "s"},
			{Name: "own", Component: "driver", Text: "t", Why: "w", Source: "s"},
		},
	}
	if diff := cmp.Diff(want, resolve(t, c, gen.Criteria{Service: "eks", Nodes: 3})); diff != "" {
		t.Error(diff)
	}
}

func TestResolveVersions(t *testing.T) {
	d := minimal().With("overlays/eks.yaml", "criteria: {service: eks}", "components: {driver: {version: v2.0.0}}").
		With("overlays/h100-eks.yaml", "criteria: {service: eks, accelerator: h100}",
			"components: {driver: {version: v3.0.0}, spare: {}}").
		With("overlays/h100-eks-rhel.yaml", "criteria: {service: eks, accelerator: h100, os: rhel}",
			"components: {driver: {}}")
	c := load(t, d)
	for _, tc := range []struct {
		name     string
		criteria gen.Criteria
		want     string
	}{
		{"the component's own", gen.Criteria{}, "v1.2.3"},
		{"an overlay's", gen.Criteria{Service: "eks"}, "v2.0.0"},
		{"the most specific overlay's", gen.Criteria{Service: "eks", Accelerator: "h100"}, "v3.0.0"},
		{"kept when nothing is said", gen.Criteria{Service: "eks", Accelerator: "h100", OS: "rhel"}, "v3.0.0"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := find(t, resolve(t, c, tc.criteria), "driver").Version; got != tc.want {
				t.Errorf("version = %s, want %s", got, tc.want)
			}
		})
	}
}

func TestResolveWithoutComponent(t *testing.T) {
	c := load(t, minimal().
		With("overlays/eks.yaml", "criteria: {service: eks}", "components: {driver: null, spare: {}}").
		With("overlays/eks-h100.yaml", "criteria: {service: eks, accelerator: h100}",
			"components: {driver: {values: {back: true}}}").
		With("overlays/gke.yaml", "criteria: {service: gke}", "components: {spare: null}"))
	for _, tc := range []struct {
		name     string
		criteria gen.Criteria
		want     []string
	}{
		{"base", gen.Criteria{}, []string{"monitor", "driver"}},
		{"null takes it out, another comes in", gen.Criteria{Service: "eks"}, []string{"monitor", "spare"}},
		{"a later overlay brings it back", gen.Criteria{Service: "eks", Accelerator: "h100"},
			[]string{"monitor", "driver", "spare"}},
		{"null for what isn't there", gen.Criteria{Service: "gke"}, []string{"monitor", "driver"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, names(resolve(t, c, tc.criteria))); diff != "" {
				t.Error(diff)
			}
		})
	}
	// What comes back is the component as its folder has it, with the later overlay alone.
	want := map[string]any{"pods": map[string]any{"limit": int64(1)}, "back": true}
	if diff := cmp.Diff(want, find(t, resolve(t, c, gen.Criteria{Service: "eks", Accelerator: "h100"}), "driver").
		Values); diff != "" {
		t.Error(diff)
	}
}

func TestResolveManifests(t *testing.T) {
	inNamespace := func(namespace, name string) string {
		return object("ConfigMap", name) + "  namespace: " + namespace + "\n"
	}
	c := load(t, minimal().
		With("components/driver/component.yaml", component("driver", "manifests: [settings.yaml, settings.yaml]")).
		With("components/driver/manifests/settings-eks.yaml", object("ConfigMap", "settings"), "data: {eks: 'yes'}").
		With("components/driver/manifests/a-bc.yaml", inNamespace("a", "bc")).
		With("components/driver/manifests/ab-c.yaml", inNamespace("ab", "c")).
		With("components/driver/manifests/a-c.yaml", inNamespace("a", "c")).
		With("overlays/h100.yaml", "criteria: {accelerator: h100}",
			"components: {driver: {manifests: [quota.yaml, settings.yaml, quota.yaml]}}").
		With("overlays/eks.yaml", "criteria: {service: eks}", "components: {driver: {manifests: [settings-eks.yaml]}}").
		With("overlays/gke.yaml", "criteria: {service: gke}",
			"components: {driver: {manifests: [ab-c.yaml, a-bc.yaml, a-c.yaml]}}"))
	metadata := func(name string) map[string]any { return map[string]any{"name": name} }
	settings := gen.KubernetesObject{"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata("settings")}
	settingsEKS := gen.KubernetesObject{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata("settings"), "data": map[string]any{"eks": "yes"},
	}
	quota := gen.KubernetesObject{"apiVersion": "v1", "kind": "ResourceQuota", "metadata": metadata("quota")}
	in := func(namespace, name string) gen.KubernetesObject {
		return gen.KubernetesObject{
			"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": name, "namespace": namespace},
		}
	}
	for _, tc := range []struct {
		name     string
		criteria gen.Criteria
		want     []gen.KubernetesObject
	}{
		{"the component's own, once", gen.Criteria{}, []gen.KubernetesObject{settings}},
		{"they add up, each once", gen.Criteria{Accelerator: "h100"}, []gen.KubernetesObject{settings, quota}},
		{"another file for the same object replaces it", gen.Criteria{Service: "eks"},
			[]gen.KubernetesObject{settingsEKS}},
		{"the later overlay wins, at the same position", gen.Criteria{Service: "eks", Accelerator: "h100"},
			[]gen.KubernetesObject{settings, quota}},
		{"namespace and name are apart", gen.Criteria{Service: "gke"},
			[]gen.KubernetesObject{settings, in("ab", "c"), in("a", "bc"), in("a", "c")}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, find(t, resolve(t, c, tc.criteria), "driver").Manifests); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestResolveConstraints(t *testing.T) {
	c := load(t, minimal().
		With("base.yaml", "components: {monitor: {}}",
			`constraints: {kubernetes: {version: ">=1.32.0"}, driver: {version: 580.0.0}}`).
		With("overlays/eks.yaml", "criteria: {service: eks}",
			`constraints: {kubernetes: {version: ">=1.34.0"}, os: {id: amzn}}`).
		With("overlays/eks-rhel.yaml", "criteria: {service: eks, os: rhel}",
			`constraints: {driver: {cudaVersion: "13.0"}, os: {id: rhel}}`))
	want := gen.Constraints{
		"kubernetes": {"version": ">=1.34.0"},
		"driver":     {"version": "580.0.0", "cudaVersion": "13.0"},
		"os":         {"id": "rhel"},
	}
	if diff := cmp.Diff(want, resolve(t, c, gen.Criteria{Service: "eks", OS: "rhel"}).Constraints); diff != "" {
		t.Error(diff)
	}
	want = gen.Constraints{"kubernetes": {"version": ">=1.32.0"}, "driver": {"version": "580.0.0"}}
	if diff := cmp.Diff(want, resolve(t, c, gen.Criteria{}).Constraints); diff != "" {
		t.Error("base after a more specific recipe:\n", diff)
	}
}

// Overlays don't copy what those before them made: a hundred of them would copy it a hundred times.
func TestManyOverlays(t *testing.T) {
	d := minimal()
	var values strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&values, "v%d: {a: 1}\n", i)
	}
	d["components/driver/values.yaml"] = values.String()
	for i := range 100 {
		d[fmt.Sprintf("overlays/o%02d.yaml", i)] = fmt.Sprintf("components: {driver: {values: {v%d: {b: 2}}}}", i)
	}
	c := load(t, d)
	applied := catalog.Applied(c.Overlays(), map[string]string{})
	driver, _ := c.Component("driver")
	allocations := testing.AllocsPerRun(1, func() { recipe.Component(driver, applied) })
	if most := 10_000.0; allocations > most {
		t.Errorf("%v allocations for 1000 values and 100 overlays, want at most %v", allocations, most)
	}
}
