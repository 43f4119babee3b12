package recipes_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/NVIDIA/cloud-native-stack/api"
	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
	"github.com/NVIDIA/cloud-native-stack/internal/document"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
	"github.com/NVIDIA/cloud-native-stack/recipes"
)

// environment is a recipe with every combination of criteria that gets it; those that a service
// offers and others are kept apart.
type environment struct {
	gen.Recipe
	criteria []gen.Criteria
	offered  bool
}

func load(t *testing.T) (*catalog.Catalog, *contract.Contract) {
	t.Helper()
	spec, err := contract.Load(api.Spec, nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := catalog.Load(recipes.FS, spec)
	if err != nil {
		t.Fatal(err)
	}
	return c, spec
}

// environments resolves every combination of criteria of the contract.
func environments(t *testing.T, c *catalog.Catalog, spec *contract.Contract) []*environment {
	t.Helper()
	var all []*environment
	byOverlays := map[string]*environment{}
	for _, criteria := range combinations(t, spec) {
		r, err := recipe.Resolve(t.Context(), c, criteria,
			recipe.Build{Version: "v0.0.0", Created: "2026-01-01T00:00:00Z"})
		if err != nil {
			t.Fatal(err)
		}
		key := fmt.Sprint(r.Metadata.AppliedOverlays, offered(criteria))
		if byOverlays[key] == nil {
			byOverlays[key] = &environment{Recipe: r, offered: offered(criteria)}
			all = append(all, byOverlays[key])
		}
		byOverlays[key].criteria = append(byOverlays[key].criteria, criteria)
	}
	return all
}

// component returns a component of the recipe, nil if it has none of that name.
func (e *environment) component(name string) *gen.ComponentRef {
	i := slices.IndexFunc(e.ComponentRefs, func(ref gen.ComponentRef) bool { return ref.Name == name })
	if i < 0 {
		return nil
	}
	return &e.ComponentRefs[i]
}

// every reports whether the recipe is only for environments of a kind.
func (e *environment) every(is func(gen.Criteria) bool) bool {
	return !slices.ContainsFunc(e.criteria, func(c gen.Criteria) bool { return !is(c) })
}

// value returns what a component's values hold at a path, nil if nothing.
func value(ref *gen.ComponentRef, keys string) any {
	if ref == nil {
		return nil
	}
	var v any = ref.Values
	for key := range strings.SplitSeq(keys, ".") {
		m, _ := v.(map[string]any)
		v = m[key]
	}
	return v
}

// manifest returns a component's Kubernetes object, nil if it ships none of that kind and name; any
// name if it is empty.
func manifest(ref *gen.ComponentRef, kind, name string) gen.KubernetesObject {
	for _, object := range ref.Manifests {
		metadata := object["metadata"].(map[string]any)
		if object["kind"] == kind && (name == "" || metadata["name"] == name) {
			return object
		}
	}
	return nil
}

// The overlays which the project promised first, each for its own criteria.
func TestNamedOverlays(t *testing.T) {
	c, _ := load(t)
	for name, criteria := range map[string]gen.Criteria{
		"base":                      {},
		"eks":                       {Service: "eks"},
		"eks-training":              {Service: "eks", Intent: "training"},
		"gb200-eks-training":        {Service: "eks", Accelerator: "gb200", Intent: "training"},
		"gb200-eks-ubuntu-training": {Service: "eks", Accelerator: "gb200", Intent: "training", OS: "ubuntu"},
		"gke-cos":                   {Service: "gke", OS: "cos"},
		"h100-ubuntu-inference":     {Accelerator: "h100", Intent: "inference", OS: "ubuntu"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := recipe.Resolve(t.Context(), c, criteria, recipe.Build{})
			if err != nil {
				t.Fatal(err)
			}
			if applied := r.Metadata.AppliedOverlays; applied[len(applied)-1] != name {
				t.Errorf("%+v gets %v, want %s as the most specific one", criteria, applied, name)
			}
		})
	}
}

// TestWarnings holds the overlays' offers against the table of this test: an environment that a
// service offers has no warning, any other one of a service has. A self-managed cluster can be
// anything, so nothing says what it doesn't offer.
func TestWarnings(t *testing.T) {
	data, spec := load(t)
	for _, c := range combinations(t, spec) {
		r, err := recipe.Resolve(t.Context(), data, c, recipe.Build{})
		if err != nil {
			t.Fatal(err)
		}
		isWhole := c.Accelerator != gen.AcceleratorAny && c.Intent != gen.IntentAny && c.OS != gen.OSAny
		if warnings := r.Metadata.Warnings; isWhole && offered(c) && len(warnings) > 0 {
			t.Errorf("%v: %v", c, warnings)
		} else if !offered(c) && len(warnings) == 0 {
			t.Errorf("%v: no warning", c)
		}
	}
}

func TestExampleOfTheSpecification(t *testing.T) {
	c, _ := load(t)
	example := gen.Criteria{Service: gen.ServiceEKS, Accelerator: gen.AcceleratorGb200, Intent: gen.IntentTraining}
	r, err := recipe.Resolve(t.Context(), c, example, recipe.Build{})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"base", "eks", "eks-training", "gb200-eks-training"}; !slices.Equal(r.Metadata.AppliedOverlays,
		want) {
		t.Errorf("applied overlays %v, want %v", r.Metadata.AppliedOverlays, want)
	}
}

// What the server would answer has to be what the contract says that it answers.
func TestRecipesFitTheContract(t *testing.T) {
	c, spec := load(t)
	for _, e := range environments(t, c, spec) {
		body, err := document.EncodeJSON(e.Recipe)
		if err != nil {
			t.Fatal(err)
		}
		var plain any
		if err := json.Unmarshal(body, &plain); err != nil {
			t.Fatal(err)
		}
		if err := spec.Check("Recipe", plain); err != nil {
			t.Errorf("%v: %v", e.Metadata.AppliedOverlays, err)
		}
	}
}

// The placement that users ask for goes to these paths. On the way there a list or a scalar would
// be in its way.
func TestSchedulingPathsFitTheValues(t *testing.T) {
	c, spec := load(t)
	for _, e := range environments(t, c, spec) {
		for _, ref := range e.ComponentRefs {
			component, _ := c.Component(ref.Name)
			for _, placement := range []catalog.Placement{component.Scheduling.System,
				component.Scheduling.Accelerated} {
				for _, p := range placement.NodeSelectors {
					if problem := misfit(ref.Values, p, isMap); problem != "" {
						t.Errorf("%v: %s: nodeSelectors: %s", e.Metadata.AppliedOverlays, ref.Name, problem)
					}
				}
				for _, p := range placement.Tolerations {
					if problem := misfit(ref.Values, p, isList); problem != "" {
						t.Errorf("%v: %s: tolerations: %s", e.Metadata.AppliedOverlays, ref.Name, problem)
					}
				}
			}
		}
	}
}

func isMap(v any) bool {
	_, ok := v.(map[string]any)
	return ok
}

func isList(v any) bool {
	_, ok := v.([]any)
	return ok
}

// misfit says where a path meets something else than maps on the way and what it wants at its end;
// values may end before it does.
func misfit(values map[string]any, keys string, wanted func(any) bool) string {
	var v any = values
	for key := range strings.SplitSeq(keys, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return fmt.Sprintf("%s meets %v before %s", keys, v, key)
		}
		if v, ok = m[key]; !ok {
			return ""
		}
	}
	if !wanted(v) {
		return fmt.Sprintf("%s is %v", keys, v)
	}
	return ""
}
