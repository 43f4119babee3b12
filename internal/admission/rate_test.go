package admission

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/NVIDIA/cloud-native-stack/internal/identity"
)

// limited limits all but probes. A request says of which scope it is in the header X-Scope.
func limited(registry *prometheus.Registry, perSecond float64, burst int) (http.Handler, *Rate) {
	isLimited := func(_, path string) bool { return path != "/health" }
	limiter := NewRate(perSecond, burst, isLimited, registry, fail)
	h := limiter.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := identity.Identity{Scope: r.Header.Get("X-Scope")}
		h.ServeHTTP(w, r.WithContext(identity.NewContext(r.Context(), id)))
	}), limiter
}

// ask sends a request of a scope.
func ask(h http.Handler, scope string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", "/v1/recipe", nil)
	r.Header.Set("X-Scope", scope)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func rateHeaders(w *httptest.ResponseRecorder) map[string]string {
	headers := map[string]string{}
	for _, name := range []string{"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "Retry-After"} {
		if value, ok := w.Header()[http.CanonicalHeaderKey(name)]; ok {
			headers[name] = value[0]
		}
	}
	return headers
}

// Each request comes some time after the one before, on a clock that the test controls.
func TestRateLimit(t *testing.T) {
	type step struct {
		after     time.Duration
		status    int
		remaining int
		reset     int64 // seconds after the first request, which comes at a whole second
		retry     string
	}
	tests := []struct {
		name      string
		perSecond float64
		burst     int
		limit     string
		steps     []step
	}{
		{"one a second", 1, 2, "1", []step{
			{0, 200, 1, 1, ""},
			{0, 200, 0, 2, ""},
			{0, 429, 0, 2, "1"},
			{500 * time.Millisecond, 429, 0, 2, "1"},
			{500 * time.Millisecond, 200, 0, 3, ""},
			{10500 * time.Millisecond, 200, 1, 13, ""},
		}},
		{"one in ten seconds", 0.1, 2, "0.1", []step{
			{0, 200, 1, 10, ""},
			{0, 200, 0, 20, ""},
			{0, 429, 0, 20, "10"},
			{4 * time.Second, 429, 0, 20, "6"},
			{6 * time.Second, 200, 0, 30, ""},
		}},
		{"many a second", 1000, 2, "1000", []step{
			{0, 200, 1, 1, ""},
			{0, 200, 0, 1, ""},
			{0, 429, 0, 1, "1"},
			{time.Millisecond, 200, 0, 1, ""},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				registry := prometheus.NewRegistry()
				h, _ := limited(registry, tt.perSecond, tt.burst)
				start, rejects := time.Now().Unix(), 0.0
				for i, s := range tt.steps {
					time.Sleep(s.after)
					w := do(h, "GET", "/v1/recipe", "")
					if w.Code != s.status {
						t.Errorf("request %d: status %d, want %d", i, w.Code, s.status)
					}
					want := map[string]string{
						"X-RateLimit-Limit": tt.limit, "X-RateLimit-Remaining": strconv.Itoa(s.remaining),
						"X-RateLimit-Reset": strconv.FormatInt(start+s.reset, 10),
					}
					if s.retry != "" {
						want["Retry-After"] = s.retry
						rejects++
					}
					if diff := cmp.Diff(want, rateHeaders(w)); diff != "" {
						t.Errorf("request %d: %s", i, diff)
					}
				}
				if diff := cmp.Diff(map[string]float64{"": rejects},
					counts(t, registry, "cns_rate_limit_rejects_total")); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

// TestRateLimitScopes lets scopes ask alternately: each has its own tokens.
func TestRateLimitScopes(t *testing.T) {
	h, _ := limited(prometheus.NewRegistry(), 0.001, 2)
	for i, want := range []int{http.StatusOK, http.StatusOK, http.StatusTooManyRequests, http.StatusTooManyRequests} {
		for _, scope := range []string{"", "one", "two"} {
			if w := ask(h, scope); w.Code != want {
				t.Errorf("request %d of %q: %d, want %d", i, scope, w.Code, want)
			}
		}
	}
	for i := range 3 * maxScopes { // more than are counted
		if w := ask(h, strconv.Itoa(i)); w.Code != http.StatusOK {
			t.Fatalf("a new scope: %d", w.Code)
		}
	}
}

// TestRateLimitChanges changes the limit while it counts: the next request is held to it and told
// so.
func TestRateLimitChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, limiter := limited(prometheus.NewRegistry(), 1, 1)
		for i, step := range []struct {
			perSecond        float64
			burst, status    int
			limit, remaining string
		}{
			{1, 1, 200, "1", "0"},
			{1, 1, 429, "1", "0"},
			{0, 1, 200, "", ""}, // off
			{2, 10, 429, "2", "0"},
			{100, 10, 200, "100", "9"}, // a second later
			{100, 5, 200, "100", "4"},
			{0.5, 5, 200, "0.5", "3"},
			{1, 1, 200, "1", "0"},
		} {
			limiter.Set(step.perSecond, step.burst)
			if step.perSecond == 100 {
				time.Sleep(time.Second)
			}
			w := ask(h, "")
			headers := rateHeaders(w)
			if w.Code != step.status || headers["X-RateLimit-Limit"] != step.limit ||
				headers["X-RateLimit-Remaining"] != step.remaining {
				t.Errorf("step %d: %d %v, want %+v", i, w.Code, headers, step)
			}
		}
	})
}

// TestRateLimitChangesConcurrently changes the limit while several scopes ask.
func TestRateLimitChangesConcurrently(t *testing.T) {
	h, limiter := limited(prometheus.NewRegistry(), 1, 1)
	var clients sync.WaitGroup
	for i := range 8 {
		clients.Go(func() {
			for j := range 200 {
				if i == 0 {
					limiter.Set(float64(j%3), 1+j%5)
				}
				ask(h, strconv.Itoa(i%3))
			}
		})
	}
	clients.Wait()
	limiter.Set(1e6, 7)
	time.Sleep(time.Millisecond)
	for _, scope := range []string{"0", "1", "2", "3"} {
		if w := ask(h, scope); w.Code != http.StatusOK || rateHeaders(w)["X-RateLimit-Remaining"] != "6" {
			t.Errorf("%s: %d %v", scope, w.Code, rateHeaders(w))
		}
	}
}

func TestRateLimitOff(t *testing.T) {
	h, _ := limited(prometheus.NewRegistry(), 0, 1)
	for range 50 {
		if w := do(h, "GET", "/v1/recipe", ""); w.Code != http.StatusOK || len(rateHeaders(w)) > 0 {
			t.Fatalf("status %d, headers %v", w.Code, rateHeaders(w))
		}
	}
}

// Unlimited paths don't use up what the others get.
func TestRateLimitLeavesProbesOut(t *testing.T) {
	h, _ := limited(prometheus.NewRegistry(), 0.001, 2)
	for range 10 {
		do(h, "GET", "/health", "")
	}
	if got := rateHeaders(do(h, "GET", "/", ""))["X-RateLimit-Remaining"]; got != "1" {
		t.Errorf("%s remain, want 1", got)
	}
}

func TestRateLimitConcurrently(t *testing.T) {
	const burst = 10
	registry := prometheus.NewRegistry()
	h, _ := limited(registry, 0.001, burst)
	var mu sync.Mutex
	count := map[int]float64{}
	var wg sync.WaitGroup
	for range 3 * burst {
		wg.Go(func() {
			w := do(h, "GET", "/v1/recipe", "")
			mu.Lock()
			defer mu.Unlock()
			count[w.Code]++
		})
	}
	wg.Wait()
	if diff := cmp.Diff(map[int]float64{200: burst, 429: 2 * burst}, count); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]float64{"": 2 * burst},
		counts(t, registry, "cns_rate_limit_rejects_total")); diff != "" {
		t.Error(diff)
	}
}
