package clients

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	cnsd "github.com/NVIDIA/cloud-native-stack/gen/client/go"
)

// goClient tries the Go client, and its example in a module of its user.
func goClient(t *testing.T, binary string, s site) {
	c := newClient(t, s.url)
	t.Run("recipe", func(t *testing.T) { goRecipe(t, c) })
	t.Run("other operations", func(t *testing.T) { goOthers(t, c) })
	t.Run("bundle", func(t *testing.T) { goBundle(t, c, s.bundles) })
	t.Run("YAML", func(t *testing.T) { goYAML(t, c, s.bundles) })
	t.Run("error", func(t *testing.T) { goError(t, c, s.proxy) })
	t.Run("not modified", func(t *testing.T) { goNotModified(t, c) })
	t.Run("rate limit", func(t *testing.T) {
		goLimited(t, newClient(t, s.limited, cnsd.WithHTTPClient(&http.Client{Transport: &cnsd.RetryAfter{}})))
	})
	t.Run("retry", func(t *testing.T) { goRetry(t, s) })
	user, source := clone(t, "go")
	write(t, filepath.Join(source, "..", "..", "..", "go.mod"), read(t, path(t, "go.mod")))
	command(t, user, "go", "mod", "init", "example.com/user")
	command(t, ".", "go", "list", "-m", "all") // so that what follows needs no network
	install(t, source, user, "GOPROXY=off", "GOSUMDB=off")
	example(t, binary, path(t, "api", "codegen", "go", "example", "main.go"), func(text string) *exec.Cmd {
		write(t, filepath.Join(user, "main.go"), text)
		command(t, user, "go", "build", "-o", "example")
		return exec.CommandContext(t.Context(), filepath.Join(user, "example"))
	})
}

