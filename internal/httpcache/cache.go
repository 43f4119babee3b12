// Package httpcache keeps answers, so that a request that was answered before costs little more
// than looking it up.
package httpcache

import (
	"crypto/sha256"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/go-chi/chi/v5"
	"github.com/maypok86/otter/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"golang.org/x/sync/singleflight"

	"github.com/NVIDIA/cloud-native-stack/internal/identity"
	"github.com/NVIDIA/cloud-native-stack/internal/requestbody"
)

const (
	maxBytes = 4 << 20  // that a cache holds
	maxBody  = 64 << 10 // bytes, of requests whose answers are kept
)

// Cache keeps answers that follow from the scope, the request and the recipe data alone, bounded in
// bytes: those that many ask for stay, whatever else is asked for. Equal requests of a scope that
// come while the first is being answered wait for its answer.
type Cache struct {
	isPure     func(method, path string) bool
	entries    *otter.Cache[key, *answer]
	compress   func(http.Handler) http.HandlerFunc
	flights    singleflight.Group
	generation atomic.Uint64 // of the recipe data
	lookups    *prometheus.CounterVec
}

// key tells requests apart that may have different answers.
type key [sha256.Size]byte

// answer is never changed.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// New returns an empty cache for the operations that isPure reports to be pure functions, by method
// and path of the contract. Its metrics go to registry.
func New(isPure func(method, path string) bool, registry prometheus.Registerer) *Cache {
	const entryBytes = 1 << 10 // headers and the cache's own, roughly
	auto := promauto.With(registry)
	c := &Cache{
		isPure:   isPure,
		compress: compressor(),
		entries: otter.Must(&otter.Options[key, *answer]{
			MaximumWeight: maxBytes,
			Weigher:       func(_ key, a *answer) uint32 { return uint32(entryBytes + cap(a.body)) },
		}),
		lookups: auto.NewCounterVec(prometheus.CounterOpts{
			Name: "cns_answer_cache_requests_total",
			Help: "Requests for recipes and bundles, by what the cache of answers did: hit, miss or bypass.",
		}, []string{"path", "result"}),
	}
	auto.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "cns_answer_cache_bytes", Help: "Size of the cache of answers.",
	}, func() float64 { return float64(c.entries.WeightedSize()) })
	return c
}

// Reset forgets all answers. It is for new recipe data, after they are in use.
func (c *Cache) Reset() {
	c.generation.Add(1)
	c.entries.InvalidateAll()
}

// Handler answers from the cache what it can, and else by next, compressed. It has to run where chi
// has routed, behind what says who asks.
func (c *Cache) Handler(next http.Handler) http.Handler {
	next = c.compress(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rc := chi.RouteContext(r.Context())
		path := rc.RoutePattern()
		if !c.isPure(rc.RouteMethod, path) {
			next.ServeHTTP(w, r)
			return
		}
		k, ok := c.keyOf(r, rc.RouteMethod, path)
		if !ok {
			c.lookups.WithLabelValues(path, "bypass").Inc()
			next.ServeHTTP(w, r)
			return
		}
		if a, ok := c.entries.GetIfPresent(k); ok {
			c.lookups.WithLabelValues(path, "hit").Inc()
			a.write(w, r)
			return
		}
		c.lookups.WithLabelValues(path, "miss").Inc()
		if a := c.answer(k, next, w, r); a != nil {
			a.write(w, r)
		} else {
			next.ServeHTTP(w, r)
		}
	})
}

// answer returns the answer of next, which it keeps if it's a good one. It is nil where another
// request got one that isn't: that speaks of the other request.
func (c *Cache) answer(k key, next http.Handler, w http.ResponseWriter, r *http.Request) *answer {
	isOwn := false
	v, _, _ := c.flights.Do(string(k[:]), func() (any, error) {
		isOwn = true
		a := record(next, w, r)
		if a.isGood() {
			c.entries.Set(k, a)
		}
		return a, nil
	})
	if a := v.(*answer); isOwn || a.isGood() {
		return a
	}
	return nil
}

func (a *answer) isGood() bool {
	return a.status == http.StatusOK || a.status == http.StatusNotModified
}

// write adds to a Vary that is set already, as by CORS: both choose the answer.
func (a *answer) write(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	vary := header["Vary"]
	maps.Copy(header, a.header)
	if len(vary) > 0 {
		header["Vary"] = slices.Concat(vary, a.header["Vary"])
	}
	if a.status != http.StatusNotModified {
		header["Content-Length"] = []string{strconv.Itoa(len(a.body))}
	}
	w.WriteHeader(a.status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(a.body)
	}
}

// keyOf digests a request and its scope. It refuses those that are large,
// odd or broken: they are answered anew each time.
func (c *Cache) keyOf(r *http.Request, method, path string) (key, bool) {
	scope := identity.FromContext(r.Context()).Scope
	text := strconv.AppendUint(make([]byte, 0, 1024), c.generation.Load(), 10) // before the recipe data are looked at
	text = strconv.AppendInt(append(text, ' '), int64(len(scope)), 10)
	text = append(append(append(text, ' '), scope...), method...)
	text = append(append(text, ' '), path...)
	text = append(append(text, '?'), r.URL.RawQuery...)
	// An answer may depend on these.
	for _, name := range []string{"Accept", "Accept-Encoding", "Content-Encoding", "Content-Type", "If-None-Match"} {
		text = append(append(text, '\n'), strings.Join(r.Header[name], "\r")...) // not all read more than one line
	}
	if method != http.MethodPost {
		return sha256.Sum256(text), r.ContentLength == 0
	}
	body, ok := requestbody.Of(r)
	if !ok || len(body) > maxBody {
		return key{}, false
	}
	return sha256.Sum256(slices.Concat(text, []byte{'\n'}, body)), true
}
