package chart

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const chartYAML = "apiVersion: v2\nname: app\nversion: 1.2.3\n"

// derivedFrom returns the paths of a chart, separated by spaces.
func derivedFrom(t *testing.T, f folder) string {
	t.Helper()
	var first string
	for i := range 4 { // the same each time, whatever the order of Go's maps
		c, err := f.chart()
		if err != nil {
			t.Fatal(err)
		}
		p, err := c.Paths()
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Join(strings.Fields(written(t, p)), " ")
		if i > 0 && lines != first {
			t.Fatalf("once %s\nonce %s", first, lines)
		}
		first = lines
	}
	return first
}

func TestPathsOfValues(t *testing.T) {
	for _, tt := range []struct{ name, values, want string }{
		{"none", "", ""},
		{"scalars", "a: 1\nb: {c: x, d: true}\ne: ''", "a b.c b.d e"},
		{"empty map, list and null", "a: {}\nb: []\nc:\nd: [{e: 1}]", "a.* b.* c.* d.*"},
		{"dots in keys", "grafana.ini: {log: {mode: x}}", `grafana\.ini.log.mode`},
		{"keys that YAML takes for something else", "1: {2.5: a}\ntrue: b", `1.2\.5 true`},
		{"texts that are templates",
			"a: '{{ .Values.b.c }}'\nd: ['{{ .Values.e }}', 'up{job=\"x\"} {{ $labels.pod }}']", "a b.c d.* e"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := derivedFrom(t, folder{"Chart.yaml": chartYAML, "values.yaml": tt.values}); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// Where a path should end in .*, the template may read anything there.
func TestPathsOfTemplates(t *testing.T) {
	const helpers = `
{{ define "image" }}{{ .registry }}/{{ .name }}{{ end }}
{{ define "root" }}{{ .Values.fromRoot }}{{ $.Values.fromDollar }}{{ end }}
{{ define "nested" }}{{ .context.Values.fromContext }}{{ toYaml .value }}{{ end }}
{{ define "chain" }}{{ .name }}{{ if .next }}{{ include "chain" .next }}{{ end }}{{ end }}
{{ define "grow" }}{{ .v.x }}{{ include "grow" (dict "v" .v "path" (dict "up" .path)) }}{{ end }}
{{ define "render" }}{{ if typeIs "string" .value }}{{ tpl .value .context }}
{{- else }}{{ tpl (.value | toYaml) .context }}{{ end }}{{ end }}`
	for _, tt := range []struct{ name, template, want string }{
		{"field", `{{ .Values.a.b }}{{ $.Values.c }}{{ (.Values.d).e }}{{ ((.Values).f).g }}`, "a.b c d.e f.g"},
		{"what isn't a value", `{{ .Release.Name }}{{ .Capabilities.KubeVersion.Major }}{{ .Template.Name }}`, ""},
		{"argument", `{{ quote .Values.a }}{{ .Values.b | trunc 3 | quote }}{{ printf "%s" .Values.c }}`, "a b c"},
		{"argument of a method", `{{ .Files.Get .Values.a }}{{ .Capabilities.APIVersions.Has (print .Values.b) }}`,
			"a b"},
		{"printed whole", `{{ toYaml .Values.a | nindent 2 }}{{ .Values.b | mustToJson }}{{ toToml .Values.c.d }}`,
			"a.* b.* c.d.*"},
		{"scalar in values.yaml printed whole", `{{ toYaml .Values.number }}{{ toYaml .Values.text }}`, ""},
		{"unknown function", `{{ magic .Values.a }}`, "a.*"},
		{"with", `{{ with .Values.a }}{{ .b }}{{ $.Values.c }}{{ else }}{{ .Values.d }}{{ end }}`, "a.b c d"},
		{"with variable", `{{ with $x := .Values.a }}{{ $x.b }}{{ end }}`, "a.b"},
		{"if", `{{ if and .Values.a (not .Values.b.c) }}{{ .Values.d }}{{ else if .Values.e }}{{ .Values.f }}{{ end }}`,
			"a b.c d e f"},
		{"if that includes", `{{ if include "nested" (dict "context" . "value" .Values.a) }}{{ end }}`,
			"a.* fromContext"},
		{"range", `{{ range .Values.a }}{{ .b }}{{ else }}{{ .Values.c }}{{ end }}`, "a.* c"},
		{"range with key", `{{ range $k, $v := .Values.a }}{{ $k }}{{ $v.b }}{{ $.Values.c }}{{ end }}`, "a.* c"},
		{"range over constants", `{{ range $k := list "a" "b" }}{{ index $.Values $k "c" }}{{ end }}`, "a.c b.c"},
		{"range over values", `{{ range tuple .Values.a .Values.b }}{{ .c }}{{ end }}`, "a.c b.c"},
		{"range over all", `{{ range $k, $v := .Values }}{{ $k }}{{ end }}`, "*"},
		{"variable", `{{ $x := .Values.a }}{{ $y := $x.b }}{{ $y.c }}`, "a.b.c"},
		{"variable that branches assign",
			`{{ $x := .Values.a }}{{ if .Values.b }}{{ $x = .Values.c }}{{ end }}{{ $x.d }}`, "a.d b c.d"},
		{"variable that loops assign", `{{ $x := "" }}{{ range until 3 }}{{ ($x).d }}{{ $x = $.Values.a }}{{ end }}`,
			"a.d"},
		{"variable of a block", `{{ $x := .Values.a }}{{ if true }}{{ $x := .Values.b }}{{ $x.c }}{{ end }}{{ $x.d }}`,
			"a.d b.c"},
		{"index", `{{ index .Values "a" "b-c" }}{{ (index .Values.d "e").f }}{{ index .Values.g 0 }}`,
			`a.b-c d.e.f g.*`},
		{"index by a value", `{{ index .Values.a .Values.b }}`, "a.* b"},
		{"index of all by a value", `{{ index .Values .Values.b }}`, "*"},
		{"index of all by a name of the chart's", `{{ index .Values (include "name" .) }}`, ""},
		{"get and hasKey", `{{ get .Values.a "b" }}{{ if hasKey .Values.c "d" }}{{ end }}{{ hasKey .Values "e" }}`,
			"a.b c.d e"},
		{"dig", `{{ dig "a" "b" .Values.c .Values.d }}{{ .Values.e | dig "f" "none" }}`, "c d.a.b e.f"},
		{"default", `{{ default .Values.a .Values.b | toYaml }}{{ (.Values.c | default dict).d }}`, "a.* b.* c.d"},
		{"or, coalesce, ternary",
			`{{ (or .Values.a .Values.b).x }}{{ (coalesce .Values.c .Values.d).x }}{{ (ternary .Values.e .Values.f ` +
				`true).x }}`,
			"a.x b.x c.x d.x e.x f.x"},
		{"required", `{{ (required "say a" .Values.a).b }}`, "a.b"},
		{"merge", `{{ $m := merge dict .Values.a .Values.b }}{{ $m.c }}{{ mustMergeOverwrite (deepCopy .Values.d) ` +
			`.Values.e | toYaml }}`,
			"a.c b.c d.* e.*"},
		{"pick, omit and pluck",
			`{{ pick .Values.a "b" "c" | toYaml }}{{ omit .Values.d "e" | toYaml }}{{ toYaml (pluck "f" .Values.g ` +
				`.Values.h) }}`,
			"a.b.* a.c.* d.* g.f.* h.f.*"},
		{"lists", `{{ with append (list .Values.a) .Values.b }}{{ (first .).x }}{{ (last .).y }}{{ (index . 1).z ` +
			`}}{{ end }}{{ join "," .Values.c }}`,
			"a.x a.y a.z b.x b.y b.z c"},
		{"keys and values", `{{ keys .Values.a | join "," }}{{ range values .Values.b }}{{ .c }}{{ end }}`, "a.* b.*"},
		{"dict", `{{ with dict "x" .Values.a "y" (dict "z" .Values.b) }}{{ .x.c }}{{ .y.z.d }}{{ end }}`, "a.c b.d"},
		{"set", `{{ $d := dict }}{{ $_ := set $d "x" .Values.a }}{{ $d.x.b }}{{ $_ := set . "y" .Values.c }}`,
			"a.b c.*"},
		{"copy by YAML", `{{ $x := toYaml .Values.a | fromYaml }}{{ $x.b }}`, "a.*"},
		{"include", `{{ include "image" .Values.a }}{{ template "image" .Values.b }}{{ template "root" . }}{{ ` +
			`include "root" $ }}`,
			"a.name a.registry b.name b.registry fromDollar fromRoot"},
		{"include with dict", `{{ include "nested" (dict "context" $ "value" .Values.a) }}`, "a.* fromContext"},
		{"include with merged context", `{{ include "nested" (merge (dict "context" $ "value" .Values.a.b) .) }}`,
			"a.b.* fromContext"},
		{"include by an unknown name", `{{ include (printf "%s.x" .Chart.Name) (dict "v" .Values.a "context" .) }}`,
			"a.* fromContext fromDollar fromRoot"},
		{"include of a file", `{{ include (print $.Template.BasePath "/other.yaml") . | sha256sum }}`, ""},
		{"template that isn't there", `{{ include "library.thing" (dict "v" .Values.a "root" .) }}`, "a.*"},
		{"template that calls itself", `{{ include "chain" .Values.a }}`,
			"a.name a.next.name a.next.next.name a.next.next.next.name " +
				"a.next.next.next.next.name a.next.next.next.next.next.*"},
		{"template that calls itself with ever more", `{{ include "grow" (dict "v" .Values.a "path" dict) }}`, "a.*"},
		{"tpl", `{{ tpl .Values.a . }}{{ tpl "{{ .Values.b.c }}" . }}{{ tpl (toYaml .Values.d) $ }}{{ tpl "{{ .x.y ` +
			`}}" (dict "x" .Values.e) }}`,
			"a b.c d.* e.y"},
		{"tpl by a helper", `{{ include "render" (dict "value" .Values.a "context" $) }}`, "a.*"},
		{"lookup", `{{ (lookup "v1" "Secret" .Release.Namespace .Values.a).data }}`, "a"},
		{"all values as YAML", `{{ toYaml .Values }}`, "*"},
		{"all values by tpl", `{{ tpl (toYaml .Values) . }}`, "*"},
		{"all values printed", `{{ .Values }}`, "*"},
		{"checksum of all values", `{{ toYaml .Values | sha256sum }}{{ sha1sum (toJson .Values) }}`, ""},
		{"all values in a dict", `{{ $x := dict "Values" .Values }}{{ $x.Values.a }}{{ include "root" $x }}`,
			"a fromDollar fromRoot"},
		{"subchart that isn't there", `{{ .Subcharts.db.Values.a }}{{ .Subcharts.db.Chart.Version }}`, "db.a"},
		{"block", `{{ block "inline" .Values.a }}{{ .b }}{{ end }}`, "a.b"},
		{"comment and text", `{{/* .Values.a */}} .Values.b`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := derivedFrom(t, folder{
				"Chart.yaml": chartYAML, "values.yaml": "number: 1\ntext: a", "templates/_helpers.tpl": helpers,
				"templates/a.yaml": tt.template,
			})
			got = strings.TrimSpace(strings.TrimSuffix(got, "number text"))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPathsOfFiles(t *testing.T) {
	f := folder{"Chart.yaml": chartYAML, "files/job.yaml": "{{ .Values.a }}", "README.md": "{{ .Values.b }}",
		"files/broken": "{{ if"}
	if got := derivedFrom(t, f.with("templates/a.yaml", `{{ tpl (.Files.Get "files/job.yaml") . }}`)); got != "a" {
		t.Errorf("got %s", got)
	}
	if got := derivedFrom(t, f.with("templates/a.yaml", "text")); got != "" {
		t.Errorf("without .Files got %s", got)
	}
}

func TestPathsOfBrokenTemplate(t *testing.T) {
	for name, f := range map[string]folder{
		"chart": {"Chart.yaml": chartYAML, "templates/a.yaml": "\n{{ if }}"},
		"subchart": {"Chart.yaml": chartYAML, "charts/db/Chart.yaml": "name: app",
			"charts/db/templates/a.yaml": "\n{{ if }}"},
	} {
		c, err := Read(f.write(t))
		if err != nil {
			t.Fatal(err)
		}
		want := "chart app: template: templates/a.yaml:2: missing value for if"
		if _, err := c.Paths(); err == nil || err.Error() != want {
			t.Errorf("%s: error %v, want %s", name, err, want)
		}
	}
}
