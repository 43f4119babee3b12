// Package values works on Helm values: trees of map[string]any, []any and scalars, as package
// document reads them. A path in them has its keys separated by dots; no key on it has a dot
// itself.
package values

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
	"strings"
)

// Merge returns what Helm makes of two values files in a row: maps merge, anything else in over
// replaces what base has. A null stays in the result, so that it takes the chart's own default away
// when Helm reads it. The result shares nothing with the arguments.
func Merge(base, over map[string]any) map[string]any {
	merged := clone(base).(map[string]any)
	Overlay(merged, over)
	return merged
}

// Overlay makes of base what [Merge] returns, in place. Nothing of it is shared with over.
func Overlay(base, over map[string]any) {
	for key, value := range over {
		overMap, isMap := value.(map[string]any)
		if baseMap, ok := base[key].(map[string]any); ok && isMap {
			Overlay(baseMap, overMap)
		} else {
			base[key] = clone(value)
		}
	}
}

// Clone returns a copy that shares nothing with the argument.
func Clone(values map[string]any) map[string]any { return Merge(nil, values) }

func clone(value any) any { return Rewritten(value, func(v any) any { return v }) }

// Rewritten returns a copy of a value, with each value in it as a function has it, which sees maps
// and lists before what is in them.
func Rewritten(value any, rewrite func(any) any) any {
	value = rewrite(value)
	switch v := value.(type) {
	case map[string]any:
		m := make(map[string]any, len(v))
		for key, item := range v {
			m[key] = Rewritten(item, rewrite)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = Rewritten(item, rewrite)
		}
		return list
	}
	return value
}

// CloneAt returns values of which over can be made part in place: where over has a value, or one
// above or below, they share nothing with the argument. Elsewhere they share all.
func CloneAt(values, over map[string]any) map[string]any {
	cloned := maps.Clone(values)
	if cloned == nil {
		cloned = map[string]any{}
	}
	for key, value := range over {
		overMap, isMap := value.(map[string]any)
		below, ok := values[key]
		if valueMap, isMapping := below.(map[string]any); isMap && isMapping {
			cloned[key] = CloneAt(valueMap, overMap)
		} else if ok {
			cloned[key] = clone(below)
		}
	}
	return cloned
}

// Lookup returns what a path leads to, and whether the values say anything about it: a null above
// it takes it away.
func Lookup(values map[string]any, path string) (any, bool) {
	var v any = values
	for key := range strings.SplitSeq(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil, true
		}
		if v, ok = m[key]; !ok {
			return nil, false
		}
	}
	return v, true
}

// Put sets the text or number that a path leads to, or adds a map's entries or a list's items to
// what is there. No two items of the list are equal. It changes the values in place.
func Put(values map[string]any, path string, value any) error {
	keys := strings.Split(path, ".")
	for _, key := range keys[:len(keys)-1] {
		if values[key] == nil {
			values[key] = map[string]any{}
		}
		next, ok := values[key].(map[string]any)
		if !ok {
			return fmt.Errorf("%s is not a mapping in the recipe's values", key)
		}
		values = next
	}
	key := keys[len(keys)-1]
	switch v := value.(type) {
	case string, int64:
		values[key] = v
	case map[string]any:
		existing, ok := values[key].(map[string]any)
		if !ok && values[key] != nil {
			return errors.New("the recipe's values hold no mapping there")
		}
		values[key] = Merge(existing, v)
	case []any:
		existing, ok := values[key].([]any)
		if !ok && values[key] != nil {
			return errors.New("the recipe's values hold no list there")
		}
		list, isThere := slices.Clone(existing), map[string]bool{}
		for _, item := range existing {
			isThere[identity(item)] = true
		}
		for _, item := range v {
			if len(existing) == 0 || !isThere[identity(item)] {
				list = append(list, clone(item))
			}
		}
		values[key] = list
	}
	return nil
}

// identity is the same text for equal values and for no others.
func identity(value any) string {
	text, err := json.Marshal(value) // with keys sorted
	if err != nil {
		panic(err) // a type that no document has
	}
	return string(text)
}

// Remove takes the leaf that the keys lead to out of values, and the maps that hold nothing but it.
// It changes the values in place.
func Remove(values map[string]any, keys []string) {
	inner, _ := values[keys[0]].(map[string]any)
	if len(keys) > 1 {
		Remove(inner, keys[1:])
	}
	if len(keys) == 1 || len(inner) == 0 {
		delete(values, keys[0])
	}
}

// Along returns of values only what is at a path, below it and above.
func Along(values map[string]any, keys []string) map[string]any {
	value, ok := values[keys[0]]
	if !ok {
		return map[string]any{}
	}
	if m, ok := value.(map[string]any); ok && len(keys) > 1 {
		value = Along(m, keys[1:])
	}
	return map[string]any{keys[0]: value}
}

// Leaves yields each value that is not a mapping with something in it after the keys that lead to
// it, in their order.
func Leaves(values map[string]any) iter.Seq2[[]string, any] {
	return func(yield func([]string, any) bool) { yieldLeaves(nil, values, yield) }
}

func yieldLeaves(keys []string, values map[string]any, yield func([]string, any) bool) bool {
	for _, key := range slices.Sorted(maps.Keys(values)) {
		keys := append(slices.Clip(keys), key)
		if m, _ := values[key].(map[string]any); len(m) > 0 {
			if !yieldLeaves(keys, m, yield) {
				return false
			}
		} else if !yield(keys, values[key]) {
			return false
		}
	}
	return true
}

// HasNull reports whether there is a null anywhere in a value.
func HasNull(value any) bool {
	switch v := value.(type) {
	case map[string]any:
		for _, item := range v {
			if HasNull(item) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, HasNull)
	}
	return value == nil
}

// Integers returns a copy in which whole numbers are integers, as they were before they were
// decoded from JSON. Otherwise YAML would show a million as 1e+06, which Helm hands to templates as
// it is.
func Integers(values map[string]any) map[string]any {
	return Rewritten(values, func(v any) any {
		if f, ok := v.(float64); ok && f == math.Trunc(f) {
			return int64(f)
		}
		return v
	}).(map[string]any)
}
