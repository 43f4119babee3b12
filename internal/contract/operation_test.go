package contract

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/api"
)

func shipped(t *testing.T, spec string) *Contract {
	t.Helper()
	c, err := Load([]byte(spec), nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// What is limited follows from the operations, before a request finds one.
func TestRateLimited(t *testing.T) {
	c := shipped(t, string(api.Spec))
	for path, want := range map[string]bool{
		"/": true, "/v1/recipe": true, "/v1/bundle": true, "/v1/": true, "/v1/nothing": true, "/v1/recipe/x": true,
		"/health": false, "/ready": false, "/metrics": false, "/docs": false, "/docs/docs.js": false,
		"/openapi.yaml": false, "/v1": false, "/v10/x": false, "/nothing": false, "": false, "*": false, "a/": false,
	} {
		for _, method := range []string{"GET", "HEAD", "POST", "DELETE", "BREW"} {
			if got := c.RateLimited(method, path); got != want {
				t.Errorf("%s %s: %v, want %v", method, path, got, want)
			}
		}
	}
}

// TestRateLimitedByOperation gives operations a 429 and takes it from them.
func TestRateLimitedByOperation(t *testing.T) {
	const limited = "        '429': {$ref: '#/components/responses/RateLimited'}\n"
	spec := string(api.Spec)
	bundle := strings.Index(spec, "operationId: createBundle")
	docs := strings.Index(spec, "operationId: getDocs\n")
	spec = spec[:bundle] + strings.Replace(spec[bundle:docs], limited, "", 1) +
		strings.Replace(spec[docs:], "      responses:\n", "      responses:\n"+limited, 1)
	c := shipped(t, spec)
	for endpoint, want := range map[string]bool{
		"POST /v1/bundle": false, "POST /v1/recipe": true, "GET /docs": true, "HEAD /docs": true,
		"GET /v1/bundle":    true,
		"GET /docs/docs.js": false,
	} {
		method, path, _ := strings.Cut(endpoint, " ")
		if got := c.RateLimited(method, path); got != want {
			t.Errorf("%s: %v, want %v", endpoint, got, want)
		}
	}
}

func TestOperations(t *testing.T) {
	c := shipped(t, string(api.Spec))
	laborious := []string{"GET /docs", "GET /docs/{asset}", "GET /metrics", "GET /openapi.json", "GET /openapi.yaml",
		"GET /v1/recipe", "POST /v1/bundle", "POST /v1/recipe"}
	if diff := cmp.Diff(laborious, c.Laborious()); diff != "" {
		t.Errorf("laborious operations: %s", diff)
	}
	if diff := cmp.Diff([]string{"/v1/bundle", "/v1/recipe"}, c.RoutesWithBody()); diff != "" {
		t.Errorf("routes with a body: %s", diff)
	}
	for endpoint, want := range map[string]bool{
		"GET /v1/recipe": true, "POST /v1/bundle": true, "GET /health": false, "GET /nothing": false,
	} {
		method, path, _ := strings.Cut(endpoint, " ")
		if got := c.IsPure(method, path); got != want {
			t.Errorf("%s is pure: %v", endpoint, got)
		}
	}
}

func TestAllowlists(t *testing.T) {
	d, err := Parse(api.Spec)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"CNS_ALLOWED_ACCELERATORS": "accelerators", "CNS_ALLOWED_SERVICES": "services",
		"CNS_ALLOWED_INTENTS": "intents", "CNS_ALLOWED_OS": "operating systems",
	}
	if diff := cmp.Diff(want, d.Variables()); diff != "" {
		t.Error(diff)
	}
	var keys []string
	for _, a := range d.Allowlists() {
		keys = append(keys, a.LogKey)
	}
	if diff := cmp.Diff([]string{"accelerators", "intents", "os_types", "services"}, keys); diff != "" {
		t.Error(diff)
	}
}
