package bundle

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/bundletest"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/component"
)

// completed wants components to be completed with these warnings.
func completed(t *testing.T, c component.Catalog, refs []gen.ComponentRef, want ...string) []gen.ComponentRef {
	t.Helper()
	got, warnings, err := complete(c, refs)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, warnings); diff != "" {
		t.Errorf("warnings: %s", diff)
	}
	return got
}

// Who writes a recipe by hand is told of values that have no effect.
func TestCompleteWarnsOfValues(t *testing.T) {
	type m = map[string]any
	const untaken = "net: net-chart 1.0.0 takes no value at "
	unknown := netRef(m{"a": 1})
	unknown.Version = "2.0.0"
	for _, tt := range []struct {
		ref      gen.ComponentRef
		warnings []string
	}{
		{netRef(m{"main": m{"registry": "a"}, "annotations": m{"any": "b"}, "side": nil}), nil},
		{netRef(m{"main": m{"registri": "a"}, "annotations": m{"any": "b"}}), []string{untaken + `"main.registri"`}},
		{netRef(m{"a": 1, "b": m{"c\n": 2}, "é": []any{}, "x": m{}, "y": nil}),
			[]string{untaken + `"a", "b.c\n", "x" and 2 more paths`}},
		{unknown, nil},
	} {
		completed(t, imageCatalog(t), []gen.ComponentRef{tt.ref}, tt.warnings...)
	}
}

