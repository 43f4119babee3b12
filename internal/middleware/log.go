package middleware

import (
	"log/slog"
	"net/http"
	"time"

	chimiddleware "github.com/go-chi/chi/v5/middleware"

	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
)

// Log writes a line for each request: at level info, refusals of a busy or stopping server at level
// warn, errors of the server at level error. Of the query it has the parameters that there are, by
// name, without what may be secret: all values of those that map to true. It has to run inside
// Observe.
func Log(log *slog.Logger, parameters map[string]bool) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start := time.Now()
			query := r.URL.RawQuery // before validation completes it
			if log.Enabled(r.Context(), slog.LevelDebug) {
				log.DebugContext(r.Context(), "request started",
					"method", apierror.Clip(r.Method), "path", loggedPath(r.URL.Path))
			}
			next.ServeHTTP(w, r)
			ww := w.(chimiddleware.WrapResponseWriter)
			level := slog.LevelInfo
			switch {
			case ww.Status() == http.StatusServiceUnavailable: // by intent, when draining or under load
				level = slog.LevelWarn
			case ww.Status() >= http.StatusInternalServerError:
				level = slog.LevelError
			}
			if !log.Enabled(r.Context(), level) {
				return
			}
			end := time.Now()
			record := slog.NewRecord(end, level, "request", 0) // a logger looks for its caller each time
			record.AddAttrs(
				slog.String("method", apierror.Clip(r.Method)),
				slog.String("path", loggedPath(r.URL.Path)),
				slog.String("query", loggedQuery(query, parameters)),
				slog.String("route", routePattern(r)),
				slog.Int("status", status(ww)),
				slog.Int("bytes", ww.BytesWritten()),
				slog.Float64("duration_ms", float64(end.Sub(start).Microseconds())/1000),
				slog.String("remote", r.RemoteAddr),
				slog.String("user_agent", apierror.Clip(r.UserAgent())),
			)
			_ = log.Handler().Handle(r.Context(), record)
		})
	}
}
