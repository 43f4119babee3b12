package options

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/component"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
)

// TestSamePointers tells by pointer which components an option changes, and which images follow.
func TestSamePointers(t *testing.T) {
	fake := newBundled(testCatalog(), ref("crd", "1.0.0"), ref("db", "1.0.0"), ref("sized", "1.0.0"), foreign("own"))
	nodes := fake
	nodes.Nodes = 3
	pulling := newBundled(imageCatalog(t), netRef(nil), otherRef(), foreign("own"))
	inOrder := ordered("crd", "db", "app")
	db, sized, net := []string{"db"}, []string{"sized"}, []string{"net"}
	for _, tt := range []struct {
		name     string
		given    bundled
		option   Option
		params   Params
		changed  []string // components
		repulled []string // those with other images
	}{
		{"no bundlers", fake, Bundlers, Params{}, nil, nil},
		{"all bundlers", inOrder, Bundlers, Params{Bundlers: []string{"app", "db", "crd"}}, nil, nil},
		{"the first bundlers", inOrder, Bundlers, Params{Bundlers: []string{"db", "crd"}}, nil, nil},
		{"no scheduling", fake, Scheduling, Params{}, nil, nil},
		{"selector", fake, Scheduling, Params{SystemNodeSelector: []string{"a=b"}}, db, nil},
		{"toleration", fake, Scheduling, Params{AcceleratedNodeToleration: []string{"a:NoExecute"}}, db, nil},
		{"no hint", fake, Hints, Params{}, nil, nil},
		{"hint", fake, Hints, Params{Nodes: 3}, sized, nil},
		{"hint of the criteria", nodes, Hints, Params{}, sized, nil},
		{"hints", fake, Hints, Params{StorageClass: "a", StorageSize: "1Gi"}, sized, nil},
		{"no mirror", pulling, Mirror, Params{}, nil, nil},
		{"mirror", pulling, Mirror, Params{Mirror: "reg.example.com"}, []string{"net", "other", "own"}, net},
		{"no set", pulling, Set, Params{}, nil, nil},
		{"value of no image", pulling, Set, Params{Set: []string{"net:annotations.a=b"}}, net, nil},
		{"value of an image that isn't pulled", pulling, Set, Params{Set: []string{"net:side.repository=a"}}, net, nil},
		{"value of an image", pulling, Set, Params{Set: []string{"net:main.image=a"}}, net, net},
		{"value of an image, set back", pulling, Set,
			Params{Set: []string{"net:main.image=a", "net:main.image=nvidia/net"}}, net, nil},
		{"any value of no image", pulling, Set, Params{ForceSet: []string{"net:a=b", "own:a=b"}},
			[]string{"net", "own"}, nil},
		{"any value of an image", pulling, Set, Params{ForceSet: []string{"net:side.enabled=true"}}, net, net},
	} {
		t.Run(tt.name, func(t *testing.T) {
			after, _, err := tt.given.apply(t, tt.option, tt.params)
			if err != nil {
				t.Fatal(err)
			}
			var changed, repulled []string
			for i, c := range after.components {
				before := tt.given.components[i]
				if c != before {
					changed = append(changed, c.Name)
				}
				if c.Images != before.Images {
					repulled = append(repulled, c.Name)
				}
				known := component.KnownImages(tt.given.Catalog, c.ComponentRef)
				alone := component.ImagesOf(c.ComponentRef, known, nil, nil)
				if diff := cmp.Diff(alone.Names, c.Images.Names); diff != "" {
					t.Errorf("images of %s: %s", c.Name, diff)
				}
			}
			if diff := cmp.Diff(tt.changed, changed); diff != "" {
				t.Errorf("changed: %s", diff)
			}
			if diff := cmp.Diff(tt.repulled, repulled); diff != "" {
				t.Errorf("other images: %s", diff)
			}
		})
	}
}

