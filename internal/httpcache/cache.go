// Package httpcache keeps answers, so that a request that was answered before costs little more
// than looking it up.
package httpcache

import (
	"crypto/sha256"
	"maps"
	"net"
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

	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/identity"
	"github.com/NVIDIA/cloud-native-stack/internal/requestbody"
)

const (
	maxBytes = 4 << 20  // that a cache holds, of constant answers and of others each
	maxBody  = 64 << 10 // bytes, of requests whose answers are kept
)

// Operations tells those of the contract whose answers can be kept, by method and path.
type Operations interface {
	IsPure(method, path string) bool     // follows from the scope, the request and the recipe data alone
	IsConstant(method, path string) bool // is pure and has few answers
}

// Cache keeps answers of pure operations as they are sent, bounded in bytes: those that many ask
// for stay, whatever else is asked for. Constant ones have room of their own, so that they are
// encoded once. Equal requests of a scope that come while the first is being answered wait for its
// answer.
type Cache struct {
	operations Operations
	answers    *otter.Cache[key, *answer]
	constants  *otter.Cache[key, *answer]
	encoder    *encoder
	flights    singleflight.Group
	generation atomic.Uint64 // of the recipe data
	lookups    *prometheus.CounterVec
	fail       apierror.Responder
}

// key tells requests apart that may have different answers.
type key [sha256.Size]byte

// answer is never changed.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// New returns an empty cache for the pure ones among operations. Its metrics go to registry,
// requests whose conditions don't hold to fail.
func New(operations Operations, registry prometheus.Registerer, fail apierror.Responder) *Cache {
	auto := promauto.With(registry)
	c := &Cache{
		operations: operations, answers: newEntries(), constants: newEntries(), encoder: newEncoder(), fail: fail,
		lookups: auto.NewCounterVec(prometheus.CounterOpts{
			Name: "cns_answer_cache_requests_total",
			Help: "Requests for what can be kept, by what the cache of answers did: hit, miss or bypass.",
		}, []string{"path", "result"}),
	}
	auto.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "cns_answer_cache_bytes", Help: "Size of the cache of answers.",
	}, func() float64 { return float64(c.answers.WeightedSize() + c.constants.WeightedSize()) })
	return c
}

func newEntries() *otter.Cache[key, *answer] {
	const entryBytes = 1 << 10 // headers and the cache's own, roughly
	return otter.Must(&otter.Options[key, *answer]{
		MaximumWeight: maxBytes,
		Weigher:       func(_ key, a *answer) uint32 { return uint32(entryBytes + cap(a.body)) },
	})
}

// Reset forgets all answers. It is for new recipe data, after they are in use.
func (c *Cache) Reset() {
	c.generation.Add(1)
	c.answers.InvalidateAll()
	c.constants.InvalidateAll()
}

// Handler answers from the cache what it can, and else by next, in the coding that Accept-Encoding
// names. It has to run where chi has routed and representations are negotiated, behind what says
// who asks.
func (c *Cache) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rc := chi.RouteContext(r.Context())
		pattern := rc.RoutePattern()
		if !c.operations.IsPure(rc.RouteMethod, pattern) {
			next.ServeHTTP(w, r)
			return
		}
		entries := c.answers
		isConstant := c.operations.IsConstant(rc.RouteMethod, pattern)
		if isConstant {
			entries = c.constants
		}
		k, ok := c.keyOf(r, rc.RouteMethod)
		if !ok || isConstant && r.URL.RawQuery != "" {
			c.lookups.WithLabelValues(pattern, "bypass").Inc()
			c.write(c.record(next, w, r), w, r)
			return
		}
		if a, ok := entries.GetIfPresent(k); ok {
			c.lookups.WithLabelValues(pattern, "hit").Inc()
			c.write(a, w, r)
			return
		}
		c.lookups.WithLabelValues(pattern, "miss").Inc()
		c.write(c.answer(k, entries, next, w, r), w, r)
	})
}

// answer returns the answer of next, which it keeps if it's a good one.
func (c *Cache) answer(
	k key, entries *otter.Cache[key, *answer], next http.Handler, w http.ResponseWriter, r *http.Request,
) *answer {
	isOwn := false
	v, _, _ := c.flights.Do(string(k[:])+host(r), func() (any, error) {
		isOwn = true
		a := c.record(next, w, r)
		if a.isGood() {
			entries.Set(k, a)
		}
		return a, nil
	})
	if a := v.(*answer); isOwn || a.isGood() {
		return a
	}
	return c.record(next, w, r) // what isn't good speaks of the other request
}

// host is the address of the client: one doesn't wait in another's turn.
func host(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

func (a *answer) isGood() bool { return a.status == http.StatusOK }

// write sends an answer, as far as the request's conditions ask for it.
func (c *Cache) write(a *answer, w http.ResponseWriter, r *http.Request) {
	status := a.status
	if a.isGood() && r.Method != http.MethodPost {
		status = condition(r.Header, a.header.Get("ETag"))
	}
	if status == http.StatusPreconditionFailed {
		c.fail(w, r, apierror.New(apierror.PreconditionFailed, apierror.Details{},
			"the answer has changed: If-Match doesn't name its entity tag, %s", a.header.Get("ETag")))
		return
	}
	header := w.Header()
	maps.Copy(header, a.header)
	if status == http.StatusNotModified { // what describes a body is left out (RFC 9110, section 15.4.5)
		for _, name := range []string{"Content-Type", "Content-Length", "Content-Encoding"} {
			delete(header, name)
		}
	}
	w.WriteHeader(status)
	if r.Method != http.MethodHead && status != http.StatusNotModified {
		_, _ = w.Write(a.body)
	}
}

// keyOf digests a request and its scope. It refuses those that are large or odd: they are answered
// anew each time.
func (c *Cache) keyOf(r *http.Request, method string) (key, bool) {
	scope := identity.FromContext(r.Context()).Scope
	text := strconv.AppendUint(make([]byte, 0, 1024), c.generation.Load(), 10) // before the recipe data are looked at
	text = strconv.AppendInt(append(text, ' '), int64(len(scope)), 10)
	text = append(append(append(text, ' '), scope...), method...)
	text = append(append(text, ' '), r.URL.Path...)
	text = append(append(text, '?'), r.URL.RawQuery...)
	text = appendHeaders(text, r.Header, "Accept", "Accept-Encoding") // as negotiated
	if method != http.MethodPost {
		return sha256.Sum256(text), r.ContentLength == 0
	}
	text = appendHeaders(text, r.Header, "Content-Encoding", "Content-Type")
	body, ok := requestbody.Of(r)
	if !ok || len(body) > maxBody {
		return key{}, false
	}
	return sha256.Sum256(slices.Concat(text, []byte{'\n'}, body)), true
}

// appendHeaders adds headers on which an answer depends.
func appendHeaders(text []byte, header http.Header, names ...string) []byte {
	for _, name := range names {
		text = append(append(text, '\n'), strings.Join(header[name], "\r")...) // not all read more than one line
	}
	return text
}
