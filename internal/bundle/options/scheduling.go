package options

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/component"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/values"
)

// Scheduling puts node selectors and tolerations where each component's values and manifests take
// them, and warns of components that take none.
func Scheduling(r Recipe, components Components, params Params) (_ Components, warnings []string, err error) {
	for _, option := range placements(params) {
		if len(option.given) == 0 {
			continue
		}
		details := apierror.Details{Parameter: option.name}
		value, err := option.parse(option.given)
		if err != nil {
			return nil, nil, apierror.Invalidf(details, "invalid %s: %v", option.name, err)
		}
		var without []string
		if components, without, err = r.putAt(components, option.paths, value, details); err != nil {
			return nil, nil, err
		}
		components, without, err = r.putInManifests(components, without, option.inManifests, value, details)
		if err != nil {
			return nil, nil, err
		}
		if len(without) > 0 {
			const format = "%s has no place in the values of %s"
			warnings = append(warnings, fmt.Sprintf(format, option.name, Abridged(without)))
		}
	}
	return components, warnings, nil
}

// putInManifests puts a parameter's value where objects of components have a place for it. Of the
// names of components without a place it returns those that have none here either.
func (r Recipe) putInManifests(
	components Components, without []string, paths func(*catalog.Component) []catalog.ValuePath, value any,
	details apierror.Details,
) (changed Components, still []string, err error) {
	changed = slices.Clone(components)
	for i, c := range components {
		known, ok := component.Named(r.Catalog, c.Name)
		if !ok {
			continue
		}
		ref := c.ComponentRef
		ref.Manifests = slices.Clone(ref.Manifests)
		isPut := false
		for _, path := range paths(known) {
			for j, object := range ref.Manifests {
				if object["kind"] != path.Kind {
					continue
				}
				ref.Manifests[j], isPut = values.Clone(object), true
				if err := values.Put(ref.Manifests[j], path.Path, value); err != nil {
					problem := apierror.Invalidf(details, "%s can't be applied to the %s of %s at %s: %v",
						details.Parameter, path.Kind, c.Name, path.Path, err)
					problem.Path = append([]string{"componentRefs", strconv.Itoa(i), "manifests", strconv.Itoa(j)},
						strings.Split(path.Path, ".")...)
					return nil, nil, problem
				}
			}
		}
		if isPut {
			changed[i] = component.NewSingle(ref, c.Images)
			without = slices.DeleteFunc(without, func(name string) bool { return name == c.Name })
		}
	}
	return changed, without, nil
}

// placement is an option that says on which nodes pods run.
type placement struct {
	name        string
	given       []string
	parse       func([]string) (any, error)
	paths       func(*catalog.Component) []string
	inManifests func(*catalog.Component) []catalog.ValuePath
}

func placements(params Params) []placement {
	none := func(*catalog.Component) []catalog.ValuePath { return nil }
	return []placement{
		{"system-node-selector", params.SystemNodeSelector, nodeSelector,
			func(c *catalog.Component) []string { return c.Scheduling.System.NodeSelectors }, none},
		{"system-node-toleration", params.SystemNodeToleration, tolerations,
			func(c *catalog.Component) []string { return c.Scheduling.System.Tolerations },
			func(c *catalog.Component) []catalog.ValuePath { return c.Scheduling.System.ManifestTolerations }},
		{"accelerated-node-selector", params.AcceleratedNodeSelector, nodeSelector,
			func(c *catalog.Component) []string { return c.Scheduling.Accelerated.NodeSelectors }, none},
		{"accelerated-node-toleration", params.AcceleratedNodeToleration, tolerations,
			func(c *catalog.Component) []string { return c.Scheduling.Accelerated.Tolerations },
			func(c *catalog.Component) []catalog.ValuePath { return c.Scheduling.Accelerated.ManifestTolerations }},
	}
}

// nodeSelector reads key=value items to a Kubernetes node selector.
func nodeSelector(items []string) (any, error) {
	selector := map[string]any{}
	for _, item := range items {
		key, value, _ := strings.Cut(item, "=")
		if err := checkLabel(key, value); err != nil {
			return nil, fmt.Errorf("%q: %w", item, err)
		}
		if other, ok := selector[key]; ok && other != value {
			return nil, fmt.Errorf("%q: %s is %q already", item, key, other)
		}
		selector[key] = value
	}
	return selector, nil
}

// tolerations reads key=value:Effect and key:Effect items to Kubernetes tolerations, each once.
func tolerations(items []string) (any, error) {
	list, isThere := []any{}, map[string]bool{}
	for _, item := range items {
		if isThere[item] {
			continue
		}
		isThere[item] = true
		taint, effect, _ := strings.Cut(item, ":")
		key, value, hasValue := strings.Cut(taint, "=")
		if err := checkLabel(key, value); err != nil {
			return nil, fmt.Errorf("%q: %w", item, err)
		}
		toleration := map[string]any{"key": key, "operator": "Exists", "effect": effect}
		if hasValue {
			toleration["operator"], toleration["value"] = "Equal", value
		}
		list = append(list, toleration)
	}
	return list, nil
}

// checkLabel applies Kubernetes' rules for labels, which taints share.
func checkLabel(key, value string) error {
	if faults := validation.IsQualifiedName(key); len(faults) > 0 {
		return fmt.Errorf("key %q: %s", key, strings.Join(faults, "; "))
	}
	if faults := validation.IsValidLabelValue(value); len(faults) > 0 {
		return fmt.Errorf("value %q: %s", value, strings.Join(faults, "; "))
	}
	return nil
}
