package server

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/values"
)

// object is a Kubernetes object, as far as these tests look at it.
type object struct {
	Kind     string
	Metadata struct{ Name, Namespace string }
	Data     map[string]string
}

// TestHelmDeploysTheBundle goes the whole way with the real Helm: criteria, recipe, bundle,
// deploy.sh --dry-run. Each chart is a stand-in that shows the values it got; they have to be the
// recipe's, in the recipe's order.
func TestHelmDeploysTheBundle(t *testing.T) {
	ts := start(t)
	for _, query := range []string{
		"service=eks&accelerator=gb200&intent=training&os=ubuntu", "service=gke&os=cos",
		"accelerator=h100&os=ubuntu&intent=inference", "intent=training&os=ubuntu", "",
	} {
		t.Run(query, func(t *testing.T) {
			var r gen.Recipe
			if err := json.Unmarshal(ts.get(t, "/v1/recipe?"+query), &r); err != nil {
				t.Fatal(err)
			}
			repository := chartRepository(t, r)
			for i := range r.ComponentRefs {
				r.ComponentRefs[i].Repository = repository
			}
			resp, archive := ts.do(t, call{method: http.MethodPost, path: "/v1/bundle", contentType: jsonType,
				body: encode(t, jsonType, r)})
			if resp.StatusCode != http.StatusOK {
				t.Fatalf("%d %s", resp.StatusCode, archive)
			}
			labelled := map[string]bool{} // namespaces
			for _, ref := range r.ComponentRefs {
				labelled[ref.Namespace] = labelled[ref.Namespace] || ref.PodSecurity != ""
			}
			dir := unzip(t, archive)
			run(t, dir, "sha256sum", "--check", "--strict", "--quiet", "checksums.txt")
			checkObjects(t, r, maps.Clone(labelled), parseObjects(t, run(t, dir, "./deploy.sh", "--dry-run")))

			one := r.ComponentRefs[len(r.ComponentRefs)-1]
			r.ComponentRefs = []gen.ComponentRef{one}
			checkObjects(t, r, labelled, parseObjects(t, run(t, dir, "./deploy.sh", "--dry-run", one.Name)))
		})
	}
}

// checkObjects compares a dry run with what the recipe says, object by object. The namespaces that
// are labelled come before the first component in them.
func checkObjects(t *testing.T, r gen.Recipe, labelled map[string]bool, got []object) {
	t.Helper()
	for _, ref := range r.ComponentRefs {
		if labelled[ref.Namespace] {
			labelled[ref.Namespace] = false
			if len(got) == 0 || got[0].Kind != "Namespace" || got[0].Metadata.Name != ref.Namespace {
				t.Fatalf("%s: want its namespace %s here; got %+v", ref.Name, ref.Namespace, got)
			}
			got = got[1:]
		}
		for _, phase := range []string{"before-chart", "chart", "after-chart"} {
			if phase == "chart" {
				if len(got) == 0 {
					t.Fatalf("%s: its chart was not rendered", ref.Name)
				}
				checkRelease(t, ref, got[0])
				got = got[1:]
				continue
			}
			for _, manifest := range ref.Manifests {
				metadata := manifest["metadata"].(map[string]any)
				if metadata["annotations"].(map[string]any)["cns.nvidia.com/apply"] != phase {
					continue
				}
				if len(got) == 0 || got[0].Kind != manifest["kind"] || got[0].Metadata.Name != metadata["name"] {
					t.Fatalf("%s: want %s %s here, in %s; got %+v", ref.Name, manifest["kind"], metadata["name"],
						phase, got)
				}
				got = got[1:]
			}
		}
	}
	if len(got) > 0 {
		t.Errorf("more objects than the recipe has: %+v", got)
	}
}

