package httpcache

import (
	"net/http"
	"strings"
)

// condition returns the status of an answer to a GET that has an entity tag, by the request's
// conditions in the order of RFC 9110, section 13.2.2.
func condition(header http.Header, tag string) int {
	if lines := header["If-Match"]; lines != nil && !names(lines, tag, false) {
		return http.StatusPreconditionFailed
	}
	if names(header["If-None-Match"], tag, true) {
		return http.StatusNotModified
	}
	return http.StatusOK
}

// names reports whether a list of entity tags (RFC 9110, section 8.8.3) names one that is strong,
// by weak or by strong comparison. What is no tag names nothing. It takes as long as there are
// bytes before the tag.
func names(lines []string, tag string, weakly bool) bool {
	if len(lines) == 1 && strings.TrimSpace(lines[0]) == "*" {
		return true
	}
	for _, rest := range lines {
		for rest != "" {
			rest = strings.TrimLeft(rest, " \t,")
			opaque, isWeak := strings.CutPrefix(rest, "W/")
			end := -1
			if strings.HasPrefix(opaque, `"`) {
				end = strings.IndexByte(opaque[1:], '"')
			}
			if end >= 0 {
				if opaque[:end+2] == tag && (weakly || !isWeak) {
					return true
				}
				rest = opaque[end+2:] // a tag may hold commas
			}
			_, rest, _ = strings.Cut(rest, ",")
		}
	}
	return false
}
