package admission

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/time/rate"

	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
)

// RateLimit admits requests to / and /v1/ by a token bucket that all clients of this instance share: perSecond in the long run, burst
// at once. Zero perSecond switches it off. Probes and metrics are never limited, so that an overloaded server isn't taken for a dead one.
func RateLimit(perSecond float64, burst int, registry prometheus.Registerer, fail Fail) func(http.Handler) http.Handler {
	rejects := prometheus.NewCounter(prometheus.CounterOpts{
		Name: "cns_rate_limit_rejects_total", Help: "Total number of requests rejected due to rate limiting.",
	})
	registry.MustRegister(rejects)
	if perSecond == 0 {
		return func(next http.Handler) http.Handler { return next }
	}
	limiter := rate.NewLimiter(rate.Limit(perSecond), burst)
	limit := strconv.FormatFloat(perSecond, 'f', -1, 64)
	limitHeader, remainingHeader, resetHeader := http.CanonicalHeaderKey("X-RateLimit-Limit"),
		http.CanonicalHeaderKey("X-RateLimit-Remaining"), http.CanonicalHeaderKey("X-RateLimit-Reset")
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/" && !strings.HasPrefix(r.URL.Path, "/v1/") {
				next.ServeHTTP(w, r)
				return
			}
			now := time.Now()
			admitted := limiter.AllowN(now, 1)
			tokens := limiter.TokensAt(now)
			untilFull := time.Duration((float64(burst) - tokens) / perSecond * float64(time.Second))
			h := w.Header()
			h.Set(limitHeader, limit)
			h.Set(remainingHeader, strconv.Itoa(int(max(0, tokens))))
			h.Set(resetHeader, strconv.FormatInt(now.Add(untilFull).Add(time.Second-1).Unix(), 10))
			if !admitted {
				rejects.Inc()
				p := apierror.New(apierror.RateLimited, apierror.Details{Limit: perSecond, Burst: burst}, "Rate limit exceeded")
				p.RetryAfter = int(max(1, math.Ceil((1-tokens)/perSecond)))
				fail(w, r, p)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}
