package options

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
)

func policy(spec map[string]any) gen.KubernetesObject {
	metadata := map[string]any{"name": "p"}
	return gen.KubernetesObject{"apiVersion": "x/v1", "kind": "Policy", "metadata": metadata, "spec": spec}
}

func TestMirror(t *testing.T) {
	type m = map[string]any
	const mirror = "reg.example.com/gpu"
	defaults := func() m {
		return m{
			"main": m{"registry": mirror}, "side": m{"repository": mirror + "/grafana/side"},
			"driver": m{"repository": mirror + "/nvidia/driver"}, "init": m{"repository": mirror + "/library/init"},
		}
	}
	with := func(key string, value any) m {
		want := defaults()
		want[key] = value
		return want
	}
	others := with("main", m{"registry": mirror, "image": "x"})
	others["y"] = "z"
	tests := []struct {
		name   string
		values m
		want   m
	}{
		{"defaults", nil, defaults()},
		{"registry alone", m{"main": m{"registry": "ghcr.io"}}, defaults()},
		{"registry with a port", m{"main": m{"registry": "local:5000/a"}}, with("main", m{"registry": mirror + "/a"})},
		{"localhost", m{"main": m{"registry": "localhost/a"}}, with("main", m{"registry": mirror + "/a"})},
		{"user of Docker Hub", m{"main": m{"registry": "nvidia"}}, with("main", m{"registry": mirror + "/nvidia"})},
		{"mirror already", m{"main": m{"registry": mirror}, "side": m{"repository": mirror + "/x"}},
			with("side", m{"repository": mirror + "/x"})},
		{"name on Docker Hub", m{"init": m{"repository": "busybox"}},
			with("init", m{"repository": mirror + "/library/busybox"})},
		{"user's on Docker Hub", m{"init": m{"repository": "docker.io/me/busybox"}},
			with("init", m{"repository": mirror + "/me/busybox"})},
		{"beside the mirror", m{"side": m{"repository": "reg.example.com/gpus/x"}},
			with("side", m{"repository": mirror + "/gpus/x"})},
		{"null stays", m{"main": m{"registry": nil}}, with("main", m{"registry": nil})},
		{"null above stays", m{"main": nil}, with("main", nil)},
		{"other values stay", m{"main": m{"image": "x"}, "y": "z"}, others},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBundled(imageCatalog(t), netRef(tt.values))
			for range 2 { // the second time nothing changes
				b = b.mustApply(t, Mirror, Params{Mirror: mirror})
				if diff := cmp.Diff(tt.want, b.values()); diff != "" {
					t.Error(diff)
				}
				if got := b.components[0].Repository; got != "oci://reg.example.com/gpu/charts" {
					t.Errorf("repository %s", got)
				}
			}
		})
	}
}

func TestMirrorRefuses(t *testing.T) {
	const notText = "mirror can't be applied to net at main.registry: the recipe's values hold no text there"
	for name, value := range map[string]any{
		"mapping": map[string]any{"a": "b"}, "list": []any{"a"}, "number": int64(1),
	} {
		t.Run(name, func(t *testing.T) {
			ref := netRef(map[string]any{"main": map[string]any{"registry": value}})
			newBundled(imageCatalog(t), ref).refuse(t, Mirror, Params{Mirror: "reg.example.com/gpu"},
				notText, apierror.Details{Parameter: "mirror"})
		})
	}
	capital := foreign("podinfo")
	capital.Chart = "PodInfo"
	one, two := foreign("one"), foreign("two")
	one.Chart, two.Chart, two.Repository = "same", "same", "https://example.org"
	const hub = "without a dot or a port it means a user of Docker Hub"
	for _, tt := range []struct {
		mirror string
		refs   []gen.ComponentRef
		want   string
	}{
		{"a.example/b", []gen.ComponentRef{capital},
			`component "podinfo": chart "PodInfo" can't be in the OCI registry a.example/b/charts: ` +
				`invalid reference format: repository name (b/charts/PodInfo) must be lowercase`},
		{"a.example/b", []gen.ComponentRef{one, two}, "mirror can't hold the chart same 2.0.0 both of " +
			"oci://example.com and of https://example.org: it has one place for them"},
		{"registry", nil, `invalid mirror "registry": ` + hub},
		{"registry/gpu", nil, `invalid mirror "registry/gpu": ` + hub},
		{"EXAMPLE.com/A", nil, `invalid mirror "EXAMPLE.com/A": ` +
			"invalid reference format: repository name (A/image) must be lowercase"},
		{"example.com:99999/a", nil, `invalid mirror "example.com:99999/a": ` +
			`port "99999" is none: ports go from 1 to 65535`},
		{"example.com/a b", nil, `invalid mirror "example.com/a b": invalid reference format`},
		{"example.com//a", nil, `invalid mirror "example.com//a": invalid reference format`},
	} {
		if tt.refs == nil {
			tt.refs = []gen.ComponentRef{ref("db", "1.0.0")}
		}
		newBundled(testCatalog(), tt.refs...).refuse(t, Mirror, Params{Mirror: tt.mirror}, tt.want,
			apierror.Details{Parameter: "mirror", Requested: tt.mirror})
	}
}

func TestMirrorWarns(t *testing.T) {
	db := ref("db", "1.0.0")
	db.Chart = "db"
	b := newBundled(testCatalog(), db, foreign("podinfo"))
	b.mustApply(t, Mirror, Params{Mirror: "localhost:5000"},
		"mirror doesn't reach the images of db 1.0.0, which this server doesn't know",
		"mirror doesn't reach the images of podinfo 2.0.0, which this server doesn't know")
}

// A mirror reaches the images in a component's objects, too.
func TestMirrorOfObjects(t *testing.T) {
	object := policy(map[string]any{"repository": "nvcr.io/a", "image": "b", "version": "1"})
	after := newBundled(imageCatalog(t), netRef(nil, object)).mustApply(
		t, Mirror, Params{Mirror: "reg.example.com"})
	want := policy(map[string]any{"repository": "reg.example.com/a", "image": "b", "version": "1"})
	if diff := cmp.Diff([]gen.KubernetesObject{want}, after.components[0].Manifests); diff != "" {
		t.Error(diff)
	}
	images := []string{"reg.example.com/a/b:1", "reg.example.com/nvidia/net:v1"}
	if diff := cmp.Diff(images, after.components[0].Images.Names); diff != "" {
		t.Error(diff)
	}
}
