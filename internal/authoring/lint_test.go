package authoring_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/internal/authoring"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
	"github.com/NVIDIA/cloud-native-stack/test/catalogtest"
)

const (
	gke    = "overlays/gke.yaml"
	gkeCOS = "overlays/gke-cos.yaml"
)

// tidy returns data that are all used.
func tidy() data {
	return minimal().Without("components/driver/manifests/settings.yaml").
		With(eks, "criteria: {service: eks}", "components:", "  driver: {manifests: [quota.yaml]}", "  spare: {}")
}

func TestCheck(t *testing.T) {
	d := tidy()
	tests := []struct {
		name string
		data data
		want []string
	}{
		{"tidy", d, nil},
		{"component", d.With("components/more/component.yaml", component("more", "")),
			[]string{"components/more/component.yaml: no recipe has this component: name it in base.yaml or an " +
				"overlay, or remove its folder"}},
		{"component that is always taken out", d.With(base, "components: {driver: {}, monitor: {}, more: {}}").
			With("overlays/all.yaml", "components: {more: null}").
			With("components/more/component.yaml", component("more", "")),
			[]string{
				"base.yaml:1: components.more has no effect wherever the overlay applies: overwritten by all",
				"components/more/component.yaml: no recipe has this component: name it in base.yaml or an overlay, " +
					"or remove its folder",
			}},
		{"component that is taken out too early",
			d.With("overlays/all.yaml", "constraints: {os: {id: cos}}", "components:", "  monitor: null").
				With("overlays/cos.yaml", "criteria: {os: cos}", "components: {monitor: {}}").
				With(driver, component("driver", "")),
			[]string{"overlays/all.yaml:3: monitor comes back: overlays/cos.yaml, which applies later, names it in " +
				"75 of 375 environments"}},
		{"component that comes back on purpose",
			d.With("overlays/cos.yaml", "criteria: {os: cos}", "components: {monitor: null}").
				With(gkeCOS, "base: cos", "criteria: {service: gke, os: cos}",
					"components: {monitor: {values: {a: 1}}}").
				With(driver, component("driver", "")), nil},
		{"component that is taken out again", d.With("overlays/cos.yaml", "criteria: {os: cos}",
			"components: {spare: {}}").
			With(gkeCOS, "criteria: {service: gke, os: cos}", "components: {spare: null}"), nil},
		{"manifest", d.With("components/driver/manifests/more.yaml", object("ConfigMap", "more")),
			[]string{"components/driver/manifests/more.yaml: neither component.yaml nor any overlay names this " +
				"manifest: name it there, or remove it"}},
		{"manifest of the component itself", d.With("components/driver/manifests/more.yaml",
			object("ConfigMap", "more")).
			With(driver, component("driver", "manifests: [more.yaml]")), nil},
		{"offers", d.With(gke, "criteria: {service: gke}", "offers: {os: [cos]}"), nil},
		{"base of other overlays", d.With(gkeCOS, "criteria: {service: gke, os: cos}", "base: gke",
			"constraints: {os: {id: cos}}").
			With(gke, "# Only a name.", "criteria: {service: gke}"),
			[]string{"overlays/gke.yaml:2: changes nothing but warnings wherever it applies: say what " +
				"differs there, or remove it"}},
		{"overlay that its base does all for", d.With(gke, "criteria: {service: gke}", "base: eks"), nil},
		{"overlay with a base that applies anyway", d.With(gkeCOS, "criteria: {service: eks, os: cos}", "base: eks"),
			[]string{"overlays/gke-cos.yaml:1: changes nothing but warnings wherever it applies: say " +
				"what differs there, or remove it"}},
		{"overlay that repeats", d.With(base, "components: {driver: {}, monitor: {}}", "constraints: {os: {id: cos}}").
			With(gke, "constraints: {os: {id: cos}}",
				"components: {driver: {version: v1.2.3, values: {pods: {limit: 1}}}, spare: null}",
				"criteria: {service: gke}"),
			[]string{"overlays/gke.yaml:3: changes nothing but warnings wherever it applies: say what " +
				"differs there, or remove it"}},
		{"overlay without criteria", d.With("overlays/all.yaml", "components: {driver: {}}"),
			[]string{"overlays/all.yaml:1: changes nothing but warnings wherever it applies: say what " +
				"differs there, or remove it"}},
		{"overlay that others overwrite", d.With("overlays/any.yaml", "components: {driver: {values: {a: 1, b: 1}}}").
			With("overlays/zone.yaml", "components: {driver: {values: {a: 2}}}").
			With("overlays/zoo.yaml", "components: {driver: {values: {b: 2}}}"),
			[]string{"overlays/any.yaml:1: has no effect wherever it applies: overwritten by zoo"}},
		{"overlay that an equal one would overwrite",
			d.With(gke, "criteria: {service: gke}", "components: {driver: {version: v2.0.0}}").
				With("overlays/gke-more.yaml", "base: gke", "criteria: {service: gke}",
					"components: {driver: {version: v2.0.0}}"),
			[]string{"overlays/gke-more.yaml:2: changes nothing but warnings wherever it applies: say " +
				"what differs there, or remove it"}},
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

// The second overlay keeps each of these data sets from being without any effect as a whole.
func TestCheckStatements(t *testing.T) {
	d := tidy().With(base, "constraints: {os: {id: cos}}", "components:", "  monitor: {}",
		"  driver: {values: {base: 1, list: [1]}}").
		With(gke, "criteria: {service: gke}", "constraints: {kernel: {version: 1.0.0}}",
			"components: {driver: {version: v2.0.0}}")
	gkeCOS := func(lines ...string) data {
		return d.With(gkeCOS,
			append([]string{"criteria: {service: gke, os: cos}", "base: gke",
				"constraints: {driver: {version: 1.0.0}}"}, lines...)...)
	}
	unused := func(line, setting, why string) []string {
		return []string{"overlays/gke-cos.yaml:" + line + ": " + setting +
			" has no effect wherever the overlay applies: " + why}
	}
	tests := []struct {
		name string
		data data
		want []string
	}{
		{"nothing", gkeCOS(), nil},
		{"component", gkeCOS("components:", "  spare: null"), unused("5", "components.spare", "it is so already")},
		{"component with nothing of its own", gkeCOS("components:", "  driver: {}"),
			unused("5", "components.driver", "it is so already")},
		{"component for the first time", gkeCOS("components: {spare: {values: {a: 1}}}"), nil},
		{"component that others would bring in", gkeCOS("components: {spare: {}}").
			With("overlays/gke-cos-more.yaml", "base: gke-cos", "criteria: {service: gke, os: cos}",
				"components: {spare: {version: v2.0.0}}"), nil},
		{"component taken out", gkeCOS("components: {driver: null}"), nil},
		{"version", gkeCOS("components: {driver: {values: {b: 1}, version: v2.0.0}}"),
			unused("4", "components.driver.version", "it is so already")},
		{"version of before", gkeCOS("components: {driver: {version: v1.2.3}}"), nil},
		{"leaf of base", gkeCOS("components:", "  driver:", "    values:", "      base: 1", "      b: 1"),
			unused("7", "components.driver.values.base", "it is so already")},
		{"leaf of the component", gkeCOS("components:", "  driver:", "    values:", "      more: {a: 1}", "      pods:",
			"        limit: 1"),
			unused("9", "components.driver.values.pods.limit", "it is so already")},
		{"list", gkeCOS("components: {driver: {values: {more: 1, list: [1]}}}"),
			unused("4", "components.driver.values.list", "it is so already")},
		{"longer list", gkeCOS("components: {driver: {values: {list: [1, 2]}}}"), nil},
		{"null for a default of the chart", gkeCOS("components: {driver: {values: {new: null}}}"), nil},
		{"empty map", gkeCOS("components: {driver: {values: {more: 1, pods: {}}}}"),
			unused("4", "components.driver.values.pods", "it is so already")},
		{"manifest", gkeCOS("components:", "  driver:", "    manifests: [quota.yaml]"), nil},
		{"manifest again", gkeCOS("components: {driver: {version: v3.0.0, manifests: [quota.yaml]}}").
			With(gke, "criteria: {service: gke}", "components: {driver: {manifests: [quota.yaml]}}"),
			unused("4", "components.driver.manifests quota.yaml", "it is so already")},
		{"leaf that a later overlay overwrites", gkeCOS("components: {driver: {values: {a: 1, b: 1}}}").
			With("overlays/gke-cos-more.yaml", "base: gke-cos", "criteria: {service: gke, os: cos, intent: training}",
				"components: {driver: {values: {a: 2}}}"), nil},
		{"leaf that later overlays overwrite everywhere", gkeCOS("components: {driver: {values: {a: 1, b: 1}}}").
			With("overlays/gke-cos-x.yaml", "criteria: {service: gke, os: cos}",
				"components: {driver: {values: {a: null}}}").
			With("overlays/gke-cos-y.yaml", "criteria: {service: gke, os: cos, intent: training}",
				"components: {driver: {values: {a: 2}}}"),
			unused("4", "components.driver.values.a", "overwritten by gke-cos-x")},
		{"leaf that is so already or overwritten",
			d.With("overlays/h100.yaml", "criteria: {accelerator: h100}",
				"components: {driver: {values: {b: 1, base: 1}}}").
				With(gke, "criteria: {service: gke}", "components: {driver: {values: {base: 2}}}").
				With("overlays/h100-gke.yaml", "criteria: {service: gke, accelerator: h100}",
					"components: {driver: {values: {base: 3}}}"),
			[]string{"overlays/h100.yaml:2: components.driver.values.base has no effect wherever " +
				"the overlay applies: " +
				"it is so already, or overwritten by h100-gke"}},
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

func findings(t *testing.T, spec *contract.Contract, d data) []string {
	t.Helper()
	var list []string
	for i := range 4 { // the same each time, whatever the order of Go's maps
		c, err := catalog.Load(d.FS(), spec)
		if err != nil {
			t.Fatal(err)
		}
		var again []string
		for _, f := range authoring.Check(c, spec.Criteria()).Findings {
			again = append(again, f.Error())
		}
		if diff := cmp.Diff(list, again); i > 0 && diff != "" {
			t.Fatal(diff)
		}
		list = again
	}
	return list
}

func TestCheckCounts(t *testing.T) {
	d := tidy()
	for _, name := range []string{"driver", "monitor", "spare"} {
		d = d.With("components/"+name+"/paths/v1.2.3.txt", "*")
	}
	got := authoring.Check(load(t, d), []contract.Criterion{
		{Name: "service", Values: []string{"eks", "any"}}, {Name: "os", Values: []string{"cos", "rhel", "any"}},
	})
	if diff := cmp.Diff(authoring.Report{Components: 3, Overlays: 2, Environments: 6}, got); diff != "" {
		t.Error(diff)
	}
}
