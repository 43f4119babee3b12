// Package document writes JSON and YAML, and reads one document strictly and within bounds: what it
// returns can be handed on without another look at its size, depth or types.
package document

import (
	"errors"
	"fmt"
	"strings"
)

// Limits bound what a document may cost.
type Limits struct {
	Bytes  int // of the document with YAML aliases expanded
	Values int // scalars, lists and mappings, with YAML aliases expanded
	Levels int // of nesting
}

// Values returned by JSON and YAML hold these types alone: nil, bool, int64, float64, string, []any
// and map[string]any. They share nothing with the input or with each other.

var errEmpty = errors.New("the document is empty")

func errTooDeep(limits Limits) error {
	return fmt.Errorf("more than %d levels of nesting", limits.Levels)
}

func errTooMany(limits Limits) error {
	return fmt.Errorf("more than %d values", limits.Values)
}

// Count returns how many values there are in a value that was changed since it was read. It is an
// error if they don't keep to the limits or to what JSON readers agree on.
func Count(v any, limits Limits) (int, error) {
	left, err := check(v, limits, 1, limits.Values)
	return limits.Values - left, err
}

// check returns how many more values the limits leave.
func check(v any, limits Limits, level, left int) (int, error) {
	if level > limits.Levels {
		return 0, errTooDeep(limits)
	}
	if left--; left < 0 {
		return 0, errTooMany(limits)
	}
	var err error
	switch t := v.(type) {
	case map[string]any:
		for _, item := range t {
			if left, err = check(item, limits, level+1, left); err != nil {
				return 0, err
			}
		}
	case []any:
		for _, item := range t {
			if left, err = check(item, limits, level+1, left); err != nil {
				return 0, err
			}
		}
	case int64:
		if t > maxExact || t < -maxExact {
			return 0, errInexact(fmt.Sprint(t))
		}
	}
	return left, nil
}

// clip keeps an error from repeating a whole document.
func clip(s string) string {
	const most = 128
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
