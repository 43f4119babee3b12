package document

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// maxExact is the largest integer that JSON readers agree on (RFC 8259, section 6).
const maxExact = 1<<53 - 1

func number(literal string) (any, error) {
	f, err := strconv.ParseFloat(literal, 64)
	isWhole := f == math.Trunc(f)
	if err != nil || math.IsNaN(f) || isWhole && math.Abs(f) > maxExact || f == 0 && hasVanished(literal) {
		return nil, errInexact(literal)
	}
	if isWhole {
		return int64(f), nil
	}
	return f, nil
}

// hasVanished reports whether a number that was read as zero isn't: it is too small for a float.
func hasVanished(literal string) bool {
	digits, _, _ := strings.Cut(strings.ToLower(literal), "e")
	return strings.ContainsAny(digits, "123456789")
}

// looksLikeNumber reports whether a string has the form of a number. yaml.v3 makes a string of a
// number that it can't hold, others make one of it that has lost digits, or an infinity.
func looksLikeNumber(s string) bool {
	return s != "" && strings.IndexByte("+-.0123456789", s[0]) >= 0 && numberForm.MatchString(s)
}

// numberForm is that of YAML 1.2's core schema (section 10.3.2), with what yaml.v3 takes besides:
// binary numbers, signs before other bases, and underscores.
var numberForm = regexp.MustCompile(
	`^[-+]?(0[xX][0-9a-fA-F][0-9a-fA-F_]*|0[oO][0-7][0-7_]*|0[bB][01][01_]*` +
		`|([0-9][0-9_]*(\.[0-9_]*)?|\.[0-9][0-9_]*)([eE][-+]?[0-9][0-9_]*)?)$`)

func errInexact(literal string) error {
	return fmt.Errorf("number %s can't be represented exactly: write it as a string", clip(literal))
}
