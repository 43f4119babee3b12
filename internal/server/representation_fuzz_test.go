package server

import (
	"bytes"
	"compress/gzip"
	"io"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// FuzzAcceptEncoding wants a coding that the header admits and doesn't like less than another, by
// [codingQualities], and the same bytes in it as without.
func FuzzAcceptEncoding(f *testing.F) {
	e := newEntry(f)
	for _, seed := range []string{
		"", "gzip", "zstd", "gzip, zstd", "zstd;q=0.5, gzip;q=1", "gzip;q=0", "*;q=0", "*", "identity;q=0",
		"*;q=0, gzip", "identity;q=0, *;q=0", "identity;q=1, gzip;q=0.1", "gzip;q=0.000, zstd;q=0.001", "GZIP",
		"x-gzip", "br, deflate", "gzip;q=1.5", "gzip;;q=1", "gzip q=0", ",,gzip", "gzip;q=0, *;q=1",
		"compress, gzip;foo=bar", "gzip;q=0,gzip",
	} {
		f.Add(seed)
	}
	plain := map[string][]byte{}
	for _, path := range []string{"/v1/recipe", "/openapi.json", "/docs/swagger-ui.css"} {
		plain[path] = get(e.handler, path).Body.Bytes()
	}
	f.Fuzz(func(t *testing.T, accepted string) {
		if !passesHTTP(accepted) {
			t.Skip()
		}
		for path, want := range plain {
			r := asked(http.MethodGet, path, "", "")
			r.Header.Set("Accept-Encoding", accepted)
			resp := e.ask(t, r)
			got := read(t, resp.Header.Get("Content-Encoding"), resp.Body)
			if resp.StatusCode == http.StatusOK && !bytes.Equal(want, got) {
				t.Errorf("%s: %d bytes in %v, %d without", path, len(got), resp.Header, len(want))
			}
			if qualities, ok := codingQualities(accepted, "gzip", "zstd"); ok {
				what := path + ", Accept-Encoding " + strconv.Quote(accepted)
				wantCoding(t, what, resp.Header.Get("Content-Encoding"), qualities)
			}
		}
	})
}

// wantCoding lets a server leave an answer as it is, unless the client likes that less.
func wantCoding(t *testing.T, what, chosen string, qualities map[string]float64) {
	t.Helper()
	if _, listed := qualities["identity"]; chosen == "" && !listed {
		return
	}
	if chosen == "" {
		chosen = "identity"
	}
	best := 0.0
	for _, q := range qualities {
		best = max(best, q)
	}
	if best == 0 && chosen == "identity" { // better than no answer
		return
	}
	wantBest(t, what, chosen, qualities)
}

// read returns a body without its coding.
func read(t *testing.T, coding string, body io.Reader) []byte {
	t.Helper()
	var err error
	switch coding {
	case "gzip":
		body, err = gzip.NewReader(body)
	case "zstd":
		var decoder *zstd.Decoder
		decoder, err = zstd.NewReader(body, zstd.WithDecoderConcurrency(1))
		body = decoder
	}
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// FuzzConditions wants what RFC 9110, section 13.2.2 says of If-Match and If-None-Match: the first
// by strong comparison, before the second by weak one.
func FuzzConditions(f *testing.F) {
	e := newEntry(f)
	tag := get(e.handler, "/v1/recipe").Header().Get("ETag")
	gzipped := strings.TrimSuffix(tag, `"`) + `--gzip"`
	for _, list := range []string{
		"", "*", tag, "W/" + tag, `"a", ` + tag, `"a,*,b"`, "W/*", `"a"`, gzipped, `W/"a", ` + gzipped, tag + "," + tag,
		`"a" "b"`, strings.Trim(tag, `"`), `*, "a"`, ",", `"`, `""`, `"\"", ` + tag, "w/" + tag, tag + ";q=1",
	} {
		f.Add(list, "")
		f.Add("", list)
		f.Add(`"a"`, list)
	}
	f.Fuzz(func(t *testing.T, ifNoneMatch, ifMatch string) {
		if !passesHTTP(ifNoneMatch) || !passesHTTP(ifMatch) {
			t.Skip()
		}
		r := asked(http.MethodGet, "/v1/recipe", "", "")
		want := http.StatusOK
		if ifNoneMatch != "" {
			r.Header.Set("If-None-Match", ifNoneMatch)
		}
		if ifMatch != "" {
			r.Header.Set("If-Match", ifMatch)
		}
		none, ok1 := entityTags(ifNoneMatch)
		some, ok2 := entityTags(ifMatch)
		switch {
		case ifMatch != "" && !some.has(tag, false):
			want = http.StatusPreconditionFailed
		case ifNoneMatch != "" && none.has(tag, true):
			want = http.StatusNotModified
		}
		resp := e.ask(t, r)
		if (ok1 || ifNoneMatch == "") && (ok2 || ifMatch == "") && resp.StatusCode != want {
			t.Errorf("If-None-Match %q, If-Match %q: %d, want %d for %s", ifNoneMatch, ifMatch, resp.StatusCode, want,
				tag)
		}
	})
}

var (
	codeItem = regexp.MustCompile(`^(` + token + `)` + weight + `$`)
	tagItem  = regexp.MustCompile(`^[ \t]*((?:W/)?"[^\x00-\x20"\x7f]*")?[ \t]*(?:,|$)`) // a comma may be in a tag
)

// codingQualities returns what an Accept-Encoding header gives each offer (section 12.5.3), and
// identity if the header speaks of it.
func codingQualities(accepted string, offers ...string) (map[string]float64, bool) {
	list, ok := weigh(accepted, codeItem)
	for _, w := range list { // an old name of gzip (section 8.4.1.3)
		ok = ok && w.name != "x-gzip"
	}
	qualities := map[string]float64{}
	for _, offer := range offers {
		if qualities[offer] = quality(list, offer, "*"); math.IsNaN(qualities[offer]) {
			qualities[offer] = 0
		}
	}
	if q := quality(list, "identity"); !math.IsNaN(q) {
		qualities["identity"] = q
	} else if quality(list, "*") == 0 {
		qualities["identity"] = 0
	}
	return qualities, ok
}

// tags are those of a condition.
type tags []string

// entityTags reads a list of entity tags or a star (sections 13.1.1 and 13.1.2).
func entityTags(header string) (list tags, ok bool) {
	if header == "*" {
		return tags{header}, true
	}
	for header != "" {
		parts := tagItem.FindStringSubmatch(header)
		if parts == nil {
			return nil, false
		}
		if parts[1] != "" {
			list = append(list, parts[1])
		}
		header = header[len(parts[0]):]
	}
	return list, 0 < len(list) && len(list) <= manyItems
}

// has compares weakly or strongly (section 8.8.3.2).
func (list tags) has(current string, weakly bool) bool {
	return slices.ContainsFunc(list, func(tag string) bool {
		if weakly {
			tag = strings.TrimPrefix(tag, "W/")
		}
		return tag == current || tag == "*"
	})
}
