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
)

func limited(registry *prometheus.Registry, perSecond float64, burst int) http.Handler {
	return RateLimit(perSecond, burst, registry, fail)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
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
				h := limited(registry, tt.perSecond, tt.burst)
				start, rejects := time.Now().Unix(), 0.0
				for i, s := range tt.steps {
					time.Sleep(s.after)
					w := do(h, "GET", "/v1/recipe", "")
					if w.Code != s.status {
						t.Errorf("request %d: status %d, want %d", i, w.Code, s.status)
					}
					want := map[string]string{
						"X-RateLimit-Limit": tt.limit, "X-RateLimit-Remaining": strconv.Itoa(s.remaining), "X-RateLimit-Reset": strconv.FormatInt(start+s.reset, 10),
					}
					if s.retry != "" {
						want["Retry-After"] = s.retry
						rejects++
					}
					if diff := cmp.Diff(want, rateHeaders(w)); diff != "" {
						t.Errorf("request %d: %s", i, diff)
					}
				}
				if diff := cmp.Diff(map[string]float64{"": rejects}, counts(t, registry, "cns_rate_limit_rejects_total")); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func TestRateLimitPaths(t *testing.T) {
	for path, isLimited := range map[string]bool{
		"/": true, "/v1/recipe": true, "/v1/": true, "/v1/nothing": true,
		"/health": false, "/ready": false, "/metrics": false, "/docs": false, "/openapi.yaml": false, "/v1": false, "/v10/x": false,
	} {
		t.Run(path, func(t *testing.T) {
			h := limited(prometheus.NewRegistry(), 0.001, 1)
			first, second := do(h, "GET", path, ""), do(h, "POST", path, "")
			want := http.StatusOK
			if isLimited {
				want = http.StatusTooManyRequests
			}
			if first.Code != http.StatusOK || second.Code != want {
				t.Errorf("status %d, then %d, want %d", first.Code, second.Code, want)
			}
			if got := len(rateHeaders(first)) > 0; got != isLimited {
				t.Errorf("headers %v", rateHeaders(first))
			}
		})
	}
}

func TestRateLimitOff(t *testing.T) {
	h := limited(prometheus.NewRegistry(), 0, 1)
	for range 50 {
		if w := do(h, "GET", "/v1/recipe", ""); w.Code != http.StatusOK || len(rateHeaders(w)) > 0 {
			t.Fatalf("status %d, headers %v", w.Code, rateHeaders(w))
		}
	}
}

// Unlimited paths don't use up what the others get.
func TestRateLimitLeavesProbesOut(t *testing.T) {
	h := limited(prometheus.NewRegistry(), 0.001, 2)
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
	h := limited(registry, 0.001, burst)
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
	if diff := cmp.Diff(map[string]float64{"": 2 * burst}, counts(t, registry, "cns_rate_limit_rejects_total")); diff != "" {
		t.Error(diff)
	}
}
