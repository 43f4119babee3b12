package recipe

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/internal/values"

	"github.com/NVIDIA/cloud-native-stack/gen"
)

// Build identifies the server and the data in it. Recipes state it, so that two servers of one release answer alike.
type Build struct {
	Version string
	Created string // RFC 3339
}

// Resolve returns the recipe for an environment. Criteria that are left out mean any. The caller owns the result.
func (c *Catalog) Resolve(criteria gen.Criteria, build Build) (gen.Recipe, error) {
	criteria = complete(criteria)
	applied := c.applied(statedBy(criteria))
	refs, constraints := compose(c, applied)
	ordered, err := inOrder(refs)
	if err != nil {
		return gen.Recipe{}, fmt.Errorf("recipe for %s: %w", describe(criteria), err)
	}
	return gen.Recipe{
		Kind:       gen.RecipeKindRecipe,
		APIVersion: gen.APIVersionV1Alpha1,
		Metadata: gen.RecipeMetadata{
			Version: build.Version, Created: build.Created, AppliedOverlays: names(applied),
			Warnings: warnings(statedBy(criteria), applied),
		},
		Criteria:      criteria,
		ComponentRefs: ordered,
		Constraints:   constraints,
	}, nil
}

// unstated is how a criterion says that it doesn't matter.
const unstated = "any"

// complete states every criterion.
func complete(criteria gen.Criteria) gen.Criteria {
	if criteria.Service == "" {
		criteria.Service = unstated
	}
	if criteria.Accelerator == "" {
		criteria.Accelerator = unstated
	}
	if criteria.Intent == "" {
		criteria.Intent = unstated
	}
	if criteria.OS == "" {
		criteria.OS = unstated
	}
	return criteria
}

func statedBy(c gen.Criteria) map[string]string {
	return map[string]string{
		"service": string(c.Service), "accelerator": string(c.Accelerator), "intent": string(c.Intent), "os": string(c.OS),
	}
}

func describe(c gen.Criteria) string {
	return fmt.Sprintf("service=%s accelerator=%s intent=%s os=%s", c.Service, c.Accelerator, c.Intent, c.OS)
}

// applied returns the overlays of an environment in the order in which they apply: from least to most specific, each after its base
// chain, each once.
func (c *Catalog) applied(stated map[string]string) []*overlay {
	var applied []*overlay
	for _, o := range c.overlays {
		if o.matches(stated) {
			applied = c.withBases(applied, o)
		}
	}
	return applied
}

func (c *Catalog) withBases(applied []*overlay, o *overlay) []*overlay {
	if slices.Contains(applied, o) {
		return applied
	}
	if o.Base != "" {
		applied = c.withBases(applied, c.byName[o.Base])
	}
	return append(applied, o)
}

// matches says whether each criterion that the overlay states equals the query's.
func (o *overlay) matches(stated map[string]string) bool {
	for name, value := range o.Criteria {
		if value != unstated && value != stated[name] {
			return false
		}
	}
	return true
}

// specificity is the number of criteria that the overlay states.
func (o *overlay) specificity() int {
	n := 0
	for _, value := range o.Criteria {
		if value != unstated {
			n++
		}
	}
	return n
}

func names(overlays []*overlay) []string {
	list := make([]string, len(overlays))
	for i, o := range overlays {
		list[i] = o.name
	}
	return list
}

// compose lays the overlays over each other.
func compose(c *Catalog, applied []*overlay) (map[string]gen.ComponentRef, gen.Constraints) {
	refs := map[string]gen.ComponentRef{}
	constraints := gen.Constraints{}
	for _, o := range applied {
		for group, fields := range o.Constraints {
			if constraints[group] == nil {
				constraints[group] = map[string]string{}
			}
			maps.Copy(constraints[group], fields)
		}
		for name, u := range o.Components {
			if u == nil {
				delete(refs, name)
				continue
			}
			ref, ok := refs[name]
			if !ok {
				ref = c.components[name].Ref()
			}
			refs[name] = u.apply(ref, c.components[name])
		}
	}
	return refs, constraints
}

// apply lays what an overlay says of a component over what the recipe holds of it. Of two manifests for one object the later one stays.
func (u *use) apply(ref gen.ComponentRef, component *Component) gen.ComponentRef {
	if u.Version != "" {
		ref.Version = u.Version
	}
	ref.Values = values.Merge(ref.Values, u.Values)
	for _, file := range u.Manifests {
		object := component.objects[file]
		same := func(m gen.KubernetesObject) bool { return identity(m) == identity(object) }
		if i := slices.IndexFunc(ref.Manifests, same); i >= 0 {
			ref.Manifests[i] = values.Clone(object)
		} else {
			ref.Manifests = append(ref.Manifests, values.Clone(object))
		}
	}
	return ref
}

// identity tells Kubernetes objects apart.
func identity(object gen.KubernetesObject) string {
	metadata, _ := object["metadata"].(map[string]any)
	return fmt.Sprintf("%q", []any{object["apiVersion"], object["kind"], metadata["namespace"], metadata["name"]})
}

// inOrder returns the components in install order, numbered from 1.
func inOrder(refs map[string]gen.ComponentRef) ([]gen.ComponentRef, error) {
	dependencies := map[string][]string{}
	known := slices.Sorted(maps.Keys(refs))
	for _, name := range known {
		dependencies[name] = refs[name].DependencyRefs
		for _, d := range dependencies[name] {
			if _, ok := refs[d]; !ok {
				return nil, &dependencyError{name, d, fmt.Sprintf("component %s depends on %s, which is not in the recipe: it has %s",
					name, d, strings.Join(known, ", "))}
			}
		}
	}
	order, err := InstallOrder(known, dependencies, nil)
	if err != nil {
		return nil, err
	}
	ordered := make([]gen.ComponentRef, len(order))
	for i, name := range order {
		ordered[i] = refs[name]
		ordered[i].Order = i + 1
	}
	return ordered, nil
}
