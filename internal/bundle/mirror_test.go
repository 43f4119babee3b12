package bundle

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
)

func mirrored(t *testing.T, values map[string]any, manifests ...gen.KubernetesObject) (*builder, error) {
	t.Helper()
	b := builderOf(imageCatalog(t), gen.Recipe{ComponentRefs: []gen.ComponentRef{netRef(values, manifests...)}})
	return b, b.mirror(gen.CreateBundleParams{Mirror: "reg.example.com/gpu"})
}

func TestMirror(t *testing.T) {
	type m = map[string]any
	defaults := func() m {
		return m{"main": m{"registry": "reg.example.com/gpu"}, "side": m{"repository": "reg.example.com/gpu/grafana/side"},
			"driver": m{"repository": "reg.example.com/gpu/nvidia/driver"}, "init": m{"repository": "reg.example.com/gpu/library/init"}}
	}
	with := func(key string, value any) m {
		want := defaults()
		want[key] = value
		return want
	}
	tests := []struct {
		name   string
		values m
		want   m
	}{
		{"defaults", nil, defaults()},
		{"registry alone", m{"main": m{"registry": "ghcr.io"}}, defaults()},
		{"registry with a port", m{"main": m{"registry": "local:5000/a"}}, with("main", m{"registry": "reg.example.com/gpu/a"})},
		{"localhost", m{"main": m{"registry": "localhost/a"}}, with("main", m{"registry": "reg.example.com/gpu/a"})},
		{"user of Docker Hub", m{"main": m{"registry": "nvidia"}}, with("main", m{"registry": "reg.example.com/gpu/nvidia"})},
		{"mirror already", m{"main": m{"registry": "reg.example.com/gpu"}, "side": m{"repository": "reg.example.com/gpu/x"}}, with("side", m{"repository": "reg.example.com/gpu/x"})},
		{"name on Docker Hub", m{"init": m{"repository": "busybox"}}, with("init", m{"repository": "reg.example.com/gpu/library/busybox"})},
		{"user's on Docker Hub", m{"init": m{"repository": "docker.io/me/busybox"}}, with("init", m{"repository": "reg.example.com/gpu/me/busybox"})},
		{"beside the mirror", m{"side": m{"repository": "reg.example.com/gpus/x"}}, with("side", m{"repository": "reg.example.com/gpu/gpus/x"})},
		{"null stays", m{"main": m{"registry": nil}}, with("main", m{"registry": nil})},
		{"null above stays", m{"main": nil}, with("main", nil)},
		{"other values stay", m{"main": m{"image": "x"}, "y": "z"}, func() m {
			want := with("main", m{"registry": "reg.example.com/gpu", "image": "x"})
			want["y"] = "z"
			return want
		}()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b, err := mirrored(t, tt.values)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // the second time nothing changes
				ref := b.recipe.ComponentRefs[0]
				if diff := cmp.Diff(tt.want, ref.Values); diff != "" {
					t.Error(diff)
				}
				if ref.Repository != "oci://reg.example.com/gpu/charts" {
					t.Errorf("repository %s", ref.Repository)
				}
				if err := b.mirror(gen.CreateBundleParams{Mirror: "reg.example.com/gpu"}); err != nil {
					t.Fatal(err)
				}
			}
			checkWarnings(t, b)
		})
	}
}

