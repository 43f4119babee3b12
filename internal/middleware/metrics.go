package middleware

import (
	"cmp"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"
	chimiddleware "github.com/go-chi/chi/v5/middleware"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Metrics counts requests and connections.
type Metrics struct {
	requests    *prometheus.CounterVec
	duration    *prometheus.HistogramVec
	inFlight    prometheus.Gauge
	connections prometheus.Gauge
}

// NewMetrics registers the metrics with registry.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	auto := promauto.With(registry)
	return &Metrics{
		requests: auto.NewCounterVec(prometheus.CounterOpts{
			Name: "cns_http_requests_total", Help: "Total number of HTTP requests.",
		}, []string{"method", "path", "status"}),
		duration: auto.NewHistogramVec(prometheus.HistogramOpts{
			Name: "cns_http_request_duration_seconds", Help: "HTTP request latency in seconds.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"method", "path"}),
		inFlight: auto.NewGauge(prometheus.GaugeOpts{
			Name: "cns_http_requests_in_flight", Help: "Current number of HTTP requests being processed.",
		}),
		connections: auto.NewGauge(prometheus.GaugeOpts{
			Name: "cns_active_connections", Help: "Current number of open HTTP connections.",
		}),
	}
}

// Observe measures requests. Its labels come from fixed sets, so that no client can grow them: path
// is the route's pattern.
func (m *Metrics) Observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		m.inFlight.Inc()
		ww := chimiddleware.NewWrapResponseWriter(w, r.ProtoMajor)
		defer func() {
			m.inFlight.Dec()
			method, path := methodLabel(r.Method), routePattern(r)
			m.requests.WithLabelValues(method, path, strconv.Itoa(status(ww))).Inc()
			m.duration.WithLabelValues(method, path).Observe(time.Since(start).Seconds())
		}()
		next.ServeHTTP(ww, r)
	})
}

// ConnState keeps the number of open connections; it is meant for [http.Server.ConnState].
func (m *Metrics) ConnState(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		m.connections.Inc()
	case http.StateClosed, http.StateHijacked:
		m.connections.Dec()
	}
}

// status is what the client gets: a handler that writes nothing answers 200.
func status(w chimiddleware.WrapResponseWriter) int {
	return cmp.Or(w.Status(), http.StatusOK)
}

func methodLabel(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut,
		http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

// routePattern names the route that answered, once it has.
func routePattern(r *http.Request) string {
	return cmp.Or(chi.RouteContext(r.Context()).RoutePattern(), "unmatched")
}
