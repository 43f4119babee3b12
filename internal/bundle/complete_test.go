package bundle

import (
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/document"
)

// components are a small catalog: app depends on db, which depends on crd; db has the alias store.
type components map[string]*catalog.Component

var testOptions = Options{Limits: document.Limits{Bytes: 1 << 20, Values: 10000, Levels: 64}, Version: "v1.2.3", Cache: NewCache()}

func (c components) Names() []string { return slices.Sorted(maps.Keys(c)) }

func (c components) Component(name string) (*catalog.Component, bool) {
	for _, component := range c {
		if component.Name == name || slices.Contains(component.Aliases, name) {
			return component, true
		}
	}
	return nil, false
}

func testCatalog() components {
	c := components{}
	for _, component := range []*catalog.Component{
		{Name: "crd"},
		{Name: "db", Aliases: []string{"store"}, DependsOn: []string{"crd"}, Values: map[string]any{"size": int64(1000000), "list": []any{map[string]any{"a": "b"}}},
			Scheduling: catalog.Scheduling{
				System:      catalog.Placement{NodeSelectors: []string{"pod.nodeSelector", "hook.nodeSelector"}, Tolerations: []string{"pod.tolerations"}},
				Accelerated: catalog.Placement{NodeSelectors: []string{"nodeSelector"}, Tolerations: []string{"tolerations"}},
			}},
		{Name: "app", DependsOn: []string{"db", "crd"}, Values: map[string]any{"replicas": int64(2)}},
	} {
		component.Version, component.Chart, component.Namespace = "1.0.0", component.Name+"-chart", component.Name+"-system"
		component.Repository = "https://charts.example.com"
		c[component.Name] = component
	}
	return c
}

// newBuilder holds the components, as they come from a request.
func newBuilder(refs ...gen.ComponentRef) *builder {
	return builderOf(testCatalog(), gen.Recipe{ComponentRefs: refs})
}

func builderOf(catalog Catalog, r gen.Recipe) *builder {
	return &builder{Options: testOptions, catalog: catalog, prepared: prepared{recipe: r, origins: make([]origin, len(r.ComponentRefs))}}
}

func ref(name, version string) gen.ComponentRef {
	return gen.ComponentRef{Name: name, Version: version}
}

// foreign is a component that the catalog doesn't know.
func foreign(name string) gen.ComponentRef {
	return gen.ComponentRef{Name: name, Version: "2.0.0", Repository: "oci://example.com", Chart: name, Namespace: "demo"}
}

func checkInvalid(t *testing.T, err error, message string, details apierror.Details) {
	t.Helper()
	var p *apierror.Error
	if !errors.As(err, &p) {
		t.Fatalf("error %v, want %s", err, message)
	}
	if p.Kind != apierror.Invalid {
		t.Errorf("kind %d", p.Kind)
	}
	if diff := cmp.Diff(message, p.Message); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(details, p.Details); diff != "" {
		t.Error(diff)
	}
}

func checkWarnings(t *testing.T, b *builder, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, b.warnings); diff != "" {
		t.Errorf("warnings: %s", diff)
	}
}

// Who writes a recipe by hand is told of values that have no effect.
func TestCompleteWarnsOfValues(t *testing.T) {
	type m = map[string]any
	complete := func(ref gen.ComponentRef) *builder {
		b := builderOf(imageCatalog(t), gen.Recipe{ComponentRefs: []gen.ComponentRef{ref}})
		if err := b.complete(); err != nil {
			t.Fatal(err)
		}
		return b
	}
	checkWarnings(t, complete(netRef(m{"main": m{"registry": "a"}, "annotations": m{"any": "b"}, "side": nil})))
	checkWarnings(t, complete(netRef(m{"main": m{"registri": "a"}, "annotations": m{"any": "b"}})), `net: net-chart 1.0.0 takes no value at "main.registri"`)
	checkWarnings(t, complete(netRef(m{"a": 1, "b": m{"c\n": 2}, "é": []any{}, "x": m{}, "y": nil})),
		`net: net-chart 1.0.0 takes no value at "a", "b.c\n", "x" and 2 more paths`)
	unknown := netRef(m{"a": 1})
	unknown.Version = "2.0.0"
	checkWarnings(t, complete(unknown))
}

