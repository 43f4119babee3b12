package options

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
)

// hinted is a component with paths for hints, beside one without.
func hinted(values map[string]any) bundled {
	sized := gen.ComponentRef{Name: "sized", Version: "1.0.0", Values: values}
	return newBundled(testCatalog(), sized, ref("crd", "1.0.0"))
}

func TestHints(t *testing.T) {
	b := hinted(map[string]any{"disk": map[string]any{"class": "old", "mode": "rw"}})
	after := b.mustApply(t, Hints, Params{Nodes: 64, StorageClass: "gp3", StorageSize: "50Gi"})
	want := map[string]any{
		"nodes": int64(64), "disk": map[string]any{"class": "gp3", "mode": "rw", "size": "50Gi"},
		"copy": map[string]any{"size": "50Gi"},
	}
	if diff := cmp.Diff(want, after.values()); diff != "" {
		t.Error(diff)
	}
}

// The criteria's number of nodes goes where the recipe says nothing, and is no error where it goes
// nowhere.
func TestHintsFromCriteria(t *testing.T) {
	for _, tt := range []struct {
		values     map[string]any
		criteria   int
		parameter  int
		wantValues map[string]any
	}{
		{map[string]any{}, 500, 0, map[string]any{"nodes": int64(500)}},
		{map[string]any{}, 500, 500, map[string]any{"nodes": int64(500)}},
		{map[string]any{}, 0, 500, map[string]any{"nodes": int64(500)}},
		{map[string]any{"nodes": int64(7)}, 500, 0, map[string]any{"nodes": int64(7)}},
		{map[string]any{"nodes": nil}, 500, 0, map[string]any{"nodes": nil}},
		{map[string]any{}, 0, 0, map[string]any{}},
	} {
		b := hinted(tt.values)
		b.Nodes = tt.criteria
		after := b.mustApply(t, Hints, Params{Nodes: tt.parameter})
		if diff := cmp.Diff(tt.wantValues, after.values()); diff != "" {
			t.Errorf("%+v: %s", tt, diff)
		}
	}
	nowhere := newBundled(testCatalog(), foreign("own"))
	nowhere.Nodes = 500
	nowhere.mustApply(t, Hints, Params{})
	b := hinted(map[string]any{})
	b.Nodes = 500
	b.refuse(t, Hints, Params{Nodes: 7}, "nodes=7 contradicts the criteria, which say 500",
		apierror.Details{Parameter: "nodes", Requested: 7})
}

func TestHintsRefuses(t *testing.T) {
	nowhere := newBundled(testCatalog(), ref("crd", "1.0.0"), foreign("own"))
	nowhere.refuse(t, Hints, Params{Nodes: 8},
		"nodes has no place in this recipe: none of its components (crd, own) takes it",
		apierror.Details{Parameter: "nodes", Requested: int64(8)})
	nowhere.refuse(t, Hints, Params{StorageClass: "gp3", StorageSize: "1Gi"},
		"storage-class has no place in this recipe: none of its components (crd, own) takes it",
		apierror.Details{Parameter: "storage-class", Requested: "gp3"})
	hinted(map[string]any{}).refuse(t, Hints, Params{StorageSize: "1Gi"},
		"storage-class and storage-size go together: a volume needs both", apierror.Details{Parameter: "storage-class"})
	hinted(map[string]any{"nodes": "many", "disk": "none"}).refuse(
		t, Hints, Params{StorageClass: "gp3", StorageSize: "1Gi"},
		"storage-class can't be applied to sized at disk.class: disk is not a mapping in the recipe's values",
		apierror.Details{Parameter: "storage-class", Requested: "gp3"})
}
