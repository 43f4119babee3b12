package judge_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/api"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
	"github.com/NVIDIA/cloud-native-stack/internal/judge"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
	"github.com/NVIDIA/cloud-native-stack/test/catalogtest"
)

const (
	base    = "base.yaml"
	eks     = "overlays/eks.yaml"
	h100    = "overlays/h100.yaml"
	driver  = "components/driver/component.yaml"
	dValues = "components/driver/values.yaml"
	quota   = "components/driver/manifests/quota.yaml"
	monitor = "components/monitor/component.yaml"
)

type data = catalogtest.Data

func minimal() data                      { return catalogtest.Minimal() }
func object(kind, name string) string    { return catalogtest.Object(kind, name) }
func component(name, more string) string { return catalogtest.Component(name, more) }

// verdict returns what is wrong with data, a line each.
func verdict(t testing.TB, d data, spec *contract.Contract) (lines string, environments int) {
	t.Helper()
	c := catalogtest.Load(t, d.FS(), spec)
	environments, err := judge.Judge{Spec: spec, Build: recipe.Build{Version: "v1.2.3"}}.Catalog(t.Context(), c)
	if err != nil {
		lines = err.Error()
	}
	return lines, environments
}

// numbered returns n lines, in which %d is a number from 1 on.
func numbered(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format+"\n", i+1)
	}
	return b.String()
}

