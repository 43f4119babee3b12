// Package middleware holds what requests pass through beside admission and validation, one idea in
// each file.
package middleware

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/google/uuid"
)

// requestIDHeader carries the ID that the answer and every log line of a request share.
const requestIDHeader = "X-Request-Id"

type requestIDKey struct{}

// RequestID takes the client's request ID if it is a UUID and makes a new one otherwise: nothing
// else gets into logs and answers. It has to run before whatever answers or logs.
func RequestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		given := r.Header.Get(requestIDHeader)
		parsed, err := uuid.Parse(given)
		if err != nil || len(given) != len(uuid.Nil.String()) {
			parsed = uuid.New()
		}
		id := parsed.String()
		w.Header().Set(requestIDHeader, id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestIDKey{}, id)))
	})
}

// LogHandler adds the request ID of the context to each record.
type LogHandler struct{ slog.Handler }

// Handle implements [slog.Handler].
func (h LogHandler) Handle(ctx context.Context, record slog.Record) error {
	if id, ok := ctx.Value(requestIDKey{}).(string); ok {
		record.AddAttrs(slog.String("request_id", id))
	}
	return h.Handler.Handle(ctx, record)
}

// WithAttrs implements [slog.Handler].
func (h LogHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return LogHandler{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements [slog.Handler].
func (h LogHandler) WithGroup(name string) slog.Handler {
	return LogHandler{h.Handler.WithGroup(name)}
}
