package server

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// handler answers without the network.
func handler(tb testing.TB) http.Handler {
	tb.Helper()
	s, err := New(options(tb, io.Discard))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s.endpoints[0].http.Handler
}

func post(h http.Handler, target, contentType, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, target, strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// deployerQueries are all kinds of bundles.
var deployerQueries = []string{
	"deployer=helm", "deployer=helmfile", "deployer=argocd", "deployer=flux",
	"deployer=argocd&repo=https://example.com/a//b", "deployer=flux&repo=oci://example.com/a",
	"deployer=helm&mirror=reg.example.com/gpu",
}

// checkBundle wants clean paths and readable documents.
func checkBundle(t *testing.T, archive []byte) {
	t.Helper()
	for name, data := range entries(t, archive) {
		if !cleanPath(name) {
			t.Errorf("path %q", name)
		}
		if path.Ext(name) != ".yaml" || strings.Contains(name, "/templates/") {
			continue
		}
		for part := range strings.SplitSeq(string(data), "\n---\n") {
			var v any
			if err := yaml.UnmarshalStrict([]byte(part), &v); err != nil {
				t.Errorf("%s: %v in\n%s", name, err, part)
			}
		}
	}
}

func cleanPath(name string) bool {
	return path.IsAbs("/"+name) && path.Clean("/"+name) == "/"+name && !strings.HasPrefix(name,
		"/") && !strings.ContainsAny(name, "\\:\x00\n ")
}

// checkAnswer wants any answer but one that says it's the server's fault.
func checkAnswer(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	if w.Code >= http.StatusInternalServerError {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for name, values := range w.Header() {
		for _, value := range values {
			if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Errorf("header %s: %q", name, value)
			}
		}
	}
	if w.Code == http.StatusOK && w.Header().Get("Content-Type") == "application/zip" {
		checkBundle(t, w.Body.Bytes())
	}
}

// FuzzRecipeBody sends bodies to be bundled for each deployer, as YAML and, where they are, as
// JSON.
func FuzzRecipeBody(f *testing.F) {
	h := handler(f)
	const start = "kind: Recipe\napiVersion: cns.nvidia.com/v1alpha1\ncomponentRefs:\n"
	known, err := io.ReadAll(get(h, "/v1/recipe?service=eks&accelerator=gb200&intent=training&os=ubuntu").Body)
	if err != nil {
		f.Fatal(err)
	}
	own := func(rest string) string {
		return start + "- {name: a, version: 1.0.0, repository: 'https://example.com/x', chart: c, namespace: " +
			"n" + rest + "}\n"
	}
	for _, seed := range []string{
		string(known), "", "{}", start, start +
			"- {name: gpu-operator, version: v26.7.0}\n- {name: cert-manager, version: v1.21.2}\n", own(""),
		own(", values: {a: !!binary aGk=}"), own(", values: {y: n, 0x1: 1:20, '{{ a }}': \"\\0\"}"),
		own(", values: {a: ref+file://x, b: '###ZARF_VAR_A###'}"),
		own(", manifests: [{apiVersion: v1, kind: A, metadata: {name: x, annotations: {cns.nvidia.com/apply: " +
			"before-chart}}}]"),
		own(", manifests: [{apiVersion: v1, kind: Namespace, metadata: {name: n}}, {apiVersion: v1, kind: " +
			"Namespace, metadata: {name: n}}]"),
		own(", dependencyRefs: [a]"), own(", order: 3"), start +
			"- {name: network-operator, version: 26.7.0, values: {operator: {repository: [a], tag: \"x\\ny\"}}}\n",
		"kind: recipeCriteria\napiVersion: cns.nvidia.com/v1alpha1\nspec: {service: EKS, gpu: h100}\n", "a: &a [*a]",
		"- &a [b]\n- *a\n",
	} {
		for i := range deployerQueries {
			f.Add(seed, uint8(i), "gpu-operator:driver.version=1")
		}
	}
	f.Fuzz(func(t *testing.T, body string, deployer uint8, set string) {
		target := "/v1/bundle?" + deployerQueries[int(deployer)%len(deployerQueries)]
		checkAnswer(t, post(h, target, yamlType, body))
		checkAnswer(t, post(h, target, jsonType, body))
		checkAnswer(t, post(h, target+"&set="+url.QueryEscape(set), yamlType, body))
	})
}

// FuzzCriteriaBody sends bodies and queries that choose a recipe.
func FuzzCriteriaBody(f *testing.F) {
	h := handler(f)
	for _, seed := range [][2]string{
		{criteriaJSON(`{"service":"eks","accelerator":"gb200","intent":"training","os":"ubuntu"}`),
			"service=eks"}, {criteriaJSON(`{}`), ""},
		{criteriaJSON(`{"nodes":-1}`), "nodes=8abc"}, {"kind: recipeCriteria\nspec: {service: &a eks, os: *a}",
			"accelerator=h100&gpu=a100"}, {"", "explain=true&os=%zz"},
		{"kind: recipeCriteria\napiVersion: cns.nvidia.com/v1alpha1\nspec: {accelerator: GB200, intent: Any}",
			"service=any&service=any"}, {"[", "service=eks;os=rhel"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, body, query string) {
		for _, contentType := range []string{jsonType, yamlType} {
			for _, target := range []string{"/v1/recipe", "/v1/bundle"} {
				checkAnswer(t, post(h, target, contentType, body))
			}
		}
		r := httptest.NewRequest(http.MethodGet, "/v1/recipe", nil)
		r.URL.RawQuery = query
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		checkAnswer(t, w)
		if w.Code == http.StatusOK { // a recipe makes a bundle
			if w := post(h, "/v1/bundle", jsonType, w.Body.String()); w.Code != http.StatusOK {
				t.Error(fmt.Sprint(w.Code, w.Body))
			}
		}
	})
}

func get(h http.Handler, target string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))
	return w
}
