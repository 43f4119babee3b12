package middleware

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

func TestDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen context.Context
		h := Deadline(3 * time.Second)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			seen = r.Context()
			time.Sleep(2 * time.Second)
			if err := seen.Err(); err != nil {
				t.Errorf("before the deadline: %v", err)
			}
			time.Sleep(2 * time.Second)
			if err := seen.Err(); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("after the deadline: %v", err)
			}
		}))
		do(h, "GET", "/")
	})
}

// What outlives the request must not run on.
func TestDeadlineEndsWithTheRequest(t *testing.T) {
	var seen context.Context
	h := Deadline(time.Hour)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = r.Context() }))
	do(h, "GET", "/")
	if !errors.Is(seen.Err(), context.Canceled) {
		t.Errorf("after the request: %v", seen.Err())
	}
}
