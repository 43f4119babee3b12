package catalog_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/gen"
)

func TestLoadKeepsWhatIsWritten(t *testing.T) {
	c := load(t, minimal().With(dValues,
		"date: 2026-01-01", "time: 2026-01-01T10:00:00Z", "2026-01-01: key", "quoted: '1'", "number: 1", "float: 0.5",
		"flag: true", "none: null", "yes: on", "list: [2026-01-01]", "shared: &s {a: 1}", "merged: {<<: *s, b: 2}"))
	d, ok := c.Component("driver")
	if !ok {
		t.Fatal("no driver")
	}
	want := map[string]any{
		"date": "2026-01-01", "time": "2026-01-01T10:00:00Z", "2026-01-01": "key", "quoted": "1", "number": int64(1),
		"float": 0.5,
		"flag":  true, "none": nil, "yes": "on", "list": []any{"2026-01-01"},
		"shared": map[string]any{"a": int64(1)}, "merged": map[string]any{"a": int64(1), "b": int64(2)},
	}
	if diff := cmp.Diff(want, d.Values); diff != "" {
		t.Error(diff)
	}
}

func TestLoadKeepsScalarsOfConstraints(t *testing.T) {
	c := load(t, minimal().With(base, "components: {monitor: {}}", "constraints:",
		"  os: {id: 2026-01-01, version: 24.10}"))
	want := gen.Constraints{"os": {"id": "2026-01-01", "version": "24.10"}}
	if diff := cmp.Diff(want, resolve(t, c, gen.Criteria{}).Constraints); diff != "" {
		t.Error(diff)
	}
}

func TestComponentByNameOrAlias(t *testing.T) {
	c := load(t, minimal())
	for name, want := range map[string]string{"driver": "driver", "drv": "driver", "mon": "monitor", "spare": "spare"} {
		got, ok := c.Component(name)
		if !ok || got.Name != want {
			t.Errorf("Component(%q) = %v, %t, want %s", name, got, ok, want)
		}
	}
	if got, ok := c.Component("gpu"); ok {
		t.Errorf("Component(gpu) = %v, want none", got)
	}
}
