package httpcache

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// maxBody bounds the bodies of requests whose answers are kept. Larger ones are read where they are
// checked.
const maxBody = 64 << 10

// readBody returns a request's body, which can then be read again, and reports whether it is all.
func readBody(r *http.Request) ([]byte, bool) {
	if r.ContentLength > maxBody {
		return nil, false
	}
	var buf bytes.Buffer
	buf.Grow(int(max(0, r.ContentLength)) + bytes.MinRead) // at once, if the length is known
	_, err := buf.ReadFrom(io.LimitReader(r.Body, maxBody+1))
	body := buf.Bytes()
	rest := io.Reader(r.Body)
	if err != nil {
		rest = failed{err}
	}
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(body), rest), r.Body}
	isWhole := err == nil && len(body) <= maxBody
	if isWhole {
		r.ContentLength = int64(len(body)) // of one that comes in chunks it's known only now
	}
	return body, isWhole
}

// failed is a body that can't be read on.
type failed struct{ error }

func (f failed) Read([]byte) (int, error) { return 0, f.error }

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
