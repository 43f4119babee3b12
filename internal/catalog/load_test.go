package catalog_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/test/catalogtest"
)

type loadCase struct {
	name string
	data data
	want string // the message, or how it starts if that ends in …
}

func runLoadCases(t *testing.T, cases []loadCase) {
	t.Helper()
	contract := catalogtest.Spec(t)
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			for range 4 { // the same message each time, whatever the order of Go's maps
				_, err := catalog.Load(tc.data.FS(), contract)
				if err == nil {
					t.Fatalf("loaded; want error %s", tc.want)
				}
				got := err.Error()
				start, partial := strings.CutSuffix(tc.want, "…")
				if got != tc.want && !(partial && strings.HasPrefix(got, start)) {
					t.Fatalf("error:\n%s\nwant:\n%s", got, tc.want)
				}
			}
		})
	}
}

func TestLoadRefusesUnknown(t *testing.T) {
	d := minimal()
	runLoadCases(t, []loadCase{
		{"field of an overlay", d.With(eks, "criteria: {service: eks}", "component:", "  driver: {}"),
			`overlays/eks.yaml:2: unknown field "component": must be one of base, components, constraints, criteria, ` +
				`offers, preconditions`},
		{"field of base", d.With(base, "components: {monitor: {}, driver: {}}", "order: 1"),
			`base.yaml:2: unknown field "order": must be one of base, components, constraints, criteria, ` +
				`offers, preconditions`},
		{"offered criterion", d.With(eks, "offers: {gpu: [h100]}"),
			`overlays/eks.yaml:1: unknown criterion "gpu": must be one of accelerator, intent, os, service`},
		{"offered value", d.With(eks, "criteria: {service: eks}", "offers: {os: [ubuntu, debian]}"),
			`overlays/eks.yaml:2: invalid os "debian": must be one of ubuntu, rhel, cos, amazonlinux, any`},
		{"field of a use", d.With(eks, "components:", "  driver:", "    value: {a: 1}"),
			`overlays/eks.yaml:3: unknown field "value": must be one of manifests, values, version`},
		{"field of a use behind an alias", d.With(eks, "components:", "  driver:", "    values: &x",
			"      value: {a: 1}", "  monitor: *x"),
			`overlays/eks.yaml:4: unknown field "value": must be one of manifests, values, version`},
		{"field of a component", d.With(driver, "chart: driver", "depends: [monitor]"),
			`components/driver/component.yaml:2: unknown field "depends": must be one of aliases, behind, chart, ` +
				`dependsOn, description, hints, manifests, namespace, pathsFrom, podSecurity, preconditions, ` +
				`repository, scheduling, version`},
		{"field that only the code has", d.With(driver, "values: {}"),
			`components/driver/component.yaml:1: unknown field "values": must be one of aliases, behind, …`},
		{"field of scheduling", d.With(driver, component("driver", "scheduling:\n  control: {}")),
			`components/driver/component.yaml:6: unknown field "control": must be one of accelerated, system`},
		{"field of a placement", d.With(driver, component("driver", "scheduling:\n  system:\n    nodeSelector: [a]")),
			`components/driver/component.yaml:7: unknown field "nodeSelector": must be one of ` +
				`manifestTolerations, nodeSelectors, tolerations`},
		{"kind of a placement", d.With(driver, component("driver",
			"scheduling: {system: {manifestTolerations: [{path: spec.tolerations, kind: Policy}]}}")),
			`components/driver/component.yaml:5: no object in manifests/ is of kind "Policy", into which the path ` +
				`"spec.tolerations" leads`},
		{"path of a placement", d.With(driver, component("driver",
			"scheduling: {system: {manifestTolerations: [{path: spec..x, kind: ConfigMap}]}}")),
			`components/driver/component.yaml:5: "spec..x" is not a path: write keys separated by dots`},
		{"pod security", d.With(driver, component("driver", "podSecurity: root")),
			`components/driver/component.yaml:5: invalid podSecurity: must be one of privileged, baseline, restricted`},
		{"component", d.With(eks, "criteria: {service: eks}", "components:", "  drivers:", "    version: 1.0.0"),
			`overlays/eks.yaml:3: unknown component "drivers": must be one of driver, monitor, spare`},
		{"component by its alias", d.With(eks, "components: {drv: {}}"),
			`overlays/eks.yaml:1: unknown component "drv": must be one of driver, monitor, spare`},
		{"component taken out", d.With(eks, "components: {drivers: null}"),
			`overlays/eks.yaml:1: unknown component "drivers": must be one of driver, monitor, spare`},
		{"base", d.With(eks, "criteria: {service: eks}", "base: aws"),
			`overlays/eks.yaml:2: unknown base "aws": must be one of base, eks`},
		{"criterion", d.With(eks, "criteria:", "  service: eks", "  gpu: h100"),
			`overlays/eks.yaml:3: unknown criterion "gpu": must be one of accelerator, intent, os, service`},
		{"criterion nodes", d.With(eks, "criteria: {nodes: 8}"),
			`overlays/eks.yaml:1: unknown criterion "nodes": must be one of accelerator, intent, os, service`},
		{"criteria value", d.With(eks, "criteria:", "  os: ubuntu", "  service: EKS"),
			`overlays/eks.yaml:3: invalid service "EKS": must be one of eks, gke, aks, oke, any`},
		{"criteria value null", d.With(eks, "criteria: {service: null}"),
			`overlays/eks.yaml:1: invalid service "": must be one of eks, gke, aks, oke, any`},
		{"dependency", d.With(driver, component("driver", "dependsOn:\n  - monitors")),
			`components/driver/component.yaml:5: unknown component "monitors": must be one of driver, monitor, spare`},
		{"dependency by alias", d.With(driver, component("driver", "dependsOn: [mon]")),
			`components/driver/component.yaml:5: unknown component "mon": must be one of driver, monitor, spare`},
		{"manifest of a component", d.With(driver, component("driver", "manifests: [quotas.yaml]")),
			`components/driver/component.yaml:5: unknown manifest "quotas.yaml": components/driver/manifests has ` +
				`quota.yaml, settings.yaml`},
		{"manifest of an overlay", d.With(eks, "components:", "  driver:", "    manifests: [../quota.yaml]"),
			`overlays/eks.yaml:3: unknown manifest "../quota.yaml": components/driver/manifests has quota.yaml, ` +
				`settings.yaml`},
		{"file of a component", d.With("components/driver/values-eks.yaml", "a: 1"),
			`components/driver/values-eks.yaml: unexpected: a component has component.yaml, values.yaml, manifests/, ` +
				`images.yaml and paths/; notes for people are files named <name>.md`},
		{"file among the overlays", d.With("overlays/eks.yml", "criteria: {service: eks}"),
			`overlays/eks.yml: unexpected: rename it to eks.yaml: overlays are files named <name>.yaml; notes for ` +
				`people are files named <name>.md`},
		{"base of another name", d.With("base.yml", "components: {}"),
			`base.yml: unexpected: rename it to base.yaml: recipe data is base.yaml, overlays/ and components/; …`},
		{"component of another name", d.With("components/new/component.yml", component("new", "")),
			"components/new/component.yaml: a folder is all of a component, so it needs this file: set values alone " +
				"in an overlay\ncomponents/new/component.yml: unexpected: rename it to component.yaml: …"},
	})
}