func TestCompleteFillsIn(t *testing.T) {
	values := map[string]any{"size": int64(1000000), "list": []any{map[string]any{"a": "b"}}}
	full := gen.ComponentRef{
		Name: "db", Version: "1.0.0", Order: 1, Repository: "https://charts.example.com", Chart: "db-chart", Namespace: "db-system",
		DependencyRefs: []string{}, Values: values, Manifests: []gen.KubernetesObject{},
	}
	with := func(change func(*gen.ComponentRef)) gen.ComponentRef {
		ref := full
		change(&ref)
		return ref
	}
	tests := []struct {
		name     string
		given    gen.ComponentRef
		want     gen.ComponentRef
		warnings []string
	}{
		{"name and version", ref("db", "1.0.0"), full, nil},
		{"another version", ref("db", "1.1.0"), with(func(r *gen.ComponentRef) { r.Version = "1.1.0" }),
			[]string{"db 1.1.0: its values are those that this server knows for 1.0.0"}},
		{"another version with values", gen.ComponentRef{Name: "db", Version: "1.1.0", Values: map[string]any{"a": 2.5}},
			with(func(r *gen.ComponentRef) { r.Version, r.Values = "1.1.0", map[string]any{"a": 2.5} }), nil},
		{"stated strings win", gen.ComponentRef{Name: "db", Version: "1.0.0", Repository: "oci://x", Chart: "y", Namespace: "z"},
			with(func(r *gen.ComponentRef) { r.Repository, r.Chart, r.Namespace = "oci://x", "y", "z" }), nil},
		{"stated values replace, not merge", gen.ComponentRef{Name: "db", Version: "1.0.0", Values: map[string]any{"a": "b"}},
			with(func(r *gen.ComponentRef) { r.Values = map[string]any{"a": "b"} }), nil},
		{"empty values stay", gen.ComponentRef{Name: "db", Version: "1.1.0", Values: map[string]any{}},
			with(func(r *gen.ComponentRef) { r.Version, r.Values = "1.1.0", map[string]any{} }), nil},
		{"whole numbers", gen.ComponentRef{Name: "db", Version: "1.0.0",
			Values:    map[string]any{"million": 1e6, "half": 2.5, "zero": 0.0, "deep": []any{map[string]any{"n": -3.0}}, "text": "1e6", "null": nil},
			Manifests: []gen.KubernetesObject{{"spec": map[string]any{"replicas": 3.0}}}},
			with(func(r *gen.ComponentRef) {
				r.Values = map[string]any{"million": int64(1000000), "half": 2.5, "zero": int64(0), "deep": []any{map[string]any{"n": int64(-3)}}, "text": "1e6", "null": nil}
				r.Manifests = []gen.KubernetesObject{{"spec": map[string]any{"replicas": int64(3)}}}
			}), nil},
		{"another component", foreign("podinfo"), gen.ComponentRef{
			Name: "podinfo", Version: "2.0.0", Order: 1, Repository: "oci://example.com", Chart: "podinfo", Namespace: "demo",
			DependencyRefs: []string{}, Values: map[string]any{}, Manifests: []gen.KubernetesObject{},
		}, nil},
		{"another component with an alias for a name", foreign("store"), gen.ComponentRef{
			Name: "store", Version: "2.0.0", Order: 1, Repository: "oci://example.com", Chart: "store", Namespace: "demo",
			DependencyRefs: []string{}, Values: map[string]any{}, Manifests: []gen.KubernetesObject{},
		}, nil},
		{"another version of a component without values", ref("crd", "3.0.0"), gen.ComponentRef{
			Name: "crd", Version: "3.0.0", Order: 1, Repository: "https://charts.example.com", Chart: "crd-chart", Namespace: "crd-system",
			DependencyRefs: []string{}, Values: map[string]any{}, Manifests: []gen.KubernetesObject{},
		}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBuilder(tt.given)
			if err := b.complete(); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]gen.ComponentRef{tt.want}, b.recipe.ComponentRefs); diff != "" {
				t.Error(diff)
			}
			if tt.given.Name == "db" {
				tt.warnings = append(tt.warnings, "db depends on crd, which the recipe doesn't have: install it first")
			}
			checkWarnings(t, b, tt.warnings...)
		})
	}
}

