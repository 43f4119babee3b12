package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func recipesCommand(args ...string) (string, error) {
	var stdout bytes.Buffer
	err := run(append([]string{"recipes"}, args...), nil, &stdout, nil) // only the server logs
	return stdout.String(), err
}

// overlayDir returns a directory with one overlay.
func overlayDir(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "overlays"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "overlays", "site.yaml"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestRecipesCheck(t *testing.T) {
	out, err := recipesCommand("check")
	if err != nil || !strings.HasPrefix(out, "no findings: ") || !strings.HasSuffix(out, " environments\n") {
		t.Errorf("%q, %v", out, err)
	}
	dir := overlayDir(t, "criteria: {service: eks}\ncomponents: {gpu-operator: {}}\n")
	out, err = recipesCommand("check", dir)
	want := filepath.Join(dir, "overlays/site.yaml") +
		":1: changes nothing but warnings wherever it applies: say what differs there, or remove it\n"
	if err == nil || err.Error() != "recipes check: findings: 1" {
		t.Errorf("error %v", err)
	}
	if diff := cmp.Diff(want, out); diff != "" {
		t.Error(diff)
	}
	if _, err := recipesCommand("check", overlayDir(t, "criteria: {service: EKS}\n")); err == nil ||
		!strings.Contains(err.Error(), `invalid service "EKS"`) {
		t.Errorf("broken data: %v", err)
	}
	dir = overlayDir(t, "criteria: {service: eks}\ncomponents: {cert-manager: {version: v9.0.0}}\n")
	out, err = recipesCommand("check", dir)
	want = filepath.Join(dir, "overlays/site.yaml") + ":2: warning: nothing checks the values of cert-manager v9.0.0: "
	if err != nil || !strings.HasPrefix(out, want) || !strings.Contains(out, "\nno findings, warnings: 1: ") {
		t.Errorf("warning: %q, %v", out, err)
	}
	dir = overlayDir(t, "criteria: {service: eks}\noffers:\n  os: ["+strings.Repeat("ubuntu, ", 100)+"]\n")
	_, err = recipesCommand("check", dir)
	want = dir + "/overlays/site.yaml:3: a bundle of the recipe for service=eks "
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("data of which there are no bundles: %v", err)
	}
	dir = overlayDir(t, "criteria: {service: eks}\ncomponents: {gpu-operator: {values: {a: 1}}}\noffers:\n  os: ["+
		strings.Repeat("ubuntu, ", 100)+"]\n")
	out, err = recipesCommand("check", dir)
	want = dir + "/overlays/site.yaml:2: gpu-operator v"
	if err == nil || !strings.HasPrefix(out, want) || strings.Count(out, "\n") != 1 ||
		!strings.HasPrefix(err.Error(), dir+"/overlays/site.yaml:4: a bundle of ") ||
		!strings.HasSuffix(err.Error(), "\nrecipes check: findings: 1") {
		t.Errorf("a finding beside that: %q, %v", out, err)
	}
}

// A site that overrules the embedded data means to.
func TestRecipesCheckOverruled(t *testing.T) {
	out, err := recipesCommand("check", overlayDir(t,
		"criteria: {accelerator: l40, intent: inference}\nbase: l40-inference\n"+
			"components: {gpu-operator: {values: {devicePlugin: {config: {create: false}}}}}\n"))
	if err != nil || !strings.HasPrefix(out, "no findings: ") {
		t.Errorf("%q, %v", out, err)
	}
}

func TestRecipesMatrix(t *testing.T) {
	embedded, err := recipesCommand("matrix")
	if err != nil || !strings.HasPrefix(embedded, "| service |") {
		t.Fatalf("%q, %v", embedded, err)
	}
	out, err := recipesCommand("matrix", overlayDir(t, "criteria: {os: cos}\nconstraints: {os: {id: cos}}\n"))
	if err != nil || len(strings.Split(out, "\n")) <= len(strings.Split(embedded, "\n")) {
		t.Errorf("COS on self-managed clusters is missing:\n%s\n%v", out, err)
	}
}

func TestRecipesSchema(t *testing.T) {
	for _, kind := range []string{"overlay", "component", "images"} {
		out, err := recipesCommand("schema", kind)
		if err != nil || !json.Valid([]byte(out)) || !strings.HasSuffix(out, "}\n") {
			t.Errorf("%s: %q, %v", kind, out, err)
		}
	}
}

