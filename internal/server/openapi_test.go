package server

import (
	"encoding/json"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-chi/chi/v5"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"gopkg.in/yaml.v3"

	"github.com/NVIDIA/cloud-native-stack/api"
	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/config"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
	"github.com/NVIDIA/cloud-native-stack/internal/httpcache"
	"github.com/NVIDIA/cloud-native-stack/internal/middleware"
	"github.com/NVIDIA/cloud-native-stack/recipes"
)

// TestRoutes compares the router with the contract, and what / lists with both.
func TestRoutes(t *testing.T) {
	o := options(t, io.Discard)
	c, err := o.Document.Narrow(nil)
	if err != nil {
		t.Fatal(err)
	}
	registry := prometheus.NewRegistry()
	server := &Server{
		contract: c, config: o.Config, answers: httpcache.New(c, registry, nil),
		metrics: middleware.NewMetrics(registry), registry: registry, log: slog.New(slog.DiscardHandler),
	}
	router := server.handler(operations{})
	var routed, documented []string
	err = chi.Walk(router, func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		routed = append(routed, method+" "+route)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for path, item := range c.Doc.Paths.Map() {
		for method := range item.Operations() {
			documented = append(documented, method+" "+path)
		}
	}
	slices.Sort(routed)
	slices.Sort(documented)
	if diff := cmp.Diff(documented, routed); diff != "" {
		t.Errorf("the contract against the router:\n%s", diff)
	}
	var index gen.Index
	if err := json.Unmarshal(start(t).get(t, "/"), &index); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c.Routes(), index.Routes); diff != "" || index.Version != testBuild.Version {
		t.Errorf("GET /: %+v\n%s", index, diff)
	}
}

func TestBrowserIsSentToDocs(t *testing.T) {
	ts := start(t)
	resp, _ := ts.do(t, call{path: "/", accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"})
	if resp.StatusCode != http.StatusFound || resp.Header.Get("Location") != "/docs" {
		t.Fatalf("%d %v", resp.StatusCode, resp.Header)
	}
	page := string(ts.get(t, "/docs"))
	for _, asset := range []string{"/docs/swagger-ui.css", "/docs/swagger-ui-bundle.js", "/docs/docs.js",
		"/docs/docs.css"} {
		if !strings.Contains(page, asset) {
			t.Errorf("the page doesn't load %s", asset)
		}
		if len(ts.get(t, asset)) == 0 {
			t.Errorf("%s is empty", asset)
		}
	}
	if strings.Contains(page, "://") {
		t.Error("the page names another host")
	}
}

// TestServedDocument checks that an unrestricted server serves the shipped document, in both
// formats.
func TestServedDocument(t *testing.T) {
	ts := start(t)
	served := ts.get(t, "/openapi.yaml")
	if string(served) != string(api.Spec) {
		t.Error("/openapi.yaml is not the shipped document")
	}
	var fromYAML any
	if err := yaml.Unmarshal(served, &fromYAML); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(decode(t, []byte(encode(t, jsonType, fromYAML))),
		decode(t, ts.get(t, "/openapi.json"))); diff != "" {
		t.Errorf("YAML against JSON:\n%s", diff)
	}
}

// A message on a value that doesn't match a pattern repeats the description beside it.
func TestPatternsAreDescribedInALine(t *testing.T) {
	var document any
	if err := yaml.Unmarshal(api.Spec, &document); err != nil {
		t.Fatal(err)
	}
	found := 0
	var look func(v any)
	look = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			description, isDescribed := v["description"].(string)
			if _, ok := v["pattern"].(string); ok && isDescribed {
				found++
				if strings.Contains(strings.TrimSpace(description), "\n") {
					t.Errorf("several lines: %s", description)
				}
			}
			for _, child := range v {
				look(child)
			}
		case []any:
			for _, child := range v {
				look(child)
			}
		}
	}
	look(document)
	if found == 0 {
		t.Error("no pattern has a description")
	}
}

