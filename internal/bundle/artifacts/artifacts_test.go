package artifacts

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/archive"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/component"
)

// release is a component that pulls images.
func release(ref gen.ComponentRef, images ...string) *component.Component {
	return component.New(ref, &component.Images{Names: images})
}

// releases puts components in their order.
func releases(components ...*component.Component) []component.Release {
	for i, c := range components {
		c.Order = i + 1
	}
	return component.Releases(components)
}

func named(name string) gen.ComponentRef {
	return gen.ComponentRef{
		Name: name, Version: "1.0.0", Repository: "https://charts.example.com", Chart: name, Namespace: "demo",
	}
}

// every is each kind of request that has other files.
func every() map[string]gen.CreateBundleParams {
	return map[string]gen.CreateBundleParams{
		"helm":             {Deployer: gen.DeployerHelm},
		"flux":             {Deployer: gen.DeployerFlux},
		"helm with mirror": {Deployer: gen.DeployerHelm, Mirror: "reg.example.com"},
	}
}

func TestFiles(t *testing.T) {
	list := releases(release(named("a"), "i:1", "j:1"), release(named("b")), release(named("c"), "h:1", "i:1"))
	for name, want := range map[string][]string{
		"helm":             {"charts.txt", "images.txt", "hauler-manifest.yaml", "zarf.yaml"},
		"flux":             {"charts.txt", "images.txt", "hauler-manifest.yaml"},
		"helm with mirror": {"charts.txt", "images.txt"},
	} {
		a, err := New(t.Context(), list, every()[name], nil)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range a.Files {
			got = append(got, f.Path)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if diff := cmp.Diff("h:1\ni:1\nj:1\n", string(a.Files[1].Data())); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	empty, err := New(t.Context(), releases(release(named("a"))), every()["flux"], nil)
	if err != nil {
		t.Fatal(err)
	}
	if data := empty.Files[1].Data(); len(data) > 0 {
		t.Errorf("images.txt without images: %q", data)
	}
}

// Zarf makes a namespace without labels when it comes to a chart in it.
func TestZarfLabelsNamespacesFirst(t *testing.T) {
	privileged, more, plain := named("a"), named("b"), named("c")
	privileged.PodSecurity, more.PodSecurity = gen.PodSecurityPrivileged, gen.PodSecurityBaseline
	privileged.Namespace, more.Namespace = "gpu", "net"
	list := releases(release(plain), release(privileged), release(more), release(privileged))
	base, err := New(t.Context(), list, every()["helm"], nil)
	if err != nil {
		t.Fatal(err)
	}
	other := slices.Clone(list)
	other[0].Component = release(plain, "i:1")
	taken, err := New(t.Context(), other, every()["helm"], base)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range []*Artifacts{base, taken} {
		var got struct {
			Components []struct {
				Name      string
				Required  bool
				Manifests []struct {
					Name, Namespace string
					Files           []string
				}
			}
		}
		if err := yaml.Unmarshal(a.Files[3].Data(), &got); err != nil {
			t.Fatal(err)
		}
		want := []string{"namespaces/namespace-gpu.yaml", "namespaces/namespace-net.yaml"}
		first := got.Components[0]
		if len(got.Components) != 5 || !first.Required || len(first.Manifests) != 1 ||
			!slices.Equal(first.Manifests[0].Files, want) {
			t.Errorf("%+v", got.Components)
		}
	}
}

// TestTakenOver changes what releases pull: with what is taken over from a base, the files are
// those that they are without one.
func TestTakenOver(t *testing.T) {
	recipe := archive.NewFile("recipe.yaml", archive.Shared([]byte("a: b\n")))
	image := rapid.SampledFrom([]string{"a.io/a:1", "b.io/b:1", "b.io/b:2", "c"})
	images := rapid.SliceOfNDistinct(image, 0, 3, rapid.ID)
	rapid.Check(t, func(rt *rapid.T) {
		var before, after []*component.Component
		isSame := true
		for i := range rapid.IntRange(1, 4).Draw(rt, "releases") {
			c := release(named(fmt.Sprint("c", i)), slices.Sorted(slices.Values(images.Draw(rt, "before")))...)
			before = append(before, c)
			if rapid.Bool().Draw(rt, "changed") {
				names := slices.Sorted(slices.Values(images.Draw(rt, "after")))
				c, isSame = c.With(map[string]any{"a": "b"}, &component.Images{Names: names}), false
			}
			after = append(after, c)
		}
		first, second := releases(before...), releases(after...)
		for name, params := range every() {
			base, err := New(t.Context(), first, params, nil)
			if err != nil {
				rt.Fatal(err)
			}
			got, err := New(t.Context(), second, params, base)
			if err != nil {
				rt.Fatal(err)
			}
			want, err := New(t.Context(), second, params, nil)
			if err != nil {
				rt.Fatal(err)
			}
			if (got == base) != isSame {
				rt.Fatalf("%s: those of the base: %t, want %t", name, got == base, isSame)
			}
			if diff := cmp.Diff(texts(want, recipe), texts(got, recipe)); diff != "" {
				rt.Fatalf("%s: %s", name, diff)
			}
			if got.charts != base.charts || got.haulerCharts != base.haulerCharts {
				rt.Fatalf("%s: charts are encoded again", name)
			}
		}
	})
}

// texts are the files by path, with the SBOM.
func texts(a *Artifacts, recipe archive.File) map[string]string {
	list := map[string]string{}
	for _, f := range append(slices.Clip(a.Files), a.SBOM(recipe, "")) {
		list[f.Path] = string(f.Data())
	}
	return list
}

func TestNewStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, params := range every() {
		if _, err := New(ctx, releases(release(named("a"))), params, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWarnings(t *testing.T) {
	system, quiet := named("system"), named("quiet")
	system.Namespace, quiet.Namespace = "kube-system", "kube-system"
	unknown := func(name string) *component.Component {
		warnings := []string{"unknown", "of " + name}
		return component.New(named(name), &component.Images{Names: []string{"i:1"}, Warnings: warnings})
	}
	list := releases(unknown("a"), release(system, "i:1"), release(quiet), unknown("b"))
	images := []string{"unknown", "of a", "of b"}
	zarf := append(slices.Clip(images),
		"zarf.yaml can't make system pull from Zarf's registry: Zarf leaves pods in kube-system as they are")
	const variables = "values or manifests hold ###ZARF_, where Zarf puts variables and constants of its own"
	for name, tt := range map[string]struct{ plain, zarf []string }{
		"helm":             {zarf, append(slices.Clip(zarf), variables)},
		"flux":             {images, images},
		"helm with mirror": {images, images},
	} {
		a, err := New(t.Context(), list, every()[name], nil)
		if err != nil {
			t.Fatal(err)
		}
		for text, want := range map[string][]string{"a: b\n": tt.plain, "a: ###ZARF_X###\n": tt.zarf} {
			recipe := archive.NewFile("recipe.yaml", archive.Shared([]byte("x\n")), archive.Single([]byte(text)))
			if diff := cmp.Diff(want, a.Warnings(recipe)); diff != "" {
				t.Errorf("%s, %q: %s", name, text, diff)
			}
		}
	}
}
