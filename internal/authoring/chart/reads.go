package chart

import (
	"slices"
	"strconv"
)

// touch notes that values are read.
func (r *reader) touch(v value) {
	for _, path := range v.paths {
		if len(path) > 1 && path[0] == valuesKey {
			r.taken.Add(path[1:]...)
		}
	}
}

// open notes that values are passed on with all that is below them, so that the chart takes
// anything there. It leaves out all values at once, which a dict may carry along.
func (r *reader) open(v value) { v.walk(r.openPaths) }

func (r *reader) openPaths(v value) {
	for _, path := range v.paths {
		if len(path) > 1 && path[0] == valuesKey && !isScalar(r.defaults, path[1:]) {
			r.taken.Add(path[1:]...).Open = true
		}
	}
}

// openWhole notes that all values at once are read, unless only a checksum is made of them.
func (r *reader) openWhole(v value) {
	v.walk(func(inner value) {
		r.taken.Open = r.taken.Open || !r.hashing && slices.ContainsFunc(inner.paths, isWhole)
	})
}

// isWhole reports whether a path is that of all values, or has them in it.
func isWhole(path []string) bool {
	return len(path) == 0 || len(path) == 1 && path[0] == valuesKey
}

// isScalar reports whether the chart has text, a number or a boolean at a path. Empty text often
// stands for nothing.
func isScalar(defaults map[string]any, keys []string) bool {
	v := lookUp(defaults, keys...)
	switch v.(type) {
	case nil, map[string]any, []any:
		return false
	}
	return v != ""
}

// member follows keys of dicts and indexes of lists. At a key that isn't known anything may be. One
// that the user's values hold can be any. Of top-level values, one that the chart makes itself is
// thought to be in values.yaml, or to be read elsewhere too.
func (r *reader) member(v value, keys ...value) value {
	for _, key := range keys {
		var next value
		if len(key.texts) == 0 {
			r.openPaths(v)
			if len(key.paths) > 0 {
				r.openWhole(value{paths: v.paths})
			}
			_, next = v.elements()
		}
		for _, k := range key.texts {
			if i, err := strconv.Atoi(k); err == nil {
				r.openPaths(v)
				next = union(next, v.item(i))
			} else if k != "" { // which stands for no key
				next = union(next, v.field(k))
			}
		}
		v = next
	}
	return v
}

// loopOver returns the keys and elements that a loop meets.
func (r *reader) loopOver(v value) (key, element value) {
	r.openPaths(v)
	r.openWhole(value{paths: v.paths})
	return v.elements()
}