func TestCompleteLeavesTheCatalogAlone(t *testing.T) {
	b := newBuilder(ref("db", "1.0.0"))
	if err := b.complete(); err != nil {
		t.Fatal(err)
	}
	values := b.recipe.ComponentRefs[0].Values
	values["list"].([]any)[0].(map[string]any)["a"] = "changed"
	values["new"] = true
	if diff := cmp.Diff(testCatalog()["db"].Values, b.catalog.(components)["db"].Values); diff != "" {
		t.Error(diff)
	}
}

func TestCompleteDependencies(t *testing.T) {
	none := gen.ComponentRef{Name: "app", Version: "1.0.0", DependencyRefs: []string{}}
	b := newBuilder(none, ref("db", "1.0.0"))
	if err := b.complete(); err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for _, ref := range b.recipe.ComponentRefs {
		got[ref.Name] = ref.DependencyRefs
	}
	// app states that it has none; db's crd isn't in the recipe.
	if diff := cmp.Diff(map[string][]string{"app": {}, "db": {}}, got); diff != "" {
		t.Error(diff)
	}
}

func TestCompleteRefuses(t *testing.T) {
	depends := func(ref gen.ComponentRef, order int, on ...string) gen.ComponentRef {
		ref.DependencyRefs, ref.Order = on, order
		return ref
	}
	at := func(name string) apierror.Details { return apierror.Details{Field: "/componentRefs", Requested: name} }
	known := func(name string) apierror.Details {
		return apierror.Details{Field: "/componentRefs", Requested: name, Allowed: []string{"app", "crd", "db"}}
	}
	partial := foreign("podinfo")
	partial.Chart = ""
	capital := foreign("podinfo")
	capital.Chart = "PodInfo"
	first, second := foreign("a"), foreign("b")
	first.Manifests = []gen.KubernetesObject{manifest(beforeChart, "ConfigMap", "c")}
	second.Manifests = []gen.KubernetesObject{manifest(afterChart, "ConfigMap", "c")}
	tests := []struct {
		name    string
		refs    []gen.ComponentRef
		want    string
		details apierror.Details
	}{
		{"duplicate", []gen.ComponentRef{ref("db", "1.0.0"), ref("crd", "1.0.0"), ref("db", "2.0.0")}, `component "db" is in componentRefs twice`, at("db")},
		{"unknown", []gen.ComponentRef{ref("podinfo", "1.0.0")}, `unknown component "podinfo": known are app, crd, db; one of your own must state its repository, chart, namespace too`, known("podinfo")},
		{"unknown, in part stated", []gen.ComponentRef{partial}, `unknown component "podinfo": known are app, crd, db; one of your own must state its chart too`, known("podinfo")},
		{"chart that no registry has", []gen.ComponentRef{capital},
			`component "podinfo": chart "PodInfo" can't be in the OCI registry example.com: invalid reference format: repository name (PodInfo) must be lowercase`, at("podinfo")},
		{"object of two components", []gen.ComponentRef{first, second}, `components "a" and "b" both have the manifest ConfigMap "c"`, at("b")},
		{"alias", []gen.ComponentRef{ref("store", "1.0.0")}, `unknown component "store": it is an alias, use the name db`, known("store")},
		{"dependency that isn't there", []gen.ComponentRef{depends(foreign("a"), 0, "b"), foreign("c")}, `component "a" depends on "b", which the recipe doesn't have`,
			apierror.Details{Field: "/componentRefs", Requested: "b", Allowed: []string{"a", "c"}}},
		{"order against dependencies", []gen.ComponentRef{depends(foreign("a"), 1, "b"), depends(foreign("b"), 2)},
			`component "a" has order 1, but depends on "b" of order 2: leave out order, or give "b" a lower one`, at("a")},
		{"order against the catalog's dependencies", []gen.ComponentRef{{Name: "db", Version: "1.0.0", Order: 1}, {Name: "crd", Version: "1.0.0", Order: 2}},
			`component "db" has order 1, but depends on "crd" of order 2: leave out order, or give "crd" a lower one`, at("db")},
		{"cycle", []gen.ComponentRef{depends(foreign("a"), 0, "b"), depends(foreign("b"), 0, "c"), depends(foreign("c"), 0, "a")},
			"componentRefs: dependency cycle: a -> b -> c -> a", apierror.Details{Field: "/componentRefs"}},
		{"component that depends on itself", []gen.ComponentRef{depends(foreign("a"), 0, "a")},
			"componentRefs: dependency cycle: a -> a", apierror.Details{Field: "/componentRefs"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			checkInvalid(t, newBuilder(tt.refs...).complete(), tt.want, tt.details)
		})
	}
}