func TestLoadRefusesContradictions(t *testing.T) {
	d := minimal()
	runLoadCases(t, []loadCase{
		{"base cycle", d.With(eks, "criteria: {service: eks}", "base: gke").With("overlays/gke.yaml", "base: eks"),
			`overlays/gke.yaml:1: base cycle: gke -> eks -> gke`},
		{"own base", d.With(eks, "base: eks"), `overlays/eks.yaml:1: base cycle: eks -> eks`},
		{"cycle further down", d.With(eks, "base: gke").With("overlays/gke.yaml", "base: oke").
			With("overlays/oke.yaml", "base: gke"),
			`overlays/eks.yaml:1: base cycle: eks -> gke -> oke -> gke`},
		{"base of base", d.With(base, "components: {monitor: {}}", "base: eks"),
			`base.yaml:2: base applies first, so it has no base`},
		{"criteria in base", d.With(base, "components: {monitor: {}}", "criteria: {service: eks}"),
			`base.yaml:2: base applies everywhere, so it states no criteria`},
		{"overlay called base", d.With("overlays/base.yaml", "criteria: {service: eks}"),
			`overlays/base.yaml: the name "base" is taken by base.yaml`},
		{"dependency taken out", d.With(eks, "criteria: {service: eks, os: cos}", "components: {monitor: null}"),
			`overlays/eks.yaml:2: overlays base eks: component driver depends on monitor, which ` +
				`is not in the recipe: ` +
				`it has driver`},
		{"dependency never there", d.With("components/driver/component.yaml",
			component("driver", "dependsOn: [spare]")).
			With("components/monitor/component.yaml", component("monitor", "")).Without(eks),
			`components/driver/component.yaml:5: overlays base: component driver depends on spare, which is not in ` +
				`the recipe: ` +
				`it has driver, monitor`},
		{"dependency cycle", d.With(monitor, component("monitor", "dependsOn: [driver]")).Without(eks),
			`components/driver/component.yaml:6: overlays base: dependency cycle: driver -> monitor -> driver`},
		{"dependency on itself", d.With(monitor, component("monitor", "dependsOn: [monitor]")).Without(eks),
			`components/monitor/component.yaml:5: overlays base: dependency cycle: monitor -> monitor`},
		{"alias given twice", d.With(monitor, component("monitor", "aliases: [m, drv]")),
			`components/monitor/component.yaml:5: alias "drv" already stands for driver`},
		{"alias that is a component", d.With(monitor, component("monitor", "aliases: [spare]")),
			`components/monitor/component.yaml:5: alias "spare" already stands for spare`},
		{"alias that is a later component", d.With(driver, component("driver", "aliases:\n  - monitor")),
			`components/driver/component.yaml:5: alias "monitor" already stands for monitor`},
		{"no components in base", d.With(base, "constraints: {}").Without(eks),
			`base.yaml:1: overlays base: the recipe has no components`},
		{"no components left", d.With(eks, "criteria: {service: eks, os: cos}", "components:", "  driver: null",
			"  monitor: null"),
			`overlays/eks.yaml:2: overlays base eks: the recipe has no components`},
	})
}

