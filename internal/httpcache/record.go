package httpcache

import (
	"bytes"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// requestID is of the request, not of the answer.
const requestID = "X-Request-Id"

// record returns the answer of next, as to a GET if it is a HEAD, so that both have the same
// headers.
func record(next http.Handler, w http.ResponseWriter, r *http.Request) *answer {
	ifNoneMatch := strings.Join(r.Header["If-None-Match"], ", ")
	r = r.WithContext(r.Context())
	if r.Method == http.MethodHead {
		r.Method = http.MethodGet
	}
	if ifNoneMatch != "" {
		r.Header = r.Header.Clone()
		r.Header.Set("If-None-Match", plainTags(ifNoneMatch))
	}
	rec := &recorder{answer: answer{status: http.StatusOK, header: http.Header{requestID: w.Header()[requestID]}}}
	next.ServeHTTP(rec, r)
	delete(rec.header, requestID)
	delete(rec.header, "Content-Length")
	if rec.status == http.StatusNotModified {
		rec.header.Set("ETag", asSent(rec.header.Get("ETag"), ifNoneMatch))
	}
	for name, values := range rec.header {
		rec.header[name] = slices.Clip(values)
	}
	rec.answer.body = rec.written.Bytes()
	return &rec.answer
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