func checkRelease(t *testing.T, ref gen.ComponentRef, got object) {
	t.Helper()
	want := map[string]string{"release": ref.Name, "chart": ref.Chart + "-" + ref.Version}
	if diff := cmp.Diff(want, map[string]string{"release": got.Data["release"],
		"chart": got.Data["chart"]}); diff != "" || got.Metadata.Namespace != ref.Namespace {
		t.Errorf("%s: namespace %s\n%s", ref.Name, got.Metadata.Namespace, diff)
	}
	values := decode(t, []byte(got.Data["values"])).(map[string]any)
	if global, ok := values["global"].(map[string]any); ok && len(global) == 0 {
		delete(values, "global") // Helm adds an empty one
	}
	if diff := cmp.Diff(withoutNulls(decode(t, []byte(encode(t, jsonType, ref.Values)))), any(values)); diff != "" {
		t.Errorf("%s: the recipe's values against those that the chart got:\n%s", ref.Name, diff)
	}
}

// withoutNulls is what Helm does with a null: it takes the key away.
func withoutNulls(v any) any {
	if m, ok := v.(map[string]any); ok {
		for key, value := range m {
			if value == nil {
				delete(m, key)
			} else {
				m[key] = withoutNulls(value)
			}
		}
	}
	return v
}

// TestSetIsHelms applies the same expressions by set= and by helm --set.
func TestSetIsHelms(t *testing.T) {
	ts := start(t)
	base := gen.ComponentRef{Name: "demo", Version: "1.0.0", Chart: "demo", Namespace: "demo", Values: map[string]any{
		"list": []any{map[string]any{"name": "a", "value": 1},
			map[string]any{"name": "b"}}, "map": map[string]any{"kept": "yes", "gone": true},
	}, DependencyRefs: []string{}, Manifests: []gen.KubernetesObject{}}
	r := gen.Recipe{Kind: gen.RecipeKindRecipe, APIVersion: gen.APIVersionV1Alpha1,
		ComponentRefs: []gen.ComponentRef{base}}
	r.ComponentRefs[0].Repository = chartRepository(t, r)
	for _, expressions := range [][]string{
		{"a=1"}, {"a=1,b=two"}, {"a.b.c=x",
			"a.b.d=y"}, {"a={1,2,three}"}, {"list[0].value=9"}, {"list[2].name=c"}, {"map.gone=null"}, {"map=null"},
		{`a\.b=c`}, {`nodeSelector.kubernetes\.io/os=linux`}, {`a=1\,2`},
		{"a=true,b=false,c=null,d=0123,e=1e3,f=1.5"}, {"a="}, {"a={}"}, {"a=[x]", "a=y"},
		{"list=null"}, {"a=on,b=yes,c=~"}, {"a=$(touch pwned)`id`"}, {"a=ünï"}, {"n=1000000,m=-5"},
	} {
		query := url.Values{}
		args := []string{"template", "demo", "demo", "--repo", r.ComponentRefs[0].Repository, "--namespace", "demo",
			"--values", "values.json"}
		for _, e := range expressions {
			query.Add("set", "demo:"+e)
			args = append(args, "--set", e)
		}
		resp, archive := ts.do(t, call{method: http.MethodPost, path: "/v1/bundle?" + query.Encode(),
			contentType: jsonType, body: encode(t, jsonType, r)})
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%q: %d %s", expressions, resp.StatusCode, archive)
			continue
		}
		helmDir := t.TempDir()
		if err := os.WriteFile(filepath.Join(helmDir, "values.json"), []byte(encode(t, jsonType, base.Values)),
			0o600); err != nil {
			t.Fatal(err)
		}
		want := parseObjects(t, run(t, helmDir, "helm", args...))
		got := parseObjects(t, run(t, unzip(t, archive), "./deploy.sh", "--dry-run"))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: helm --set against set=:\n%s", expressions, diff)
		}
	}
}

