package bundle

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
)

func toleration(key, effect string) map[string]any {
	return map[string]any{"key": key, "operator": "Exists", "effect": effect}
}

func TestPlace(t *testing.T) {
	pod := func(value map[string]any) map[string]any { return map[string]any{"pod": value} }
	gpu := toleration("gpu", "NoSchedule")
	tests := []struct {
		name   string
		values map[string]any // of db
		params gen.CreateBundleParams
		want   map[string]any
	}{
		{"nothing", map[string]any{"a": "b"}, gen.CreateBundleParams{}, map[string]any{"a": "b"}},
		{"selector at two paths", map[string]any{}, gen.CreateBundleParams{SystemNodeSelector: []string{"role=system"}}, map[string]any{
			"pod": map[string]any{"nodeSelector": map[string]any{"role": "system"}}, "hook": map[string]any{"nodeSelector": map[string]any{"role": "system"}}}},
		{"selector of the GPU nodes", map[string]any{}, gen.CreateBundleParams{AcceleratedNodeSelector: []string{"nvidia.com/gpu=present"}},
			map[string]any{"nodeSelector": map[string]any{"nvidia.com/gpu": "present"}}},
		{"several selectors merge with the recipe's", map[string]any{"nodeSelector": map[string]any{"a": "1", "b": "2"}, "x": "y"},
			gen.CreateBundleParams{AcceleratedNodeSelector: []string{"b=3", "c=4", "c=4"}},
			map[string]any{"nodeSelector": map[string]any{"a": "1", "b": "3", "c": "4"}, "x": "y"}},
		{"selector without a value", map[string]any{}, gen.CreateBundleParams{AcceleratedNodeSelector: []string{"role="}},
			map[string]any{"nodeSelector": map[string]any{"role": ""}}},
		{"selector in place of a null", map[string]any{"nodeSelector": nil}, gen.CreateBundleParams{AcceleratedNodeSelector: []string{"a=b"}},
			map[string]any{"nodeSelector": map[string]any{"a": "b"}}},
		{"toleration", map[string]any{}, gen.CreateBundleParams{SystemNodeToleration: []string{"dedicated=system:NoExecute"}}, pod(map[string]any{
			"tolerations": []any{map[string]any{"key": "dedicated", "operator": "Equal", "value": "system", "effect": "NoExecute"}}})},
		{"toleration of any value", map[string]any{}, gen.CreateBundleParams{SystemNodeToleration: []string{"gpu:NoSchedule"}},
			pod(map[string]any{"tolerations": []any{gpu}})},
		{"toleration of the empty value", map[string]any{}, gen.CreateBundleParams{SystemNodeToleration: []string{"gpu=:PreferNoSchedule"}}, pod(map[string]any{
			"tolerations": []any{map[string]any{"key": "gpu", "operator": "Equal", "value": "", "effect": "PreferNoSchedule"}}})},
		{"tolerations follow the recipe's", map[string]any{"tolerations": []any{toleration("a", "NoExecute"), gpu}},
			gen.CreateBundleParams{AcceleratedNodeToleration: []string{"b:NoSchedule", "gpu:NoSchedule", "b:NoSchedule", "gpu:NoExecute"}},
			map[string]any{"tolerations": []any{toleration("a", "NoExecute"), gpu, toleration("b", "NoSchedule"), toleration("gpu", "NoExecute")}}},
		{"toleration in place of a null", map[string]any{"pod": nil}, gen.CreateBundleParams{SystemNodeToleration: []string{"gpu:NoSchedule"}},
			pod(map[string]any{"tolerations": []any{gpu}})},
		{"each option at its own paths", map[string]any{}, gen.CreateBundleParams{
			AcceleratedNodeSelector: []string{"a=b"}, SystemNodeToleration: []string{"gpu:NoSchedule"}, AcceleratedNodeToleration: []string{"c:NoExecute"}},
			map[string]any{"nodeSelector": map[string]any{"a": "b"}, "pod": map[string]any{"tolerations": []any{gpu}}, "tolerations": []any{toleration("c", "NoExecute")}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBuilder(gen.ComponentRef{Name: "db", Version: "1.0.0", Values: tt.values})
			if err := b.place(tt.params); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, b.recipe.ComponentRefs[0].Values); diff != "" {
				t.Error(diff)
			}
			checkWarnings(t, b)
		})
	}
}

