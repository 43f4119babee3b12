package admission

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/go-chi/chi/v5"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
)

// TestBulkhead fills what there is room for on one route. Others, and requests without a body, go
// on; so do smaller bodies when there is no more room for large ones.
func TestBulkhead(t *testing.T) {
	small, large := strings.Repeat("x", 100), strings.Repeat("x", largeBody+1)
	for name, tt := range map[string]struct {
		body     string
		admitted int
		later    map[string]int // status of a request by method, path and body
		rejects  map[string]float64
	}{
		"small": {small, maxInFlight, map[string]int{
			"POST /a " + small: 503, "POST /a " + large: 503, "POST /b " + small: 200,
			"POST /b " + large: 200, "GET /a ": 200, "POST /other " + small: 200,
		}, map[string]float64{"/a": 2, "/b": 0}},
		"large": {large, maxLarge, map[string]int{
			"POST /a " + small: 200, "POST /a " + large: 503, "POST /b " + small: 200,
			"POST /b " + large: 503, "GET /a ": 200, "POST /other " + large: 503,
			"POST /b " + large + large: 200,
		}, map[string]float64{"/a": 1, "/b": 1, "/other": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				release := make(chan struct{})
				registry := prometheus.NewRegistry()
				router := chi.NewRouter()
				router.Group(func(r chi.Router) {
					r.Use(Bulkhead([]string{"/a", "/b"}, 2*largeBody, registry, fail))
					handler := func(w http.ResponseWriter, r *http.Request) {
						if r.URL.RawQuery == "hold" {
							<-release
						}
					}
					for _, path := range []string{"/a", "/b", "/other"} {
						r.Get(path, handler)
						r.Post(path, handler)
					}
				})
				ask := func(method, target, body string) int {
					w := do(router, method, target, body)
					if w.Code == http.StatusServiceUnavailable && w.Header().Get("Retry-After") != "1" {
						t.Errorf("Retry-After %q", w.Header().Get("Retry-After"))
					}
					return w.Code
				}
				for range tt.admitted {
					go func() {
						if status := ask("POST", "/a?hold", tt.body); status != http.StatusOK {
							t.Errorf("held: %d", status)
						}
					}()
				}
				synctest.Wait()
				for request, want := range tt.later {
					parts := strings.SplitN(request, " ", 3)
					if got := ask(parts[0], parts[1], parts[2]); got != want {
						t.Errorf("%.20s: %d, want %d", request, got, want)
					}
				}
				close(release)
				synctest.Wait()
				if got := ask("POST", "/a", tt.body); got != http.StatusOK {
					t.Errorf("afterwards: %d", got)
				}
				if diff := cmp.Diff(tt.rejects, counts(t, registry, "cns_overload_rejects_total")); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}