func TestRecipesCheckPaths(t *testing.T) {
	dir := overlayDir(t, "criteria: {service: eks}\ncomponents:\n  gpu-operator:\n    values:\n      driver:\n       "+
		" verison: 1.2.3\n")
	out, err := recipesCommand("check", dir)
	want := filepath.Join(dir, "overlays/site.yaml") +
		":6: gpu-operator v26.7.0 takes no value at driver.verison: nearest to it: driver.version\n"
	if diff := cmp.Diff(want, out); diff != "" || err == nil {
		t.Errorf("error %v\n%s", err, diff)
	}
}

func TestRecipesPaths(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"Chart.yaml": "name: driver\nversion: v1.2.3\n", "values.yaml": "image: {tag: a}\nenv: {}\n",
		"templates/a.yaml": "{{ .Values.name }}",
	} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755),
			os.WriteFile(file, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	out, err := recipesCommand("paths", dir)
	if err != nil {
		t.Fatal(err)
	}
	want := "# Value paths that the chart takes; below those that end in .* anything goes. Made by: cnsd recipes " +
		"paths <chart>\n" +
		"# Chart: driver v1.2.3\nenv.*\nimage.tag\nname\n"
	if diff := cmp.Diff(want, out); diff != "" {
		t.Error(diff)
	}
	if err := os.Remove(filepath.Join(dir, "Chart.yaml")); err != nil {
		t.Fatal(err)
	}
	if _, err := recipesCommand("paths", dir); err == nil || err.Error() != dir+": it has no Chart.yaml" {
		t.Errorf("error %v", err)
	}
}

func TestRecipesImages(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "images.yaml")
	for name, text := range map[string]string{
		"Chart.yaml": "name: driver\nversion: v1.2.4\n", "values.yaml": "image: {name: registry.example.com/a}\n",
		"images.yaml": "version: v1.2.3\ndefaults: {}\nregistries: [{path: image.name}]\nimages: [{repository: " +
			"[image.name]}]\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	out, err := recipesCommand("images", dir, file)
	want := "version: v1.2.4\ndefaults:\n  image.name: registry.example.com/a\nregistries: [{path: " +
		"image.name}]\nimages: [{repository: [image.name]}]\n"
	if diff := cmp.Diff(want, out); diff != "" || err != nil {
		t.Errorf("error %v\n%s", err, diff)
	}
	if err := os.WriteFile(file, []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := recipesCommand("images", dir, file); err == nil ||
		!strings.HasPrefix(err.Error(), file+": it has no version") {
		t.Errorf("error %v", err)
	}
}

func TestRecipesUsage(t *testing.T) {
	for _, tt := range []struct {
		args string
		want string
	}{
		{"", `recipes: unknown command "": must be one of check, images, matrix, paths, schema (see cnsd recipes ` +
			`--help)`},
		{"chek", `recipes: unknown command "chek": must be one of check, images, matrix, paths, schema (see cnsd ` +
			`recipes --help)`},
		{"--all check", `flag provided but not defined: -all (see cnsd recipes --help)`},
		{"check a b", `recipes check: unexpected argument "b" (see cnsd recipes --help)`},
		{"check /nowhere", `/nowhere: no such file or directory`},
		{"paths", `recipes paths: name the folder or package of a chart (see cnsd recipes --help)`},
		{"paths a b", `recipes paths: unexpected argument "b" (see cnsd recipes --help)`},
		{"paths /nowhere", `stat /nowhere: no such file or directory`},
		{"images a", `recipes images: name the folder or package of a chart, and an images.yaml (see cnsd recipes ` +
			`--help)`},
		{"images a b c", `recipes images: unexpected argument "c" (see cnsd recipes --help)`},
		{"images /nowhere b", `stat /nowhere: no such file or directory`},
		{"schema", `unknown kind of recipe file "": must be one of component, images, overlay`},
		{"schema values", `unknown kind of recipe file "values": must be one of component, images, overlay`},
	} {
		t.Run(tt.args, func(t *testing.T) {
			out, err := recipesCommand(strings.Fields(tt.args)...)
			if err == nil || err.Error() != tt.want || out != "" {
				t.Errorf("%q, error %v, want %s", out, err, tt.want)
			}
		})
	}
	out, err := recipesCommand("--help")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"check [dir]", "matrix [dir]", "schema overlay", "schema component", "schema images",
		"paths <chart>", "images <chart> <images.yaml>"} {
		if !strings.Contains(out, want) {
			t.Errorf("--help lacks %s", want)
		}
	}
}
