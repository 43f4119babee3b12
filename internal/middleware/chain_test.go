package middleware

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
)

// fail answers errors in a shape that tests recognise.
func fail(w http.ResponseWriter, _ *http.Request, err error) {
	status := http.StatusInternalServerError
	var p *apierror.Error
	if errors.As(err, &p) {
		status = p.Status()
		w.Header().Set("Retry-After", fmt.Sprint(p.RetryAfter))
	}
	http.Error(w, "fail: "+err.Error(), status)
}

// logTo returns a logger that writes to the buffer, with request IDs.
func logTo(buf *bytes.Buffer) *slog.Logger {
	return slog.New(LogHandler{slog.NewJSONHandler(buf, &slog.HandlerOptions{Level: slog.LevelDebug})})
}

// lines returns the log lines with a message.
func lines(t *testing.T, buf *bytes.Buffer, message string) []map[string]any {
	t.Helper()
	var list []map[string]any
	for text := range strings.Lines(buf.String()) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		if line["msg"] == message {
			list = append(list, line)
		}
	}
	return list
}

// router builds routes like the server's: inline groups behind middlewares that see every request.
func router(handler http.HandlerFunc, middlewares ...func(http.Handler) http.Handler) chi.Router {
	r := chi.NewRouter()
	r.Use(middlewares...)
	r.NotFound(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "", http.StatusNotFound) })
	r.MethodNotAllowed(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "", http.StatusMethodNotAllowed) })
	r.Group(func(r chi.Router) {
		r.Use(func(next http.Handler) http.Handler { return next })
		r.Get("/", handler)
		r.Get("/v1/recipe", handler)
		r.Post("/v1/recipe", handler)
		r.Get("/docs/{asset}", handler)
		r.Get("/files/*", handler)
		r.Get("/health", handler)
	})
	return r
}

func do(h http.Handler, method, target string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header[header[i]] = []string{header[i+1]}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// series returns the values of a metric: of counters and gauges their value, of histograms their
// count.
func series(t *testing.T, registry *prometheus.Registry, name string) map[string]float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
		for _, metric := range family.GetMetric() {
			var labels []string
			for _, label := range metric.GetLabel() {
				labels = append(labels, label.GetValue())
			}
			value := metric.GetCounter().GetValue() + metric.GetGauge().GetValue() +
				float64(metric.GetHistogram().GetSampleCount())
			values[strings.Join(labels, " ")] = value
		}
	}
	return values
}
