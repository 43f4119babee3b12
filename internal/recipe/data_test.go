package recipe_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/NVIDIA/cloud-native-stack/api"
	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
	"github.com/NVIDIA/cloud-native-stack/recipes"
)

// data is a set of recipe files by path.
type data map[string]string

// minimal returns a small valid data set: driver depends on monitor, spare is in no recipe until an overlay adds it.
func minimal() data {
	return data{
		"base.yaml":                                 "components:\n  monitor: {}\n  driver: {}\n",
		"overlays/eks.yaml":                         "criteria: {service: eks}\n",
		"components/monitor/component.yaml":         component("monitor", "aliases: [mon]\n"),
		"components/driver/component.yaml":          component("driver", "aliases: [drv]\ndependsOn: [monitor]\n"),
		"components/driver/values.yaml":             "pods: {limit: 1}\n",
		"components/driver/manifests/quota.yaml":    object("ResourceQuota", "quota"),
		"components/driver/manifests/settings.yaml": object("ConfigMap", "settings"),
		"components/spare/component.yaml":           component("spare", ""),
	}
}

func component(name, more string) string {
	return "repository: https://charts.example.com\nchart: " + name + "\nversion: v1.2.3\nnamespace: " + name + "-system\n" + more
}

func object(kind, name string) string {
	return "apiVersion: v1\nkind: " + kind + "\nmetadata:\n  name: " + name + "\n"
}

// with returns a copy in which a file has other lines; no lines is an empty file.
func (d data) with(file string, lines ...string) data {
	changed := maps.Clone(d)
	changed[file] = strings.Join(append(lines, ""), "\n")
	return changed
}

func (d data) without(file string) data {
	changed := maps.Clone(d)
	delete(changed, file)
	return changed
}

func (d data) fs() fstest.MapFS {
	fsys := fstest.MapFS{}
	fsys["overlays"] = &fstest.MapFile{Mode: fs.ModeDir}
	for file, content := range d {
		fsys[file] = &fstest.MapFile{Data: []byte(content)}
	}
	return fsys
}

func spec(t testing.TB) *contract.Contract {
	t.Helper()
	c, err := contract.Load(api.Spec, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func load(t testing.TB, d data) *recipe.Catalog {
	t.Helper()
	c, err := recipe.Load(d.fs(), spec(t))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func embedded(t testing.TB) *recipe.Catalog {
	t.Helper()
	c, err := recipe.Load(recipes.FS, spec(t))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var release = recipe.Build{Version: "v1.2.3", Created: "2026-01-02T03:04:05Z"}

type resolver interface {
	Resolve(gen.Criteria, recipe.Build) (gen.Recipe, error)
}

// fataler is what testing.TB and rapid.T have in common.
type fataler interface {
	Helper()
	Fatal(args ...any)
}

func resolve(t fataler, c resolver, criteria gen.Criteria) gen.Recipe {
	t.Helper()
	r, err := c.Resolve(criteria, release)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// find returns a component of a recipe.
func find(t fataler, r gen.Recipe, name string) gen.ComponentRef {
	t.Helper()
	i := slices.IndexFunc(r.ComponentRefs, func(ref gen.ComponentRef) bool { return ref.Name == name })
	if i < 0 {
		t.Fatal("the recipe has no " + name)
	}
	return r.ComponentRefs[i]
}

func names(r gen.Recipe) []string {
	var list []string
	for _, ref := range r.ComponentRefs {
		list = append(list, ref.Name)
	}
	return list
}

// environments returns every combination of criteria of the contract.
func environments(t testing.TB) []gen.Criteria {
	t.Helper()
	var all []gen.Criteria
	for _, stated := range recipe.Environments(spec(t).Criteria()) {
		all = append(all, converted[gen.Criteria](t, stated))
	}
	return all
}

// converted returns what another type holds under the same JSON names.
func converted[T any](t fataler, from any) T {
	t.Helper()
	text, err := json.Marshal(from)
	var to T
	if err = errors.Join(err, json.Unmarshal(text, &to)); err != nil {
		t.Fatal(err)
	}
	return to
}
