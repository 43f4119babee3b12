package options

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/component"
)

// net is a component whose value paths are known, beside one whose chart takes no values.
func net(c component.Catalog) bundled { return newBundled(c, netRef(nil), otherRef()) }

func TestSetKnownPaths(t *testing.T) {
	type m = map[string]any
	tests := []struct {
		set  string
		want m
	}{
		{"main.registry=a,side.enabled=true", m{"main": m{"registry": "a"}, "side": m{"enabled": true}}},
		{"annotations.any.thing=b", m{"annotations": m{"any": m{"thing": "b"}}}},
		{`annotations.a\.b/c=d`, m{"annotations": m{"a.b/c": "d"}}},
		{`a\.b=c`, m{"a.b": "c"}},
		{"side.list={a,b}", m{"side": m{"list": []any{"a", "b"}}}},
		{"side.list[1].x=y", m{"side": m{"list": []any{nil, m{"x": "y"}}}}},
		{"main=null", m{"main": nil}}, // removes defaults
		{"main.registry=null", m{"main": m{"registry": nil}}},
		{"annotations={}", m{"annotations": []any{""}}}, // so does Helm
	}
	for _, tt := range tests {
		t.Run(tt.set, func(t *testing.T) {
			after := net(imageCatalog(t)).mustApply(t, Set, Params{Set: []string{"net:" + tt.set}})
			if diff := cmp.Diff(tt.want, after.values()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSetUnknownPaths(t *testing.T) {
	const (
		force   = " (force-set sets it anyway)"
		unknown = "net-chart 1.0.0 takes no value at "
		mapping = "net-chart 1.0.0 takes a mapping at main: set what is in it"
	)
	long := strings.Repeat("x", 1000)
	tests := []struct {
		set, message string
		nearest      []string
	}{
		{"net:main.registri=x", unknown + "main.registri: nearest to it: main.registry", []string{"main.registry"}},
		{"net:main.registry=x,mian.image=y", unknown + "mian.image: nearest to it: main.image", []string{"main.image"}},
		{"net:registry=x", unknown + "registry: nearest to it: main.registry", []string{"main.registry"}},
		{"net:main.registry.x=y", unknown + "main.registry.x: nearest to it: main.registry", []string{"main.registry"}},
		{"net:a.b=c", unknown + `a.b: nearest to it: a\.b`, []string{`a\.b`}},
		{"net:zzz=null", unknown + `zzz: nearest to it: a\.b, main, side`, []string{`a\.b`, "main", "side"}},
		{"net:" + long + "=y", unknown + long[:256] + `…: nearest to it: a\.b, annotations, main`,
			[]string{`a\.b`, "annotations", "main"}},
		{"other:a.b=c", "other-chart 1.0.0 takes no value at a.b", nil},
		{"net:main=x", mapping, nil},
		{"net:main={x,y}", mapping, nil},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%.40s", tt.set), func(t *testing.T) {
			net(imageCatalog(t)).refuse(t, Set, Params{Set: []string{tt.set}},
				fmt.Sprintf("invalid set %q: %s", tt.set, tt.message+force),
				apierror.Details{Parameter: "set", Requested: tt.set, Allowed: tt.nearest})
		})
	}
}

func TestForceSet(t *testing.T) {
	b := net(imageCatalog(t))
	after := b.mustApply(t, Set, Params{
		Set: []string{"net:main.image=a"}, ForceSet: []string{"net:main.image=b,zzz[1].y=1", "other:a=null"},
	})
	want := map[string]any{"main": map[string]any{"image": "b"}, "zzz": []any{nil, map[string]any{"y": int64(1)}}}
	if diff := cmp.Diff(want, after.values()); diff != "" {
		t.Error(diff)
	}
	for set, want := range map[string]string{
		"net:zzz":            `it ends in a key without a value (a comma in a value is written \,)`,
		"net:l[1024]=1":      "list index 1024 is above 1023",
		"net:main.image.x=1": "the path treats a plain value as a mapping or list",
	} {
		after.refuse(t, Set, Params{ForceSet: []string{set}}, fmt.Sprintf("invalid force-set %q: %s", set, want),
			apierror.Details{Parameter: "force-set", Requested: set})
	}
	b.refuse(t, Set, Params{ForceSet: []string{"nothing:a=b"}},
		`invalid force-set: component "nothing" is not in this bundle: must be one of net, other`,
		apierror.Details{Parameter: "force-set", Requested: "nothing", Allowed: []string{"net", "other"}})
}

func TestSetWithoutKnownPaths(t *testing.T) {
	version, chart := netRef(nil), netRef(nil)
	version.Version, chart.Chart = "2.0.0", "mine"
	for want, ref := range map[string]gen.ComponentRef{
		notChecked("net", "2.0.0"):     version,
		notChecked("net", "1.0.0"):     chart,
		notChecked("podinfo", "2.0.0"): foreign("podinfo"),
	} {
		params := Params{Set: []string{ref.Name + ":a=1", ref.Name + ":b=2"}}
		after := newBundled(imageCatalog(t), ref).mustApply(t, Set, params, want) // warns once
		if diff := cmp.Diff(map[string]any{"a": int64(1), "b": int64(2)}, after.values()); diff != "" {
			t.Error(diff)
		}
	}
}

// TestSetKeepsImages compares set, which finds images anew only where they may follow from a value,
// with force-set, which always does.
func TestSetKeepsImages(t *testing.T) {
	for _, set := range [][]string{
		{"main.registry=a.example.com"}, {"main=null"}, {"main.registry=null"}, {"side.enabled=true"},
		{"side.enabled=true", "annotations.a=b"}, {"annotations.a=b", "side.enabled=true"},
		{"annotations.a=b,side.enabled=true"}, {"side=null"}, {"side.list={a}"}, {"annotations.a=b"},
		{"side.enabled=true", "side.repository=x", "side.enabled=false"},
	} {
		for i := range set {
			set[i] = "net:" + set[i]
		}
		b := net(imageCatalog(t))
		checked, forced := b.mustApply(t, Set, Params{Set: set}), b.mustApply(t, Set, Params{ForceSet: set})
		for i, want := range forced.components {
			got := checked.components[i]
			if diff := cmp.Diff(want.ComponentRef, got.ComponentRef); diff != "" {
				t.Errorf("%q: %s", set, diff)
			}
			if diff := cmp.Diff(want.Images.Names, got.Images.Names); diff != "" {
				t.Errorf("images of %q: %s", set, diff)
			}
			if (want.Images == b.components[i].Images) != (got.Images == b.components[i].Images) {
				t.Errorf("%q: only one of set and force-set keeps the images", set)
			}
		}
	}
}
