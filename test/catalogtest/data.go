// Package catalogtest has recipe data for tests.
package catalogtest

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/NVIDIA/cloud-native-stack/api"
	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
	"github.com/NVIDIA/cloud-native-stack/internal/document"
	"github.com/NVIDIA/cloud-native-stack/recipes"
)

// T is what [testing.TB] and rapid's T have in common.
type T interface {
	Helper()
	Context() context.Context
	Fatal(args ...any)
}

// Data is a set of recipe files by path.
type Data map[string]string

// Minimal returns a small valid data set: driver depends on monitor, spare is in no recipe until an
// overlay adds it.
func Minimal() Data {
	return Data{
		"base.yaml":                                 "components:\n  monitor: {}\n  driver: {}\n",
		"overlays/eks.yaml":                         "criteria: {service: eks}\n",
		"components/monitor/component.yaml":         Component("monitor", "aliases: [mon]\n"),
		"components/driver/component.yaml":          Component("driver", "aliases: [drv]\ndependsOn: [monitor]\n"),
		"components/driver/values.yaml":             "pods: {limit: 1}\n",
		"components/driver/manifests/quota.yaml":    Object("ResourceQuota", "quota"),
		"components/driver/manifests/settings.yaml": Object("ConfigMap", "settings"),
		"components/spare/component.yaml":           Component("spare", ""),
	}
}

// Component returns the text of a component.yaml of four lines, and more.
func Component(name, more string) string {
	return "repository: https://charts.example.com\nchart: " + name + "\nversion: v1.2.3\n" +
		"namespace: " + name + "-system\n" + more
}

// Object returns the text of a Kubernetes object of four lines.
func Object(kind, name string) string {
	return "apiVersion: v1\nkind: " + kind + "\nmetadata:\n  name: " + name + "\n"
}

// With returns a copy in which a file has other lines; no lines is an empty file.
func (d Data) With(file string, lines ...string) Data {
	changed := maps.Clone(d)
	changed[file] = strings.Join(append(lines, ""), "\n")
	return changed
}

// Without returns a copy that lacks a file.
func (d Data) Without(file string) Data {
	changed := maps.Clone(d)
	delete(changed, file)
	return changed
}

// FS returns the files, with overlays/ even if there is none.
func (d Data) FS() fstest.MapFS {
	fsys := fstest.MapFS{"overlays": &fstest.MapFile{Mode: fs.ModeDir}}
	for file, content := range d {
		fsys[file] = &fstest.MapFile{Data: []byte(content)}
	}
	return fsys
}

// Write puts the files into a directory.
func (d Data) Write(t testing.TB, dir string) {
	t.Helper()
	for file, content := range d {
		path := filepath.Join(dir, file)
		err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o644))
		if err != nil {
			t.Fatal(err)
		}
	}
}

// Spec returns the contract as it is shipped.
func Spec(t T) *contract.Contract {
	t.Helper()
	c, err := contract.Load(api.Spec, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Load loads data that have to be valid.
func Load(t T, fsys fs.FS, spec *contract.Contract) *catalog.Catalog {
	t.Helper()
	c, err := catalog.Load(fsys, spec)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Embedded returns the catalog in the program.
func Embedded(t T) *catalog.Catalog {
	t.Helper()
	return Load(t, recipes.FS, Spec(t))
}

// Environments returns every combination of criteria of the contract.
func Environments(t T) []gen.Criteria {
	t.Helper()
	var all []gen.Criteria
	for _, environment := range catalog.Environments(Spec(t).Criteria()) {
		all = append(all, Convert[gen.Criteria](t, environment))
	}
	return all
}

// Convert returns what another type holds under the same JSON names.
func Convert[To any](t T, from any) To {
	t.Helper()
	var to To
	if err := json.Unmarshal([]byte(JSON(from)), &to); err != nil {
		t.Fatal(err)
	}
	return to
}

// JSON writes a file; JSON is YAML.
func JSON(v any) string {
	body, err := document.EncodeJSON(v)
	if err != nil {
		panic(err)
	}
	return string(body)
}
