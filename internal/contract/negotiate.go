package contract

import (
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
)

// identity is the coding of what isn't encoded (RFC 9110, section 12.5.3).
const identity = "identity"

// Negotiate picks the representation of each answer: it leaves in Accept the one media type and in
// Accept-Encoding the one coding to answer with, nothing where that's identity, and names in Vary
// what chose. So requests that differ in these headers alone, but get the same answer, look
// the same to what comes after. It has to run where chi has routed. Errors go to fail.
func (c *Contract) Negotiate(fail apierror.Responder) func(http.Handler) http.Handler {
	return c.middleware(c.negotiate, fail)
}

func (c *Contract) negotiate(op *operation, w http.ResponseWriter, r *http.Request) error {
	if op.vary != nil {
		header := w.Header()
		header["Vary"] = append(header["Vary"], op.vary...) // beside that of others, such as CORS
	}
	accept, err := c.listed(r.Header, "Accept")
	if err != nil {
		return err
	}
	i := preferredType(accept, op.produces)
	if i < 0 {
		return errNotAcceptable("Accept", accept, op.produces)
	}
	r.Header["Accept"] = op.produces[i : i+1 : i+1]
	if op.codings == nil {
		delete(r.Header, "Accept-Encoding")
		return nil
	}
	codings, err := c.listed(r.Header, "Accept-Encoding")
	if err != nil {
		return err
	}
	i = preferredCoding(codings, op.codings)
	if i < 0 {
		return errNotAcceptable("Accept-Encoding", codings, op.codings)
	}
	delete(r.Header, "Accept-Encoding")
	if op.codings[i] != identity {
		r.Header["Accept-Encoding"] = op.codings[i : i+1 : i+1]
	}
	return nil
}

func errNotAcceptable(name, given string, offers []string) error {
	details := apierror.Details{Requested: apierror.Clip(given), Allowed: offers}
	return apierror.New(apierror.NotAcceptable, details,
		"no acceptable representation: %s must admit one of %s", name, strings.Join(offers, ", "))
}

// listed returns a header that is a list as one line. It refuses one with more items and parameters
// than the document says (RFC 9110, section 5.4): what reads it takes as long as it has these.
func (c *Contract) listed(header http.Header, name string) (string, error) {
	lines, items := header[name], 0
	for _, line := range lines {
		items += 1 + strings.Count(line, ",") + strings.Count(line, ";")
	}
	if most := c.Limits.HeaderItems; items > most {
		return "", apierror.Invalidf(apierror.Details{Parameter: name, Limit: float64(most)},
			"%s has more than %d items and parameters", name, most)
	}
	return strings.Join(lines, ", "), nil
}

// preferredType returns which of the offered media types an Accept header prefers (RFC 9110,
// section 12.5.1), or -1. Of equals the header's first one wins, of what a wildcard admits the
// first offer. Parameters such as charset don't matter.
func preferredType(accept string, offers []string) int {
	if accept == "" || accept == "*/*" {
		return 0
	}
	type match struct {
		specificity, position int
		weight                float64
	}
	matches := make([]match, len(offers)) // by the most specific range, which alone counts
	position := 0
	for media, weight := range weighted(accept) {
		position++
		for i, offer := range offers {
			if s := specificity(media, offer); s > matches[i].specificity {
				matches[i] = match{s, position, weight}
			}
		}
	}
	best := match{}
	chosen := -1
	for i, m := range matches {
		if m.weight > best.weight || m.weight > 0 && m.weight == best.weight && m.position < best.position {
			best, chosen = m, i
		}
	}
	return chosen
}

// specificity says how closely a media range describes a media type, 0 if it doesn't. A lone star
// is an old spelling, which Java's HttpURLConnection sends by default.
func specificity(media, offer string) int {
	switch kind, subtype, _ := strings.Cut(media, "/"); {
	case strings.EqualFold(media, offer):
		return 3
	case subtype == "*" && kind != "*":
		if offered, _, _ := strings.Cut(offer, "/"); strings.EqualFold(kind, offered) {
			return 2
		}
	case media == "*/*" || media == "*":
		return 1
	}
	return 0
}

// preferredCoding returns which of the codings an Accept-Encoding header prefers (RFC 9110, section
// 12.5.3), or -1. The last of them is identity, which is taken where the header names no other.
// Of equals the first one wins, unless just a wildcard admits it: such a client may not know it.
func preferredCoding(header string, codings []string) int {
	const unnamed, least = -1.0, 0.0001
	last := len(codings) - 1
	if header == "" {
		return last
	}
	weights, others := slices.Repeat([]float64{unnamed}, len(codings)), unnamed
	for name, weight := range weighted(header) {
		if i := slices.IndexFunc(codings, func(c string) bool { return strings.EqualFold(c, name) }); i >= 0 {
			weights[i] = weight
		} else if name == "*" {
			others = weight
		}
	}
	chosen, best := last, weights[last]
	if best == unnamed {
		best = others
	}
	if best == unnamed {
		best = least // acceptable unless it's excluded
	}
	for i, weight := range weights[:last] {
		isNamed := weight != unnamed
		if !isNamed {
			weight = others
		}
		if weight > best || weight > 0 && weight == best && isNamed && chosen == last {
			chosen, best = i, weight
		}
	}
	if best == 0 {
		return -1
	}
	return chosen
}

// weighted yields the items of a list with their weights (RFC 9110, section 12.4.2), but for those
// that are malformed. It takes as long as the list has bytes.
func weighted(list string) iter.Seq2[string, float64] {
	return func(yield func(string, float64) bool) {
		for list != "" {
			var item string
			item, list = cut(list, ',')
			value, parameters := cut(item, ';')
			value = strings.TrimSpace(value)
			if weight, ok := weightIn(parameters); ok && value != "" && !yield(value, weight) {
				return
			}
		}
	}
}

func weightIn(parameters string) (float64, bool) {
	for parameters != "" {
		var parameter string
		parameter, parameters = cut(parameters, ';')
		if name, value, _ := strings.Cut(parameter, "="); strings.EqualFold(strings.TrimSpace(name), "q") {
			value = strings.TrimSpace(value)
			weight, err := strconv.ParseFloat(value, 64)
			isNumber := err == nil && strings.Trim(value, "0123456789.") == "" // Go's parser takes more
			return weight, isNumber && weight <= 1
		}
	}
	return 1, true
}

// cut splits a header at the first separator that isn't in quotes.
func cut(s string, separator byte) (before, after string) {
	isQuoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			isQuoted = !isQuoted
		case isQuoted && s[i] == '\\':
			i++
		case !isQuoted && s[i] == separator:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}
