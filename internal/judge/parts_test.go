package judge

import (
	"fmt"
	"strings"
	"testing"

	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/test/catalogtest"
)

// many are data of hundreds of recipes with as many values of one component, which is the same in
// all of them.
func many(values int) catalogtest.Data {
	d := catalogtest.Minimal()
	for _, criterion := range []string{"service: eks", "service: gke", "accelerator: h100", "accelerator: gb200",
		"intent: training", "intent: inference", "os: ubuntu", "os: rhel"} {
		_, name, _ := strings.Cut(criterion, " ")
		d["overlays/"+name+".yaml"] = "criteria: {" + criterion + "}\ncomponents: {driver: {}}"
	}
	var lines strings.Builder
	for i := range values {
		fmt.Fprintf(&lines, "v%d: 1\n", i)
	}
	d["components/driver/values.yaml"] = lines.String()
	return d
}

// What many recipes have in common is judged once, not for each of them.
func TestWork(t *testing.T) {
	spec := catalogtest.Spec(t)
	trial := Judge{Spec: spec}.trial(catalogtest.Load(t, many(1000).FS(), spec))
	if _, err := trial.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	groups := len(trial.group())
	if most := 1000 + 10*groups; groups < 50 || trial.values > most {
		t.Errorf("%d values in %d groups, want at most %d", trial.values, groups, most)
	}
}

// A fault in all of many large recipes is found without a look at each of them.
func TestWorkOnFaults(t *testing.T) {
	spec := catalogtest.Spec(t)
	const each, most = 1000, 10_000
	d := many(each).With("components/driver/component.yaml",
		catalogtest.Component("driver", "scheduling: {system: {nodeSelectors: [v1.nodes]}}"))
	trial := Judge{Spec: spec}.trial(catalogtest.Load(t, d.FS(), spec))
	trial.mostValues = most
	environments, err := trial.run(t.Context())
	if want := len(catalog.Environments(spec.Criteria())); environments != want {
		t.Errorf("%d environments, want %d", environments, want)
	}
	if err == nil || !strings.Contains(err.Error(), "system-node-selector can't be applied to driver at v1.nodes") ||
		!strings.Contains(err.Error(), "\nnot all environments were tried, for their recipes are large") {
		t.Errorf("error %v", err)
	}
	if most := most + 2*each; trial.values > most {
		t.Errorf("%d values, want at most %d", trial.values, most)
	}
}
