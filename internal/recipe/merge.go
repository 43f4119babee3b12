package recipe

import "maps"

// Merge returns what Helm makes of two values files in a row: maps merge, anything else in over replaces what base has. A null stays
// in the result, so that it takes the chart's own default away when Helm reads it. The result shares nothing with the arguments.
func Merge(base, over map[string]any) map[string]any {
	merged := make(map[string]any, len(base)+len(over))
	for key, value := range base {
		merged[key] = clone(value)
	}
	for key, value := range over {
		if overMap, ok := value.(map[string]any); ok {
			if baseMap, ok := base[key].(map[string]any); ok {
				merged[key] = Merge(baseMap, overMap)
				continue
			}
		}
		merged[key] = clone(value)
	}
	return merged
}

// Detach returns values of which a change can be made in place: where over has a value, or one above or below, they share nothing with the argument.
func Detach(values, over map[string]any) map[string]any {
	detached := maps.Clone(values)
	if detached == nil {
		detached = map[string]any{}
	}
	for key, value := range over {
		overMap, isMap := value.(map[string]any)
		below, ok := values[key]
		if valueMap, isMapping := below.(map[string]any); isMap && isMapping {
			detached[key] = Detach(valueMap, overMap)
		} else if ok {
			detached[key] = clone(below)
		}
	}
	return detached
}

func clone(value any) any {
	switch v := value.(type) {
	case map[string]any:
		return Merge(nil, v)
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = clone(item)
		}
		return list
	default:
		return v
	}
}