func TestCompleteFillsIn(t *testing.T) {
	type m = map[string]any
	full := gen.ComponentRef{
		Name: "db", Version: "1.0.0", Order: 1, Repository: "https://charts.example.com", Chart: "db-chart",
		Namespace: "db-system", PodSecurity: gen.PodSecurityBaseline, DependencyRefs: []string{},
		Values: m{"size": int64(1000000), "list": []any{m{"a": "b"}}}, Manifests: []gen.KubernetesObject{},
	}
	with := func(change func(*gen.ComponentRef)) gen.ComponentRef {
		ref := full
		change(&ref)
		return ref
	}
	own := func(name string) gen.ComponentRef {
		ref := foreign(name)
		ref.Order, ref.DependencyRefs, ref.Values, ref.Manifests = 1, []string{}, m{}, []gen.KubernetesObject{}
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
		{"another version with values", gen.ComponentRef{Name: "db", Version: "1.1.0", Values: m{"a": 2.5}},
			with(func(r *gen.ComponentRef) { r.Version, r.Values = "1.1.0", m{"a": 2.5} }), nil},
		{"stated strings win",
			gen.ComponentRef{Name: "db", Version: "1.0.0", Repository: "oci://x", Chart: "y", Namespace: "z",
				PodSecurity: gen.PodSecurityRestricted},
			with(func(r *gen.ComponentRef) {
				r.Repository, r.Chart, r.Namespace, r.PodSecurity = "oci://x", "y", "z", gen.PodSecurityRestricted
			}), nil},
		{"another chart", gen.ComponentRef{Name: "db", Version: "1.0.0", Chart: "y"},
			with(func(r *gen.ComponentRef) { r.Chart, r.PodSecurity = "y", "" }), nil},
		{"another namespace", gen.ComponentRef{Name: "db", Version: "1.0.0", Namespace: "prod"},
			with(func(r *gen.ComponentRef) { r.Namespace, r.PodSecurity = "prod", "" }),
			[]string{"db: its pods need baseline, for which the namespace prod isn't labelled, " +
				"as the recipe states no podSecurity"}},
		{"another namespace with what it is to admit",
			gen.ComponentRef{Name: "db", Version: "1.0.0", Namespace: "prod", PodSecurity: gen.PodSecurityPrivileged},
			with(func(r *gen.ComponentRef) { r.Namespace, r.PodSecurity = "prod", gen.PodSecurityPrivileged }), nil},
		{"stated values replace, not merge", gen.ComponentRef{Name: "db", Version: "1.0.0", Values: m{"a": "b"}},
			with(func(r *gen.ComponentRef) { r.Values = m{"a": "b"} }), nil},
		{"empty values stay", gen.ComponentRef{Name: "db", Version: "1.1.0", Values: m{}},
			with(func(r *gen.ComponentRef) { r.Version, r.Values = "1.1.0", m{} }), nil},
		{"whole numbers", gen.ComponentRef{Name: "db", Version: "1.0.0",
			Values: m{
				"million": 1e6, "half": 2.5, "zero": 0.0, "deep": []any{m{"n": -3.0}}, "text": "1e6", "null": nil},
			Manifests: []gen.KubernetesObject{{"spec": m{"replicas": 3.0}}}},
			with(func(r *gen.ComponentRef) {
				r.Values = m{"million": int64(1000000), "half": 2.5, "zero": int64(0), "deep": []any{m{"n": int64(-3)}},
					"text": "1e6", "null": nil}
				r.Manifests = []gen.KubernetesObject{{"spec": m{"replicas": int64(3)}}}
			}), nil},
		{"another component", foreign("podinfo"), own("podinfo"), nil},
		{"another component with an alias for a name", foreign("store"), own("store"), nil},
		{"another version of a component without values", ref("crd", "3.0.0"), gen.ComponentRef{
			Name: "crd", Version: "3.0.0", Order: 1, Repository: "https://charts.example.com", Chart: "crd-chart",
			Namespace: "crd-system", DependencyRefs: []string{}, Values: m{}, Manifests: []gen.KubernetesObject{},
		}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.given.Name == "db" {
				tt.warnings = append(tt.warnings, "db depends on crd, which the recipe doesn't have: install it first")
			}
			got := completed(t, testCatalog(), []gen.ComponentRef{tt.given}, tt.warnings...)
			if diff := cmp.Diff([]gen.ComponentRef{tt.want}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCompleteLeavesTheCatalogAlone(t *testing.T) {
	c := testCatalog()
	refs, _, err := complete(c, []gen.ComponentRef{ref("db", "1.0.0")})
	if err != nil {
		t.Fatal(err)
	}
	values := refs[0].Values
	values["list"].([]any)[0].(map[string]any)["a"] = "changed"
	values["new"] = true
	if diff := cmp.Diff(testCatalog()["db"].Values, c["db"].Values); diff != "" {
		t.Error(diff)
	}
}

func TestCompleteDependencies(t *testing.T) {
	none := gen.ComponentRef{Name: "app", Version: "1.0.0", DependencyRefs: []string{}}
	refs := completed(t, testCatalog(), []gen.ComponentRef{none, ref("db", "1.0.0")},
		"db depends on crd, which the recipe doesn't have: install it first")
	got := map[string][]string{}
	for _, ref := range refs {
		got[ref.Name] = ref.DependencyRefs
	}
	// app states that it has none; db's crd isn't in the recipe.
	if diff := cmp.Diff(map[string][]string{"app": {}, "db": {}}, got); diff != "" {
		t.Error(diff)
	}
}

func TestCompleteRefuses(t *testing.T) {
	type refs = []gen.ComponentRef
	depends := func(ref gen.ComponentRef, order int, on ...string) gen.ComponentRef {
		ref.DependencyRefs, ref.Order = on, order
		return ref
	}
	at := func(name string) apierror.Details { return apierror.Details{Field: "/componentRefs", Requested: name} }
	known := func(name string) apierror.Details {
		return apierror.Details{Field: "/componentRefs", Requested: name, Allowed: []string{"app", "crd", "db"}}
	}
	partial, capital := foreign("podinfo"), foreign("podinfo")
	partial.Chart, capital.Chart = "", "PodInfo"
	first, second := foreign("a"), foreign("b")
	first.Manifests = []gen.KubernetesObject{manifest(component.BeforeChart, "ConfigMap", "c")}
	second.Manifests = []gen.KubernetesObject{manifest(component.AfterChart, "ConfigMap", "c")}
	const unknown = `unknown component "podinfo": known are app, crd, db; one of your own must state its `
	tests := []struct {
		name    string
		refs    refs
		want    string
		details apierror.Details
	}{
		{"duplicate", refs{ref("db", "1.0.0"), ref("crd", "1.0.0"), ref("db", "2.0.0")},
			`component "db" is in componentRefs twice`, at("db")},
		{"unknown", refs{ref("podinfo", "1.0.0")}, unknown + "repository, chart, namespace too", known("podinfo")},
		{"unknown, half stated", refs{partial}, unknown + "chart too", known("podinfo")},
		{"chart that no registry has", refs{capital},
			`component "podinfo": chart "PodInfo" can't be in the OCI registry example.com: ` +
				`invalid reference format: repository name (PodInfo) must be lowercase`, at("podinfo")},
		{"object of two components", refs{first, second},
			`components "a" and "b" both have the manifest ConfigMap "c": leave it out of one`, at("b")},
		{"alias", refs{ref("store", "1.0.0")}, `unknown component "store": it is an alias, use the name db`,
			known("store")},
		{"dependency that isn't there", refs{depends(foreign("a"), 0, "b"), foreign("c")},
			`component "a" depends on "b", which the recipe doesn't have`,
			apierror.Details{Field: "/componentRefs", Requested: "b", Allowed: []string{"a", "c"}}},
		{"order against dependencies", refs{depends(foreign("a"), 1, "b"), depends(foreign("b"), 2)},
			`component "a" has order 1, but depends on "b" of order 2: leave out order, or give "b" a lower one`,
			at("a")},
		{"order against the catalog's dependencies",
			refs{{Name: "db", Version: "1.0.0", Order: 1}, {Name: "crd", Version: "1.0.0", Order: 2}},
			`component "db" has order 1, but depends on "crd" of order 2: leave out order, or give "crd" a lower one`,
			at("db")},
		{"cycle", refs{depends(foreign("a"), 0, "b"), depends(foreign("b"), 0, "c"), depends(foreign("c"), 0, "a")},
			"componentRefs: dependency cycle: a -> b -> c -> a", apierror.Details{Field: "/componentRefs"}},
		{"component that depends on itself", refs{depends(foreign("a"), 0, "a")},
			"componentRefs: dependency cycle: a -> a", apierror.Details{Field: "/componentRefs"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := complete(testCatalog(), tt.refs)
			bundletest.CheckInvalid(t, err, tt.want, tt.details)
		})
	}
}

// A recipe may have a known chart from elsewhere, such as a mirror of its own. Nobody knows that it
// is the same.
func TestCompleteOtherRepository(t *testing.T) {
	const warning = "crd: its images and value paths are taken to be those of the chart in https://charts.example.com"
	elsewhere := func(repository, chart string) []gen.ComponentRef {
		ref := ref("crd", "1.0.0")
		ref.Repository, ref.Chart = repository, chart
		return []gen.ComponentRef{ref}
	}
	completed(t, testCatalog(), elsewhere("https://charts.example.com/", ""))
	completed(t, testCatalog(), elsewhere("https://other.example.com", ""), warning)
	completed(t, testCatalog(), elsewhere("https://other.example.com", "another"))
}

func TestCompleteOrder(t *testing.T) {
	type refs = []gen.ComponentRef
	ordered := func(ref gen.ComponentRef, order int) gen.ComponentRef {
		ref.Order = order
		return ref
	}
	app, db, crd := ref("app", "1.0.0"), ref("db", "1.0.0"), ref("crd", "1.0.0")
	tests := []struct {
		name string
		refs refs
		want []string
	}{
		{"dependencies, then the alphabet", refs{app, db, crd, foreign("z"), foreign("b")},
			[]string{"b", "crd", "db", "app", "z"}},
		{"stated order", refs{ordered(foreign("a"), 3), ordered(foreign("b"), 2), ordered(foreign("c"), 1)},
			[]string{"c", "b", "a"}},
		{"equal order", refs{ordered(foreign("c"), 1), ordered(foreign("b"), 1), ordered(foreign("a"), 2)},
			[]string{"b", "c", "a"}},
		{"stated before unstated", refs{foreign("a"), ordered(foreign("b"), 9)}, []string{"b", "a"}},
		{"dependent without an order", refs{db, ordered(crd, 5), foreign("a")}, []string{"crd", "a", "db"}},
		{"dependency without an order", refs{ordered(app, 1), db, ordered(foreign("b"), 2)},
			[]string{"b", "db", "app"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for range 10 {
				refs := slices.Clone(tt.refs)
				rand.Shuffle(len(refs), func(i, j int) { refs[i], refs[j] = refs[j], refs[i] })
				got, _, err := complete(testCatalog(), refs)
				if err != nil {
					t.Fatal(err)
				}
				var names []string
				for i, ref := range got {
					names = append(names, ref.Name)
					if ref.Order != i+1 {
						t.Errorf("%s has order %d, is number %d", ref.Name, ref.Order, i+1)
					}
				}
				if diff := cmp.Diff(tt.want, names); diff != "" {
					t.Fatal(diff)
				}
			}
		})
	}
}

func TestRepeatedManifest(t *testing.T) {
	object := func(apiVersion, kind, namespace, name string) gen.KubernetesObject {
		metadata := map[string]any{"name": name}
		if namespace != "" {
			metadata["namespace"] = namespace
		}
		return gen.KubernetesObject{"apiVersion": apiVersion, "kind": kind, "metadata": metadata}
	}
	for name, tt := range map[string]struct {
		other   gen.KubernetesObject
		refused bool
	}{
		"same":              {object("g/v1", "A", "n", "a"), true},
		"another version":   {object("g/v2", "A", "n", "a"), true},
		"another group":     {object("h/v1", "A", "n", "a"), false},
		"core group":        {object("v1", "A", "n", "a"), false},
		"another kind":      {object("g/v1", "B", "n", "a"), false},
		"another namespace": {object("g/v1", "A", "m", "a"), false},
		"no namespace":      {object("g/v1", "A", "", "a"), false},
		"another name":      {object("g/v1", "A", "n", "b"), false},
	} {
		t.Run(name, func(t *testing.T) {
			ref := foreign("podinfo")
			ref.Manifests = []gen.KubernetesObject{object("g/v1", "A", "n", "a"), tt.other}
			_, _, err := complete(testCatalog(), []gen.ComponentRef{ref})
			if !tt.refused {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			bundletest.CheckInvalid(t, err, `component "podinfo" has the manifest A "a" twice: `+
				`leave one out (without a namespace it is in demo)`,
				apierror.Details{Field: "/componentRefs", Requested: "podinfo"})
		})
	}
}
