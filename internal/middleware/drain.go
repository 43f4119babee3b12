package middleware

import (
	"io"
	"net/http"
)

// Drain reads what an answer has left of a request's body, up to a number of bytes, and keeps none
// of it. A client that is still writing when its connection is closed may never see the answer. One
// that waits to be asked for the body (RFC 9110, section 10.1.1) won't send it.
func Drain(most int) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body := r.Body
			next.ServeHTTP(w, r)
			if r.ContentLength != 0 && r.Header.Get("Expect") == "" {
				_, _ = io.CopyN(io.Discard, body, int64(most))
			}
		})
	}
}
