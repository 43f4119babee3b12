package authoring_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/internal/authoring"
	"github.com/NVIDIA/cloud-native-stack/test/catalogtest"
)

func warnings(t *testing.T, d data) (list []string) {
	t.Helper()
	for _, f := range authoring.Check(load(t, d), catalogtest.Spec(t).Criteria()).Warnings {
		list = append(list, f.Error())
	}
	return list
}

// known is data whose value paths are known.
func known() data {
	d := tidy()
	for _, name := range []string{"driver", "monitor", "spare"} {
		d = d.With("components/"+name+"/paths/v1.2.3.txt", "*")
	}
	return d
}

func TestCheckReplacedRanges(t *testing.T) {
	d := known().With(base, "components: {driver: {}, monitor: {}}",
		"constraints: {os: {id: ubuntu}, kubernetes: {version: '>=1.32 <1.37'}}")
	overlay := func(name, criteria, version string) data {
		return d.With("overlays/"+name+".yaml", "criteria: {"+criteria+"}", "constraints:",
			"  kubernetes: {version: '"+version+"'}", "  os: {id: cos}")
	}
	for _, tt := range []struct {
		name string
		data data
		want []string
	}{
		{"narrower", overlay("gke", "service: gke", ">=1.34 <1.35 || 1.36"), nil},
		{"overlapping", overlay("gke", "service: gke", ">=1.36 <1.40"), nil},
		{"apart", overlay("gke", "service: gke", ">=1.37"),
			[]string{"overlays/gke.yaml:3: kubernetes.version: no version meets both >=1.37 and what it replaces, " +
				">=1.32 <1.37 in base.yaml"}},
		{"apart from what applies before", overlay("gke", "service: gke", "1.33").
			With("overlays/gke-cos.yaml", "criteria: {service: gke, os: cos}",
				"constraints: {kubernetes: {version: '1.34 || 1.35'}}"),
			[]string{"overlays/gke-cos.yaml:2: kubernetes.version: no version meets both 1.34 || 1.35 and what it " +
				"replaces, 1.33 in overlays/gke.yaml"}},
		{"of other environments", overlay("gke", "service: gke", "1.33").
			With("overlays/oke.yaml", "criteria: {service: oke}", "constraints: {kubernetes: {version: '1.34'}}"), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, warnings(t, tt.data)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCheckPatchedDrivers(t *testing.T) {
	d := known().With(base, "components: {driver: {}, monitor: {}}",
		"constraints: {driver: {patchedVersion: '>=580.10 <590 || >=595.5'}}")
	finding := func(place, version, patched string) []string {
		return []string{place + ": no driver meets both version " + version + " and patchedVersion " + patched +
			" of recipes with this overlay"}
	}
	for _, tt := range []struct {
		name string
		data data
		want []string
	}{
		{"some", d.With(gke, "criteria: {service: gke}", "constraints: {driver: {version: '>=535 <595'}}"), nil},
		{"none", d.With(gke, "criteria: {service: gke}", "constraints: {driver: {version: '>=535 <580.10'}}"),
			finding("overlays/gke.yaml:2", ">=535 <580.10", ">=580.10 <590 || >=595.5")},
		{"none of a later overlay", d.With(gke, "criteria: {service: gke}", "constraints:",
			"  driver: {version: '>=580 <595'}").With("overlays/gke-cos.yaml", "criteria: {service: gke, os: cos}",
			"constraints:", "  driver: {patchedVersion: '>=595.5'}"),
			finding("overlays/gke-cos.yaml:3", ">=580 <595", ">=595.5")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, findings(t, catalogtest.Spec(t), tt.data)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCheckPathsKnown(t *testing.T) {
	warning := func(place, chart, version, component string) string {
		return place + ": nothing checks the values of " + chart + " " + version + ": its value paths aren't known; " +
			"put what cnsd recipes paths prints of the chart into components/" + component + "/paths/" + version +
			".txt"
	}
	d := known().With("components/monitor/component.yaml", strings.Replace(component("monitor", "aliases: [mon]"),
		"chart: monitor", "chart: prometheus", 1))
	want := []string{
		warning("components/monitor/component.yaml:3", "prometheus", "v1.2.3", "monitor"),
		warning("overlays/gke.yaml:3", "driver", "v2.0.0", "driver"),
	}
	d = d.Without("components/monitor/paths/v1.2.3.txt").
		With(gke, "criteria: {service: gke}", "components:", "  driver: {version: v2.0.0}").
		With("components/unused/component.yaml", component("unused", ""))
	if diff := cmp.Diff(want, warnings(t, d)); diff != "" {
		t.Error(diff)
	}
}
