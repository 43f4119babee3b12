package main

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// A new criterion is the spec and data: no line of Go but what is generated of the spec.
func TestNewCriterion(t *testing.T) {
	source := copySource(t)
	addCriterion(t, filepath.Join(source, "api", "openapi.yaml"))
	overlay := "criteria: {platform: vm}\nconstraints:\n  kernel: {version: '>=6.8'} # Virtio.\n"
	file := filepath.Join(source, "recipes", "overlays", "vm.yaml")
	if err := os.WriteFile(file, []byte(overlay), 0o644); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(t.TempDir(), "cnsd")
	command(t, source, "go", "generate", "-run", "oapi-codegen", ".")
	// Without the paths of files, so that what is compiled is kept for the next time.
	command(t, source, "go", "build", "-trimpath", "-o", binary, "./cmd/cnsd")

	if out := command(t, source, binary, "recipes", "check"); !strings.HasPrefix(out, "no findings: ") {
		t.Errorf("recipes check: %s", out)
	}
	matrix := command(t, source, binary, "recipes", "matrix")
	const header = "| service | accelerator | intent | os | platform | kubernetes |"
	isRow := regexp.MustCompile(`\n\| eks \| .*h100.* \| .*training.* \| .*ubuntu.* \| .*vm.* \| `)
	if !strings.HasPrefix(matrix, header) || !isRow.MatchString(matrix) {
		t.Errorf("recipes matrix: %s", matrix)
	}
	url := serve(t, binary, "CNS_ALLOWED_PLATFORMS=vm")
	var r struct {
		Criteria     map[string]string
		Metadata     recipeMetadata
		Explanations []struct{ Field, Overlay, Source, Reason string }
	}
	getJSON(t, url+"/v1/recipe?service=eks&platform=VM&explain=true", http.StatusOK, &r)
	if !slices.Contains(r.Metadata.AppliedOverlays, "vm") || r.Criteria["platform"] != "vm" {
		t.Errorf("recipe for %v of %v", r.Criteria, r.Metadata.AppliedOverlays)
	}
	explained := struct{ Field, Overlay, Source, Reason string }{
		"/constraints/kernel/version", "vm", "overlays/vm.yaml:3", "Virtio.",
	}
	if !slices.Contains(r.Explanations, explained) {
		t.Errorf("%v is not among %v", explained, r.Explanations)
	}
	getJSON(t, url+"/v1/recipe?service=eks", http.StatusOK, &r)
	if slices.Contains(r.Metadata.AppliedOverlays, "vm") || r.Criteria["platform"] != "any" {
		t.Errorf("without a platform: recipe for %v of %v", r.Criteria, r.Metadata.AppliedOverlays)
	}
	var refused struct {
		Message string
		Details struct{ Allowed []string }
	}
	getJSON(t, url+"/v1/recipe?platform=metal", http.StatusBadRequest, &refused)
	if refused.Message != "platform type not allowed" || !slices.Equal(refused.Details.Allowed, []string{"vm"}) {
		t.Errorf("excluded value: %+v", refused)
	}
	checkBundle(t, url)
}

// copySource copies what the program is built of to a directory.
func copySource(t *testing.T) string {
	t.Helper()
	to, root := t.TempDir(), os.DirFS(filepath.Join("..", ".."))
	for _, name := range []string{"go.mod", "go.sum", "tools.go", "api", "cmd", "gen", "internal", "recipes"} {
		err := fs.WalkDir(root, name, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || strings.HasSuffix(name, "_test.go") {
				return err
			}
			data, err := fs.ReadFile(root, name)
			if err != nil {
				return err
			}
			file := filepath.Join(to, name)
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				return err
			}
			return os.WriteFile(file, data, 0o644)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// addCriterion adds the criterion platform to a spec.
func addCriterion(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var spec yaml.Node
	if err := yaml.Unmarshal(text, &spec); err != nil {
		t.Fatal(err)
	}
	for _, addition := range []struct{ keys, value string }{
		{"components schemas", `Platform: {type: string, title: platform type, description: What nodes are.,
			enum: [vm, metal, any], x-allowlist: CNS_ALLOWED_PLATFORMS}`},
		{"components schemas Criteria properties", `platform: {$ref: '#/components/schemas/Platform'}`},
		{"components parameters", `Platform: {name: platform, in: query, description: What nodes are.,
			schema: {$ref: '#/components/schemas/Platform'}}`},
		{"paths /v1/recipe get parameters", `- {$ref: '#/components/parameters/Platform'}`},
	} {
		node := spec.Content[0]
		for key := range strings.FieldsSeq(addition.keys) {
			i := slices.IndexFunc(node.Content, func(n *yaml.Node) bool { return n.Value == key })
			node = node.Content[i+1]
		}
		var value yaml.Node
		if err := yaml.Unmarshal([]byte(strings.ReplaceAll(addition.value, "\t", " ")), &value); err != nil {
			t.Fatal(err)
		}
		node.Content = append(node.Content, value.Content[0].Content...)
	}
	if text, err = yaml.Marshal(&spec); err == nil {
		err = os.WriteFile(file, text, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// command runs a program in a directory and returns what it prints.
func command(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}

// serve starts a server with these environment variables and returns its URL.
func serve(t *testing.T, binary string, environ ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary)
	cmd.Env = append(append(os.Environ(), "PORT=0"), environ...)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() }) // the test's context has ended it by then
	log := bufio.NewScanner(stderr)
	for log.Scan() {
		var line struct{ Address string }
		if err := json.Unmarshal(log.Bytes(), &line); err != nil {
			t.Fatalf("%s", log.Bytes())
		}
		if line.Address != "" {
			go func() { _, _ = io.Copy(io.Discard, stderr) }()
			return "http://127.0.0.1" + line.Address[strings.LastIndex(line.Address, ":"):]
		}
	}
	t.Fatal("the server says no address")
	return ""
}

func getJSON(t *testing.T, url string, status int, into any) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != status {
		t.Fatalf("%s: %v, status %d, want %d: %s", url, err, resp.StatusCode, status, body)
	}
	if err := json.Unmarshal(body, into); err != nil {
		t.Fatal(err)
	}
}

// checkBundle makes a bundle from criteria.
func checkBundle(t *testing.T, url string) {
	t.Helper()
	const criteria = `{"kind": "recipeCriteria", "apiVersion": "cns.nvidia.com/v1alpha1", "spec": {"platform": "vm"}}`
	resp, err := http.Post(url+"/v1/bundle", "application/json", strings.NewReader(criteria))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("bundle: %v, status %d: %s", err, resp.StatusCode, body)
	}
	archive, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	text, err := fs.ReadFile(archive, "recipe.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var r struct {
		Criteria    map[string]string
		Constraints map[string]map[string]string
	}
	if err := yaml.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	if r.Criteria["platform"] != "vm" || r.Constraints["kernel"]["version"] != ">=6.8" {
		t.Errorf("the bundle's recipe is for %v with %v", r.Criteria, r.Constraints)
	}
}
