package chart

import (
	"maps"
	"testing"
)

// inside returns the files of a subchart as its parent has them.
func (f folder) inside(name string) folder {
	moved := folder{}
	for file, text := range f {
		moved["charts/"+name+"/"+file] = text
	}
	return moved
}

// and returns the files of both.
func (f folder) and(other folder) folder {
	f = maps.Clone(f)
	maps.Copy(f, other)
	return f
}

func TestPathsOfSubcharts(t *testing.T) {
	db := folder{"Chart.yaml": "name: db\nversion: 1.0.0", "values.yaml": "size: 1",
		"templates/a.yaml": "{{ .Values.name }}"}
	library := folder{"Chart.yaml": "name: lib\nversion: 1.0.0\ntype: library",
		"templates/_a.tpl": `{{ define "lib.pod" }}{{ .Values.pod }}{{ end }}{{ define "lib.unused" }}{{ ` +
			`.Values.unused }}{{ end }}`}
	for _, tt := range []struct {
		name  string
		chart folder
		want  string
	}{
		{"folder", folder{"Chart.yaml": chartYAML}.and(db.inside("db")), "db.name db.size"},
		{"package", folder{"Chart.yaml": chartYAML, "charts/db-1.0.0.tgz": db.pack(t)}, "db.name db.size"},
		{"package in a folder",
			folder{"Chart.yaml": chartYAML}.and(folder{"Chart.yaml": "name: mid",
				"charts/db.tgz": db.pack(t)}.inside("mid")),
			"mid.db.name mid.db.size"},
		{"package in a package", folder{"Chart.yaml": chartYAML,
			"charts/mid.tgz": folder{"Chart.yaml": "name: mid", "charts/db.tgz": db.pack(t)}.pack(t)},
			"mid.db.name mid.db.size"},
		{"what Helm leaves alone", folder{"Chart.yaml": chartYAML, "charts/README.md": "db",
			"charts/_db/Chart.yaml": "name: db"}, ""},
		{"alias", folder{"Chart.yaml": chartYAML +
			"dependencies: [{name: db, alias: one}, {name: db, alias: two}]"}.and(db.inside("db")),
			"one.name one.size two.name two.size"},
		{"two versions", folder{"Chart.yaml": chartYAML +
			"dependencies: [{name: db, version: 1}, {name: db, version: 2, alias: old}]"}.
			and(db.inside("db-1")).and(db.with("values.yaml", "count: 1").inside("db-2")),
			"db.count db.name db.size old.count old.name old.size"},
		{"not in the package", folder{"Chart.yaml": chartYAML + "dependencies: [{name: db}]"}, "db.* global.*"},
		{"old chart", folder{"Chart.yaml": "name: app",
			"requirements.yaml": "dependencies: [{name: db, alias: store}]"}.and(db.inside("db")),
			"store.name store.size"},
		{"condition and tags", folder{"Chart.yaml": chartYAML +
			"dependencies: [{name: db, condition: 'db.enabled, global.db', tags: [back]}]"}.
			and(db.inside("db")), "db.enabled db.name db.size global.db tags.back"},
		{"imported values", folder{"Chart.yaml": chartYAML +
			"dependencies: [{name: db, import-values: [data, {child: a.b, parent: c}]}]"}.
			and(db.inside("db")), "db.a.b.* db.exports.data.* db.name db.size"},
		{"values of the parent", folder{"Chart.yaml": chartYAML,
			"values.yaml": "db: {size: {}, more: 1}\nown: 2"}.and(db.inside("db")),
			"db.more db.name db.size.* own"},
		{"template with the parent's value", folder{"Chart.yaml": chartYAML,
			"values.yaml": "db: {name: '{{ .Values.id }}'}"}.and(db.inside("db")),
			"db.id db.name db.size id"}, // of either: who calls tpl with it isn't known
		{"shared values", folder{"Chart.yaml": chartYAML, "values.yaml": "global: {own: 1}",
			"templates/a.yaml": "{{ .Values.global.read }}"}.
			and(db.with("templates/b.yaml", "{{ toYaml .Values.global.all }}{{ toYaml .Values.global.own }}").
				inside("db")),
			"db.global.all.* db.global.own db.name db.size global.all.* global.own global.read"},
		{"parent that reads its subchart's", folder{"Chart.yaml": chartYAML,
			"templates/a.yaml": `{{ .Values.db.port }}{{ .Subcharts.db.Values.host }}{{ include "db.user" ` +
				`.Subcharts.db }}`}.
			and(db.with("templates/b.tpl", `{{ define "db.user" }}{{ .Values.user }}{{ end }}`).inside("db")),
			"db.host db.name db.port db.size db.user"},
		{"parent that passes its subchart's on",
			folder{"Chart.yaml": chartYAML, "templates/a.yaml": "{{ toYaml .Values.db }}"}.and(db.inside("db")),
			"db.*"},
		{"subchart that prints all",
			folder{"Chart.yaml": chartYAML}.and(db.with("templates/b.yaml", "{{ toYaml .Values }}").inside("db")),
			"db.*"},
		{"library", folder{"Chart.yaml": chartYAML,
			"templates/a.yaml": `{{ include "lib.pod" . }}`}.and(library.inside("lib")), "lib pod"},
		{"one name for several templates", folder{"Chart.yaml": chartYAML,
			"templates/a.yaml": `{{ define "x" }}{{ .Values.a }}{{ end }}{{ include "x" . }}`}.
			and(folder{"Chart.yaml": "name: db",
				"templates/a.yaml": `{{ define "x" }}{{ .Values.b }}{{ end }}`}.inside("db")), "a b db"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := derivedFrom(t, tt.chart); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestPathsOfSchema(t *testing.T) {
	for _, tt := range []struct{ name, schema, want string }{
		{"properties", `{"properties": {"a": {"type": "string"}, "b": {"properties": {"c": {}, "d": true}}}}`,
			"a b.c b.d"},
		{"nothing", `{"type": "object"}`, ""},
		{"anything", `{"additionalProperties": true}`, ""},
		{"objects and lists", `{"properties": {
			"a": {"type": "object"}, "b": {"type": "array"}, "c": {"type": ["object", "null"]},
			"d": {"type": "object", "additionalProperties": false}, "e": {"type": ["string", "null"]}}}`,
			"a.* b.* c.* d e"},
		{"maps", `{"properties": {
			"a": {"additionalProperties": {"type": "string"}}, "b": {"patternProperties": {"x": {}}},
			"c": {"properties": {"d": {}}, "additionalProperties": true}}}`, "a.* b.* c.*"},
		{"combined", `{"properties": {"a": {
			"allOf": [{"properties": {"b": {}}}], "anyOf": [{"properties": {"c": {}}}, {"type": "string"}],
			"oneOf": [{"type": "object", "properties": {"d": {}}}]}}}`, "a.b a.c a.d"},
		{"conditions", `{
			"if": {"properties": {"a": {}}}, "then": {"properties": {"b": {}}}, "else": {"properties": {"c": {}}}}`,
			"a b c"},
		{"references", `{"$ref": "#/$defs/all",
			"$defs": {"all": {"properties": {"a": {"$ref": "#/definitions/x~1y~0z"}}}},
			"definitions": {"x/y~z": {"type": "object", "properties": {"b": {}}}}}`, "a.b"},
		{"the same reference twice", `{"properties": {"a": {"$ref": "#/$defs/x"}, "b": {"$ref": "#/$defs/x"}},
			"$defs": {"x": {"properties": {"c": {}}}}}`, "a.c b.c"},
		{"other documents", `{"properties": {
			"a": {"$ref": "https://example.com/schema.json"}, "b": {"$ref": "#/$defs/none"}}}`, "a.* b.*"},
		{"reference to itself", `{"properties": {"a": {"$ref": "#/$defs/x"}},
			"$defs": {"x": {"properties": {"b": {"$ref": "#/$defs/x"}}}}}`, "a.b.*"},
		{"many references to itself", `{"properties": {"a": {"$ref": "#/$defs/x"}}, "$defs": {
			"x": {"properties": {"b": {"$ref": "#/$defs/x"}, "c": {"$ref": "#/$defs/x"}, "d": {"$ref": "#/$defs/y"}}},
			"y": {"properties": {"e": {"$ref": "#/$defs/x"}}}}}`,
			"a.b.* a.c.* a.d.e.*"},
		{"tabs", "{\t\"properties\":\n\t{\"a\": {}}}", "a"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := derivedFrom(t, folder{"Chart.yaml": chartYAML, "values.schema.json": tt.schema}); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}
