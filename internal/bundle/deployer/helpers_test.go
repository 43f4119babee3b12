package deployer

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/archive"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/bundletest"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/component"
)

const (
	git = "https://git.example.com/clusters.git//gpu?ref=prod"
	oci = "oci://example.com/bundles//gpu?ref=7"
)

func manifest(when component.Stage, kind, name string) gen.KubernetesObject {
	metadata := object{"name": name, "annotations": object{"cns.nvidia.com/apply": string(when)}}
	return gen.KubernetesObject{"apiVersion": "v1", "kind": kind, "metadata": metadata}
}

// foreign is a component of an OCI registry, the last one of a recipe.
func foreign(name string, order int, on ...string) gen.ComponentRef {
	return gen.ComponentRef{
		Name: name, Version: "2.0.0", Repository: "oci://example.com", Chart: name, Namespace: "demo",
		Order: order, DependencyRefs: on, Values: object{},
	}
}

// chain is three components in install order: web, of an OCI registry, has objects before and after
// its chart and depends on api, which depends on crd.
func chain() []gen.ComponentRef {
	ref := func(order int, name, repository string, on ...string) gen.ComponentRef {
		return gen.ComponentRef{
			Name: name, Version: "1.0.0+b.1", Repository: repository, Chart: name + "-chart", Namespace: name + "-ns",
			Order: order, DependencyRefs: on, Values: object{"of": name},
		}
	}
	web := ref(3, "web", "oci://ghcr.io/org/", "api")
	web.Manifests = []gen.KubernetesObject{
		manifest(component.AfterChart, "Policy", "p"), manifest(component.BeforeChart, "ConfigMap", "c"),
		{"apiVersion": "v1", "kind": "Secret", "metadata": object{"name": "s"}},
	}
	return []gen.ComponentRef{
		ref(1, "crd", "http://charts.example.com"), ref(2, "api", "https://charts.example.com/a/", "crd"), web,
	}
}

// files are those that a deployer lays out, by path.
type files map[string]archive.File

func (f files) paths() []string { return slices.Sorted(maps.Keys(f)) }

// layOut lays components out for a deployment tool.
func layOut(params gen.CreateBundleParams, refs []gen.ComponentRef) (files, error) {
	components := make([]*component.Component, len(refs))
	for i, ref := range refs {
		components[i] = component.New(ref, &component.Images{})
	}
	repo, err := RepoOf(params, All())
	if err != nil {
		return nil, err
	}
	d, p := All()[params.Deployer], Plan{Releases: component.Releases(components), Repo: repo}
	all, err := d.Common(p)
	if err != nil {
		return nil, err
	}
	for _, r := range p.Releases {
		more, err := d.Release(p, r)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	list := files{}
	for _, f := range all {
		if _, ok := list[f.Path]; ok {
			return nil, fmt.Errorf("two files %s", f.Path)
		}
		list[f.Path] = f
	}
	return list, nil
}

func mustLayOut(t *testing.T, deployer gen.Deployer, repo string, refs []gen.ComponentRef) files {
	t.Helper()
	f, err := layOut(gen.CreateBundleParams{Deployer: deployer, Repo: repo}, refs)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// at returns what keys and list indexes lead to in a file's documents.
func at(t *testing.T, f files, name string, keys ...any) any {
	t.Helper()
	if _, ok := f[name]; !ok {
		t.Fatalf("no %s", name)
	}
	var v any = bundletest.DecodeYAML(t, f[name])
	for i, key := range keys {
		var ok bool
		switch key := key.(type) {
		case int:
			var list []any
			if list, ok = v.([]any); ok && key < len(list) {
				v = list[key]
			}
		case string:
			var m object
			if m, ok = v.(object); ok {
				v = m[key]
			}
		}
		if !ok {
			t.Fatalf("%s has nothing at %v", name, keys[:i+1])
		}
	}
	return v
}

func checkAt(t *testing.T, f files, name string, want any, keys ...any) {
	t.Helper()
	if diff := cmp.Diff(want, at(t, f, name, keys...)); diff != "" {
		t.Errorf("%s at %v: %s", name, keys, diff)
	}
}