// A recipe may have a known chart from elsewhere, such as a mirror of its own. Nobody knows that it is the same.
func TestCompleteOtherRepository(t *testing.T) {
	for repository, want := range map[string][]string{
		"https://charts.example.com/": nil,
		"https://other.example.com":   {"crd: its images and value paths are taken to be those of the chart in https://charts.example.com"},
	} {
		elsewhere := ref("crd", "1.0.0")
		elsewhere.Repository = repository
		b := newBuilder(elsewhere)
		if err := b.complete(); err != nil {
			t.Fatal(err)
		}
		checkWarnings(t, b, want...)
	}
	another := ref("crd", "1.0.0")
	another.Repository, another.Chart = "https://other.example.com", "another"
	b := newBuilder(another)
	if err := b.complete(); err != nil {
		t.Fatal(err)
	}
	checkWarnings(t, b)
}

func TestCompleteOrder(t *testing.T) {
	ordered := func(ref gen.ComponentRef, order int) gen.ComponentRef {
		ref.Order = order
		return ref
	}
	tests := []struct {
		name string
		refs []gen.ComponentRef
		want []string
	}{
		{"dependencies, then the alphabet", []gen.ComponentRef{ref("app", "1.0.0"), ref("db", "1.0.0"), ref("crd", "1.0.0"), foreign("z"), foreign("b")},
			[]string{"b", "crd", "db", "app", "z"}},
		{"stated order", []gen.ComponentRef{ordered(foreign("a"), 3), ordered(foreign("b"), 2), ordered(foreign("c"), 1)}, []string{"c", "b", "a"}},
		{"equal order", []gen.ComponentRef{ordered(foreign("c"), 1), ordered(foreign("b"), 1), ordered(foreign("a"), 2)}, []string{"b", "c", "a"}},
		{"stated before unstated", []gen.ComponentRef{foreign("a"), ordered(foreign("b"), 9)}, []string{"b", "a"}},
		{"dependent without an order", []gen.ComponentRef{ref("db", "1.0.0"), ordered(ref("crd", "1.0.0"), 5), foreign("a")}, []string{"crd", "a", "db"}},
		{"dependency without an order", []gen.ComponentRef{ordered(ref("app", "1.0.0"), 1), ref("db", "1.0.0"), ordered(foreign("b"), 2)}, []string{"b", "db", "app"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for range 10 {
				refs := slices.Clone(tt.refs)
				rand.Shuffle(len(refs), func(i, j int) { refs[i], refs[j] = refs[j], refs[i] })
				b := newBuilder(refs...)
				if err := b.complete(); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tt.want, b.names()); diff != "" {
					t.Fatal(diff)
				}
				for i, ref := range b.recipe.ComponentRefs {
					if ref.Order != i+1 {
						t.Errorf("%s has order %d, is number %d", ref.Name, ref.Order, i+1)
					}
				}
			}
		})
	}
}

