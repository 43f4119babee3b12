package clients

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/NVIDIA/cloud-native-stack/test/harness"
)

// start runs a server until the test ends, and returns its URL.
func start(t *testing.T, binary string, environment ...string) string {
	t.Helper()
	environment = append([]string{"CNS_RATE_LIMIT=0"}, environment...)
	return harness.Serve(t, harness.Command(binary, environment...)).URL
}

// proxy stands between a client and the server, and answers itself below these paths:
//   - /busy: always 429 with Retry-After: 0. It takes five requests, what the clients send at most
//   - /flaky: twice 503, with Retry-After in seconds and, as other programs send it, as a date and
//     in HTML; then the server's answers
//   - /later: 503 with Retry-After: 3600, once
//   - /broken: 502 in HTML
//   - /login: 200 in HTML
//   - /newer: 409 with an error code that this release doesn't have
func proxy(t *testing.T, server string) string {
	t.Helper()
	target, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	forward := http.StripPrefix("/flaky", httputil.NewSingleHostReverseProxy(target))
	var busy, flaky, later atomic.Int32
	mux := http.NewServeMux()
	mux.HandleFunc("/busy/", func(w http.ResponseWriter, _ *http.Request) {
		busy.Add(1)
		refuse(w, http.StatusTooManyRequests, "RATE_LIMIT_EXCEEDED", "0")
	})
	mux.HandleFunc("/flaky/", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body) // an answer before the end of a request may cost the client its connection
		if err != nil {
			t.Error(err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		switch flaky.Add(1) {
		case 1:
			refuse(w, http.StatusServiceUnavailable, "SERVICE_UNAVAILABLE", "0")
		case 2:
			w.Header().Set("Retry-After", time.Now().UTC().Format(http.TimeFormat))
			http.Error(w, "<h1>Service Unavailable</h1>", http.StatusServiceUnavailable)
		default:
			forward.ServeHTTP(w, r)
		}
	})
	mux.HandleFunc("/later/", func(w http.ResponseWriter, _ *http.Request) {
		later.Add(1)
		refuse(w, http.StatusServiceUnavailable, "SERVICE_UNAVAILABLE", "3600")
	})
	mux.HandleFunc("/broken/", func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "<h1>Bad Gateway</h1>", http.StatusBadGateway)
	})
	mux.HandleFunc("/login/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<h1>Please log in</h1>")
	})
	mux.HandleFunc("/newer/", func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusConflict, "CONFLICT", "")
	})
	ts := httptest.NewServer(mux)
	t.Cleanup(func() {
		ts.Close()
		if busy.Load() != 5 || flaky.Load() != 3 || later.Load() != 1 {
			t.Errorf("requests: %d to a busy server (want 5), %d to a flaky one (want 3), %d to a later one (want 1)",
				busy.Load(), flaky.Load(), later.Load())
		}
	})
	return ts.URL
}

func refuse(w http.ResponseWriter, status int, code, retryAfter string) {
	if retryAfter != "" {
		w.Header().Set("Retry-After", retryAfter)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"code": %q, "message": "not now", "requestId": "550e8400-e29b-41d4-a716-446655440000",
		"timestamp": "2026-01-27T12:00:00Z", "retryable": true}`, code)
}
