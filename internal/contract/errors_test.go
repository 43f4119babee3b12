package contract

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
)

func TestWriteError(t *testing.T) {
	const id = "550e8400-e29b-41d4-a716-446655440000"
	tests := []struct {
		name    string
		id      string
		problem *apierror.Error
		want    map[string]any // without the timestamp
	}{
		{"with details", id, apierror.Invalidf(apierror.Details{Parameter: "x"}, "invalid %s <&>", "x"),
			map[string]any{"code": "INVALID_REQUEST", "message": "invalid x <&>",
				"details": map[string]any{"parameter": "x"}, "requestId": id, "retryable": false}},
		{"without details", id, apierror.New(apierror.RateLimited, apierror.Details{}, "slow down"),
			map[string]any{"code": "RATE_LIMIT_EXCEEDED", "message": "slow down", "requestId": id, "retryable": true}},
		{"without a request ID", "", apierror.New(apierror.NotFound, apierror.Details{}, "gone"),
			map[string]any{"code": "NOT_FOUND", "message": "gone",
				"requestId": "00000000-0000-0000-0000-000000000000", "retryable": false}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			w.Header().Set("X-Request-Id", tt.id)
			w.Header().Set("Cache-Control", "public, max-age=300")
			before := time.Now().Add(-time.Second)
			writeError(w, tt.problem)
			if w.Code != tt.problem.Status() {
				t.Errorf("status %d, want %d", w.Code, tt.problem.Status())
			}
			for name, want := range map[string]string{"Content-Type": "application/json", "Cache-Control": "no-store",
				"X-Content-Type-Options": "nosniff"} {
				if got := w.Header().Get(name); got != want {
					t.Errorf("%s %q, want %q", name, got, want)
				}
			}
			var got map[string]any
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			at, err := time.Parse(time.RFC3339Nano, fmt.Sprint(got["timestamp"]))
			if err != nil || at.Before(before) || at.After(time.Now()) || at.Location() != time.UTC {
				t.Errorf("timestamp %v", got["timestamp"])
			}
			delete(got, "timestamp")
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFail(t *testing.T) {
	secret := errors.New("password is hunter2")
	gone := apierror.New(apierror.NotFound, apierror.Details{}, "no coffee")
	tests := []struct {
		name    string
		err     error
		status  int
		code    gen.ErrorCode
		message string
		logged  string // empty: nothing
	}{
		{"problem", gone, http.StatusNotFound, gen.ErrorCodeNotFound, "no coffee", ""},
		{"wrapped problem", fmt.Errorf("%w: %w", secret, gone), http.StatusNotFound, gen.ErrorCodeNotFound,
			"no coffee", ""},
		{"deadline", fmt.Errorf("resolve: %w", context.DeadlineExceeded), http.StatusGatewayTimeout,
			gen.ErrorCodeTimeout,
			"the answer took longer than this server's deadline for a request", ""},
		{"any other", fmt.Errorf("open: %w", secret), http.StatusInternalServerError, gen.ErrorCodeInternalError,
			"internal error", "open: password is hunter2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var log bytes.Buffer
			w := httptest.NewRecorder()
			Fail(slog.New(slog.NewTextHandler(&log, nil)))(w, httptest.NewRequest("GET", "/", nil), tt.err)
			var got gen.Error
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			if w.Code != tt.status || got.Code != tt.code || got.Message != tt.message {
				t.Errorf("%d %s %q, want %d %s %q", w.Code, got.Code, got.Message, tt.status, tt.code, tt.message)
			}
			if strings.Contains(w.Body.String(), "hunter2") {
				t.Errorf("the answer tells what is for the log: %s", w.Body)
			}
			if tt.logged == "" && log.Len() > 0 {
				t.Errorf("logged: %s", &log)
			}
			if tt.logged != "" && !(strings.Contains(log.String(), tt.logged) &&
				strings.Contains(log.String(), "level=ERROR")) {
				t.Errorf("logged: %s, want %s", &log, tt.logged)
			}
		})
	}
}

// Where the client has gone nothing is the server's fault, be it that it stopped working or that it
// couldn't send the answer.
func TestFailWhenTheClientHasGone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, tt := range []struct {
		ctx  context.Context
		err  error
		want string // part of the log
	}{
		{t.Context(), fmt.Errorf("resolve: %w", context.Canceled), ""},
		{ctx, errors.New("write: connection reset by peer"), "level=INFO"},
	} {
		var log bytes.Buffer
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(tt.ctx, "GET", "/", nil)
		Fail(slog.New(slog.NewTextHandler(&log, nil)))(w, r, tt.err)
		if w.Body.Len() > 0 || w.Code != statusClientClosedRequest || (log.Len() > 0) != (tt.want != "") ||
			!strings.Contains(log.String(), tt.want) {
			t.Errorf("%v: answer %d %q, log %q", tt.err, w.Code, w.Body, &log)
		}
	}
}

func TestWriteErrorRetryAfter(t *testing.T) {
	for seconds, want := range map[int]string{0: "", 1: "1", 30: "30"} {
		w := httptest.NewRecorder()
		p := apierror.New(apierror.Unavailable, apierror.Details{}, "later")
		p.RetryAfter = seconds
		writeError(w, p)
		if got := w.Header().Get("Retry-After"); got != want {
			t.Errorf("Retry-After %q after %d seconds, want %q", got, seconds, want)
		}
	}
}

// Check's errors stay problems, so that their text reaches the user.
func TestDescribeIsAProblem(t *testing.T) {
	var p *apierror.Error
	if err := loadSpec(t, nil).Check("Thing", 1); !errors.As(err, &p) || p.Kind != apierror.Invalid {
		t.Errorf("%T: %v", err, err)
	}
}

// A context that holds the request's log attributes has to reach the log.
func TestFailLogsWithTheContext(t *testing.T) {
	type key struct{}
	handler := &contextHandler{Handler: slog.DiscardHandler}
	r := httptest.NewRequest("GET", "/", nil)
	Fail(slog.New(handler))(httptest.NewRecorder(), r.WithContext(context.WithValue(r.Context(), key{}, "x")),
		errors.New("fault"))
	if handler.ctx == nil || handler.ctx.Value(key{}) != "x" {
		t.Error("the log doesn't get the request's context")
	}
}

type contextHandler struct {
	slog.Handler
	ctx context.Context
}

func (h *contextHandler) Enabled(context.Context, slog.Level) bool { return true }

func (h *contextHandler) Handle(ctx context.Context, _ slog.Record) error {
	h.ctx = ctx
	return nil
}