func TestMirrorRefuses(t *testing.T) {
	const notText = "mirror can't be applied to net at main.registry: the recipe's values hold no text there"
	for name, value := range map[string]any{"mapping": map[string]any{"a": "b"}, "list": []any{"a"}, "number": int64(1)} {
		t.Run(name, func(t *testing.T) {
			_, err := mirrored(t, map[string]any{"main": map[string]any{"registry": value}})
			checkInvalid(t, err, notText, apierror.Details{Parameter: "mirror"})
		})
	}
	b := newBuilder(foreign("podinfo"))
	b.recipe.ComponentRefs[0].Chart = "PodInfo"
	checkInvalid(t, b.mirror(gen.CreateBundleParams{Mirror: "a.example/b"}),
		`component "podinfo": chart "PodInfo" can't be in the OCI registry a.example/b/charts: invalid reference format: repository name (b/charts/PodInfo) must be lowercase`,
		apierror.Details{Parameter: "mirror", Requested: "a.example/b"})
	one, two := foreign("one"), foreign("two")
	one.Chart, two.Chart, two.Repository = "same", "same", "https://example.org"
	b = newBuilder(one, two)
	checkInvalid(t, b.mirror(gen.CreateBundleParams{Mirror: "a.example/b"}),
		"mirror can't hold the chart same 2.0.0 both of oci://example.com and of https://example.org: it has one place for them",
		apierror.Details{Parameter: "mirror", Requested: "a.example/b"})
	const hub = "without a dot or a port it means a user of Docker Hub"
	for mirror, want := range map[string]string{
		"registry": hub, "registry/gpu": hub, "EXAMPLE.com/A": "invalid reference format: repository name (A/image) must be lowercase",
		"example.com/a b": "invalid reference format", "example.com//a": "invalid reference format",
	} {
		err := newBuilder(ref("db", "1.0.0")).mirror(gen.CreateBundleParams{Mirror: mirror})
		checkInvalid(t, err, `invalid mirror "`+mirror+`": `+want, apierror.Details{Parameter: "mirror", Requested: mirror})
	}
}

func TestMirrorWarns(t *testing.T) {
	db := ref("db", "1.0.0")
	db.Chart = "db"
	b := newBuilder(db, foreign("podinfo"))
	if err := b.mirror(gen.CreateBundleParams{Mirror: "localhost:5000"}); err != nil {
		t.Fatal(err)
	}
	checkWarnings(t, b, "mirror doesn't reach the images of db 1.0.0, which this server doesn't know", "mirror doesn't reach the images of podinfo 2.0.0, which this server doesn't know")
}

// A bundle with a mirror names it everywhere, set has the last word, and neither the catalog nor what the caller still holds changes.
func TestMirrorInBundle(t *testing.T) {
	catalog := imageCatalog(t)
	object := policy(map[string]any{"repository": "nvcr.io/a", "image": "b", "version": "1", "init": map[string]any{}})
	values := map[string]any{"main": map[string]any{"registry": "nvcr.io"}}
	for range 2 {
		r := gen.Recipe{ComponentRefs: []gen.ComponentRef{netRef(values, object)}}
		b, err := Build(t.Context(), catalog, testOptions, r, gen.CreateBundleParams{
			Deployer: gen.DeployerHelm, Mirror: "reg.example.com/gpu", Set: []string{"net:side.enabled=true,side.repository=mine.io/side"},
		})
		if err != nil {
			t.Fatal(err)
		}
		const images = "mine.io/side:1\nreg.example.com/gpu/a/b:1\nreg.example.com/gpu/library/init:1\nreg.example.com/gpu/nvidia/net:v1\n"
		if diff := cmp.Diff(images, string(file(t, b, "images.txt"))); diff != "" {
			t.Error(diff)
		}
		const charts = "# repository\tchart\tversion\noci://reg.example.com/gpu/charts\tnet-chart\t1.0.0\n"
		if diff := cmp.Diff(charts, string(file(t, b, "charts.txt"))); diff != "" {
			t.Error(diff)
		}
		const manifest = "apiVersion: x/v1\nkind: Policy\nmetadata:\n  name: p\nspec:\n  image: b\n  init: {}\n  repository: reg.example.com/gpu/a\n  version: \"1\"\n"
		if diff := cmp.Diff(manifest, string(file(t, b, "01-net/manifests/after-chart/01-policy.yaml"))); diff != "" {
			t.Error(diff)
		}
		for _, f := range b.Files {
			if f.Path == "zarf.yaml" || f.Path == "hauler-manifest.yaml" {
				t.Errorf("%s, which goes without a mirror", f.Path)
			}
		}
	}
	if diff := cmp.Diff(policy(map[string]any{"repository": "nvcr.io/a", "image": "b", "version": "1", "init": map[string]any{}}), object); diff != "" {
		t.Errorf("the caller's object: %s", diff)
	}
	if diff := cmp.Diff(map[string]any{"main": map[string]any{"registry": "nvcr.io"}}, values); diff != "" {
		t.Errorf("the caller's values: %s", diff)
	}
}
