package httpcache

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// ETag returns the strong entity tag (RFC 9110, section 8.8.3) of a body, given by its SHA-256.
func ETag(sum [sha256.Size]byte) string { return `"` + hex.EncodeToString(sum[:16]) + `"` }

// Matches reports whether an If-None-Match header (RFC 9110, section 13.1.2) names an entity tag,
// so that the client has what it asks for.
func Matches(ifNoneMatch, etag string) bool {
	for candidate := range strings.SplitSeq(ifNoneMatch, ",") {
		candidate = strings.TrimPrefix(strings.TrimSpace(candidate), "W/")
		if candidate == etag || candidate == "*" {
			return true
		}
	}
	return false
}
