package options

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
)

// Scheduling puts node selectors and tolerations where each component's values take them, and warns
// of components that take none.
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
		if len(without) > 0 {
			const format = "%s has no place in the values of %s"
			warnings = append(warnings, fmt.Sprintf(format, option.name, Abridged(without)))
		}
	}
	return components, warnings, nil
}

// placement is an option that says on which nodes pods run.
type placement struct {
	name  string
	given []string
	parse func([]string) (any, error)
	paths func(*catalog.Component) []string
}

func placements(params Params) []placement {
	return []placement{
		{"system-node-selector", params.SystemNodeSelector, nodeSelector,
			func(c *catalog.Component) []string { return c.Scheduling.System.NodeSelectors }},
		{"system-node-toleration", params.SystemNodeToleration, tolerations,
			func(c *catalog.Component) []string { return c.Scheduling.System.Tolerations }},
		{"accelerated-node-selector", params.AcceleratedNodeSelector, nodeSelector,
			func(c *catalog.Component) []string { return c.Scheduling.Accelerated.NodeSelectors }},
		{"accelerated-node-toleration", params.AcceleratedNodeToleration, tolerations,
			func(c *catalog.Component) []string { return c.Scheduling.Accelerated.Tolerations }},
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