func TestLoadRefusesMalformed(t *testing.T) {
	d := minimal()
	ref := func(key, value string) data {
		return d.With(driver, "# comment", strings.Replace(component("driver", ""), key+": ", key+": "+value+" # was ",
			1))
	}
	constraints := func(lines ...string) data {
		return d.With(eks, append([]string{"criteria: {service: eks}", "constraints:"}, lines...)...)
	}
	runLoadCases(t, []loadCase{
		{"version range", ref("version", `">=1.2.3"`),
			`components/driver/component.yaml:4: invalid /version: ">=1.2.3" is malformed; want: Exact …`},
		{"version with a newline", ref("version", `"v1.2.3\n"`),
			`components/driver/component.yaml:4: invalid /version: "v1.2.3\n" is malformed; …`},
		{"no version", d.With(driver, "chart: driver"), `components/driver/component.yaml:1: invalid /…`},
		{"version of an overlay", d.With(eks, "components:", "  driver:", "    values: {}", "    version: latest"),
			`overlays/eks.yaml:4: invalid /version: "latest" is malformed; want: Exact version of the chart …`},
		{"repository without scheme", ref("repository", "charts.example.com"),
			`components/driver/component.yaml:2: invalid /repository: "charts.example.com" is malformed; want: Chart ` +
				`repository, ` +
				"`https://…` or `oci://…` (without the chart's name)."},
		{"repository with a password", ref("repository", "https://me:secret@charts.example.com"),
			`components/driver/component.yaml:2: invalid /repository: …`},
		{"chart", ref("chart", "../driver"),
			`components/driver/component.yaml:3: invalid /chart: "../driver" is malformed; …`},
		{"namespace", ref("namespace", "Driver"),
			`components/driver/component.yaml:5: invalid /namespace: "Driver" is malformed; …`},
		{"component name", d.With("components/New_One/component.yaml", component("new", "")),
			`components/New_One/component.yaml:1: invalid /name: "New_One" is malformed; …`},
		{"text instead of a use", d.With(eks, "components: {driver: v1.2.4}"),
			`overlays/eks.yaml:1: components.driver: want a mapping`},
		{"list instead of a mapping", d.With(eks, "components:", "  - driver"),
			`overlays/eks.yaml:2: components: want a mapping`},
		{"text instead of a group", d.With(eks, "constraints: {kubernetes: '1.33'}"),
			`overlays/eks.yaml:1: constraints.kubernetes: want a mapping`},
		{"list instead of a text", d.With(eks, "criteria: {service: [eks, gke]}"),
			`overlays/eks.yaml:1: criteria.service: want a text`},
		{"list instead of an overlay", d.With(eks, "- a"), `overlays/eks.yaml:1: want a mapping`},
		{"constraint group", constraints("  os: {id: cos}", "  gpu: {version: 1.0.0}"),
			`overlays/eks.yaml:4: unknown field "gpu" in /: must be one of driver, kernel, kubernetes, os`},
		{"constraint name", constraints("  kubernetes:", "    versions: 1.2.3"),
			`overlays/eks.yaml:4: unknown field "versions" in /kubernetes: must be one of version`},
		{"constraint expression", constraints("  kubernetes:", "    version: at least 1.32!"),
			`overlays/eks.yaml:4: invalid /kubernetes/version: "at least 1.32!" is malformed; want: An exact ` +
				`version such as …`},
		{"constraint that is more than numbers", constraints("  kernel:", "    version: '>=5.15.0-1019'"),
			`overlays/eks.yaml:4: constraint ">=5.15.0-1019": ">=5.15.0-1019" is no condition: …`},
		{"constraint that no version meets", constraints("  os: {id: ubuntu}", "  driver:",
			"    cudaVersion: '13.0'", "    version: '580.1 || >=590 <580'"),
			`overlays/eks.yaml:6: constraint "580.1 || >=590 <580": no version meets ">=590 <580"`},
		{"manifest without kind", d.With(quota, "apiVersion: v1", "metadata: {name: quota}"),
			`components/driver/manifests/quota.yaml:1: missing field /kind`},
		{"manifest that is a list", d.With(quota, "- a"), `components/driver/manifests/quota.yaml:1: want a mapping`},
		{"manifest without a name", d.With(quota, "apiVersion: v1", "kind: ConfigMap", "metadata: {namespace: a}"),
			`components/driver/manifests/quota.yaml:3: missing field /metadata/name`},
		{"manifest applied at a wrong time",
			d.With(quota, object("ConfigMap", "a"), "  annotations:", "    a: b", "    cns.nvidia.com/apply: before"),
			`components/driver/manifests/quota.yaml:8: invalid /metadata/annotations/cns.nvidia.com/apply: must be ` +
				`one of before-chart, after-chart`},
		{"scheduling path", d.With(driver, component("driver", "scheduling:\n  system:\n    tolerations: [a..b]")),
			`components/driver/component.yaml:5: "a..b" is not a value path: write keys separated by dots`},
		{"wrong type", d.With(driver, "chart: driver", "aliases: drv"),
			"components/driver/component.yaml:2: aliases: want a list"},
		{"second document", d.With(eks, "criteria: {service: eks}", "---", "criteria: {}"),
			`overlays/eks.yaml: more than one YAML document`},
		{"merge outside of values", d.With(eks, "components: {<<: [{spare: {bogus: 1}}]}"),
			`overlays/eks.yaml:1: << works in values alone: write the fields out`},
		{"repeated field", d.With(eks, "base: base", "base: base"),
			`overlays/eks.yaml:2: mapping key "base" already defined at line 1`},
		{"repeated value", d.With(dValues, "pods:", "  limit: 1", "  limit: 2"),
			`components/driver/values.yaml:3: mapping key "limit" already defined at line 2`},
		{"repeated value in an overlay", d.With(eks, "components:", "  driver:", "    values:", "      a: 1",
			"      a: 2"),
			`overlays/eks.yaml:5: mapping key "a" already defined at line 4`},
		{"key that is no string", d.With(dValues, "pods:", "  1: a"),
			`components/driver/values.yaml:2: key "1" is not a string: quote it`},
		{"values that are a list", d.With(dValues, "- a"), `components/driver/values.yaml:1: want a mapping`},
		{"broken YAML", d.With(dValues, "pods:", "  a: b: c"),
			`components/driver/values.yaml:2: mapping values are not allowed in this context`},
		{"number that JSON can't hold", d.With(dValues, "a: .inf"),
			`components/driver/values.yaml:1: number .inf can't be represented exactly: …`},
		{"empty overlay", d.With(eks), `overlays/eks.yaml: the document is empty`},
		{"comment alone", d.With(dValues, "# later"), `components/driver/values.yaml: the document is empty`},
		{"no base", d.Without(base), `base.yaml: file does not exist`},
		{"no component.yaml", d.With("components/new/values.yaml", "a: 1"),
			`components/new/component.yaml: a folder is all of a component, so it needs this file: set values alone ` +
				`in an overlay`},
	})
}

