package chart

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
	"sigs.k8s.io/yaml"

	"github.com/NVIDIA/cloud-native-stack/internal/valuepath"
)

// helpers are the named templates that random ones call.
const helpers = `
{{- define "value" }}{{ toYaml .v }}{{ end }}
{{- define "nested" }}{{ toJson (((.context).inner).v).a }}{{ end }}
{{- define "tuple" }}{{ $v := index . 1 }}{{ with (first .) }}{{ toJson .b }}{{ end }}{{ toJson ($v).c }}{{ end }}
{{- define "again" }}{{ with .v }}{{ toJson .c }}{{ include "again" (dict "v" .a) }}{{ end }}{{ end }}
{{- define "growing" }}{{ if lt (len .path) 4 }}{{ toJson (.v).c }}
{{- include "growing" (dict "v" (.v).b "path" (append .path 1)) }}{{ end }}{{ end }}
{{- define "name" }}a{{ end }}
`

// expression draws one that gives a map or nothing, of the values below a key.
func expression(t *rapid.T, of string, depth int) string {
	inner := func() string { return expression(t, of, depth-1) }
	aMap := func() string { return "(default dict " + inner() + ")" }
	key := func() string { return rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "key") }
	forms := []func() string{
		func() string { return fmt.Sprintf(`(index $.Values %q)`, of) },
		func() string { return fmt.Sprintf(`($.Values.%s).%s`, of, key()) },
		func() string { return fmt.Sprintf("(%s).%s", inner(), key()) },
		func() string { return fmt.Sprintf("(index %s %q)", aMap(), key()) },
		func() string { return fmt.Sprintf("(default dict (get %s %q))", aMap(), key()) },
		func() string { return fmt.Sprintf("(dig %q %q dict %s)", key(), key(), aMap()) },
		func() string { return fmt.Sprintf("(default %s %s)", inner(), inner()) },
		func() string { return fmt.Sprintf("(coalesce %s %s)", inner(), inner()) },
		func() string { return fmt.Sprintf("(ternary %s %s (hasKey %s %q))", inner(), inner(), aMap(), key()) },
		func() string { return fmt.Sprintf("(and %s %s)", inner(), inner()) },
		func() string { return fmt.Sprintf("(or %s %s)", inner(), inner()) },
		func() string { return fmt.Sprintf(`(dict "x" %s "y" %s).x`, inner(), inner()) },
		func() string { return fmt.Sprintf(`(set (dict "x" 1) "y" %s).y`, inner()) },
		func() string { return fmt.Sprintf("(index (list %s %s) 1)", inner(), inner()) },
		func() string { return fmt.Sprintf("(last (append (list %s) %s))", inner(), inner()) },
		func() string { return fmt.Sprintf("(first (rest (list 1 %s)))", inner()) },
		func() string { return fmt.Sprintf("(merge dict %s %s)", aMap(), aMap()) },
		func() string { return fmt.Sprintf("(mustMergeOverwrite (deepCopy %s) %s)", aMap(), aMap()) },
		func() string { return fmt.Sprintf("(pick %s %q)", aMap(), key()) },
		func() string { return fmt.Sprintf("(omit %s %q)", aMap(), key()) },
		func() string { return fmt.Sprintf("(fromYaml (toYaml %s))", inner()) },
		func() string { return fmt.Sprintf("(first (pluck %q %s))", key(), aMap()) },
		func() string { return fmt.Sprintf(`(include "value" (dict "v" %s) | fromYaml)`, inner()) },
		func() string { return fmt.Sprintf("(index %s (include %q .))", aMap(), "name") },
	}
	if depth == 0 {
		forms = forms[:2]
	}
	return rapid.SampledFrom(forms).Draw(t, "form")()
}

