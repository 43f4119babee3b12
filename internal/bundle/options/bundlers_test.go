package options

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/component"
)

// ordered are components of the catalog in install order, with their dependencies.
func ordered(names ...string) bundled {
	c := testCatalog()
	var refs []gen.ComponentRef
	for i, name := range names {
		ref := ref(name, "1.0.0")
		ref.Order, ref.DependencyRefs = i+1, append([]string{}, c[name].DependsOn...)
		refs = append(refs, ref)
	}
	return newBundled(c, refs...)
}

func TestBundlers(t *testing.T) {
	type dependencies = map[string][]string
	tests := []struct {
		name     string
		bundlers []string
		want     []string
		depends  dependencies
		warnings []string
	}{
		{"all", nil, []string{"crd", "db", "app"}, dependencies{"crd": {}, "db": {"crd"}, "app": {"db", "crd"}}, nil},
		{"one without dependencies", []string{"crd"}, []string{"crd"}, dependencies{"crd": {}}, nil},
		{"install order stays", []string{"db", "crd"}, []string{"crd", "db"},
			dependencies{"crd": {}, "db": {"crd"}}, nil},
		{"twice", []string{"crd", "crd"}, []string{"crd"}, dependencies{"crd": {}}, nil},
		{"alias", []string{"store"}, []string{"db"}, dependencies{"db": {}},
			[]string{"db depends on crd, which bundlers leaves out: install it first"}},
		{"some of the dependencies", []string{"app", "crd"}, []string{"crd", "app"},
			dependencies{"crd": {}, "app": {"crd"}},
			[]string{"app depends on db, which bundlers leaves out: install it first"}},
		{"no dependencies", []string{"app"}, []string{"app"}, dependencies{"app": {}},
			[]string{"app depends on db, crd, which bundlers leaves out: install it first"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			given := ordered("crd", "db", "app")
			after := given.mustApply(t, Bundlers, Params{Bundlers: tt.bundlers}, tt.warnings...)
			if diff := cmp.Diff(tt.want, names(after.components)); diff != "" {
				t.Error(diff)
			}
			depends := dependencies{}
			images := map[string]*component.Images{}
			for _, c := range given.components {
				images[c.Name] = c.Images
			}
			for i, c := range after.components {
				depends[c.Name] = c.DependencyRefs
				if c.Order != i+1 {
					t.Errorf("%s has order %d, is number %d", c.Name, c.Order, i+1)
				}
				if c.Images != images[c.Name] {
					t.Errorf("%s has other images", c.Name)
				}
			}
			if diff := cmp.Diff(tt.depends, depends); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Bundles of parts of a recipe label a namespace alike, as they may go to one cluster.
func TestBundlersShareNamespaces(t *testing.T) {
	needs := func(name, namespace string, security gen.PodSecurity, brings ...string) gen.ComponentRef {
		ref := ref(name, "1.0.0")
		ref.Namespace, ref.PodSecurity = namespace, security
		for _, b := range brings {
			ref.Manifests = append(ref.Manifests, gen.KubernetesObject{
				"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": b},
			})
		}
		return ref
	}
	given := newBundled(testCatalog(),
		needs("a", "shared", gen.PodSecurityPrivileged), needs("b", "shared", gen.PodSecurityRestricted),
		needs("c", "own", gen.PodSecurityBaseline), needs("d", "brought", gen.PodSecurityPrivileged),
		needs("e", "own", "", "brought"))
	for _, kept := range [][]string{{"a", "b", "c", "d", "e"}, {"b", "c"}, {"a"}, {"d"}, {"b", "e"}, {"a", "b"}} {
		after := given.mustApply(t, Bundlers, Params{Bundlers: kept})
		for _, r := range component.Releases(after.components) {
			want := map[string]gen.PodSecurity{"shared": "privileged", "own": "baseline", "brought": ""}[r.Namespace]
			if r.Admits != want {
				t.Errorf("%v: %s admits %q, want %q", kept, r.Namespace, r.Admits, want)
			}
			if r.Name == "b" && kept[0] == "a" && r.PodSecurity != gen.PodSecurityRestricted {
				t.Errorf("%v: b needs %q", kept, r.PodSecurity)
			}
		}
	}
}

func TestBundlersRefuses(t *testing.T) {
	for _, name := range []string{"nothing", "crd"} { // crd is in the catalog, but not in the recipe
		t.Run(name, func(t *testing.T) {
			const message = `invalid bundlers: component "NAME" is not in the recipe: must be one of db, app`
			ordered("db", "app").refuse(t, Bundlers, Params{Bundlers: []string{"db", name}},
				strings.ReplaceAll(message, "NAME", name),
				apierror.Details{Parameter: "bundlers", Requested: name, Allowed: []string{"db", "app"}})
		})
	}
}