func TestLoadNeedsComponents(t *testing.T) {
	_, err := catalog.Load(fstest.MapFS{"base.yaml": {Data: []byte("components: {}")}}, catalogtest.Spec(t))
	if err == nil || !strings.Contains(err.Error(), "components: file does not exist") {
		t.Errorf("error = %v, want that components/ is missing", err)
	}
}

// A fault that shows in many recipes is reported once.
func TestLoadReportsAFaultOnce(t *testing.T) {
	d := minimal().With(eks, "criteria: {service: eks}", "components: {monitor: null}").
		With("overlays/cos.yaml", "criteria: {os: cos}", "constraints: {kernel: {version: '6'}}").
		With("overlays/rhel.yaml", "criteria: {os: rhel}", "constraints: {kernel: {version: '5'}}")
	_, err := catalog.Load(d.FS(), catalogtest.Spec(t))
	want := "overlays/eks.yaml:2: overlays base eks: component driver depends on monitor, which is not in the " +
		"recipe: it has driver " +
		"(combinations of overlays with this fault: 3)"
	if err == nil || err.Error() != want {
		t.Errorf("error = %v\nwant    %s", err, want)
	}
}

// Every fault that shows in some recipe is reported, not only the first.
func TestLoadReportsEveryRecipe(t *testing.T) {
	d := minimal().With(eks, "criteria: {service: eks}", "components: {monitor: null}").
		With("overlays/gke.yaml", "criteria: {service: gke}", "components: {monitor: null, driver: null}")
	_, err := catalog.Load(d.FS(), catalogtest.Spec(t))
	want := "overlays/gke.yaml:2: overlays base gke: the recipe has no components"
	if err == nil || !strings.Contains(err.Error(), "overlays base eks: component driver depends on monitor") ||
		!strings.Contains(err.Error(), want) {
		t.Errorf("error = %v, want both overlays' faults", err)
	}
}

