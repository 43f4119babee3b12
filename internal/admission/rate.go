package admission

import (
	"math"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"golang.org/x/time/rate"

	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/identity"
)

// maxScopes bounds the scopes whose tokens are counted. One that isn't counted has all of them.
const maxScopes = 10_000

// Rate admits requests by token buckets, of which each scope has one that its clients share.
type Rate struct {
	isLimited func(method, path string) bool
	limit     atomic.Pointer[limit]
	buckets   *otter.Cache[string, *rate.Limiter] // by scope
	rejects   prometheus.Counter
	fail      apierror.Responder
}

// limit is never changed.
type limit struct {
	perSecond float64
	burst     int
	header    []string // perSecond, as clients are told
	since     time.Time
}

// NewRate limits the requests of which isLimited reports so, by method and path: see [Rate.Set].
// Its metric goes to registry.
func NewRate(
	perSecond float64, burst int, isLimited func(method, path string) bool,
	registry prometheus.Registerer, fail apierror.Responder,
) *Rate {
	l := &Rate{
		isLimited: isLimited,
		buckets:   otter.Must(&otter.Options[string, *rate.Limiter]{MaximumSize: maxScopes}),
		rejects: promauto.With(registry).NewCounter(prometheus.CounterOpts{
			Name: "cns_rate_limit_rejects_total", Help: "Total number of requests rejected due to rate limiting.",
		}),
		fail: fail,
	}
	l.Set(perSecond, burst)
	return l
}

// Set admits perSecond requests of each scope in the long run and burst, 1 or more, at once. Zero
// perSecond switches the limit off. It can be called at any time; the next request is held to it.
func (l *Rate) Set(perSecond float64, burst int) {
	header := []string{strconv.FormatFloat(perSecond, 'f', -1, 64)}
	l.limit.Store(&limit{perSecond, burst, header, time.Now()})
}

// Handler refuses what exceeds the limit with 429. It has to run behind what says who asks.
func (l *Rate) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		limit := l.limit.Load()
		if limit.perSecond == 0 || !l.isLimited(r.Method, r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		now := time.Now()
		bucket := l.bucket(identity.FromContext(r.Context()).Scope, limit)
		admitted := bucket.AllowN(now, 1)
		tokens := bucket.TokensAt(now)
		untilFull := time.Duration((float64(limit.burst) - tokens) / limit.perSecond * float64(time.Second))
		h := w.Header() // with names as net/http spells them, which spares it the work
		h["X-Ratelimit-Limit"] = limit.header
		h.Set("X-Ratelimit-Remaining", strconv.Itoa(int(max(0, tokens))))
		h.Set("X-Ratelimit-Reset", strconv.FormatInt(now.Add(untilFull).Add(time.Second-1).Unix(), 10))
		if !admitted {
			l.rejects.Inc()
			p := apierror.New(apierror.RateLimited,
				apierror.Details{Limit: limit.perSecond, Burst: limit.burst}, "Rate limit exceeded")
			p.RetryAfter = int(max(1, math.Ceil((1-tokens)/limit.perSecond)))
			l.fail(w, r, p)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// bucket returns that of a scope, with the limit as it is now.
func (l *Rate) bucket(scope string, limit *limit) *rate.Limiter {
	b, ok := l.buckets.GetIfPresent(scope)
	if !ok {
		b, _ = l.buckets.SetIfAbsent(scope, rate.NewLimiter(rate.Limit(limit.perSecond), limit.burst))
	}
	if b.Limit() != rate.Limit(limit.perSecond) {
		b.SetLimitAt(limit.since, rate.Limit(limit.perSecond))
	}
	if b.Burst() != limit.burst {
		b.SetBurstAt(limit.since, limit.burst)
	}
	return b
}
