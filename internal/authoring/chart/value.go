package chart

import (
	"maps"
	"slices"
)

// value is what an expression of a template may be, as far as that depends on the chart's values:
// any of its alternatives. The zero value is something else, such as text that a function makes.
type value struct {
	paths  [][]string       // ways to it from the root of a template, as in .Values.image.tag
	texts  []string         // constants
	fields map[string]value // of a dict
	items  []value          // of a list
}

// root is what the dot of a chart's templates is.
func root() value { return value{paths: [][]string{{}}} }

func text(s string) value { return value{texts: []string{s}} }

// walk visits the value and all that is in it.
func (v value) walk(visit func(value)) {
	visit(v)
	for _, inner := range slices.AppendSeq(slices.Clone(v.items), maps.Values(v.fields)) {
		inner.walk(visit)
	}
}

// union is a value that may be any of some.
func union(values ...value) value {
	var all value
	for _, v := range values {
		for _, path := range v.paths {
			if !slices.ContainsFunc(all.paths, func(p []string) bool { return slices.Equal(p, path) }) {
				all.paths = append(all.paths, path)
			}
		}
		for _, t := range v.texts {
			if !slices.Contains(all.texts, t) {
				all.texts = append(all.texts, t)
			}
		}
		for name, field := range v.fields {
			if all.fields == nil {
				all.fields = map[string]value{}
			}
			all.fields[name] = union(all.fields[name], field)
		}
		for i, item := range v.items {
			if i == len(all.items) {
				all.items = append(all.items, item)
			} else {
				all.items[i] = union(all.items[i], item)
			}
		}
	}
	return all
}

// field follows keys. Values that a template gets in a dict of unknown make are taken for those of
// the chart.
func (v value) field(keys ...string) value {
	for _, key := range keys {
		next := v.fields[key]
		for _, path := range v.paths {
			next = union(next, value{paths: [][]string{step(path, key)}})
		}
		if key == valuesKey && len(next.paths)+len(next.fields) == 0 {
			next = value{paths: [][]string{{valuesKey}}}
		}
		v = next
	}
	return v
}

// valuesKey is where a template finds the chart's values, and a parent chart those of its
// subcharts.
const valuesKey = "Values"

// step follows a key from a path. Whatever leads to values outside of the values leads to those of
// the chart or of a subchart.
func step(path []string, key string) []string {
	switch {
	case key != valuesKey || len(path) > 0 && path[0] == valuesKey:
		return append(slices.Clip(path), key)
	case len(path) == 2 && path[0] == "Subcharts":
		return []string{valuesKey, path[1]}
	default:
		return []string{valuesKey}
	}
}

// item returns what a list of known items has at an index, or all that it may be.
func (v value) item(index int) value {
	if 0 <= index && index < len(v.items) {
		return v.items[index]
	}
	return union(v.items...)
}

// elements returns the known keys and elements of a dict or list.
func (v value) elements() (key, element value) {
	for _, name := range slices.Sorted(maps.Keys(v.fields)) {
		key = union(key, text(name))
		element = union(element, v.fields[name])
	}
	return key, union(element, union(v.items...))
}

// pick returns some fields, or what they are of if they aren't known.
func (v value) pick(keys []value) value {
	fields := map[string]value{}
	for _, key := range keys {
		if len(key.texts) == 0 {
			return v
		}
		for _, k := range key.texts {
			fields[k] = v.field(k)
		}
	}
	return value{fields: fields}
}
