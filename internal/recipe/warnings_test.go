package recipe_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/gen"
)

func TestWarnings(t *testing.T) {
	d := minimal().With(eks, "criteria: {service: eks}", "offers: {os: [ubuntu, amazonlinux]}").
		With("overlays/h100-inference.yaml", "criteria: {accelerator: h100, intent: inference}").
		With("overlays/ubuntu.yaml", "criteria: {os: ubuntu}")
	c := load(t, d)
	unspoken := func(criterion, value string) gen.RecipeWarning {
		return gen.RecipeWarning{Criterion: criterion,
			Message: "no overlay speaks of " + criterion + "=" + value + " here: the recipe holds what fits every " +
				criterion}
	}
	tests := []struct {
		name     string
		criteria gen.Criteria
		want     []gen.RecipeWarning
	}{
		{"nothing stated", gen.Criteria{}, nil},
		{"all spoken of", gen.Criteria{Service: gen.ServiceEKS, OS: gen.OSUbuntu, Accelerator: gen.AcceleratorH100,
			Intent: gen.IntentInference}, nil},
		{"any", gen.Criteria{Service: gen.ServiceAny, OS: gen.OSAny}, nil},
		{"no overlay for the value", gen.Criteria{Service: gen.ServiceGKE},
			[]gen.RecipeWarning{unspoken("service", "gke")}},
		{"an overlay that doesn't apply", gen.Criteria{Accelerator: gen.AcceleratorH100, Intent: gen.IntentTraining},
			[]gen.RecipeWarning{unspoken("accelerator", "h100"), unspoken("intent", "training")}},
		{"not offered", gen.Criteria{Service: gen.ServiceEKS, OS: gen.OSCOS}, []gen.RecipeWarning{{Criterion: "os",
			Message: "os=cos is not offered with eks, which has ubuntu, amazonlinux: the recipe is generic there"}}},
		{"offered, but not spoken of", gen.Criteria{Service: gen.ServiceEKS, OS: gen.OSAmazonlinux},
			[]gen.RecipeWarning{unspoken("os", "amazonlinux")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, resolve(t, c, tt.criteria).Metadata.Warnings); diff != "" {
				t.Error(diff)
			}
		})
	}
}
