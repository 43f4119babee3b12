package middleware

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
)

func TestRecoverBeforeTheAnswer(t *testing.T) {
	for name, value := range map[string]any{"text": "fault", "error": errors.New("fault"), "nil dereference": nil} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			registry := prometheus.NewRegistry()
			m := NewMetrics(registry)
			h := router(func(http.ResponseWriter, *http.Request) {
				if value == nil {
					(*httptest.ResponseRecorder)(nil).WriteHeader(http.StatusOK)
				}
				panic(value)
			}, m.Observe, RequestID, Recover(logTo(&log), registry, fail))
			w := do(h, "GET", "/v1/recipe")
			if w.Code != http.StatusInternalServerError || !strings.HasPrefix(w.Body.String(), "fail: panic: ") {
				t.Errorf("answer %d %q", w.Code, w.Body)
			}
			if diff := cmp.Diff(map[string]float64{"": 1}, series(t, registry,
				"cns_panic_recoveries_total")); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(map[string]float64{"GET /v1/recipe 500": 1},
				series(t, registry, "cns_http_requests_total")); diff != "" {
				t.Error(diff)
			}
			seen := lines(t, &log, "panic")
			if len(seen) != 1 || seen[0]["level"] != "ERROR" ||
				seen[0]["request_id"] != w.Header().Get(requestIDHeader) {
				t.Fatalf("log: %s", &log)
			}
			if stack, _ := seen[0]["stack"].(string); !strings.Contains(stack, "recover_test.go") {
				t.Errorf("the stack doesn't show where: %s", stack)
			}
			if text, _ := seen[0]["value"].(string); text != "fault" && value != nil {
				t.Errorf("value %q", text)
			}
		})
	}
}

// The client of a real connection must not take half an answer for the whole.
func TestRecoverCutsABegunAnswer(t *testing.T) {
	for name, begin := range map[string]func(http.ResponseWriter){
		"header": func(w http.ResponseWriter) { w.WriteHeader(http.StatusOK) },
		"body":   func(w http.ResponseWriter) { _, _ = io.WriteString(w, "half") },
	} {
		t.Run(name, func(t *testing.T) {
			registry := prometheus.NewRegistry()
			m := NewMetrics(registry)
			called := false
			server := httptest.NewServer(router(func(w http.ResponseWriter, _ *http.Request) {
				begin(w)
				_ = http.NewResponseController(w).Flush()
				panic("fault")
			}, m.Observe, Recover(slog.New(slog.DiscardHandler), registry, func(http.ResponseWriter, *http.Request,
				error) {
				called = true
			})))
			defer server.Close()
			response, err := server.Client().Get(server.URL)
			if err == nil {
				defer response.Body.Close()
				var body []byte
				if body, err = io.ReadAll(response.Body); err == nil {
					t.Errorf("a whole answer: %q", body)
				}
			}
			server.Close()
			if called {
				t.Error("an error was written into the answer")
			}
			if diff := cmp.Diff(map[string]float64{"": 1}, series(t, registry,
				"cns_panic_recoveries_total")); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(map[string]float64{"": 0}, series(t, registry,
				"cns_http_requests_in_flight")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRecoverPassesAborts(t *testing.T) {
	var log bytes.Buffer
	registry := prometheus.NewRegistry()
	m := NewMetrics(registry)
	h := router(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, m.Observe,
		Recover(logTo(&log), registry, fail))
	func() {
		defer func() {
			if value := recover(); value != http.ErrAbortHandler {
				t.Errorf("panic %v, want http.ErrAbortHandler", value)
			}
		}()
		do(h, "GET", "/")
	}()
	if diff := cmp.Diff(map[string]float64{"": 0}, series(t, registry, "cns_panic_recoveries_total")); diff != "" {
		t.Error(diff)
	}
	if log.Len() > 0 {
		t.Errorf("log: %s", &log)
	}
}

func TestRecoverWithoutPanic(t *testing.T) {
	registry := prometheus.NewRegistry()
	m := NewMetrics(registry)
	h := router(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }, m.Observe,
		Recover(slog.New(slog.DiscardHandler), registry, fail))
	if w := do(h, "GET", "/"); w.Code != http.StatusTeapot || w.Body.Len() > 0 {
		t.Errorf("answer %d %q", w.Code, w.Body)
	}
	if diff := cmp.Diff(map[string]float64{"": 0}, series(t, registry, "cns_panic_recoveries_total")); diff != "" {
		t.Error(diff)
	}
}
