package bundle

import (
	"fmt"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/values"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
)

// place puts node selectors and tolerations where each component's values have a place for them.
func (b *builder) place(params gen.CreateBundleParams) error {
	for _, option := range []struct {
		name  string
		given []string
		parse func([]string) (any, error)
		paths func(*catalog.Component) []string
	}{
		{"system-node-selector", params.SystemNodeSelector, nodeSelector,
			func(c *catalog.Component) []string { return c.Scheduling.System.NodeSelectors }},
		{"system-node-toleration", params.SystemNodeToleration, tolerations,
			func(c *catalog.Component) []string { return c.Scheduling.System.Tolerations }},
		{"accelerated-node-selector", params.AcceleratedNodeSelector, nodeSelector,
			func(c *catalog.Component) []string { return c.Scheduling.Accelerated.NodeSelectors }},
		{"accelerated-node-toleration", params.AcceleratedNodeToleration, tolerations,
			func(c *catalog.Component) []string { return c.Scheduling.Accelerated.Tolerations }},
	} {
		if len(option.given) == 0 {
			continue
		}
		value, err := option.parse(option.given)
		if err != nil {
			return apierror.Invalidf(apierror.Details{Parameter: option.name}, "invalid %s: %v", option.name, err)
		}
		without, err := b.putAt(option.paths, value)
		if err != nil {
			return apierror.Invalidf(apierror.Details{Parameter: option.name}, "%s can't be applied to %v", option.name, err)
		}
		if len(without) > 0 {
			b.warn("%s has no place in the values of %s", option.name, abridged(without))
		}
	}
	return nil
}

// putAt puts a value where components have places for it, and returns the names of those that have none.
func (b *builder) putAt(places func(*catalog.Component) []string, value any) (without []string, err error) {
	for i, ref := range b.recipe.ComponentRefs {
		var paths []string
		if component, ok := b.known(ref.Name); ok {
			paths = places(component)
		}
		if len(paths) == 0 {
			without = append(without, ref.Name)
		}
		for _, path := range paths {
			if err := values.Put(b.own(i, true).Values, path, value); err != nil {
				return nil, fmt.Errorf("%s at %s: %w", ref.Name, path, err)
			}
		}
	}
	return without, nil
}

// abridged lists names, but not hundreds of them: warnings go into a header.
func abridged(names []string) string {
	const most = 12
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
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

// tolerations reads key=value:Effect and key:Effect items to Kubernetes tolerations.
func tolerations(items []string) (any, error) {
	list := []any{}
	for _, item := range items {
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