// TestRestrictedServer checks that allowlists reach everything: validation of both routes, the
// documents and the log.
func TestRestrictedServer(t *testing.T) {
	log := new(logBuffer)
	s, err := New(options(t, log, "CNS_ALLOWED_ACCELERATORS=H100, l40", "CNS_ALLOWED_SERVICES=eks,gke",
		"LOG_LEVEL=debug"))
	if err != nil {
		t.Fatal(err)
	}
	ts := serve(t, s)
	want := gen.Error{Code: gen.ErrorCodeInvalidRequest, Message: "accelerator type not allowed",
		Details: apierror.Details{Requested: "gb200", Allowed: []string{"h100", "l40"}}}
	for _, c := range []call{
		{path: "/v1/recipe?accelerator=gb200"},
		{path: "/v1/recipe?gpu=GB200"},
		{method: "POST", path: "/v1/recipe", contentType: jsonType, body: criteriaJSON(`{"accelerator":"gb200"}`)},
		{method: "POST", path: "/v1/bundle", contentType: jsonType, body: criteriaJSON(`{"accelerator":"gb200"}`)},
		{method: "POST", path: "/v1/bundle", contentType: jsonType,
			body: strings.Replace(recipeJSON(`{"name":"cert-manager","version":"v1.0.0"}`), "{",
				`{"criteria":{"accelerator":"GB200"},`, 1)},
	} {
		resp, body := ts.do(t, c)
		var e gen.Error
		if err := json.Unmarshal(body, &e); err != nil {
			t.Fatal(err)
		}
		got := gen.Error{Code: e.Code, Message: e.Message, Details: e.Details}
		if diff := cmp.Diff(want, got); resp.StatusCode != 400 || diff != "" {
			t.Errorf("%s: %d\n%s", c.path, resp.StatusCode, diff)
		}
	}
	if _, body := ts.do(t, call{path: "/v1/recipe?accelerator=b300"}); !strings.Contains(string(body),
		"invalid accelerator type: must be one of h100, l40, any") {
		t.Errorf("a value that doesn't exist: %s", body)
	}
	for _, path := range []string{"/v1/recipe?accelerator=h100&service=gke&os=cos", "/v1/recipe?accelerator=any",
		"/v1/recipe"} {
		ts.get(t, path)
	}
	for _, path := range []string{"/openapi.yaml", "/openapi.json"} {
		doc, err := openapi3.NewLoader().LoadFromData(ts.get(t, path))
		if err != nil {
			t.Fatal(err)
		}
		if err := doc.Validate(t.Context()); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if diff := cmp.Diff([]any{"h100", "l40", "any"}, doc.Components.Schemas["Accelerator"].Value.Enum); diff != "" {
			t.Errorf("%s:\n%s", path, diff)
		}
	}
	for _, line := range []string{
		`"level":"INFO","msg":"criteria allowlists configured","accelerators":2,"intents":0,"os_types":0,"services":2}`,
		`"level":"DEBUG","msg":"criteria allowlists loaded",` +
			`"accelerators":["H100","l40"],"intents":[],"os_types":[],"services":["eks","gke"]}`,
	} {
		if !strings.Contains(log.String(), line) {
			t.Errorf("the log lacks %s", line)
		}
	}
}

// TestNewAccelerator adds an accelerator as README.md says: one enum value in the document and one
// overlay.
func TestNewAccelerator(t *testing.T) {
	o := options(t, io.Discard)
	const enum = "      title: accelerator type\n      description: GPU model.\n      enum: ["
	if !strings.Contains(string(api.Spec), enum) {
		t.Fatal("the document's accelerators have moved")
	}
	o.Document = parse(t, []byte(strings.Replace(string(api.Spec), enum, enum+"b300, ", 1)))
	data := recipeFiles(t)
	data["overlays/b300.yaml"] = &fstest.MapFile{Data: []byte("criteria: {accelerator: b300}\nconstraints: " +
		"{driver: {version: \">=580.0.0\"}}\n")}
	o.Recipes = data
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	ts := serve(t, s)
	ts.Client = http.DefaultClient // the one that checks the contract knows the shipped document
	var r gen.Recipe
	if err := json.Unmarshal(ts.get(t, "/v1/recipe?accelerator=B300"), &r); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"base", "b300"},
		r.Metadata.AppliedOverlays); diff != "" || r.Criteria.Accelerator != "b300" {
		t.Errorf("%s\n%s", r.Criteria.Accelerator, diff)
	}
	var generic gen.Recipe
	if err := json.Unmarshal(ts.get(t, "/v1/recipe"), &generic); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"base"},
		generic.Metadata.AppliedOverlays); diff != "" || generic.Criteria.Accelerator != "any" {
		t.Errorf("without criteria: %s\n%s", generic.Criteria.Accelerator, diff)
	}
}

