package bundle

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
)

const (
	git = "https://git.example.com/clusters.git//gpu?ref=prod"
	oci = "oci://example.com/bundles//gpu?ref=7"
)

func manifest(when, kind, name string) gen.KubernetesObject {
	return gen.KubernetesObject{"apiVersion": "v1", "kind": kind, "metadata": map[string]any{"name": name, "annotations": map[string]any{"cns.nvidia.com/apply": when}}}
}

// chain is three components: web, of an OCI registry, has objects before and after its chart and depends on api, which depends on crd.
func chain() gen.Recipe {
	component := func(name, repository string, on ...string) gen.ComponentRef {
		return gen.ComponentRef{Name: name, Version: "1.0.0+b.1", Repository: repository, Chart: name + "-chart", Namespace: name + "-ns",
			DependencyRefs: on, Values: map[string]any{"of": name}}
	}
	web := component("web", "oci://ghcr.io/org/", "api")
	web.Manifests = []gen.KubernetesObject{manifest(afterChart, "Policy", "p"), manifest(beforeChart, "ConfigMap", "c"), {"apiVersion": "v1", "kind": "Secret", "metadata": map[string]any{"name": "s"}}}
	return gen.Recipe{ComponentRefs: []gen.ComponentRef{web, component("api", "https://charts.example.com/a/", "crd"), component("crd", "http://charts.example.com")}}
}

