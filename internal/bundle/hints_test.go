package bundle

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
)

// hinted is a component with places for hints.
func hinted(values map[string]any) *builder {
	b := newBuilder(gen.ComponentRef{Name: "sized", Version: "1.0.0", Values: values}, ref("crd", "1.0.0"))
	b.catalog.(components)["sized"] = &catalog.Component{Name: "sized", Hints: catalog.Hints{
		Nodes: []string{"nodes"}, StorageClass: []string{"disk.class"}, StorageSize: []string{"disk.size", "copy.size"},
	}}
	return b
}

func TestHint(t *testing.T) {
	b := hinted(map[string]any{"disk": map[string]any{"class": "old", "mode": "rw"}})
	if err := b.hint(gen.CreateBundleParams{Nodes: 64, StorageClass: "gp3", StorageSize: "50Gi"}); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"nodes": int64(64), "disk": map[string]any{"class": "gp3", "mode": "rw", "size": "50Gi"}, "copy": map[string]any{"size": "50Gi"},
	}
	if diff := cmp.Diff(want, b.recipe.ComponentRefs[0].Values); diff != "" {
		t.Error(diff)
	}
}

// The criteria's number of nodes goes where the recipe says nothing, and is no error where it goes nowhere.
func TestHintFromCriteria(t *testing.T) {
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
		b.recipe.Criteria.Nodes = tt.criteria
		if err := b.hint(gen.CreateBundleParams{Nodes: tt.parameter}); err != nil {
			t.Errorf("%+v: %v", tt, err)
		}
		if diff := cmp.Diff(tt.wantValues, b.recipe.ComponentRefs[0].Values); diff != "" {
			t.Errorf("%+v: %s", tt, diff)
		}
	}
	nowhere := newBuilder(foreign("own"))
	nowhere.recipe.Criteria.Nodes = 500
	if err := nowhere.hint(gen.CreateBundleParams{}); err != nil {
		t.Error(err)
	}
	b := hinted(map[string]any{})
	b.recipe.Criteria.Nodes = 500
	checkInvalid(t, b.hint(gen.CreateBundleParams{Nodes: 7}), "nodes=7 contradicts the criteria, which say 500", apierror.Details{Parameter: "nodes", Requested: 7})
}

func TestHintRefuses(t *testing.T) {
	nowhere := func() *builder { return newBuilder(ref("crd", "1.0.0"), foreign("own")) }
	checkInvalid(t, nowhere().hint(gen.CreateBundleParams{Nodes: 8}),
		"nodes has no place in this recipe: none of its components (crd, own) takes it", apierror.Details{Parameter: "nodes", Requested: int64(8)})
	checkInvalid(t, nowhere().hint(gen.CreateBundleParams{StorageClass: "gp3", StorageSize: "1Gi"}),
		"storage-class has no place in this recipe: none of its components (crd, own) takes it",
		apierror.Details{Parameter: "storage-class", Requested: "gp3"})
	checkInvalid(t, hinted(map[string]any{}).hint(gen.CreateBundleParams{StorageSize: "1Gi"}),
		"storage-class and storage-size go together: a volume needs both", apierror.Details{Parameter: "storage-class"})
	checkInvalid(t, hinted(map[string]any{"nodes": "many", "disk": "none"}).hint(gen.CreateBundleParams{StorageClass: "gp3", StorageSize: "1Gi"}),
		"storage-class can't be applied to sized at disk.class: disk is not a mapping in the recipe's values",
		apierror.Details{Parameter: "storage-class", Requested: "gp3"})
}
