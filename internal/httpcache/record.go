package httpcache

import (
	"bytes"
	"crypto/sha256"
	"net/http"
	"slices"
	"strconv"
)

// requestID is of the request, not of the answer.
const requestID = "X-Request-Id"

// record returns the answer of next as it is to be sent, as to a GET if it is a HEAD, so that both
// have the same headers.
func (c *Cache) record(next http.Handler, w http.ResponseWriter, r *http.Request) *answer {
	r = r.WithContext(r.Context())
	if r.Method == http.MethodHead {
		r.Method = http.MethodGet
	}
	coding := r.Header.Get("Accept-Encoding")
	rec := &recorder{answer: answer{status: http.StatusOK, header: http.Header{requestID: w.Header()[requestID]}}}
	next.ServeHTTP(rec, r)
	a := &rec.answer
	a.body = rec.written.Bytes()
	delete(a.header, requestID)
	if a.isGood() {
		c.seal(a, coding)
	}
	a.header.Set("Content-Length", strconv.Itoa(len(a.body)))
	for name, values := range a.header {
		a.header[name] = slices.Clip(values)
	}
	return a
}

// seal encodes an answer, unless it is encoded already, and gives it the entity tag of what is
// sent, unless it has one.
func (c *Cache) seal(a *answer, coding string) {
	if coding != "" && a.header.Get("Content-Encoding") == "" {
		a.body = c.encoder.encode(coding, a.body)
		a.header.Set("Content-Encoding", coding)
		a.header.Del("ETag") // of another representation
	}
	if a.header.Get("ETag") == "" {
		a.header.Set("ETag", ETag(sha256.Sum256(a.body)))
	}
}

// recorder is a response writer that sends nothing.
type recorder struct {
	answer
	written     bytes.Buffer
	wroteHeader bool
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) {
	if r.wroteHeader {
		return
	}
	r.status, r.wroteHeader = status, true
	if size, err := strconv.Atoi(r.header.Get("Content-Length")); err == nil {
		r.written.Grow(size)
	}
}

func (r *recorder) Write(data []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.written.Write(data)
}
