package contract

import (
	"strings"

	"github.com/elnormous/contenttype"
)

// negotiate picks the media type that an Accept header prefers (RFC 9110, section 12.5.1); the first offer wins a tie. Items that are
// malformed don't count, but for two old spellings that Java's HttpURLConnection sends by default: "*; q=.2".
func negotiate(accept string, offers []string) (string, bool) {
	if accept == "" || accept == "*/*" {
		return offers[0], true
	}
	var items []string
	for item := range strings.SplitSeq(accept, ",") {
		item = strings.ReplaceAll(strings.TrimSpace(item), "q=.", "q=0.")
		if item == "*" || strings.HasPrefix(item, "*;") {
			item = "*/" + item
		}
		if _, err := contenttype.ParseMediaType(item); err == nil {
			items = append(items, item)
		}
	}
	types := make([]contenttype.MediaType, len(offers))
	for i, offer := range offers {
		types[i] = contenttype.NewMediaType(offer)
	}
	chosen, _, err := contenttype.GetAcceptableMediaTypeFromHeader(strings.Join(items, ","), types)
	if err != nil || len(items) == 0 {
		return "", false
	}
	return chosen.String(), true
}
