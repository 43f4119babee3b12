package middleware

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/go-chi/chi/v5"
	"github.com/prometheus/client_golang/prometheus"
)

// TestBulkhead fills the places of one route. Others, and requests without a body, go on; so do smaller bodies when those for large ones
// are taken.
func TestBulkhead(t *testing.T) {
	small, large := strings.Repeat("x", 100), strings.Repeat("x", isLargeAbove+1)
	for name, tt := range map[string]struct {
		body     string
		admitted int
		later    map[string]int // status of a request by method, path and body
	}{
		"small": {small, maxInFlight, map[string]int{
			"POST /a " + small: 503, "POST /a " + large: 503, "POST /b " + small: 200, "POST /b " + large: 200, "GET /a ": 200, "POST /other " + small: 200,
		}},
		"large": {large, maxLarge, map[string]int{
			"POST /a " + small: 200, "POST /a " + large: 503, "POST /b " + small: 200, "POST /b " + large: 503, "GET /a ": 200, "POST /other " + large: 503, "POST /b " + large + large: 200,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				release := make(chan struct{})
				router := chi.NewRouter()
				router.Group(func(r chi.Router) {
					r.Use(NewMetrics(prometheus.NewRegistry()).Bulkhead([]string{"/a", "/b"}, 2*isLargeAbove, fail))
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
				do := func(method, target, body string) int {
					w := httptest.NewRecorder()
					router.ServeHTTP(w, httptest.NewRequest(method, target, strings.NewReader(body)))
					if w.Code == http.StatusServiceUnavailable && w.Header().Get("Retry-After") != "1" {
						t.Errorf("Retry-After %q", w.Header().Get("Retry-After"))
					}
					return w.Code
				}
				for range tt.admitted {
					go func() {
						if status := do("POST", "/a?hold", tt.body); status != http.StatusOK {
							t.Errorf("held: %d", status)
						}
					}()
				}
				synctest.Wait()
				for request, want := range tt.later {
					parts := strings.SplitN(request, " ", 3)
					if got := do(parts[0], parts[1], parts[2]); got != want {
						t.Errorf("%.20s: %d, want %d", request, got, want)
					}
				}
				close(release)
				synctest.Wait()
				if got := do("POST", "/a", tt.body); got != http.StatusOK {
					t.Errorf("afterwards: %d", got)
				}
			})
		})
	}
}