// refused are data that load, by what makes bundles of them an error, which it wants.
func refused(spec *contract.Contract) map[string]struct {
	data data
	want string
} {
	criteria := spec.Criteria() // the service is the first
	all := len(catalog.Environments(criteria))
	refused := func(environment string, count int) string {
		return fmt.Sprintf(": a bundle of the recipe for %s (and %d more environments) is refused: ",
			environment, count-1)
	}
	inEKS, everywhere := refused("service=eks", all/len(criteria[0].Values)), refused("any environment", all)
	inOverlay := func(lines ...string) data {
		return minimal().With(eks, append([]string{"criteria: {service: eks}"}, lines...)...)
	}
	inBoth := refused("service=eks accelerator=h100", all/len(criteria[0].Values)/len(criteria[1].Values))
	// together are values of two components, which both are in few of the environments.
	together := func(driver, monitor string) data {
		return minimal().With(eks, "criteria: {service: eks}\ncomponents:\n  driver:\n    values:\n"+driver).
			With(h100, "criteria: {accelerator: h100}\ncomponents:\n  monitor:\n    values:\n"+monitor)
	}
	overlays, components, manifests := minimal(), minimal(), minimal()
	for i := range 257 {
		overlays[fmt.Sprintf("overlays/o%03d.yaml", i)] = "criteria: {service: eks}"
		components[fmt.Sprintf("components/c%d/component.yaml", i+1)] = component("c", "")
	}
	components[eks] = "criteria: {service: eks}\ncomponents:\n" + numbered(257, "  c%d: {}")
	manifests[driver] = component("driver", "manifests:\n"+numbered(65, "- m%d.yaml"))
	for i := range 65 {
		manifests[fmt.Sprintf("components/driver/manifests/m%d.yaml", i+1)] = object("ConfigMap", fmt.Sprint("m", i))
	}
	return map[string]struct {
		data data
		want string
	}{
		"one manifest in two components": {
			minimal().With(driver, component("driver", "manifests: [a.yaml]")).
				With("components/driver/manifests/a.yaml", object("ConfigMap", "a")+"  namespace: x").
				With(monitor, component("monitor", "manifests: [a.yaml]")).
				With("components/monitor/manifests/a.yaml", object("ConfigMap", "a")+"  namespace: x"),
			monitor + ":5" + everywhere +
				`components "driver" and "monitor" both have the manifest ConfigMap "a": leave it out of one`},
		"object with and without its namespace": {
			inOverlay("components:", "  driver:", "    manifests: [same.yaml]").
				With(driver, component("driver", "manifests: [quota.yaml]")).
				With("components/driver/manifests/same.yaml",
					object("ResourceQuota", "quota")+"  namespace: driver-system"),
			eks + ":4" + inEKS + `component "driver" has the manifest ResourceQuota "quota" twice: leave one out ` +
				"(without a namespace it is in driver-system)"},
		"chart with capitals in an OCI registry": {
			minimal().With(driver, "repository: oci://registry.example.com/charts", "chart: Driver", "version: v1.2.3",
				"namespace: driver-system"),
			driver + ":2" + everywhere + `component "driver": chart "Driver" can't be in the OCI registry ` +
				"registry.example.com/charts: invalid reference format: " +
				"repository name (charts/Driver) must be lowercase"},
		"too many overlays": {overlays,
			"overlays/o256.yaml:1" + inEKS + "invalid /metadata/appliedOverlays: maximum number of items is 256"},
		"too many components": {components,
			eks + ":2" + inEKS + "invalid /componentRefs: maximum number of items is 256"},
		"too many manifests": {manifests,
			driver + ":5" + everywhere + "invalid /componentRefs/0/manifests: maximum number of items is 64"},
		"too many preconditions": {
			inOverlay("preconditions:\n" + numbered(65, "  p%d: {text: t, why: w, source: s}")),
			eks + ":11" + inEKS + "invalid /preconditions: maximum number of items is 64"},
		"too many values": {minimal().With(dValues, numbered(9990, "v%d: 1")),
			dValues + ":1" + everywhere + "body: line 1: more than 10000 values (most of it is here)"},
		"too many bytes": {
			inOverlay("components:", "  driver:", "    values:", "      long: "+strings.Repeat("x", 1<<20-200)),
			eks + ":4" + inEKS + "body: more than 1048576 bytes (most of it is here)"},
		"too many values of components that pass by themselves": {
			together(numbered(4500, "      v%d: 1"), numbered(5500, "      v%d: 1")),
			h100 + ":4" + inBoth + "body: line 1: more than 10000 values (most of it is here)"},
		"too many bytes of components that pass by themselves": {
			together("      long: "+strings.Repeat("x", 1<<19-1000), "      long: "+strings.Repeat("x", 1<<19+1000)),
			h100 + ":4" + inBoth + "body: more than 1048576 bytes (most of it is here)"},
		"too many commas, as YAML, of components that pass by themselves": {
			together("      long: "+strings.Repeat("x,", 19000), "      long: "+strings.Repeat("x,", 21000)),
			h100 + ":4" + inBoth + "body: more than 10000 values (most of it is here)"},
		"one manifest in two components that pass by themselves": {
			minimal().With(eks, "criteria: {service: eks}", "components:", "  driver: {manifests: [a.yaml]}").
				With(h100, "criteria: {accelerator: h100}", "components:", "  monitor:", "    manifests: [a.yaml]").
				With("components/driver/manifests/a.yaml", object("ConfigMap", "a")+"  namespace: x").
				With("components/monitor/manifests/a.yaml", object("ConfigMap", "a")+"  namespace: x"),
			eks + ":3" + inBoth +
				`components "monitor" and "driver" both have the manifest ConfigMap "a": leave it out of one`},
		"too many bytes as YAML": {
			minimal().With(quota, object("ConfigMap", "a"), "data: "+strings.Repeat("[", 57)+"\"a\""+
				strings.Repeat(",\"a\"", 9000)+strings.Repeat("]", 57)).
				With(driver, component("driver", "manifests: [quota.yaml]")),
			quota + ":1" + everywhere + "body: more than 1048576 bytes (most of it is here)"},
		"nested too deep": {minimal().With(dValues, strings.Repeat("{a: ", 62)+strings.Repeat("}", 62)),
			dValues + ":1" + everywhere + "body: line 1: more than 64 levels of nesting (most of it is here)"},
		"warning that is too long": {
			inOverlay("offers:", "  os: ["+strings.Repeat("ubuntu, ", 100)+"]").
				With("overlays/a.yaml", "criteria: {service: eks}", "offers: {os: [amazonlinux, cos, rhel, ubuntu]}"),
			eks + ":3" + refused("service=eks os=amazonlinux", len(criteria[2].Values)) +
				"invalid /warnings/0/message: maximum string length is 512"},
		"option where there is something else": {
			minimal().With(driver, component("driver", "scheduling: {system: {nodeSelectors: [pods.limit.nodes]}}")),
			dValues + ":1" + everywhere + "system-node-selector can't be applied to driver at pods.limit.nodes: " +
				"limit is not a mapping in the recipe's values"},
		"name that a deployer needs": {
			inOverlay("components:", "  cns-bundle: {}").
				With("components/cns-bundle/component.yaml", component("bundle", "")),
			eks + ":3" + inEKS + `component "cns-bundle" would replace an object of that name that argocd needs: ` +
				"rename it or use another deployer"},
	}
}

