package server

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func TestMetrics(t *testing.T) {
	ts := start(t)
	ts.get(t, "/v1/recipe?service=eks")
	ts.get(t, "/v1/recipe?service=eks")
	ts.get(t, "/v1/recipe?service=EKS") // another request for the same recipe
	for _, path := range []string{"/nope", "/v1/recipe/../../etc", "/docs/none.js", "/v1/" + strings.Repeat("x", 500)} {
		ts.do(t, call{path: path})
	}
	ts.do(t, call{method: "BREW", path: "/v1/recipe"})
	metrics := string(ts.get(t, "/metrics"))
	for _, line := range []string{
		`build_info{commit="abc",version="v1.2.3"} 1`,
		`cns_http_requests_total{method="GET",path="/v1/recipe",status="200"} 3`,
		`cns_http_requests_total{method="GET",path="/docs/{asset}",status="404"} 1`,
		`cns_http_requests_total{method="GET",path="unmatched",status="404"} 3`,
		`cns_http_requests_total{method="other",path="unmatched",status="405"} 1`,
		`cns_http_request_duration_seconds_count{method="GET",path="/v1/recipe"} 3`,
		`cns_http_requests_in_flight 1`,
		`cns_rate_limit_rejects_total 0`,
		`cns_panic_recoveries_total 0`,
		`cns_recipe_build_duration_seconds_count 1`,
		`cns_recipe_cache_hits_total{cache_type="memory"} 1`,
		`cns_answer_cache_requests_total{path="/v1/recipe",result="hit"} 1`,
		`cns_answer_cache_requests_total{path="/v1/recipe",result="miss"} 2`,
		`cns_active_connections 1`,
	} {
		if !strings.Contains(metrics, "\n"+line+"\n") {
			t.Errorf("/metrics lacks %s", line)
		}
	}
	if t.Failed() {
		t.Log(metrics)
	}
}

// TestRequestLog finds a request in the log by its ID.
func TestRequestLog(t *testing.T) {
	log := new(logBuffer)
	s, err := New(options(t, log))
	if err != nil {
		t.Fatal(err)
	}
	ts := serve(t, s)
	const id = "550e8400-e29b-41d4-a716-446655440000"
	resp, _ := ts.do(t, call{path: "/v1/recipe?os=dos", header: http.Header{"X-Request-Id": {id}}})
	if got := resp.Header.Get("X-Request-Id"); got != id {
		t.Errorf("X-Request-Id %q", got)
	}
	var line map[string]any
	waitFor(t, func() bool {
		for text := range strings.Lines(log.String()) {
			if strings.Contains(text, id) && json.Unmarshal([]byte(text), &line) == nil {
				return true
			}
		}
		return false
	})
	for key, want := range map[string]any{
		"msg": "request", "request_id": id, "method": "GET", "path": "/v1/recipe", "query": "os=dos",
		"route": "/v1/recipe", "status": 400.0, "level": "INFO",
	} {
		if line[key] != want {
			t.Errorf("%s is %v, want %v", key, line[key], want)
		}
	}
	resp, _ = ts.do(t, call{path: "/health", header: http.Header{"X-Request-Id": {"' OR 1=1"}}})
	if got := resp.Header.Get("X-Request-Id"); len(got) != len(id) || strings.Contains(got, "OR") {
		t.Errorf("X-Request-Id %q", got)
	}
}
