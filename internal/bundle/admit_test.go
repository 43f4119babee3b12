package bundle

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/api"
	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
	"github.com/NVIDIA/cloud-native-stack/test/catalogtest"
)

// TestAdmit posts recipes to a server of which the operator excludes all accelerators but H100.
func TestAdmit(t *testing.T) {
	spec, err := contract.Load(api.Spec, map[string][]string{"CNS_ALLOWED_ACCELERATORS": {"h100"}})
	if err != nil {
		t.Fatal(err)
	}
	d := catalogtest.Minimal().With("overlays/gb200.yaml", "criteria: {accelerator: gb200}").
		With("overlays/gb200-eks.yaml", "base: gb200", "criteria: {accelerator: gb200, service: eks}").
		With("overlays/like-gb200.yaml", "base: gb200", "criteria: {accelerator: h100, service: gke}")
	c := catalogtest.Load(t, d.FS(), spec)
	options := testOptions()
	options.Spec = spec
	b := NewBuilder(&exchangeable{c}, options)
	for _, tt := range []struct {
		overlays []string
		refused  string // overlay
	}{
		{[]string{"base", "gb200"}, "gb200"},
		{[]string{"base", "eks", "gb200", "gb200-eks"}, "gb200-eks"},
		{[]string{"base", "gb200", "like-gb200"}, ""}, // as the server itself resolves them
		{[]string{"base", "eks"}, ""},
		{[]string{"base", "gb200-of-another-server"}, ""},
		{nil, ""},
	} {
		r := recipeOf(ref("spare", "v1.2.3"))
		r.Kind, r.Metadata.AppliedOverlays = gen.RecipeKindRecipe, tt.overlays
		body, params := bodyOf(t, catalogtest.JSON(r)), gen.CreateBundleParams{Deployer: gen.DeployerHelm}
		_, err := b.Build(t.Context(), body, params)
		var e *apierror.Error
		switch {
		case tt.refused == "" && err != nil:
			t.Errorf("%v: %v", tt.overlays, err)
		case tt.refused != "" && !errors.As(err, &e):
			t.Errorf("%v: error %v", tt.overlays, err)
		case tt.refused != "":
			want := "accelerator type not allowed: the recipe is of the overlay " + tt.refused + ", which is for it"
			details := apierror.Details{Requested: "gb200", Allowed: []string{"h100"}}
			if diff := cmp.Diff(want, e.Message) + cmp.Diff(details, e.Details); diff != "" {
				t.Error(diff)
			}
		}
	}
}