func TestKeep(t *testing.T) {
	tests := []struct {
		name     string
		bundlers []string
		want     []string
		depends  map[string][]string
		warnings []string
	}{
		{"all", nil, []string{"crd", "db", "app"}, map[string][]string{"crd": {}, "db": {"crd"}, "app": {"db", "crd"}}, nil},
		{"one without dependencies", []string{"crd"}, []string{"crd"}, map[string][]string{"crd": {}}, nil},
		{"install order stays", []string{"db", "crd"}, []string{"crd", "db"}, map[string][]string{"crd": {}, "db": {"crd"}}, nil},
		{"twice", []string{"crd", "crd"}, []string{"crd"}, map[string][]string{"crd": {}}, nil},
		{"alias", []string{"store"}, []string{"db"}, map[string][]string{"db": {}},
			[]string{"db depends on crd, which bundlers leaves out: install it first"}},
		{"a part of the dependencies", []string{"app", "crd"}, []string{"crd", "app"}, map[string][]string{"crd": {}, "app": {"crd"}},
			[]string{"app depends on db, which bundlers leaves out: install it first"}},
		{"no dependencies", []string{"app"}, []string{"app"}, map[string][]string{"app": {}},
			[]string{"app depends on db, crd, which bundlers leaves out: install it first"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBuilder(ref("app", "1.0.0"), ref("db", "1.0.0"), ref("crd", "1.0.0"))
			if err := errors.Join(b.complete(), b.keep(gen.CreateBundleParams{Bundlers: tt.bundlers})); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, b.names()); diff != "" {
				t.Error(diff)
			}
			depends := map[string][]string{}
			for i, ref := range b.recipe.ComponentRefs {
				depends[ref.Name] = ref.DependencyRefs
				if ref.Order != i+1 {
					t.Errorf("%s has order %d, is number %d", ref.Name, ref.Order, i+1)
				}
			}
			if diff := cmp.Diff(tt.depends, depends); diff != "" {
				t.Error(diff)
			}
			checkWarnings(t, b, tt.warnings...)
		})
	}
}

func TestKeepRefuses(t *testing.T) {
	for _, name := range []string{"nothing", "crd"} { // crd is in the catalog, but not in the recipe
		t.Run(name, func(t *testing.T) {
			b := newBuilder(ref("db", "1.0.0"), ref("app", "1.0.0"))
			checkInvalid(t, b.keep(gen.CreateBundleParams{Bundlers: []string{"db", name}}),
				strings.ReplaceAll(`invalid bundlers: component "NAME" is not in the recipe: must be one of db, app`, "NAME", name),
				apierror.Details{Parameter: "bundlers", Requested: name, Allowed: []string{"db", "app"}})
		})
	}
}

// A recipe may hold a component of its own under a name that is an alias in the catalog.
func TestFindPrefersNames(t *testing.T) {
	for _, tt := range []struct {
		refs []gen.ComponentRef
		name string
		want int
	}{
		{[]gen.ComponentRef{foreign("store")}, "store", 0},
		{[]gen.ComponentRef{ref("db", "1.0.0"), foreign("store")}, "store", 1},
		{[]gen.ComponentRef{foreign("a"), ref("db", "1.0.0")}, "store", 1},
		{[]gen.ComponentRef{ref("db", "1.0.0")}, "app", -1},
	} {
		if got := newBuilder(tt.refs...).find(tt.name); got != tt.want {
			t.Errorf("%s is at %d of %v, want %d", tt.name, got, tt.refs, tt.want)
		}
	}
}