// TestMergeIsHelms lays one values file over another by values.Merge and by helm -f -f. The chart's
// own values show what a null does.
func TestMergeIsHelms(t *testing.T) {
	ref := gen.ComponentRef{Name: "demo", Version: "1.0.0", Chart: "demo", Namespace: "demo"}
	repository := chartRepository(t, gen.Recipe{ComponentRefs: []gen.ComponentRef{ref}})
	base := map[string]any{"a": 1, "map": map[string]any{"x": 1, "y": map[string]any{"z": 1}}, "list": []any{1, 2},
		"scalar": "s", "default": map[string]any{"kept": 2}}
	over := map[string]any{"a": nil, "map": map[string]any{"y": map[string]any{"z": nil, "w": 2}}, "list": []any{3},
		"scalar": map[string]any{"now": "map"}, "default": map[string]any{"gone": nil}, "new": nil}
	dir := t.TempDir()
	for name, values := range map[string]map[string]any{"base.yaml": base, "over.yaml": over,
		"merged.yaml": values.Merge(base, over)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(encode(t, yamlType, values)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{"template", "demo", "demo", "--repo", repository, "--values"}
	want := run(t, dir, "helm", append(slices.Clone(args), "base.yaml", "--values", "over.yaml")...)
	got := run(t, dir, "helm", append(slices.Clone(args), "merged.yaml")...)
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("helm -f -f against Merge:\n%s", diff)
	}
	if strings.Contains(string(got), "gone") {
		t.Errorf("a null doesn't take the chart's default away:\n%s", got)
	}
}

// chartRepository serves a stand-in chart for each component of a recipe and returns the
// repository's URL.
func chartRepository(t *testing.T, r gen.Recipe) string {
	t.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	entries := map[string]any{}
	for _, ref := range r.ComponentRefs {
		file := ref.Chart + "-" + ref.Version + ".tgz"
		archive := chart(t, ref)
		mux.HandleFunc("/"+file, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(archive) })
		entries[ref.Chart] = []any{map[string]any{"apiVersion": "v2", "name": ref.Chart, "version": ref.Version,
			"urls": []any{file}}}
	}
	index := encode(t, yamlType, map[string]any{"apiVersion": "v1", "entries": entries})
	mux.HandleFunc("/index.yaml", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, index) })
	return server.URL
}

// chart packs a chart that renders its values to a ConfigMap.
func chart(t *testing.T, ref gen.ComponentRef) []byte {
	t.Helper()
	var buf bytes.Buffer
	zw := gzip.NewWriter(&buf)
	tw := tar.NewWriter(zw)
	for name, content := range map[string]string{
		"Chart.yaml":  fmt.Sprintf("apiVersion: v2\nname: %s\nversion: %s\n", ref.Chart, ref.Version),
		"values.yaml": map[bool]string{true: "default: {kept: 1, gone: 1}\n"}[ref.Name == "demo"],
		"templates/values.yaml": `apiVersion: v1
kind: ConfigMap
metadata: {name: values, namespace: {{ .Release.Namespace }}}
data:
  release: {{ .Release.Name }}
  chart: {{ .Chart.Name }}-{{ .Chart.Version }}
  values: {{ .Values | toJson | quote }}
`,
	} {
		if err := tw.WriteHeader(&tar.Header{Name: ref.Chart + "/" + name, Mode: 0o644,
			Size: int64(len(content))}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(tw, content); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(tw.Close(), zw.Close()); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// unzip unpacks a bundle to a folder, with its modes.
func unzip(t *testing.T, archive []byte) string {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, f := range r.File {
		target := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			t.Fatal(err)
		}
		content, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(content)
		if err == nil {
			err = os.WriteFile(target, data, f.Mode())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// run executes a command with the pinned helm on PATH and returns its standard output.
func run(t *testing.T, dir, name string, args ...string) []byte {
	t.Helper()
	tools, err := filepath.Abs("../../.tools/bin")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(tools, "helm")); err != nil {
		t.Fatal("helm is missing: run make tools")
	}
	if name == "helm" {
		name = filepath.Join(tools, name)
	}
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	home := t.TempDir()
	cmd.Env = append(os.Environ(), "PATH="+tools+":"+os.Getenv("PATH"), "HOME="+home,
		"HELM_CACHE_HOME="+home, "HELM_CONFIG_HOME="+home, "HELM_DATA_HOME="+home)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, args, err, out, &stderr)
	}
	return out
}

func parseObjects(t *testing.T, stream []byte) []object {
	t.Helper()
	var objects []object
	for dec := yaml.NewDecoder(bytes.NewReader(stream)); ; {
		var o object
		err := dec.Decode(&o)
		if errors.Is(err, io.EOF) {
			return objects
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, stream)
		}
		if o.Kind != "" {
			objects = append(objects, o)
		}
	}
}