// statement draws one that prints something of the values below a key, in one line.
func statement(t *rapid.T, of string) string {
	depth := rapid.IntRange(1, 3).Draw(t, "depth")
	e := func() string { return expression(t, of, depth) }
	return rapid.SampledFrom([]func() string{
		func() string { return "{{ toYaml " + e() + " | quote }}" },
		func() string { return "{{ " + e() + " | toJson | quote }}" },
		func() string {
			return "{{ with " + e() + " }}{{ toJson .c }}{{ else }}{{ toJson " + e() + " }}{{ end }}"
		},
		func() string { return "{{ if or .nothing " + e() + " }}{{ toJson " + e() + " }}{{ end }}" },
		func() string { return "{{ range $k, $v := " + e() + " }}{{ $k }}{{ toJson $v }}{{ end }}" },
		func() string { return "{{ range " + e() + " }}{{ toJson . }}{{ end }}" },
		func() string { return "{{ range $m := list " + e() + " " + e() + " }}{{ toJson ($m).c }}{{ end }}" },
		func() string {
			return "{{ $v := " + e() + " }}{{ with " + e() + " }}{{ $v = . }}{{ end }}{{ toJson $v }}"
		},
		func() string {
			return "{{ $v := dict }}{{ range list 1 2 }}{{ toJson ($v).c }}{{ $v = " + e() + " }}{{ end }}"
		},
		func() string { return "{{ $d := dict }}{{ $_ := set $d \"x\" " + e() + " }}{{ toJson ($d.x).c }}" },
		func() string { return "{{ keys (default dict " + e() + ") | sortAlpha | join \"-\" }}" },
		func() string { return "{{ hasKey (default dict " + e() + ") \"c\" }}" },
		func() string { return "{{ $k := \"c\" }}{{ toJson (get (default dict " + e() + ") $k) }}" },
		func() string {
			return "{{ include \"nested\" (dict \"context\" (dict \"inner\" (dict \"v\" " + e() + "))) }}"
		},
		func() string { return "{{ include \"tuple\" (list " + e() + " " + e() + ") }}" },
		func() string { return "{{ include \"again\" (dict \"v\" " + e() + ") }}" },
		func() string { return "{{ template \"growing\" (dict \"v\" " + e() + " \"path\" list) }}" },
		func() string {
			return "{{ if include \"value\" (dict \"v\" " + e() + ") }}{{ toJson " + e() + " }}{{ end }}"
		},
		func() string { return "{{ tpl \"{{ toJson .c }}\" (default dict " + e() + ") }}" },
		func() string { return "{{ block \"inline-" + of + "\" " + e() + " }}{{ toJson (.).c }}{{ end }}" },
		func() string {
			return "{{ define \"of-" + of + "\" }}{{ toJson (.).c }}{{ end }}{{ include (printf \"of-%s\" \"" + of +
				"\") " + e() + " }}"
		},
	}).Draw(t, "statement")()
}

// TestHelmReadsOnlyPaths renders random templates with Helm: where a value that values.yaml doesn't
// list changes what one prints, the chart has to take it.
func TestHelmReadsOnlyPaths(t *testing.T) {
	const templates = 400
	listed := map[string]any{"a": map[string]any{"a": map[string]any{"z": 0}, "b": map[string]any{"z": 0}},
		"b": map[string]any{"a": map[string]any{"z": 0}, "b": map[string]any{"z": 0}}}
	chart, defaults := folder{"Chart.yaml": "apiVersion: v2\nname: random\nversion: 1.0.0\n",
		"templates/_helpers.tpl": helpers}, map[string]any{}
	for i := range templates {
		key := fmt.Sprintf("t%03d", i)
		defaults[key] = listed
		text := rapid.Custom(func(t *rapid.T) string { return statement(t, key) }).Example(i)
		chart["templates/"+key+".yaml"] = "kind: Test\n# " + text + "\n"
	}
	chart["values.yaml"] = toYAML(t, defaults)
	dir := chart.write(t)
	paths := derived(t, dir)
	changes := 0
	before := render(t, dir, map[string]any{})
	for _, parent := range [][]string{{}, {"a"}, {"b"}, {"a", "a"}, {"a", "b"}, {"b", "a"}, {"b", "b"}} {
		set := map[string]any{"c": map[string]any{"z": "set"}}
		for i := len(parent) - 1; i >= 0; i-- {
			set = map[string]any{parent[i]: set}
		}
		all := map[string]any{}
		for key := range defaults {
			all[key] = set
		}
		after := render(t, dir, all)
		for key := range defaults {
			path := append(append([]string{key}, parent...), "c")
			if before[key] == after[key] {
				continue
			}
			changes++
			if !paths.Takes(path) {
				t.Errorf("the chart takes no value at %s, but prints it:\n%s", valuepath.Join(path),
					chart["templates/"+key+".yaml"])
			}
		}
	}
	if changes < templates {
		t.Errorf("only %d values changed what is printed", changes)
	}
}

var source = regexp.MustCompile(`(?m)^# Source: random/templates/(t\d+)\.yaml$`)

// render returns what Helm makes of each template.
func render(t *testing.T, dir string, values map[string]any) map[string]string {
	t.Helper()
	helm, err := filepath.Abs("../../../.tools/bin/helm")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(helm); err != nil {
		t.Fatal("helm is missing: run make tools")
	}
	file := filepath.Join(t.TempDir(), "values.yaml")
	if err := os.WriteFile(file, []byte(toYAML(t, values)), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), helm, "template", "random", dir, "-f", file)
	home := t.TempDir()
	cmd.Env = append(os.Environ(), "HOME="+home, "HELM_CACHE_HOME="+home, "HELM_CONFIG_HOME="+home,
		"HELM_DATA_HOME="+home)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("helm template: %v\n%s", err, &stderr)
	}
	rendered := map[string]string{}
	for document := range strings.SplitSeq(string(out), "\n---\n") {
		if match := source.FindStringSubmatch(document); match != nil {
			rendered[match[1]] = document
		}
	}
	return rendered
}

func toYAML(t *testing.T, v any) string {
	t.Helper()
	text, err := yaml.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
