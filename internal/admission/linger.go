package admission

import (
	"io"
	"net/http"
	"time"
)

// Linger has the answer to a request leave at once where its body hasn't been received, as with
// most refusals. The connection closes after it, but not before the client has had some time to
// see the answer while it still sends, and up to a number of bytes: to one that goes on sending to
// a closed connection the answer may be lost (RFC 9112, section 9.6). Nothing that is received then
// is kept. It has to run outside of what waits for the answer to end, such as the log.
func Linger(most int64, patience time.Duration) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.ContentLength == 0 || r.ProtoMajor > 1 { // HTTP/2 ends a stream, which is the request's own
				next.ServeHTTP(w, r)
				return
			}
			body := &watchedBody{ReadCloser: r.Body}
			r.Body = body
			next.ServeHTTP(&closing{w, body}, r)
			if body.ended || r.Header.Get("Expect") != "" { // who waits for leave won't send it
				return
			}
			control := http.NewResponseController(w)
			_ = control.Flush()
			if conn, ok := r.Context().Value(connectionKey{}).(*connection); ok {
				conn.waitAnswered()
				conn.all.release(conn)
			}
			_ = control.SetReadDeadline(time.Now().Add(patience))
			_, _ = io.CopyN(io.Discard, body, most)
		})
	}
}

// watchedBody knows whether it has been read to its end.
type watchedBody struct {
	io.ReadCloser
	ended bool
}

// Read implements [io.Reader].
func (b *watchedBody) Read(data []byte) (int, error) {
	n, err := b.ReadCloser.Read(data)
	b.ended = b.ended || err == io.EOF
	return n, err
}

// closing says so where the body isn't received.
type closing struct {
	http.ResponseWriter
	body *watchedBody
}

// WriteHeader implements [http.ResponseWriter].
func (w *closing) WriteHeader(status int) {
	if !w.body.ended {
		w.Header().Set("Connection", "close")
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap is for [http.ResponseController].
func (w *closing) Unwrap() http.ResponseWriter { return w.ResponseWriter }
