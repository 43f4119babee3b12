package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"

	cnsd "github.com/NVIDIA/cloud-native-stack/gen/client/go"
)

func main() {
	ctx := context.Background()
	client, err := cnsd.NewClientWithResponses("http://localhost:8080",
		cnsd.WithHTTPClient(&http.Client{Transport: &cnsd.RetryAfter{}}))
	exitOn(err)
	recipe, err := cnsd.Check(client.GetRecipeWithResponse(ctx, &cnsd.GetRecipeParams{
		Service: new(cnsd.ServiceEKS), Accelerator: new(cnsd.AcceleratorGB200), OS: new(cnsd.OSUbuntu)}))
	exitOn(err)
	for _, warning := range recipe.JSON200.Metadata.Warnings {
		log.Print(warning.Message)
	}
	for _, component := range recipe.JSON200.ComponentRefs {
		fmt.Println(component.Name, component.Version)
	}
	var body cnsd.RecipeOrCriteria
	exitOn(body.FromRecipe(*recipe.JSON200))
	bundle, err := cnsd.Check(client.CreateBundleWithResponse(ctx,
		&cnsd.CreateBundleParams{Deployer: new(cnsd.DeployerArgoCD)}, body))
	exitOn(err)
	exitOn(os.WriteFile("bundle.zip", bundle.Body, 0o644))
}

func exitOn(err error) {
	if e, ok := errors.AsType[*cnsd.Error](err); ok {
		log.Fatalf("%v; allowed: %v", e, e.Details.Allowed)
	}
	if err != nil {
		log.Fatal(err)
	}
}
