package middleware

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
)

const masked = "…"

// assigned matches what a value of a sensitive parameter assigns to, as in "gpu-operator:". What
// follows may be a path, or a secret that was put in its place.
var assigned = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*:`)

// loggedQuery returns what of a query may be logged: parameters that there are and that can be
// read. The map has the names of these, and whether their values may be secret. Of other values the
// text up to an equals sign is left, because a query that was put together badly may have another
// parameter inside a value, and a URL may have a password.
func loggedQuery(query string, parameters map[string]bool) string {
	isClipped := len(query) > apierror.MaxRepeated
	if isClipped {
		query = query[:apierror.MaxRepeated]
		query = query[:strings.LastIndexByte(query, '&')+1] // without the parameter that was cut
	}
	text := make([]byte, 0, len(query)+len(masked)+1)
	for i := 0; query != ""; i++ {
		var item string
		item, query, _ = strings.Cut(query, "&")
		if i > 0 {
			text = append(text, '&')
		}
		text = appendParameter(text, item, parameters)
	}
	if isClipped && len(text) > 0 {
		text = append(text, '&')
	}
	if isClipped {
		text = append(text, masked...)
	}
	return string(text)
}

func appendParameter(text []byte, item string, parameters map[string]bool) []byte {
	name, value, hasValue := strings.Cut(item, "=")
	name, noName := url.QueryUnescape(name)
	value, noValue := url.QueryUnescape(value)
	isSensitive, isKnown := parameters[name]
	if noName != nil || noValue != nil || !isKnown || strings.IndexByte(item, ';') >= 0 {
		return append(text, masked...)
	}
	text = append(text, name...)
	if !hasValue {
		return text
	}
	before, _, isMasked := strings.Cut(value, "=")
	switch {
	case isSensitive:
		before, isMasked = assigned.FindString(value), true
	case strings.IndexByte(value, '@') >= 0:
		before, isMasked = "", true
	case isMasked:
		before += "="
	}
	text = append(append(text, '='), before...)
	if isMasked {
		text = append(text, masked...)
	}
	return text
}

// loggedPath returns what of a path may be logged: no query that was escaped into it.
func loggedPath(path string) string {
	if i := strings.IndexAny(path, "?&=;:%"); i >= 0 {
		path = path[:i] + masked
	}
	return apierror.Clip(path)
}
