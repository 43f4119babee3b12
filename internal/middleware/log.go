package middleware

import (
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	chimiddleware "github.com/go-chi/chi/v5/middleware"

	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
)

// Log writes a line for each request: at level info, errors of the server at level error. Of the
// parameters that are sensitive it leaves out what is behind the first equals sign of a value. It
// has to run inside Observe.
func Log(log *slog.Logger, sensitive []string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start := time.Now()
			query := r.URL.RawQuery // before validation completes it
			if log.Enabled(r.Context(), slog.LevelDebug) {
				log.DebugContext(r.Context(), "request started",
					"method", apierror.Clip(r.Method), "path", apierror.Clip(r.URL.Path))
			}
			next.ServeHTTP(w, r)
			ww := w.(chimiddleware.WrapResponseWriter)
			level := slog.LevelInfo
			if ww.Status() >= http.StatusInternalServerError {
				level = slog.LevelError
			}
			if !log.Enabled(r.Context(), level) {
				return
			}
			end := time.Now()
			record := slog.NewRecord(end, level, "request", 0) // a logger looks for its caller each time
			record.AddAttrs(
				slog.String("method", apierror.Clip(r.Method)),
				slog.String("path", apierror.Clip(r.URL.Path)),
				slog.String("query", mask(apierror.Clip(query), sensitive)),
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

// mask leaves out what a query assigns to values of parameters.
func mask(query string, parameters []string) string {
	mayHave := func(name string) bool { return strings.Contains(query, name) }
	if !mayHave("%") && !slices.ContainsFunc(parameters, mayHave) { // as in almost all queries
		return query
	}
	items := strings.Split(query, "&")
	for i, item := range items {
		name, value, _ := strings.Cut(item, "=")
		if decoded, err := url.QueryUnescape(name); err != nil || !slices.Contains(parameters, decoded) {
			continue
		}
		decoded, err := url.QueryUnescape(value)
		if err != nil { // as where the query was clipped
			decoded = ""
		}
		what, _, _ := strings.Cut(decoded, "=")
		items[i] = name + "=" + what + "=…"
	}
	return strings.Join(items, "&")
}
