// Package requestbody holds bodies of requests that have been received, so that what comes later
// in the chain reads them where they are.
package requestbody

import (
	"bytes"
	"net/http"
)

// body is in memory.
type body struct {
	*bytes.Reader
	data []byte
}

// Close implements [io.Closer].
func (body) Close() error { return nil }

// Set gives a request a body that has been received. The caller must not change data afterwards.
func Set(r *http.Request, data []byte) {
	r.Body, r.ContentLength = body{bytes.NewReader(data), data}, int64(len(data))
}

// Of returns the body of a request, which the caller must not change. It is empty if the request
// has none; ok is false if it has one that hasn't been received.
func Of(r *http.Request) (data []byte, ok bool) {
	if b, ok := r.Body.(body); ok {
		return b.data, true
	}
	return nil, r.ContentLength == 0
}