func mustBuild(t *testing.T, r gen.Recipe, params gen.CreateBundleParams) Bundle {
	t.Helper()
	b, err := Build(t.Context(), testCatalog(), testOptions, r, params)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// deployed are the paths of what the deployer laid out, without what all bundles have.
func deployed(b Bundle) []string {
	var paths []string
	for _, f := range b.Files {
		switch f.Path {
		case "README.md", "charts.txt", "checksums.txt", "hauler-manifest.yaml", "images.txt", "provenance.json", "recipe.yaml", "sbom.cdx.json":
		default:
			paths = append(paths, f.Path)
		}
	}
	return paths
}

// at returns what keys and list indexes lead to in a file's document.
func at(t *testing.T, b Bundle, name string, keys ...any) any {
	t.Helper()
	var v any = decodeYAML(t, NewFile(name, file(t, b, name)))
	for i, key := range keys {
		var ok bool
		switch key := key.(type) {
		case int:
			var list []any
			if list, ok = v.([]any); ok && key < len(list) {
				v = list[key]
			}
		case string:
			var m map[string]any
			if m, ok = v.(map[string]any); ok {
				v = m[key]
			}
		}
		if !ok {
			t.Fatalf("%s has nothing at %v", name, keys[:i+1])
		}
	}
	return v
}

func checkAt(t *testing.T, b Bundle, name string, want any, keys ...any) {
	t.Helper()
	if diff := cmp.Diff(want, at(t, b, name, keys...)); diff != "" {
		t.Errorf("%s at %v: %s", name, keys, diff)
	}
}

// Names in the cluster are short enough, and no two are equal, whatever the components are called.
func TestStageNames(t *testing.T) {
	for _, names := range [][]string{
		{strings.Repeat("x", 40), strings.Repeat("x", 41), strings.Repeat("x", 53), strings.Repeat("y", 53)},
		{"a", "a-before-chart", "before-chart", "manifests-1", "manifests", "1", "01", strings.Repeat("x", 53)},
	} {
		var r gen.Recipe
		for i, name := range names {
			ref := foreign(name)
			ref.Order, ref.Manifests = i+1, []gen.KubernetesObject{manifest(beforeChart, "A", "a"+name), manifest(afterChart, "A", "b"+name)}
			r.ComponentRefs = append(r.ComponentRefs, ref)
		}
		seen := map[string]bool{}
		p, err := builderOf(testCatalog(), r).plan(gen.CreateBundleParams{Deployer: gen.DeployerHelm})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range p.releases {
			for _, stage := range r.stages() {
				name := r.stageName(stage)
				if len(name) > 53 || seen[name] {
					t.Errorf("%s of %s is called %s", stage, r.Name, name)
				}
				seen[name] = true
			}
		}
		if len(seen) != 3*len(names) {
			t.Errorf("%d names", len(seen))
		}
		for name, params := range everyDeployer() { // and no two files
			t.Run(name, func(t *testing.T) { documentsOf(t, mustBuild(t, r, params)) })
		}
	}
}

func TestReservedNames(t *testing.T) {
	for _, tt := range []struct {
		name    string
		refused map[gen.Deployer]bool
	}{
		{"cns-bundle", map[gen.Deployer]bool{gen.DeployerArgocd: true, gen.DeployerFlux: true}},
		{"flux-system", map[gen.Deployer]bool{gen.DeployerFlux: true}},
		{"argocd", nil},
	} {
		for name, params := range everyDeployer() {
			t.Run(tt.name+"/"+name, func(t *testing.T) {
				_, err := Build(t.Context(), testCatalog(), testOptions, gen.Recipe{ComponentRefs: []gen.ComponentRef{foreign(tt.name)}}, params)
				if !tt.refused[params.Deployer] {
					if err != nil {
						t.Fatal(err)
					}
					return
				}
				checkInvalid(t, err, fmt.Sprintf("component %q would replace an object of that name that %s needs: rename it or use another deployer", tt.name, params.Deployer),
					apierror.Details{Parameter: "deployer", Requested: string(params.Deployer)})
			})
		}
	}
}

func TestRepeatedManifest(t *testing.T) {
	object := func(apiVersion, kind, namespace, name string) gen.KubernetesObject {
		metadata := map[string]any{"name": name}
		if namespace != "" {
			metadata["namespace"] = namespace
		}
		return gen.KubernetesObject{"apiVersion": apiVersion, "kind": kind, "metadata": metadata}
	}
	for name, tt := range map[string]struct {
		other   gen.KubernetesObject
		refused bool
	}{
		"same":              {object("g/v1", "A", "n", "a"), true},
		"another version":   {object("g/v2", "A", "n", "a"), true},
		"another group":     {object("h/v1", "A", "n", "a"), false},
		"core group":        {object("v1", "A", "n", "a"), false},
		"another kind":      {object("g/v1", "B", "n", "a"), false},
		"another namespace": {object("g/v1", "A", "m", "a"), false},
		"no namespace":      {object("g/v1", "A", "", "a"), false},
		"another name":      {object("g/v1", "A", "n", "b"), false},
	} {
		t.Run(name, func(t *testing.T) {
			ref := foreign("podinfo")
			ref.Manifests = []gen.KubernetesObject{object("g/v1", "A", "n", "a"), tt.other}
			err := newBuilder(ref).complete()
			if !tt.refused {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			checkInvalid(t, err, `component "podinfo" has the manifest A "a" twice`, apierror.Details{Field: "/componentRefs", Requested: "podinfo"})
		})
	}
}

// In the objects of Argo CD and Flux a null would get lost, so values with one are text there.
func TestNullValues(t *testing.T) {
	for name, params := range everyDeployer() {
		for text, values := range map[string]map[string]any{
			"a: null\n":               {"a": nil},
			"a:\n  - b: null\n":       {"a": []any{map[string]any{"b": nil}}},
			"a:\n  b: \"null\"\n":     {"a": map[string]any{"b": "null"}},
			"a: []\nb: {}\nc: \"\"\n": {"a": []any{}, "b": map[string]any{}, "c": ""},
		} {
			ref := foreign("podinfo")
			ref.Values = values
			b := mustBuild(t, gen.Recipe{ComponentRefs: []gen.ComponentRef{ref}}, params)
			isText := false
			for _, document := range documentsOf(t, b) {
				if found := valuesText(document); found != "" {
					isText = true
					if found != text {
						t.Errorf("%s: %q, want %q", name, found, text)
					}
				}
			}
			isObject := !strings.Contains(name, "helm") && name != "argocd git"
			if want := isObject && strings.Contains(text, ": null"); isText != want {
				t.Errorf("%s, %q: as text %v, want %v", name, text, isText, want)
			}
		}
	}
}