func TestPlaceRefuses(t *testing.T) {
	const (
		key   = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
		value = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
	)
	system := func(items ...string) gen.CreateBundleParams { return gen.CreateBundleParams{SystemNodeSelector: items} }
	tolerated := func(items ...string) gen.CreateBundleParams {
		return gen.CreateBundleParams{AcceleratedNodeToleration: items}
	}
	tests := []struct {
		name      string
		values    map[string]any
		params    gen.CreateBundleParams
		parameter string
		want      string
	}{
		{"key", nil, system("a b=c"), "system-node-selector", `invalid system-node-selector: "a b=c": key "a b": ` + key},
		{"second key", nil, system("a=b", "-=c"), "system-node-selector", `invalid system-node-selector: "-=c": key "-": ` + key},
		{"long value", nil, system("a=" + strings.Repeat("x", 64)), "system-node-selector",
			fmt.Sprintf(`invalid system-node-selector: "a=%s": value "%[1]s": must be no more than 63 bytes`, strings.Repeat("x", 64))},
		{"value", nil, system("a=b c"), "system-node-selector", `invalid system-node-selector: "a=b c": value "b c": ` + value},
		{"one key, two values", nil, system("a=b", "a=c"), "system-node-selector", `invalid system-node-selector: "a=c": a is "b" already`},
		{"toleration's key", nil, tolerated("a b:NoExecute"), "accelerated-node-toleration", `invalid accelerated-node-toleration: "a b:NoExecute": key "a b": ` + key},
		{"toleration's value", nil, tolerated("a=-:NoExecute"), "accelerated-node-toleration", `invalid accelerated-node-toleration: "a=-:NoExecute": value "-": ` + value},
		{"text in the way", map[string]any{"pod": "x"}, system("a=b"), "system-node-selector",
			"system-node-selector can't be applied to db at pod.nodeSelector: pod is not a mapping in the recipe's values"},
		{"text at the place of a selector", map[string]any{"hook": map[string]any{"nodeSelector": "x"}}, system("a=b"), "system-node-selector",
			"system-node-selector can't be applied to db at hook.nodeSelector: the recipe's values hold no mapping there"},
		{"list at the place of a selector", map[string]any{"nodeSelector": []any{}}, gen.CreateBundleParams{AcceleratedNodeSelector: []string{"a=b"}},
			"accelerated-node-selector", "accelerated-node-selector can't be applied to db at nodeSelector: the recipe's values hold no mapping there"},
		{"text at the place of tolerations", map[string]any{"tolerations": "x"}, tolerated("a:NoExecute"), "accelerated-node-toleration",
			"accelerated-node-toleration can't be applied to db at tolerations: the recipe's values hold no list there"},
		{"mapping at the place of tolerations", map[string]any{"tolerations": map[string]any{}}, tolerated("a:NoExecute"), "accelerated-node-toleration",
			"accelerated-node-toleration can't be applied to db at tolerations: the recipe's values hold no list there"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			values := tt.values
			if values == nil {
				values = map[string]any{}
			}
			b := newBuilder(gen.ComponentRef{Name: "db", Version: "1.0.0", Values: values})
			checkInvalid(t, b.place(tt.params), tt.want, apierror.Details{Parameter: tt.parameter})
		})
	}
}

func TestPlaceWarns(t *testing.T) {
	b := newBuilder(ref("crd", "1.0.0"), ref("db", "1.0.0"), foreign("podinfo"), foreign("store")) // store is db's alias, but here somebody else's
	for i := range b.recipe.ComponentRefs {
		b.recipe.ComponentRefs[i].Values = map[string]any{}
	}
	err := b.place(gen.CreateBundleParams{SystemNodeSelector: []string{"a=b"}, AcceleratedNodeToleration: []string{"gpu:NoSchedule"}})
	if err != nil {
		t.Fatal(err)
	}
	checkWarnings(t, b,
		"system-node-selector has no place in the values of crd, podinfo, store", "accelerated-node-toleration has no place in the values of crd, podinfo, store")
	for _, i := range []int{0, 2, 3} {
		if ref := b.recipe.ComponentRefs[i]; len(ref.Values) > 0 {
			t.Errorf("%s got values %v", ref.Name, ref.Values)
		}
	}
}

// Two places must not share what was put there.
func TestPlaceSharesNothing(t *testing.T) {
	b := newBuilder(gen.ComponentRef{Name: "db", Version: "1.0.0", Values: map[string]any{}})
	if err := b.place(gen.CreateBundleParams{SystemNodeSelector: []string{"a=b"}}); err != nil {
		t.Fatal(err)
	}
	values := b.recipe.ComponentRefs[0].Values
	values["pod"].(map[string]any)["nodeSelector"].(map[string]any)["a"] = "changed"
	if diff := cmp.Diff(map[string]any{"nodeSelector": map[string]any{"a": "b"}}, values["hook"]); diff != "" {
		t.Error(diff)
	}
}

func TestAbridged(t *testing.T) {
	names := strings.Split("a b c d e f g h i j k l m n", " ")
	for count, want := range map[int]string{
		1: "a", 2: "a, b", 12: "a, b, c, d, e, f, g, h, i, j, k, l", 13: "a, b, c, d, e, f, g, h, i, j, k, l and 1 more", 14: "a, b, c, d, e, f, g, h, i, j, k, l and 2 more",
	} {
		if got := abridged(names[:count]); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