func newClient(t *testing.T, url string, options ...cnsd.ClientOption) *cnsd.ClientWithResponses {
	t.Helper()
	client, err := cnsd.NewClientWithResponses(url, options...)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// ok fails the test unless the call did what it was asked for.
func ok[A cnsd.Response](t *testing.T, call func() (A, error)) A {
	t.Helper()
	answer, err := cnsd.Check(call())
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// gb200 asks for the recipe of recipe.zip.
func gb200(t *testing.T, c *cnsd.ClientWithResponses) *cnsd.Recipe {
	t.Helper()
	return ok(t, func() (*cnsd.GetRecipeResponse, error) {
		return c.GetRecipeWithResponse(t.Context(), &cnsd.GetRecipeParams{
			Service: new(cnsd.ServiceEKS), Accelerator: new(cnsd.AcceleratorGB200),
			Intent: new(cnsd.IntentTraining), OS: new(cnsd.OSUbuntu), Nodes: new(4),
		})
	}).JSON200
}

func goRecipe(t *testing.T, c *cnsd.ClientWithResponses) {
	recipe := gb200(t, c)
	criteria := cnsd.Criteria{
		Service: cnsd.ServiceEKS, Accelerator: cnsd.AcceleratorGB200, Intent: cnsd.IntentTraining,
		OS: cnsd.OSUbuntu, Nodes: 4,
	}
	if recipe.Criteria != criteria {
		t.Errorf("%+v", recipe.Criteria)
	}
	resolved := ok(t, func() (*cnsd.ResolveRecipeResponse, error) {
		params := &cnsd.ResolveRecipeParams{Explain: new(true)}
		return c.ResolveRecipeWithResponse(t.Context(), params, cnsd.RecipeCriteria{
			Kind: cnsd.RecipeCriteriaKindRecipeCriteria, APIVersion: cnsd.APIVersionV1Alpha1, Spec: criteria,
		})
	})
	if len(resolved.JSON200.ComponentRefs) != len(recipe.ComponentRefs) || len(resolved.JSON200.Explanations) == 0 ||
		len(recipe.Explanations) > 0 {
		t.Errorf("%s", resolved.Body)
	}
	if resolved.Headers200.ETag == "" ||
		resolved.Headers200.XRequestID.String() != resolved.HTTPResponse.Header.Get("X-Request-Id") {
		t.Errorf("%+v", resolved.Headers200)
	}
}

func goOthers(t *testing.T, c *cnsd.ClientWithResponses) {
	ctx := t.Context()
	index := ok(t, func() (*cnsd.GetIndexResponse, error) { return c.GetIndexWithResponse(ctx) })
	if !slices.Contains(index.JSON200.Routes, "/v1/recipe") {
		t.Errorf("%s", index.Body)
	}
	health := ok(t, func() (*cnsd.GetHealthResponse, error) { return c.GetHealthWithResponse(ctx) })
	if health.JSON200.Status != cnsd.HealthStatusHealthy {
		t.Errorf("%s", health.Body)
	}
	ready := ok(t, func() (*cnsd.GetReadinessResponse, error) { return c.GetReadinessWithResponse(ctx) })
	if ready.JSON200.Status != cnsd.ReadinessStatusReady {
		t.Errorf("%s", ready.Body)
	}
	spec := ok(t, func() (*cnsd.GetSpecJSONResponse, error) { return c.GetSpecJSONWithResponse(ctx) })
	if (*spec.JSON200)["openapi"] != "3.0.3" {
		t.Errorf("%.200s", spec.Body)
	}
	metrics := ok(t, func() (*cnsd.GetMetricsResponse, error) { return c.GetMetricsWithResponse(ctx) })
	specYAML := ok(t, func() (*cnsd.GetSpecYAMLResponse, error) { return c.GetSpecYAMLWithResponse(ctx) })
	docs := ok(t, func() (*cnsd.GetDocsResponse, error) { return c.GetDocsWithResponse(ctx) })
	style := ok(t, func() (*cnsd.GetDocsAssetResponse, error) {
		return c.GetDocsAssetWithResponse(ctx, "swagger-ui.css")
	})
	for want, body := range map[string][]byte{
		"# HELP": metrics.Body, "openapi: 3.0.3": specYAML.Body, "<html": docs.Body, "swagger-ui": style.Body,
	} {
		if !bytes.Contains(body, []byte(want)) {
			t.Errorf("no %s in %.200s", want, body)
		}
	}
}

func goBundle(t *testing.T, c *cnsd.ClientWithResponses, bundles string) {
	var recipe, criteria cnsd.RecipeOrCriteria
	if err := errors.Join(recipe.FromRecipe(*gb200(t, c)), criteria.FromRecipeCriteria(gkeCOS())); err != nil {
		t.Fatal(err)
	}
	for file, request := range map[string]struct {
		params cnsd.CreateBundleParams
		body   cnsd.RecipeOrCriteria
	}{
		"recipe.zip": {cnsd.CreateBundleParams{
			Bundlers: &cnsd.Bundlers{"cert-manager", "gpu-operator"},
			Set: &cnsd.Set{
				"gpu-operator:driver.version=580.178.04", "gpu-operator:toolkit.enabled=false",
			},
			ForceSet:                  &cnsd.ForceSet{"cert-manager:a.b={1,2}", "cert-manager:c=1+1 & 50%;ü?#"},
			AcceleratedNodeSelector:   &cnsd.AcceleratedNodeSelector{"node-role=gpu"},
			AcceleratedNodeToleration: &cnsd.AcceleratedNodeToleration{"nvidia.com/gpu:NoSchedule"},
		}, recipe},
		"recipe.tar.gz": {cnsd.CreateBundleParams{
			Format: new(cnsd.FormatTarGz), Deployer: new(cnsd.DeployerFlux),
		}, recipe},
		"criteria.zip": {cnsd.CreateBundleParams{}, criteria},
	} {
		got := ok(t, func() (*cnsd.CreateBundleResponse, error) {
			return c.CreateBundleWithResponse(t.Context(), &request.params, request.body)
		})
		sameBundle(t, got, filepath.Join(bundles, file))
	}
}

// goYAML sends a file as it is, with an ID of its own.
func goYAML(t *testing.T, c *cnsd.ClientWithResponses, bundles string) {
	const file = "kind: recipeCriteria\napiVersion: cns.nvidia.com/v1alpha1\nspec: {service: gke, os: cos}\n"
	id := uuid.New()
	withID := func(_ context.Context, req *http.Request) error {
		req.Header.Set("X-Request-Id", id.String())
		return nil
	}
	bundle := ok(t, func() (*cnsd.CreateBundleResponse, error) {
		return c.CreateBundleWithBodyWithResponse(t.Context(), nil, "application/yaml", strings.NewReader(file), withID)
	})
	sameBundle(t, bundle, filepath.Join(bundles, "criteria.zip"))
	if bundle.Headers200.XRequestID != id {
		t.Errorf("%s instead of %s", bundle.Headers200.XRequestID, id)
	}
	recipe := ok(t, func() (*cnsd.ResolveRecipeResponse, error) {
		return c.ResolveRecipeWithBodyWithResponse(t.Context(), nil, "application/yaml", strings.NewReader(file))
	})
	if recipe.JSON200.Criteria.Service != cnsd.ServiceGKE {
		t.Errorf("%+v", recipe.JSON200.Criteria)
	}
}

// sameBundle compares a bundle with the one that curl got.
func sameBundle(t *testing.T, got *cnsd.CreateBundleResponse, file string) {
	t.Helper()
	want, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(got.Body, want) || got.Headers200.XBundleSize != len(want) {
		t.Errorf("%s: %v; %d bytes and not the same %d", file, err, len(got.Body), len(want))
	}
}

func gkeCOS() cnsd.RecipeCriteria {
	return cnsd.RecipeCriteria{
		APIVersion: cnsd.APIVersionV1Alpha1,
		Spec:       cnsd.Criteria{Service: cnsd.ServiceGKE, OS: cnsd.OSCOS},
	}
}

func goError(t *testing.T, c *cnsd.ClientWithResponses, proxy string) {
	ctx := t.Context()
	answer, err := cnsd.Check(c.GetRecipeWithResponse(ctx, &cnsd.GetRecipeParams{Service: new(cnsd.Service("aws"))}))
	e, is := errors.AsType[*cnsd.Error](err)
	if !is || answer.StatusCode() != http.StatusBadRequest || e.Code != cnsd.ErrorCodeInvalidRequest ||
		e.Details.Parameter != "service" || !slices.Contains(e.Details.Allowed, "eks") {
		t.Errorf("%v %s", err, answer.Body)
	}
	if answer.JSONDefault == nil || answer.HeadersDefault.XRequestID != e.RequestID || answer.JSON200 != nil {
		t.Errorf("%+v", answer)
	}
	_, err = cnsd.Check(c.GetDocsAssetWithResponse(ctx, "../nothing?"))
	if err == nil || !strings.HasPrefix(err.Error(), "NOT_FOUND: ") {
		t.Error(err)
	}
	_, err = cnsd.Check(newClient(t, proxy+"/newer").GetRecipeWithResponse(ctx, nil))
	if e, is := errors.AsType[*cnsd.Error](err); !is || e.Code != "CONFLICT" {
		t.Error(err)
	}
	_, err = cnsd.Check(newClient(t, proxy+"/broken").GetRecipeWithResponse(ctx, nil))
	if _, is := errors.AsType[*cnsd.Error](err); is || err == nil || !strings.Contains(err.Error(), "Bad Gateway") {
		t.Error(err)
	}
	_, err = cnsd.Check(newClient(t, proxy+"/login").GetRecipeWithResponse(ctx, nil))
	if err == nil || !strings.Contains(err.Error(), "Please log in") {
		t.Error(err)
	}
	if _, err := cnsd.Check(newClient(t, "http://127.0.0.1:1").GetRecipeWithResponse(ctx, nil)); err == nil {
		t.Error("an answer of nothing")
	}
}

func goNotModified(t *testing.T, c *cnsd.ClientWithResponses) {
	first := ok(t, func() (*cnsd.GetRecipeResponse, error) { return c.GetRecipeWithResponse(t.Context(), nil) })
	again := ok(t, func() (*cnsd.GetRecipeResponse, error) {
		return c.GetRecipeWithResponse(t.Context(), &cnsd.GetRecipeParams{IfNoneMatch: &first.Headers200.ETag})
	})
	if again.StatusCode() != http.StatusNotModified || again.JSON200 != nil ||
		again.Headers304.ETag != first.Headers200.ETag {
		t.Errorf("%s %+v", again.Status(), again.Headers304)
	}
}

func goLimited(t *testing.T, c *cnsd.ClientWithResponses) {
	first := ok(t, func() (*cnsd.GetRecipeResponse, error) { return c.GetRecipeWithResponse(t.Context(), nil) })
	second, err := cnsd.Check(c.GetRecipeWithResponse(t.Context(), nil))
	e, is := errors.AsType[*cnsd.Error](err)
	if !is || second.StatusCode() != http.StatusTooManyRequests || e.Code != cnsd.ErrorCodeRateLimitExceeded ||
		e.Details.Burst != 1 || e.Details.Limit != 0.001 || !e.Retryable {
		t.Fatalf("%v %s", err, second.Body)
	}
	if *first.Headers200.XRateLimitRemaining != 0 || second.HeadersDefault.RetryAfter < 100 {
		t.Errorf("%+v %+v", first.Headers200, second.HeadersDefault)
	}
}

func goRetry(t *testing.T, s site) {
	ctx, patient := t.Context(), cnsd.WithHTTPClient(&http.Client{Transport: &cnsd.RetryAfter{}})
	busy, err := cnsd.Check(newClient(t, s.proxy+"/busy", patient).GetRecipeWithResponse(ctx, nil))
	if e, is := errors.AsType[*cnsd.Error](err); !is || e.Code != cnsd.ErrorCodeRateLimitExceeded ||
		busy.StatusCode() != http.StatusTooManyRequests {
		t.Errorf("%v", err)
	}
	var body cnsd.RecipeOrCriteria
	if err := body.FromRecipeCriteria(gkeCOS()); err != nil {
		t.Fatal(err)
	}
	bundle := ok(t, func() (*cnsd.CreateBundleResponse, error) {
		return newClient(t, s.proxy+"/flaky", patient).CreateBundleWithResponse(ctx, nil, body)
	})
	sameBundle(t, bundle, filepath.Join(s.bundles, "criteria.zip"))
	if _, err := cnsd.Check(newClient(t, s.proxy+"/later", patient).GetRecipeWithResponse(ctx, nil)); err == nil {
		t.Error("an answer of a server that is there later")
	}
}