// TestNewAllowlist adds a schema with an allowlist to the document: nothing else needs to know of
// it.
func TestNewAllowlist(t *testing.T) {
	const nodes = "    Nodes:\n      type: integer\n"
	if !strings.Contains(string(api.Spec), nodes) {
		t.Fatal("the document's nodes have moved")
	}
	document := parse(t, []byte(strings.Replace(string(api.Spec), nodes, "    Platform:\n      type: string\n"+
		"      enum: [kubeflow, slurm, any]\n      x-allowlist: CNS_ALLOWED_PLATFORMS\n"+nodes, 1)))
	const variable = "CNS_ALLOWED_PLATFORMS"
	cfg, err := config.Parse([]string{variable + "=slurm"}, document.Variables())
	if diff := cmp.Diff([]string{"slurm"}, cfg.Allowlists[variable]); err != nil || diff != "" {
		t.Fatalf("%v\n%s", err, diff)
	}
	var help strings.Builder
	if err := config.Help(&help, document.Variables()); err != nil {
		t.Fatal(err)
	}
	if want := "platforms to admit, separated by commas; all if unset\n"; !strings.Contains(help.String(), want) {
		t.Errorf("--help lacks %s", want)
	}
	log := new(logBuffer)
	o := options(t, log)
	o.Config.Allowlists, o.Document = cfg.Allowlists, document
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	ts := serve(t, s)
	if served := ts.get(t, "/openapi.yaml"); !strings.Contains(string(served), "enum: [slurm, any]\n") {
		t.Error("the document isn't narrowed")
	}
	if !strings.Contains(log.String(), `"platforms":1`) {
		t.Errorf("the log lacks it: %s", log)
	}
}

func TestBadAllowlist(t *testing.T) {
	_, err := New(options(t, io.Discard, "CNS_ALLOWED_INTENTS=training,serving"))
	want := `CNS_ALLOWED_INTENTS: "serving" is not valid: must be one of training, inference, any`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestContentNegotiation checks which format an answer has, and that all formats say the same.
func TestContentNegotiation(t *testing.T) {
	ts := start(t)
	want := decode(t, ts.get(t, "/v1/recipe?service=eks"))
	for accept, mediaType := range map[string]string{
		"": jsonType, "*/*": jsonType, "application/*": jsonType, jsonType: jsonType, yamlType: yamlType,
		"application/x-yaml": "application/x-yaml", "application/yaml;q=0.9, application/json;q=0.1": yamlType,
		"text/html, application/yaml": yamlType,
	} {
		resp, body := ts.do(t, call{path: "/v1/recipe?service=eks", accept: accept})
		if resp.Header.Get("Content-Type") != mediaType {
			t.Errorf("Accept %q: Content-Type %q", accept, resp.Header.Get("Content-Type"))
		}
		var v any
		if err := yaml.Unmarshal(body, &v); err != nil {
			t.Fatal(err)
		}
		got := encode(t, jsonType, v)
		if diff := cmp.Diff(want, decode(t, []byte(got))); diff != "" {
			t.Errorf("Accept %q:\n%s", accept, diff)
		}
	}
}

// recipeFiles returns the recipe data, for tests that add to it.
func recipeFiles(t *testing.T) fstest.MapFS {
	t.Helper()
	data := fstest.MapFS{}
	err := fs.WalkDir(recipes.FS, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(recipes.FS, path)
		data[path] = &fstest.MapFile{Data: content}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestVersionConstraint(t *testing.T) {
	c, err := contract.Load(api.Spec, nil)
	if err != nil {
		t.Fatal(err)
	}
	for value, isValid := range map[string]bool{
		"1.32": true, ">=1.32.4 <1.36": true, ">= 1.32": true, ">=8.10 <9.0 || >=9.4": true, "24.04": true,
		"2023": true, "v1.2": true, "~1.2": true,
		"^1": true, "!=1": true, "=580.65.06": true, "5.15.0-1019.24~20.04.1": true,
		"banana": false, "latest": false, ">=": false, ">=x": false, "1.32 ||": false, "|| 1": false, "<<1": false,
		"": false, " 1": false, "1 ": false, "1,2": false,
	} {
		if err := c.Check("VersionConstraint", value); (err == nil) != isValid {
			t.Errorf("%q: %v", value, err)
		}
	}
}

// What is set in a bundle may be a secret, so the access log doesn't have it.
func TestLogLeavesOutSecrets(t *testing.T) {
	var log logBuffer
	s, err := New(options(t, &log))
	if err != nil {
		t.Fatal(err)
	}
	ts := serve(t, s)
	resp, body := ts.do(t, call{
		method:      http.MethodPost,
		path:        "/v1/bundle?set=cert-manager:crds.enabled=secret&force-set=cert-manager:a=secret",
		contentType: jsonType,
		body:        criteriaJSON(`{"service":"eks"}`),
	})
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", resp.StatusCode, body)
	}
	for end := time.Now().Add(10 * time.Second); !strings.Contains(log.String(),
		"/v1/bundle") && time.Now().Before(end); { // it's written after the answer
		time.Sleep(time.Millisecond)
	}
	if text := log.String(); !strings.Contains(text, "set=cert-manager:…") || strings.Contains(text,
		"secret") {
		t.Error(text)
	}
}