// Notes for people, and what git and Kubernetes keep, are no data wherever they are.
func TestLoadPassesOverNotes(t *testing.T) {
	d := minimal()
	for _, dir := range []string{"", "overlays/", "components/", "components/driver/", "components/driver/manifests/",
		"components/driver/paths/"} {
		d = d.With(dir+"README.md", "# Notes").With(dir+".gitkeep", "")
	}
	if diff := cmp.Diff(load(t, minimal()).Names(), load(t, d).Names()); diff != "" {
		t.Error(diff)
	}
}

// All that is wrong in files and between them is said at once, and nothing that only follows from
// it.
func TestLoadReportsAllFaults(t *testing.T) {
	d := minimal().
		With(eks, "criteria: {service: EKS, gpu: h100}", "component: {}", "offer: {}").
		With("overlays/gke.yaml", "criteria: {service: gke, gpu: h100}", "base: eks",
			"constraints: {os: {name: a}, kernel: {version: '>=2 <1'}}",
			"components: {driver: {manifests: [quota.yaml]}, drivers: {}, monitor: {version: latest}}").
		With("overlays/x.yaml", "base: ekss").
		With(quota, "a: [").
		With(monitor, "chrt: monitor", "versoin: 1.2.3").
		With(driver, component("driver", "dependsOn: [monitor, spares]")).
		With("components/spare/component.yaml", "repository: here", "chart: a", "version: 1", "namespace: X")
	_, err := catalog.Load(d.FS(), catalogtest.Spec(t))
	if err == nil {
		t.Fatal("no error")
	}
	var places []string
	for line := range strings.Lines(err.Error()) {
		place, _, _ := strings.Cut(line, ": ")
		places = append(places, place)
	}
	want := []string{
		quota + ":1", monitor + ":1", monitor + ":2", eks + ":2", eks + ":3",
		driver + ":5", "components/spare/component.yaml:3", "components/spare/component.yaml:1",
		"components/spare/component.yaml:4",
		"overlays/x.yaml:1",
		"overlays/gke.yaml:1", "overlays/gke.yaml:3", "overlays/gke.yaml:3", "overlays/gke.yaml:4",
		"overlays/gke.yaml:4",
	}
	if diff := cmp.Diff(want, places); diff != "" {
		t.Errorf("%s\n%v", diff, err)
	}
}