// TestOptionsLeaveComponentsAlone applies all options to the same components at once. None sees
// what another does, and the components stay as they are.
func TestOptionsLeaveComponentsAlone(t *testing.T) {
	type m = map[string]any
	web, sized := foreign("web"), ref("sized", "1.0.0")
	web.DependencyRefs, web.Values = []string{"db"}, m{"list": []any{m{"a": "b"}}}
	db := dbRef(m{"pod": m{"tolerations": []any{}}, "nodeSelector": m{"a": "b"}, "l": []any{"x"}})
	net := netRef(m{"side": m{"list": []any{"a"}}}, policy(m{"init": m{}}))
	db.Chart, sized.Chart, sized.Values = "db", "sized", m{"disk": m{}}
	b := newBundled(bothCatalogs{testCatalog(), imageCatalog(t)}, db, net, sized, web)
	before := copies(b.components)
	all := []Params{
		{}, {Bundlers: []string{"web", "net"}}, {SystemNodeSelector: []string{"a=b"}},
		{SystemNodeToleration: []string{"a:NoExecute"}}, {AcceleratedNodeSelector: []string{"c=d"}},
		{Nodes: 3, StorageClass: "a", StorageSize: "1Gi"}, {Mirror: "reg.example.com"},
		{Set: []string{"db:l[0]=y", "net:side.list[1]=b"}},
		{ForceSet: []string{"db:pod.tolerations[0].x=y", "web:list[0].a=c"}},
		{Mirror: "reg.example.com", Set: []string{"net:side.enabled=true", "net:side.list={x}"}},
		{Mirror: "reg.example.com", Set: []string{"net:side.list[2]=x"}, ForceSet: []string{"web:list=null"}},
	}
	apply := func(p Params) ([]gen.ComponentRef, error) {
		components, _, err := Apply(t.Context(), b.Recipe, b.components, p, Bundlers, Scheduling, Hints, Mirror, Set)
		return copies(components), err
	}
	want := make([][]gen.ComponentRef, len(all))
	for i, p := range all {
		var err error
		if want[i], err = apply(p); err != nil {
			t.Fatalf("%+v: %v", p, err)
		}
	}
	var clients sync.WaitGroup
	for range 4 {
		clients.Go(func() {
			for i, p := range all {
				got, err := apply(p)
				if diff := cmp.Diff(want[i], got); err != nil || diff != "" {
					t.Errorf("%+v: %v %s", p, err, diff)
				}
			}
		})
	}
	clients.Wait()
	if diff := cmp.Diff(before, copies(b.components)); diff != "" {
		t.Error(diff)
	}
}

// bothCatalogs finds a component in the first of two that has it.
type bothCatalogs [2]component.Catalog

func (c bothCatalogs) Names() []string { return slices.Concat(c[0].Names(), c[1].Names()) }

func (c bothCatalogs) Component(name string) (*catalog.Component, bool) {
	if component, ok := c[0].Component(name); ok {
		return component, true
	}
	return c[1].Component(name)
}

// Options follow each other, their warnings add up, and none is applied after one that fails or
// that nobody waits for.
func TestApply(t *testing.T) {
	var applied []string
	ctx, cancel := context.WithCancel(t.Context())
	failure := errors.New("failure")
	step := func(name string, err error) Option {
		return func(_ Recipe, components Components, _ Params) (Components, []string, error) {
			applied = append(applied, name)
			if name == "last" {
				cancel()
			}
			return append(components, component.New(ref(name, "1"), nil)), []string{"warning of " + name}, err
		}
	}
	for _, tt := range []struct {
		options  []Option
		applied  string
		warnings string
		err      error
	}{
		{nil, "", "", nil},
		{[]Option{step("a", nil), step("b", nil)}, "a b", "warning of a, warning of b", nil},
		{[]Option{step("a", nil), step("b", failure), step("c", nil)}, "a b", "", failure},
		{[]Option{step("a", nil), step("last", nil), step("c", nil)}, "a last", "", context.Canceled},
	} {
		applied = nil
		components, warnings, err := Apply(ctx, Recipe{}, nil, Params{}, tt.options...)
		if !errors.Is(err, tt.err) || strings.Join(applied, " ") != tt.applied ||
			strings.Join(warnings, ", ") != tt.warnings {
			t.Errorf("%q applied, warnings %q, %v; want %+v", applied, warnings, err, tt)
		}
		if got := strings.Join(names(components), " "); err == nil && got != tt.applied {
			t.Errorf("components %s, want %s", got, tt.applied)
		}
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
		b := newBundled(testCatalog(), tt.refs...)
		if got := b.find(b.components, tt.name); got != tt.want {
			t.Errorf("%s is at %d of %v, want %d", tt.name, got, tt.refs, tt.want)
		}
	}
}

func TestAbridged(t *testing.T) {
	names := strings.Split("a b c d e f g h i j k l m n", " ")
	const twelve = "a, b, c, d, e, f, g, h, i, j, k, l"
	for count, want := range map[int]string{
		1: "a", 2: "a, b", 12: twelve, 13: twelve + " and 1 more", 14: twelve + " and 2 more",
	} {
		if got := Abridged(names[:count]); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
