package chart

import (
	"slices"
	"strconv"
)

// touch notes that values are read.
func (r *reader) touch(v value) {
	for _, place := range v.places {
		if len(place) > 1 && place[0] == valuesKey {
			r.paths.Add(place[1:]...)
		}
	}
}

// open notes that values are passed on with all that is below them, so that the chart takes anything there. It leaves out all values at once,
// which a dict may carry along.
func (r *reader) open(v value) {
	r.openPlaces(v)
	for _, field := range v.fields {
		r.open(field)
	}
	for _, item := range v.items {
		r.open(item)
	}
}

func (r *reader) openPlaces(v value) {
	for _, place := range v.places {
		if len(place) > 1 && place[0] == valuesKey && !isScalar(r.defaults, place[1:]) {
			r.paths.Add(place[1:]...).Open = true
		}
	}
}

// openWhole notes that all values at once are read, unless only a checksum is made of them.
func (r *reader) openWhole(v value) {
	if !r.hashing && slices.ContainsFunc(v.places, isWhole) {
		r.paths.Open = true
	}
	for _, field := range v.fields {
		r.openWhole(field)
	}
	for _, item := range v.items {
		r.openWhole(item)
	}
}

// isWhole says whether a place is that of all values, or has them in it.
func isWhole(place []string) bool {
	return len(place) == 0 || len(place) == 1 && place[0] == valuesKey
}

// isScalar says whether the chart has text, a number or a boolean at a path. Empty text often stands for nothing.
func isScalar(defaults map[string]any, keys []string) bool {
	var v any = defaults
	for _, key := range keys {
		m, _ := v.(map[string]any)
		v = m[key]
	}
	switch v.(type) {
	case nil, map[string]any, []any:
		return false
	}
	return v != ""
}

// member follows keys of dicts and indexes of lists.
func (r *reader) member(v value, keys ...value) value {
	for _, key := range keys {
		var next value
		if len(key.texts) == 0 {
			next = r.unknownMember(v, key)
		}
		for _, k := range key.texts {
			if _, err := strconv.Atoi(k); err == nil {
				r.openPlaces(v)
				next = union(next, v.item(k))
			} else if k != "" { // which stands for no key
				next = union(next, v.field(k))
			}
		}
		v = next
	}
	return v
}

// unknownMember returns what may be at a key that isn't known. One that the user's values hold can be any. Of top-level values, one that
// the chart makes itself is thought to be in values.yaml, or to be read elsewhere too.
func (r *reader) unknownMember(v, key value) value {
	r.openPlaces(v)
	if len(key.places) > 0 {
		r.openWhole(value{places: v.places})
	}
	_, element := v.elements()
	return element
}

// loopOver returns the keys and elements that a loop meets.
func (r *reader) loopOver(v value) (key, element value) {
	r.openPlaces(v)
	r.openWhole(value{places: v.places})
	return v.elements()
}
