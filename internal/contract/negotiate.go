package contract

import (
	"errors"
	"strings"

	"github.com/elnormous/contenttype"
)

// negotiate picks the media type that an Accept header prefers (RFC 9110, section 12.5.1). Of
// equals the header's first one wins, of what a wildcard admits the first offer. Parameters such as
// charset don't matter. Items that are malformed don't count, but for two old spellings that Java's
// HttpURLConnection sends by default: "*; q=.2".
func negotiate(accept string, offers []string) (string, bool) {
	if accept == "" || accept == "*/*" {
		return offers[0], true
	}
	types := make([]contenttype.MediaType, len(offers))
	for i, offer := range offers {
		types[i] = contenttype.NewMediaType(offer)
	}
	var items []string
	for item := range strings.SplitSeq(accept, ",") {
		item = strings.ReplaceAll(strings.TrimSpace(item), "q=.", "q=0.")
		if item == "*" || strings.HasPrefix(item, "*;") {
			item = "*/" + item
		}
		parsed, err := contenttype.ParseMediaType(item)
		if err != nil {
			continue
		}
		item = parsed.Type + "/" + parsed.Subtype
		if q, ok := parsed.Parameters["q"]; ok {
			item += ";q=" + q
		}
		_, _, err = contenttype.GetAcceptableMediaTypeFromHeader(item, types)
		if err == nil || errors.Is(err, contenttype.ErrNoAcceptableTypeFound) {
			items = append(items, item)
		}
	}
	chosen, _, err := contenttype.GetAcceptableMediaTypeFromHeader(strings.Join(items, ","), types)
	if err != nil {
		return "", false
	}
	return chosen.String(), true
}
