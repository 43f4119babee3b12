package bundle

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"helm.sh/helm/v4/pkg/strvals"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
)

// otherRef is a component whose chart takes no values.
func otherRef() gen.ComponentRef {
	return gen.ComponentRef{Name: "other", Version: "1.0.0", Chart: "other-chart", Values: map[string]any{}}
}

func netBuilder(catalog Catalog) *builder {
	return builderOf(catalog, gen.Recipe{ComponentRefs: []gen.ComponentRef{netRef(nil), otherRef()}})
}

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
			b := netBuilder(imageCatalog(t))
			if err := b.override(gen.CreateBundleParams{Set: []string{"net:" + tt.set}}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, b.recipe.ComponentRefs[0].Values); diff != "" {
				t.Error(diff)
			}
			checkWarnings(t, b)
		})
	}
}

func TestSetUnknownPaths(t *testing.T) {
	const force = " (force-set sets it anyway)"
	tests := []struct {
		set, message string
		nearest      []string
	}{
		{"net:main.registri=x", "net-chart 1.0.0 takes no value at main.registri: nearest to it: main.registry", []string{"main.registry"}},
		{"net:main.registry=x,mian.image=y", "net-chart 1.0.0 takes no value at mian.image: nearest to it: main.image", []string{"main.image"}},
		{"net:registry=x", "net-chart 1.0.0 takes no value at registry: nearest to it: main.registry", []string{"main.registry"}},
		{"net:main.registry.x=y", "net-chart 1.0.0 takes no value at main.registry.x: nearest to it: main.registry", []string{"main.registry"}},
		{"net:a.b=c", `net-chart 1.0.0 takes no value at a.b: nearest to it: a\.b`, []string{`a\.b`}},
		{"net:zzz=null", `net-chart 1.0.0 takes no value at zzz: nearest to it: a\.b, main, side`, []string{`a\.b`, "main", "side"}},
		{"net:" + strings.Repeat("x", 1000) + "=y", "net-chart 1.0.0 takes no value at " + strings.Repeat("x", 256) + `…: nearest to it: a\.b, annotations, main`, []string{`a\.b`, "annotations", "main"}},
		{"other:a.b=c", "other-chart 1.0.0 takes no value at a.b", nil},
		{"net:main=x", "net-chart 1.0.0 takes a mapping at main: set what is in it", nil},
		{"net:main={x,y}", "net-chart 1.0.0 takes a mapping at main: set what is in it", nil},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%.40s", tt.set), func(t *testing.T) {
			details := apierror.Details{Parameter: "set", Requested: tt.set}
			if tt.nearest != nil {
				details.Allowed = tt.nearest
			}
			b := netBuilder(imageCatalog(t))
			checkInvalid(t, b.override(gen.CreateBundleParams{Set: []string{tt.set}}), fmt.Sprintf("invalid set %q: %s", tt.set, tt.message+force), details)
			if len(b.recipe.ComponentRefs[0].Values) > 0 {
				t.Errorf("set %v", b.recipe.ComponentRefs[0].Values)
			}
		})
	}
}

func TestForceSet(t *testing.T) {
	b := netBuilder(imageCatalog(t))
	err := b.override(gen.CreateBundleParams{Set: []string{"net:main.image=a"}, ForceSet: []string{"net:main.image=b,zzz[1].y=1", "other:a=null"}})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"main": map[string]any{"image": "b"}, "zzz": []any{nil, map[string]any{"y": int64(1)}}}
	if diff := cmp.Diff(want, b.recipe.ComponentRefs[0].Values); diff != "" {
		t.Error(diff)
	}
	checkWarnings(t, b)
	for set, want := range map[string]string{
		"net:zzz": `it ends in a key without a value (a comma in a value is written \,)`, "net:l[1024]=1": "list index 1024 is above 1023", "net:main.image.x=1": "the path treats a plain value as a mapping or list",
	} {
		checkInvalid(t, b.override(gen.CreateBundleParams{ForceSet: []string{set}}), fmt.Sprintf("invalid force-set %q: %s", set, want),
			apierror.Details{Parameter: "force-set", Requested: set})
	}
	checkInvalid(t, b.override(gen.CreateBundleParams{ForceSet: []string{"nothing:a=b"}}), `invalid force-set: component "nothing" is not in this bundle: must be one of net, other`,
		apierror.Details{Parameter: "force-set", Requested: "nothing", Allowed: []string{"net", "other"}})
}

func TestSetWithoutKnownPaths(t *testing.T) {
	const warning = "set is not checked for %s %s: the value paths of this chart version are not known"
	version, chart, own := netRef(nil), netRef(nil), foreign("podinfo")
	version.Version, chart.Chart, own.Values = "2.0.0", "mine", map[string]any{}
	for want, ref := range map[string]gen.ComponentRef{
		fmt.Sprintf(warning, "net", "2.0.0"): version, fmt.Sprintf(warning, "net", "1.0.0"): chart, fmt.Sprintf(warning, "podinfo", "2.0.0"): own,
	} {
		b := builderOf(imageCatalog(t), gen.Recipe{ComponentRefs: []gen.ComponentRef{ref}})
		if err := b.override(gen.CreateBundleParams{Set: []string{ref.Name + ":a=1", ref.Name + ":b=2"}}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]any{"a": int64(1), "b": int64(2)}, b.recipe.ComponentRefs[0].Values); diff != "" {
			t.Error(diff)
		}
		checkWarnings(t, b, want)
	}
}

// No expression makes set panic. What it accepts it sets as Helm does; what it accepts for a chart, the chart takes.
func FuzzSet(f *testing.F) {
	for _, seed := range []string{
		"main.registry=a", "main.registry=a,side.enabled=true", "side.list={a,b}", "side.list[1].x=y", "main=null", `annotations.a\.b/c=d`, `a\.b=c`, "annotations={}",
		"annotations..a=b", "a[", "annotations[0]=b", "annotations.a={x,{y}}", "\\", "annotations.a=\\", "annotations.x[0][1]=1,annotations.x=2", "=", "{", "main.registry.a=1",
	} {
		f.Add(seed)
	}
	catalog := imageCatalog(f)
	f.Fuzz(func(t *testing.T, expression string) {
		for _, option := range []string{"set", "force-set"} {
			b := netBuilder(catalog)
			growth := 0
			if b.set(option, "net:"+expression, &growth) != nil {
				continue
			}
			want := map[string]any{}
			if err := strvals.ParseInto(expression, want); err != nil {
				t.Fatalf("%s takes %q, Helm says %v", option, expression, err)
			}
			if got := b.recipe.ComponentRefs[0].Values; !reflect.DeepEqual(want, got) || len(got) == 0 {
				t.Fatalf("%s of %q gives %v, Helm gives %v", option, expression, got, want)
			}
			if _, err := yamlFile("values.yaml", b.recipe.ComponentRefs[0].Values); err != nil {
				t.Fatalf("%s of %q: %v", option, expression, err)
			}
		}
	})
}
