package httpcache

import (
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzhttp"
)

// compressor returns middleware that compresses text by Accept-Encoding (RFC 9110, section
// 12.5.3), to gzip or zstd. A compressed answer is another representation, so its entity tag gets a
// suffix.
func compressor() func(http.Handler) http.HandlerFunc {
	wrap, err := gzhttp.NewWrapper(gzhttp.SuffixETag(tagSuffix), gzhttp.ContentTypeFilter(isText))
	if err != nil {
		panic(err) // these options are valid
	}
	return wrap
}

func isText(contentType string) bool {
	return strings.HasPrefix(contentType, "text/") || strings.HasPrefix(contentType, "application/json") ||
		strings.HasPrefix(contentType, "application/yaml") || strings.HasPrefix(contentType, "application/x-yaml")
}

// tagSuffix begins the suffix of an entity tag; gzhttp adds -gzip or -zstd to it.
const tagSuffix = "-"

// plainTags returns an If-None-Match header with the tags of what isn't compressed.
func plainTags(ifNoneMatch string) string {
	return strings.NewReplacer(tagSuffix+`-gzip"`, `"`, tagSuffix+`-zstd"`, `"`).Replace(ifNoneMatch)
}

// asSent returns an entity tag as an If-None-Match header has it.
func asSent(tag, ifNoneMatch string) string {
	for sent := range strings.SplitSeq(ifNoneMatch, ",") {
		if sent = strings.TrimPrefix(strings.TrimSpace(sent), "W/"); plainTags(sent) == tag {
			return sent
		}
	}
	return tag
}