func TestRefused(t *testing.T) {
	spec := catalogtest.Spec(t)
	for name, tt := range refused(spec) {
		t.Run(name, func(t *testing.T) {
			got, _ := verdict(t, tt.data, spec)
			first, _, _ := strings.Cut(got, "\n") // others are the same in other warnings
			if diff := cmp.Diff(tt.want, first); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestEmbedded sees to what the server doesn't look at when it starts with the data in the program.
func TestEmbedded(t *testing.T) {
	spec := catalogtest.Spec(t)
	environments, err := judge.Judge{Spec: spec}.Catalog(t.Context(), catalogtest.Embedded(t))
	if want := len(catalogtest.Environments(t)); err != nil || environments != want {
		t.Errorf("%d of %d environments, error %v", environments, want, err)
	}
}

// What the operator excludes can't be asked for, so it isn't judged.
func TestExcluded(t *testing.T) {
	spec, err := contract.Load(api.Spec, map[string][]string{"CNS_ALLOWED_SERVICES": {"gke"}})
	if err != nil {
		t.Fatal(err)
	}
	d := minimal().With(eks, "criteria: {service: eks}", "components:", "  driver: {values: {pods: 1}}").
		With(driver, component("driver", "scheduling: {system: {nodeSelectors: [pods.nodes]}}"))
	if lines, environments := verdict(t, d, spec); lines != "" || environments != len(catalogtest.Environments(t))/5*2 {
		t.Errorf("%d environments: %s", environments, lines)
	}
	d = d.With("overlays/gke.yaml", "criteria: {service: gke}", "components:", "  driver: {values: {pods: 1}}")
	if lines, _ := verdict(t, d, spec); !strings.HasPrefix(lines, "overlays/gke.yaml:3: ") {
		t.Errorf("error %q", lines)
	}
}

// All that is wrong is said at once, but not hundreds of times.
func TestManyFaults(t *testing.T) {
	d, names := minimal(), ""
	for i := range 30 {
		name := fmt.Sprintf("c%02d", i)
		names += "  " + name + ": {}\n"
		d["components/"+name+"/component.yaml"] = component(name, "hints: {nodes: [a.b]}")
		d["components/"+name+"/values.yaml"] = "a: 1"
	}
	d[base] = "components:\n" + names
	text, _ := verdict(t, d, catalogtest.Spec(t))
	lines := strings.Split(text, "\n")
	if len(lines) != 21 || !strings.HasPrefix(lines[19], "components/c19/values.yaml:1: ") ||
		lines[20] != "these are the first 20 faults: there may be more" {
		t.Error(text)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := judge.Judge{Spec: catalogtest.Spec(t)}.Catalog(ctx, catalogtest.Embedded(t))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// BenchmarkEmbedded is what a start with data of one's own takes longer.
func BenchmarkEmbedded(b *testing.B) {
	spec, c := catalogtest.Spec(b), catalogtest.Embedded(b)
	for b.Loop() {
		if _, err := (judge.Judge{Spec: spec}).Catalog(b.Context(), c); err != nil {
			b.Fatal(err)
		}
	}
}
