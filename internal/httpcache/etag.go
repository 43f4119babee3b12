package httpcache

import (
	"crypto/sha256"
	"encoding/hex"
)

// ETag returns the strong entity tag (RFC 9110, section 8.8.3) of a body, given by its SHA-256.
func ETag(sum [sha256.Size]byte) string { return `"` + hex.EncodeToString(sum[:16]) + `"` }
