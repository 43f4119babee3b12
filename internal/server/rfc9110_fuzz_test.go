package server

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// This is RFC 9110 read once more, for the fuzzers, by its grammar alone: what isn't exactly in it,
// is long, or lets two items contradict each other, is nobody's to judge.

// manyItems is from where on a server may leave out items of a list.
const manyItems = 16

// weighted is an item of a list with its quality.
type weighted struct {
	name    string
	quality float64
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"

var (
	weight    = `(?:[ \t]*;[ \t]*[qQ]=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?`
	mediaItem = regexp.MustCompile(`^(` + token + `/` + token + `)` + weight + `$`)
)

// weigh reads a list of items of a form; ok is false where it isn't one.
func weigh(header string, form *regexp.Regexp) (list []weighted, ok bool) {
	items := strings.Split(header, ",")
	for _, item := range items {
		if item = strings.Trim(item, " \t"); item == "" {
			continue
		}
		parts := form.FindStringSubmatch(item)
		if parts == nil {
			return nil, false
		}
		q := 1.0
		if parts[2] != "" {
			q, _ = strconv.ParseFloat(parts[2], 64)
		}
		w := weighted{strings.ToLower(parts[1]), q}
		isOther := func(o weighted) bool { return o.name == w.name && o.quality != w.quality }
		if slices.ContainsFunc(list, isOther) {
			return nil, false
		}
		list = append(list, w)
	}
	return list, 0 < len(list) && len(items) <= manyItems
}

// quality is that of the first name in a list.
func quality(list []weighted, names ...string) float64 {
	for _, name := range names {
		if i := slices.IndexFunc(list, func(w weighted) bool { return w.name == name }); i >= 0 {
			return list[i].quality
		}
	}
	return math.NaN()
}

// mediaQualities returns what an Accept header gives each offer (section 12.5.1).
func mediaQualities(accept string, offers []string) (map[string]float64, bool) {
	list, ok := weigh(accept, mediaItem)
	for _, w := range list { // "*/json" is in the grammar of a token alone
		if strings.HasPrefix(w.name, "*/") && w.name != "*/*" {
			return nil, false
		}
	}
	qualities := map[string]float64{}
	for _, offer := range offers {
		group, _, _ := strings.Cut(offer, "/")
		if qualities[offer] = quality(list, offer, group+"/*", "*/*"); math.IsNaN(qualities[offer]) {
			qualities[offer] = 0
		}
	}
	return qualities, ok
}
