package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func recipesCommand(args ...string) (string, error) {
	var stdout, stderr bytes.Buffer
	err := run(append([]string{"recipes"}, args...), nil, &stdout, &stderr)
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
		":1: changes neither components nor constraints wherever it applies: say what differs there, or remove it\n"
	if err == nil || err.Error() != "recipes check: findings: 1" {
		t.Errorf("error %v", err)
	}
	if diff := cmp.Diff(want, out); diff != "" {
		t.Error(diff)
	}
	if _, err := recipesCommand("check", overlayDir(t, "criteria: {service: EKS}\n")); err == nil || !strings.Contains(err.Error(), `invalid service "EKS"`) {
		t.Errorf("broken data: %v", err)
	}
}

// A site that overrules the embedded data means to.
func TestRecipesCheckOverruled(t *testing.T) {
	out, err := recipesCommand("check", overlayDir(t, "criteria: {accelerator: l40, intent: inference}\nbase: l40-inference\n"+
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
	for _, kind := range []string{"overlay", "component"} {
		out, err := recipesCommand("schema", kind)
		if err != nil || !json.Valid([]byte(out)) || !strings.HasSuffix(out, "}\n") {
			t.Errorf("%s: %q, %v", kind, out, err)
		}
	}
}

func TestRecipesUsage(t *testing.T) {
	for _, tt := range []struct {
		args string
		want string
	}{
		{"", `recipes: unknown command "": must be one of check, matrix, schema (see cnsd recipes --help)`},
		{"chek", `recipes: unknown command "chek": must be one of check, matrix, schema (see cnsd recipes --help)`},
		{"--all check", `flag provided but not defined: -all (see cnsd recipes --help)`},
		{"check a b", `recipes check: unexpected argument "b" (see cnsd recipes --help)`},
		{"check /nowhere", `/nowhere: no such file or directory`},
		{"schema", `unknown kind of recipe file "": must be one of component, overlay`},
		{"schema values", `unknown kind of recipe file "values": must be one of component, overlay`},
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
	for _, want := range []string{"check [dir]", "matrix [dir]", "schema overlay", "schema component"} {
		if !strings.Contains(out, want) {
			t.Errorf("--help lacks %s", want)
		}
	}
}
