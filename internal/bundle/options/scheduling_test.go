package options

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

func TestScheduling(t *testing.T) {
	type m = map[string]any
	gpu := toleration("gpu", "NoSchedule")
	of := func(value, effect string) m {
		return m{"key": "gpu", "operator": "Equal", "value": value, "effect": effect}
	}
	tests := []struct {
		name   string
		values m // of db
		params Params
		want   m
	}{
		{"nothing", m{"a": "b"}, Params{}, m{"a": "b"}},
		{"selector at two paths", m{}, Params{SystemNodeSelector: []string{"role=system"}},
			m{"pod": m{"nodeSelector": m{"role": "system"}}, "hook": m{"nodeSelector": m{"role": "system"}}}},
		{"selector of the GPU nodes", m{}, Params{AcceleratedNodeSelector: []string{"nvidia.com/gpu=present"}},
			m{"nodeSelector": m{"nvidia.com/gpu": "present"}}},
		{"several selectors merge with the recipe's", m{"nodeSelector": m{"a": "1", "b": "2"}, "x": "y"},
			Params{AcceleratedNodeSelector: []string{"b=3", "c=4", "c=4"}},
			m{"nodeSelector": m{"a": "1", "b": "3", "c": "4"}, "x": "y"}},
		{"selector without a value", m{}, Params{AcceleratedNodeSelector: []string{"role="}},
			m{"nodeSelector": m{"role": ""}}},
		{"selector instead of a null", m{"nodeSelector": nil}, Params{AcceleratedNodeSelector: []string{"a=b"}},
			m{"nodeSelector": m{"a": "b"}}},
		{"toleration", m{}, Params{SystemNodeToleration: []string{"gpu=system:NoExecute"}},
			m{"pod": m{"tolerations": []any{of("system", "NoExecute")}}}},
		{"toleration of any value", m{}, Params{SystemNodeToleration: []string{"gpu:NoSchedule"}},
			m{"pod": m{"tolerations": []any{gpu}}}},
		{"toleration of the empty value", m{}, Params{SystemNodeToleration: []string{"gpu=:PreferNoSchedule"}},
			m{"pod": m{"tolerations": []any{of("", "PreferNoSchedule")}}}},
		{"tolerations follow the recipe's", m{"tolerations": []any{toleration("a", "NoExecute"), gpu}},
			Params{AcceleratedNodeToleration: []string{
				"b:NoSchedule", "gpu:NoSchedule", "b:NoSchedule", "gpu:NoExecute"}},
			m{"tolerations": []any{
				toleration("a", "NoExecute"), gpu, toleration("b", "NoSchedule"), toleration("gpu", "NoExecute")}}},
		{"toleration instead of a null", m{"pod": nil}, Params{SystemNodeToleration: []string{"gpu:NoSchedule"}},
			m{"pod": m{"tolerations": []any{gpu}}}},
		{"each option at its own paths", m{}, Params{
			AcceleratedNodeSelector: []string{"a=b"}, SystemNodeToleration: []string{"gpu:NoSchedule"},
			AcceleratedNodeToleration: []string{"c:NoExecute"}},
			m{"nodeSelector": m{"a": "b"}, "pod": m{"tolerations": []any{gpu}},
				"tolerations": []any{toleration("c", "NoExecute")}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			after := newBundled(testCatalog(), dbRef(tt.values)).mustApply(t, Scheduling, tt.params)
			if diff := cmp.Diff(tt.want, after.values()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSchedulingRefuses(t *testing.T) {
	type m = map[string]any
	const (
		key = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with " +
			"an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is " +
			"'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
		value = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and " +
			"must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex " +
			"used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"

		systemSelector = "system-node-selector"
		gpuSelector    = "accelerated-node-selector"
		gpuToleration  = "accelerated-node-toleration"
	)
	system := func(items ...string) Params { return Params{SystemNodeSelector: items} }
	tolerated := func(items ...string) Params { return Params{AcceleratedNodeToleration: items} }
	selected := Params{AcceleratedNodeSelector: []string{"a=b"}}
	long := strings.Repeat("x", 64)
	tests := []struct {
		name      string
		values    m
		params    Params
		parameter string
		want      string // behind the parameter
	}{
		{"key", m{}, system("a b=c"), systemSelector, `: "a b=c": key "a b": ` + key},
		{"second key", m{}, system("a=b", "-=c"), systemSelector, `: "-=c": key "-": ` + key},
		{"long value", m{}, system("a=" + long), systemSelector,
			fmt.Sprintf(`: "a=%s": value "%[1]s": must be no more than 63 bytes`, long)},
		{"value", m{}, system("a=b c"), systemSelector, `: "a=b c": value "b c": ` + value},
		{"one key, two values", m{}, system("a=b", "a=c"), systemSelector, `: "a=c": a is "b" already`},
		{"toleration's key", m{}, tolerated("a b:NoExecute"), gpuToleration, `: "a b:NoExecute": key "a b": ` + key},
		{"toleration's value", m{}, tolerated("a=-:NoExecute"), gpuToleration,
			`: "a=-:NoExecute": value "-": ` + value},
		{"text in the way", m{"pod": "x"}, system("a=b"), systemSelector,
			" db at pod.nodeSelector: pod is not a mapping in the recipe's values"},
		{"text for a selector", m{"hook": m{"nodeSelector": "x"}}, system("a=b"), systemSelector,
			" db at hook.nodeSelector: the recipe's values hold no mapping there"},
		{"list for a selector", m{"nodeSelector": []any{}}, selected, gpuSelector,
			" db at nodeSelector: the recipe's values hold no mapping there"},
		{"text for tolerations", m{"tolerations": "x"}, tolerated("a:NoExecute"), gpuToleration,
			" db at tolerations: the recipe's values hold no list there"},
		{"mapping for tolerations", m{"tolerations": m{}}, tolerated("a:NoExecute"), gpuToleration,
			" db at tolerations: the recipe's values hold no list there"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := tt.parameter + " can't be applied to" + tt.want
			if strings.HasPrefix(tt.want, ":") {
				want = "invalid " + tt.parameter + tt.want
			}
			newBundled(testCatalog(), dbRef(tt.values)).refuse(
				t, Scheduling, tt.params, want, apierror.Details{Parameter: tt.parameter})
		})
	}
}

func TestSchedulingWarns(t *testing.T) {
	// store is db's alias, but here somebody else's
	b := newBundled(testCatalog(), ref("crd", "1.0.0"), ref("db", "1.0.0"), foreign("podinfo"), foreign("store"))
	after := b.mustApply(t, Scheduling,
		Params{SystemNodeSelector: []string{"a=b"}, AcceleratedNodeToleration: []string{"gpu:NoSchedule"}},
		"system-node-selector has no place in the values of crd, podinfo, store",
		"accelerated-node-toleration has no place in the values of crd, podinfo, store")
	for _, i := range []int{0, 2, 3} {
		if c := after.components[i]; len(c.Values) > 0 {
			t.Errorf("%s got values %v", c.Name, c.Values)
		}
	}
}

// An option copies what it changes, not all of a component's values.
func TestSchedulingCopiesLittle(t *testing.T) {
	allocations := func(values int) float64 {
		other := map[string]any{}
		for i := range values {
			other[fmt.Sprint("v", i)] = map[string]any{"a": int64(1)}
		}
		b := newBundled(testCatalog(), dbRef(map[string]any{"other": other, "pod": map[string]any{"x": int64(1)}}))
		return testing.AllocsPerRun(1, func() {
			if _, err := put(b.components, 0, []string{"pod.x", "pod"}, int64(2), apierror.Details{}); err != nil {
				t.Fatal(err)
			}
		})
	}
	if few, many := allocations(1), allocations(1000); many > 2*few {
		t.Errorf("%v allocations with 1 other value, %v with 1000", few, many)
	}
}

// Two paths must not share what was put there.
func TestSchedulingSharesNothing(t *testing.T) {
	b := newBundled(testCatalog(), dbRef(map[string]any{}))
	values := b.mustApply(t, Scheduling, Params{SystemNodeSelector: []string{"a=b"}}).values()
	values["pod"].(map[string]any)["nodeSelector"].(map[string]any)["a"] = "changed"
	if diff := cmp.Diff(map[string]any{"nodeSelector": map[string]any{"a": "b"}}, values["hook"]); diff != "" {
		t.Error(diff)
	}
}

// What an operator starts follows its custom resource, which is among the manifests.
func TestSchedulingInManifests(t *testing.T) {
	type m = map[string]any
	policy := func(spec m) gen.KubernetesObject { return gen.KubernetesObject{"kind": "Policy", "spec": spec} }
	tolerated := Params{AcceleratedNodeToleration: []string{"sku=gpu:NoSchedule"}}
	net := func(manifests ...gen.KubernetesObject) bundled {
		r := ref("net", "1.0.0")
		r.Manifests = manifests
		return newBundled(testCatalog(), r)
	}
	gpu := toleration("gpu", "NoSchedule")
	other := gen.KubernetesObject{"kind": "Secret", "spec": m{}}
	before := net(other, policy(m{"tolerations": []any{gpu}}))
	after := before.mustApply(t, Scheduling, tolerated)
	added := m{"key": "sku", "operator": "Equal", "value": "gpu", "effect": "NoSchedule"}
	want := []gen.KubernetesObject{other, policy(m{"tolerations": []any{gpu, added}})}
	if diff := cmp.Diff(want, after.components[0].Manifests); diff != "" {
		t.Error(diff)
	}
	want[1] = policy(m{"tolerations": []any{gpu}})
	if diff := cmp.Diff(want, before.components[0].Manifests); diff != "" {
		t.Errorf("the components before changed: %s", diff)
	}
	net(other).mustApply(t, Scheduling, tolerated, "accelerated-node-toleration has no place in the values of net")
	wrong := net(policy(m{"tolerations": "x"}))
	wrong.refuse(t, Scheduling, tolerated, "accelerated-node-toleration can't be applied to the Policy of net at "+
		"spec.tolerations: the recipe's values hold no list there",
		apierror.Details{Parameter: "accelerated-node-toleration"})
	if err := CheckPlaces(wrong.Recipe, wrong.components); err == nil {
		t.Error("a recipe whose manifest has no place for tolerations passes")
	}
}
