// Package constraint reads constraints on versions, in the syntax of VersionConstraint in the
// contract.
package constraint

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Constraint is what a version has to be. It never changes.
type Constraint []span // alternatives

// span is the versions between two bounds.
type span struct {
	low, high bound
	except    []version
}

// bound is where a span ends; nowhere if it has no version.
type bound struct {
	version   version
	isOutside bool // the version itself is not in the span
}

// version is the numbers of a version, without zeros at its end: 9.4 is 9.4.0.
type version []uint64

// condition is an operator and a version, up to the next one.
var condition = regexp.MustCompile(`^([<>]=?|!?=|[~^])? ?v?([0-9]+(?:\.[0-9]+)*)(?: +|$)`)

// Parse reads a constraint. One that no version meets is an error, and so is a version that is more
// than numbers, because only they are compared.
func Parse(text string) (Constraint, error) {
	var c Constraint
	for alternative := range strings.SplitSeq(text, "||") {
		s, err := parseSpan(strings.TrimSpace(alternative))
		if err != nil {
			return nil, fmt.Errorf("constraint %q: %w", text, err)
		}
		c = append(c, s)
	}
	return c, nil
}

func parseSpan(text string) (span, error) {
	var all span
	for rest := text; ; {
		m := condition.FindStringSubmatch(rest)
		if m == nil {
			return all, fmt.Errorf("%q is no condition: want numbers separated by dots, after one of "+
				"=, !=, >, >=, <, <=, ~, ^ or nothing", rest)
		}
		one, err := parseCondition(m[1], m[2])
		if err != nil {
			return all, err
		}
		all = all.and(one)
		if rest = rest[len(m[0]):]; rest == "" {
			break
		}
	}
	if all.isEmpty() {
		return all, fmt.Errorf("no version meets %q", text)
	}
	return all, nil
}

func parseCondition(operator, text string) (span, error) {
	var numbers version
	for field := range strings.SplitSeq(text, ".") {
		n, err := strconv.ParseUint(field, 10, 63) // one more is a number, too
		if err != nil {
			return span{}, fmt.Errorf("version %s: %w", text, err)
		}
		numbers = append(numbers, n)
	}
	v := numbers.trimmed()
	switch operator {
	case "!=":
		return span{except: []version{v}}, nil
	case ">":
		return span{low: bound{v, true}}, nil
	case ">=":
		return span{low: bound{v, false}}, nil
	case "<":
		return span{high: bound{v, true}}, nil
	case "<=":
		return span{high: bound{v, false}}, nil
	case "~": // the same minor version, or the same major one if that is all there is
		return span{low: bound{v, false}, high: bound{numbers.after(min(len(numbers), 2)), true}}, nil
	case "^": // the same up to the first number that isn't 0
		first := slices.IndexFunc(numbers, func(n uint64) bool { return n != 0 })
		if first < 0 {
			first = len(numbers) - 1
		}
		return span{low: bound{v, false}, high: bound{numbers.after(first + 1), true}}, nil
	}
	return span{low: bound{v, false}, high: bound{v, false}}, nil
}

// after returns the first version that begins with other numbers, of which there are n.
func (v version) after(n int) version {
	next := slices.Clone(v[:n])
	next[n-1]++
	return next
}

func (v version) trimmed() version {
	for len(v) > 1 && v[len(v)-1] == 0 {
		v = v[:len(v)-1]
	}
	return v
}

// and returns the versions that are in both spans.
func (s span) and(t span) span {
	if isTighter(t.low, s.low, +1) {
		s.low = t.low
	}
	if isTighter(t.high, s.high, -1) {
		s.high = t.high
	}
	s.except = slices.Concat(s.except, t.except)
	return s
}

// isTighter reports whether one bound leaves less than another: a low one that is higher, by the
// sign.
func isTighter(a, b bound, sign int) bool {
	if a.version == nil || b.version == nil {
		return a.version != nil
	}
	c := sign * slices.Compare(a.version, b.version)
	return c > 0 || c == 0 && a.isOutside
}

// isEmpty reports whether no version is in the span. Between two versions there is always another.
func (s span) isEmpty() bool {
	if s.high.version == nil {
		return false
	}
	low := s.low.version
	if low == nil {
		low = version{0}
	}
	c := slices.Compare(low, s.high.version)
	isLow := func(v version) bool { return slices.Equal(v, low) }
	return c > 0 || c == 0 && (s.low.isOutside || s.high.isOutside || slices.ContainsFunc(s.except, isLow))
}

// Meets reports whether some version meets both constraints.
func (c Constraint) Meets(other Constraint) bool {
	return slices.ContainsFunc(c, func(s span) bool {
		return slices.ContainsFunc(other, func(t span) bool { return !s.and(t).isEmpty() })
	})
}
