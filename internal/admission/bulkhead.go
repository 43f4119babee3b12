package admission

import (
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"golang.org/x/sync/semaphore"

	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
)

const (
	maxInFlight = 32       // requests with a body, of each route
	maxLarge    = 4        // requests with a large body, of all routes
	largeBody   = 64 << 10 // bytes
)

// Bulkhead admits a bounded number of requests with a body at once to each of the routes, and a
// smaller one of those with large bodies to all of them, so that receiving and working on them
// leaves time and memory for others. It refuses the rest with 503. Bodies that say they are longer
// than maxBody bytes don't count: nothing of them is kept. It has to run where chi has routed.
func Bulkhead(
	routes []string, maxBody int, registry prometheus.Registerer, fail Fail,
) func(http.Handler) http.Handler {
	overloads := promauto.With(registry).NewCounterVec(prometheus.CounterOpts{
		Name: "cns_overload_rejects_total",
		Help: "Requests refused because too many with a body were being worked on.",
	}, []string{"path"})
	inFlight := map[string]*semaphore.Weighted{}
	for _, path := range routes {
		inFlight[path] = semaphore.NewWeighted(maxInFlight)
		overloads.WithLabelValues(path)
	}
	large := semaphore.NewWeighted(maxLarge)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			path := chi.RouteContext(r.Context()).RoutePattern()
			needed := []*semaphore.Weighted{inFlight[path]}
			if r.ContentLength > largeBody && r.ContentLength <= int64(maxBody) || r.ContentLength < 0 {
				needed = append(needed, large)
			}
			for _, s := range needed {
				if s == nil || r.ContentLength == 0 {
					continue
				}
				if !s.TryAcquire(1) {
					overloads.WithLabelValues(path).Inc()
					p := apierror.New(apierror.Unavailable, apierror.Details{},
						"too many requests like this are being worked on")
					p.RetryAfter = 1
					fail(w, r, p)
					return
				}
				defer s.Release(1)
			}
			next.ServeHTTP(w, r)
		})
	}
}
