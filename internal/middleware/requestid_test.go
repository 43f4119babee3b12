package middleware

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

func TestRequestID(t *testing.T) {
	const id = "550e8400-e29b-41d4-a716-446655440000"
	tests := []struct {
		name  string
		given string
		want  string // empty: a new one
	}{
		{"UUID", id, id},
		{"upper case", strings.ToUpper(id), id},
		{"of zeros", uuid.Nil.String(), uuid.Nil.String()},
		{"none", "", ""},
		{"in braces", "{" + id + "}", ""},
		{"URN", "urn:uuid:" + id, ""},
		{"without dashes", strings.ReplaceAll(id, "-", ""), ""},
		{"too long", id + "0", ""},
		{"far too long", strings.Repeat("a", 10_000), ""},
		{"other characters", strings.Replace(id, "5", "g", 1), ""},
		{"dashes elsewhere", strings.Repeat("550e8400-", 4), ""},
		{"line break", id[:35] + "\n", ""},
		{"spaces", " " + id, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var log bytes.Buffer
			logger := logTo(&log)
			h := RequestID(http.HandlerFunc(func(_ http.ResponseWriter,
				r *http.Request) {
				logger.InfoContext(r.Context(), "seen")
			}))
			got := do(h, "GET", "/", requestIDHeader, tt.given).Header().Get(requestIDHeader)
			if parsed, err := uuid.Parse(got); err != nil || parsed.String() != got {
				t.Errorf("%q is no UUID", got)
			}
			if tt.want != "" && got != tt.want {
				t.Errorf("ID %q, want %q", got, tt.want)
			}
			if tt.want == "" && strings.EqualFold(got, id) {
				t.Errorf("ID %q was taken from %q", got, tt.given)
			}
			if seen := lines(t, &log, "seen"); len(seen) != 1 || seen[0]["request_id"] != got {
				t.Errorf("log %s, want request_id %s", &log, got)
			}
		})
	}
}

func TestRequestIDsAreNew(t *testing.T) {
	h := RequestID(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	a, b := do(h, "GET", "/"), do(h, "GET", "/")
	if a.Header().Get(requestIDHeader) == b.Header().Get(requestIDHeader) {
		t.Error("two requests have one ID")
	}
}

func TestLogHandler(t *testing.T) {
	const id = "550e8400-e29b-41d4-a716-446655440000"
	tests := []struct {
		name   string
		derive func(*slog.Logger) *slog.Logger
		want   map[string]any
	}{
		{"plain", func(l *slog.Logger) *slog.Logger { return l }, map[string]any{"k": "v", "request_id": id}},
		{"With", func(l *slog.Logger) *slog.Logger { return l.With("a", "b") },
			map[string]any{"a": "b", "k": "v", "request_id": id}},
		{"WithGroup", func(l *slog.Logger) *slog.Logger { return l.WithGroup("g") },
			map[string]any{"g": map[string]any{"k": "v", "request_id": id}}},
		{"both", func(l *slog.Logger) *slog.Logger { return l.With("a", "b").WithGroup("g") },
			map[string]any{"a": "b", "g": map[string]any{"k": "v", "request_id": id}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var log bytes.Buffer
			logger := tt.derive(logTo(&log))
			h := RequestID(http.HandlerFunc(func(_ http.ResponseWriter,
				r *http.Request) {
				logger.InfoContext(r.Context(), "seen", "k", "v")
			}))
			do(h, "GET", "/", requestIDHeader, id)
			seen := lines(t, &log, "seen")
			if len(seen) != 1 {
				t.Fatalf("log: %s", &log)
			}
			for _, key := range []string{"time", "level", "msg"} {
				delete(seen[0], key)
			}
			if diff := cmp.Diff(tt.want, seen[0]); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLogHandlerOutsideRequests(t *testing.T) {
	var log bytes.Buffer
	logTo(&log).Info("start")
	if seen := lines(t, &log, "start"); len(seen) != 1 || strings.Contains(log.String(), "request_id") {
		t.Errorf("log: %s", &log)
	}
}

func TestLogHandlerKeepsTheLevel(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(LogHandler{slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn})})
	logger.With("a", "b").WithGroup("g").Info("quiet")
	if log.Len() > 0 {
		t.Errorf("log: %s", &log)
	}
}
