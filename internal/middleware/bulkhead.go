package middleware

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
)

const (
	maxInFlight  = 32       // requests with a body that a route works on or has waiting
	maxLarge     = 4        // requests with a large body, all routes together
	isLargeAbove = 64 << 10 // bytes
)

// Bulkhead admits a bounded number of requests at once to each of the routes, and of those with large bodies to all of them, so that work
// on them leaves time and memory for others. It refuses the rest with 503. Bodies that say they are longer than maxBody bytes don't count:
// they are refused, and nothing of them is kept.
func (m *Metrics) Bulkhead(routes []string, maxBody int, fail func(http.ResponseWriter, *http.Request, error)) func(http.Handler) http.Handler {
	places := map[string]chan struct{}{}
	for _, path := range routes {
		places[path] = make(chan struct{}, maxInFlight)
		m.overloads.WithLabelValues(path)
	}
	large := make(chan struct{}, maxLarge)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			path := chi.RouteContext(r.Context()).RoutePattern()
			needed := []chan struct{}{places[path]}
			if r.ContentLength > isLargeAbove && r.ContentLength <= int64(maxBody) || r.ContentLength < 0 {
				needed = append(needed, large)
			}
			for _, place := range needed {
				if place == nil || r.ContentLength == 0 {
					continue
				}
				select {
				case place <- struct{}{}:
					defer func() { <-place }()
				default:
					m.overloads.WithLabelValues(path).Inc()
					p := apierror.New(apierror.Unavailable, apierror.Details{}, "too many requests like this are being worked on")
					p.RetryAfter = 1
					fail(w, r, p)
					return
				}
			}
			next.ServeHTTP(w, r)
		})
	}
}
