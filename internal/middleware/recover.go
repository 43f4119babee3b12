package middleware

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"

	chimiddleware "github.com/go-chi/chi/v5/middleware"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
)

// Recover turns a panic into the answer that fail gives for an error, and counts it. When the
// answer has begun already, it cuts the connection, so that the client doesn't take what it got for
// the whole. It has to run inside Observe.
func Recover(
	log *slog.Logger, registry prometheus.Registerer, fail apierror.Responder,
) func(http.Handler) http.Handler {
	panics := promauto.With(registry).NewCounter(prometheus.CounterOpts{
		Name: "cns_panic_recoveries_total", Help: "Total number of panics recovered in HTTP handlers.",
	})
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer func() {
				value := recover()
				if value == nil {
					return
				}
				if err, ok := value.(error); ok && errors.Is(err, http.ErrAbortHandler) {
					panic(http.ErrAbortHandler)
				}
				panics.Inc()
				log.ErrorContext(r.Context(), "panic",
					"value", fmt.Sprint(value), "stack", string(debug.Stack()))
				if ww, ok := w.(chimiddleware.WrapResponseWriter); ok && ww.Status() != 0 {
					panic(http.ErrAbortHandler)
				}
				fail(w, r, fmt.Errorf("panic: %v", value))
			}()
			next.ServeHTTP(w, r)
		})
	}
}
