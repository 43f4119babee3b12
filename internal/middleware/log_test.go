package middleware

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
)

// parameters are those of a contract.
func parameters() map[string]bool {
	return map[string]bool{"set": true, "force-set": true, "os": false, "deployer": false, "repo": false}
}

func TestLog(t *testing.T) {
	long := strings.Repeat("x", 300)
	short := strings.Repeat("x", 256) + "…"
	tests := []struct {
		name           string
		method, target string
		answer         http.HandlerFunc
		want           map[string]any
	}{
		{"answer", "GET", "/v1/recipe?os=cos", func(w http.ResponseWriter, _ *http.Request) {
			_,
				_ = w.Write([]byte("12345"))
		},
			map[string]any{"level": "INFO", "method": "GET", "path": "/v1/recipe", "query": "os=cos",
				"route": "/v1/recipe", "status": 200.0, "bytes": 5.0}},
		{"nothing written", "POST", "/v1/recipe", func(http.ResponseWriter, *http.Request) {},
			map[string]any{"level": "INFO", "method": "POST", "path": "/v1/recipe", "query": "",
				"route": "/v1/recipe", "status": 200.0, "bytes": 0.0}},
		{"client's error", "GET", "/docs/a.js", func(w http.ResponseWriter,
			_ *http.Request) {
			w.WriteHeader(http.StatusNotFound)
		},
			map[string]any{"level": "INFO", "method": "GET", "path": "/docs/a.js", "query": "",
				"route": "/docs/{asset}", "status": 404.0, "bytes": 0.0}},
		{"least error of the client", "GET", "/", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(499) },
			map[string]any{"level": "INFO", "method": "GET", "path": "/", "query": "", "route": "/", "status": 499.0,
				"bytes": 0.0}},
		{"server's error", "GET", "/", func(w http.ResponseWriter,
			_ *http.Request) {
			w.WriteHeader(http.StatusInternalServerError)
		},
			map[string]any{"level": "ERROR", "method": "GET", "path": "/", "query": "", "route": "/", "status": 500.0,
				"bytes": 0.0}},
		{"refusal", "GET", "/", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusServiceUnavailable)
		},
			map[string]any{"level": "WARN", "method": "GET", "path": "/", "query": "", "route": "/", "status": 503.0,
				"bytes": 0.0}},
		{"unknown path", "GET", "/nothing", nil,
			map[string]any{"level": "INFO", "method": "GET", "path": "/nothing", "query": "", "route": "unmatched",
				"status": 404.0, "bytes": 1.0}},
		{"long path and query", "GET", "/" + long + "?" + long, nil,
			map[string]any{"level": "INFO", "method": "GET", "path": "/" + short[1:], "query": "…",
				"route": "unmatched", "status": 404.0, "bytes": 1.0}},
		{"sensitive values", "POST",
			"/v1/bundle?set=db:a.b=secret&deployer=flux&set=db:a=secret,b=secret&s%65t=db%3Aa%3Dsecret&set=x&os=a=b",
			nil,
			map[string]any{"level": "INFO", "method": "POST", "path": "/v1/bundle", "route": "unmatched",
				"status": 404.0, "bytes": 1.0,
				"query": "set=db:…&deployer=flux&set=db:…&set=db:…&set=…&os=a=…"}},
		{"clipped sensitive value", "POST", "/v1/bundle?set=dbx%3Aa%3D" + strings.Repeat("%41", 100), nil,
			map[string]any{"level": "INFO", "method": "POST", "path": "/v1/bundle", "query": "…",
				"route": "unmatched", "status": 404.0, "bytes": 1.0}},
		{"line break in the path", "GET", "/a%0Ab", nil,
			map[string]any{"level": "INFO", "method": "GET", "path": "/a\nb", "query": "", "route": "unmatched",
				"status": 404.0, "bytes": 1.0}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var log bytes.Buffer
			h := router(tt.answer, NewMetrics(prometheus.NewRegistry()).Observe, RequestID,
				Log(logTo(&log), parameters()))
			id := do(h, tt.method, tt.target, "User-Agent", "tester/1").Header().Get(requestIDHeader)
			seen := lines(t, &log, "request")
			if len(seen) != 1 {
				t.Fatalf("log: %s", &log)
			}
			line := seen[0]
			if duration, ok := line["duration_ms"].(float64); !ok || duration < 0 || duration > 60000 {
				t.Errorf("duration %v", line["duration_ms"])
			}
			for _, key := range []string{"time", "msg", "duration_ms"} {
				delete(line, key)
			}
			tt.want["request_id"], tt.want["remote"], tt.want["user_agent"] = id, "192.0.2.1:1234", "tester/1"
			if diff := cmp.Diff(tt.want, line); diff != "" {
				t.Error(diff)
			}
			if started := lines(t, &log, "request started"); len(started) != 1 || started[0]["level"] != "DEBUG" {
				t.Errorf("no line when the request starts: %s", &log)
			}
		})
	}
}

func TestLogShortens(t *testing.T) {
	var log bytes.Buffer
	h := router(nil, NewMetrics(prometheus.NewRegistry()).Observe, Log(logTo(&log), parameters()))
	long := strings.Repeat("M", 10_000)
	do(h, long, "/"+long+"?"+long, "User-Agent", long)
	for text := range strings.Lines(log.String()) {
		if len(text) > 2000 {
			t.Errorf("a line of %d bytes", len(text))
		}
	}
	if log.Len() == 0 {
		t.Error("no log")
	}
}
