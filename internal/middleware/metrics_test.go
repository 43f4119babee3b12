package middleware

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
)

func TestObserveLabels(t *testing.T) {
	ok := func(http.ResponseWriter, *http.Request) {}
	gone := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) }
	tests := []struct {
		name           string
		handler        http.HandlerFunc
		method, target string
		want           string // method, path, status
	}{
		{"root", ok, "GET", "/", "GET / 200"},
		{"route", ok, "POST", "/v1/recipe?os=cos", "POST /v1/recipe 200"},
		{"status", gone, "GET", "/v1/recipe", "GET /v1/recipe 410"},
		{"parameter", ok, "GET", "/docs/a.js", "GET /docs/{asset} 200"},
		{"wildcard", ok, "GET", "/files/a/b", "GET /files/* 200"},
		{"unknown path", ok, "GET", "/nothing", "GET unmatched 404"},
		{"unknown path below a route", ok, "GET", "/v1/recipe/x", "GET unmatched 404"},
		{"unknown path below a parameter", ok, "GET", "/docs/a/b", "GET unmatched 404"},
		{"wrong method", ok, "DELETE", "/v1/recipe", "DELETE unmatched 405"},
		{"wrong method of a parameter", ok, "PUT", "/docs/a.js", "PUT unmatched 405"},
		{"wrong method of a wildcard", ok, "PATCH", "/files/a", "PATCH unmatched 405"},
		{"unusual method", ok, "TRACE", "/", "other unmatched 405"},
		{"unknown method", ok, "BREW", "/v1/recipe", "other unmatched 405"},
		{"method in lower case", ok, "get", "/", "other unmatched 405"},
		{"HEAD", ok, "HEAD", "/", "HEAD unmatched 405"},
		{"OPTIONS", ok, "OPTIONS", "/nothing", "OPTIONS unmatched 404"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			registry := prometheus.NewRegistry()
			h := router(tt.handler, NewMetrics(registry).Observe)
			do(h, tt.method, tt.target)
			if diff := cmp.Diff(map[string]float64{tt.want: 1},
				series(t, registry, "cns_http_requests_total")); diff != "" {
				t.Error(diff)
			}
			withoutStatus := tt.want[:len(tt.want)-len(" 200")]
			if diff := cmp.Diff(map[string]float64{withoutStatus: 1},
				series(t, registry, "cns_http_request_duration_seconds")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestObserveInFlight(t *testing.T) {
	registry := prometheus.NewRegistry()
	var during map[string]float64
	h := router(func(http.ResponseWriter, *http.Request) {
		during = series(t, registry, "cns_http_requests_in_flight")
	}, NewMetrics(registry).Observe)
	do(h, "GET", "/")
	if diff := cmp.Diff(map[string]float64{"": 1}, during); diff != "" {
		t.Errorf("during the request: %s", diff)
	}
	if diff := cmp.Diff(map[string]float64{"": 0}, series(t, registry, "cns_http_requests_in_flight")); diff != "" {
		t.Errorf("after the request: %s", diff)
	}
}

func TestObservePanic(t *testing.T) {
	registry := prometheus.NewRegistry()
	h := router(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusAccepted)
		panic("fault")
	}, NewMetrics(registry).Observe)
	func() {
		defer func() {
			if recover() != "fault" {
				t.Error("Observe holds the panic back")
			}
		}()
		do(h, "GET", "/")
	}()
	if diff := cmp.Diff(map[string]float64{"": 0}, series(t, registry, "cns_http_requests_in_flight")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]float64{"GET / 202": 1},
		series(t, registry, "cns_http_requests_total")); diff != "" {
		t.Error(diff)
	}
}

func TestConnState(t *testing.T) {
	tests := []struct {
		name   string
		states []http.ConnState
		want   float64
	}{
		{"open", []http.ConnState{http.StateNew, http.StateActive, http.StateIdle}, 1},
		{"closed", []http.ConnState{http.StateNew, http.StateActive, http.StateClosed}, 0},
		{"taken over", []http.ConnState{http.StateNew, http.StateActive, http.StateHijacked}, 0},
		{"several", []http.ConnState{http.StateNew, http.StateNew, http.StateNew, http.StateClosed}, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			registry := prometheus.NewRegistry()
			m := NewMetrics(registry)
			for _, state := range tt.states {
				m.ConnState(nil, state)
			}
			if diff := cmp.Diff(map[string]float64{"": tt.want},
				series(t, registry, "cns_active_connections")); diff != "" {
				t.Error(diff)
			}
		})
	}
}
