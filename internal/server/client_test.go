package server

import (
	"net/http"
	"testing"

	cnsd "github.com/NVIDIA/cloud-native-stack/gen/client/go"
)

// TestGoClient goes from criteria to a bundle by the generated client, and reads a typed error.
func TestGoClient(t *testing.T) {
	ts := start(t)
	client, err := cnsd.NewClientWithResponses(ts.url, cnsd.WithHTTPClient(ts.Client))
	if err != nil {
		t.Fatal(err)
	}
	params := &cnsd.GetRecipeParams{Service: new(cnsd.ServiceEKS), Accelerator: new(cnsd.AcceleratorGb200), Intent: new(cnsd.IntentTraining)}
	recipe, err := client.GetRecipeWithResponse(t.Context(), params)
	if err != nil || recipe.JSON200 == nil {
		t.Fatalf("%v %s", err, recipe.Body)
	}
	var body cnsd.RecipeOrCriteria
	if err := body.FromRecipe(*recipe.JSON200); err != nil {
		t.Fatal(err)
	}
	bundle, err := client.CreateBundleWithResponse(t.Context(), &cnsd.CreateBundleParams{Set: &cnsd.Set{"gpu-operator:driver.version=580.126.20"}}, body)
	if err != nil || bundle.StatusCode() != http.StatusOK {
		t.Fatalf("%v %s", err, bundle.Body)
	}
	unzip(t, bundle.Body)

	bad, err := client.GetRecipeWithResponse(t.Context(), &cnsd.GetRecipeParams{Service: new(cnsd.Service("aws"))})
	if err != nil || bad.JSON400 == nil || bad.JSON400.Code != cnsd.ErrorCodeInvalidRequest {
		t.Errorf("%v %s", err, bad.Body)
	}
}
