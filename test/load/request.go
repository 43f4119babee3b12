package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/valyala/fasthttp"
)

const (
	jsonType   = "application/json"
	recipePath = "/v1/recipe"
	bundlePath = "/v1/bundle"
	gpuQuery   = "service=eks&accelerator=gb200&intent=training&os=ubuntu"
	criteria   = `{"kind":"recipeCriteria","apiVersion":"cns.nvidia.com/v1alpha1",` +
		`"spec":{"service":"eks","accelerator":"gb200","intent":"training","os":"ubuntu"}}`
)

// request is one that is sent again and again.
type request struct {
	name   string
	path   string
	query  string
	header map[string]string
	method string // GET if empty, or POST if it has a body
	body   string
	status int // of the right answer

	// vary makes each one different, by a number that is never given twice. Its answers then
	// differ, too.
	vary func(r *fasthttp.Request, n uint64)
}

// with returns a copy with another header.
func (r request) with(name, header, value string) request {
	r.name, r.header = name, map[string]string{header: value}
	return r
}

var (
	getRecipe = request{name: "recipe GET", path: recipePath, query: gpuQuery, status: 200}
	gzipped   = getRecipe.with("recipe GET, gzip", "Accept-Encoding", "gzip")
	// The tag stands for every current one, so that it needn't be asked for.
	unchanged = request{
		name: "recipe GET, 304", path: recipePath, query: gpuQuery,
		header: map[string]string{"If-None-Match": "*"}, status: 304,
	}
	postRecipe = request{name: "recipe POST", path: recipePath, body: criteria, status: 200}
	sameBundle = request{name: "bundle, repeated", path: bundlePath, body: criteria, status: 200}
	// The paths are ones that the chart takes, so that the whole way is gone. The second one names
	// another image each time, of which lists and SBOM tell.
	uniqueSet   = uniqueBundle("bundle, unique `set`", criteria, "operator.annotations.a=b")
	uniqueImage = uniqueBundle("bundle, unique image", criteria, "driver.version=580.0.")
	uniqueNodes = request{
		name: "recipe, unique `nodes`", path: recipePath, query: gpuQuery, status: 200,
		vary: varyQuery(gpuQuery+"&nodes=", 100000),
	}
	// The body's length isn't announced, as by Node.js for a stream, Java's clients, some proxies.
	chunkedRecipe = request{
		name: "recipe POST, in chunks", path: recipePath, body: criteria, status: 200,
		vary: func(r *fasthttp.Request, n uint64) {
			const form = `{"kind":"recipeCriteria","apiVersion":"cns.nvidia.com/v1alpha1","spec":{"nodes":%d}}`
			r.SetBodyStream(strings.NewReader(fmt.Sprintf(form, n%100000)), -1)
		},
	}
	invalid     = request{name: "error 400", path: recipePath, query: "service=aws", status: 400}
	unknownPath = request{name: "error 404", path: "/v1/recipes", status: 404}
	probe       = request{name: "probe", path: "/health", status: 200}
	rateLimited = request{name: "error 429", path: recipePath, query: gpuQuery, status: 429}
)

// mixedTraffic is what a server in use may see: most of it recipes, much of that known to the
// client, few bundles, few mistakes.
var mixedTraffic = []request{
	getRecipe, gzipped, unchanged, getRecipe, postRecipe, getRecipe, gzipped, sameBundle, getRecipe, invalid,
	unchanged, gzipped, getRecipe, uniqueSet, unchanged, getRecipe, unknownPath, gzipped, unchanged, uniqueNodes,
}

// postedImage posts a recipe, as a client does that keeps it in Git. Its images are others than
// those of [uniqueImage], so that it finds nothing in caches.
func postedImage(recipe string) request {
	return uniqueBundle("posted recipe, unique image", recipe, "driver.version=580.1.")
}

// uniqueBundle sets a value of the GPU operator that ends in another number each time.
func uniqueBundle(name, body, assignment string) request {
	return request{
		name: name, path: bundlePath, body: body, status: 200,
		vary: varyQuery("set=gpu-operator:"+assignment, 1<<62),
	}
}

// varyQuery ends the query with a number from 1 to most.
func varyQuery(start string, most uint64) func(*fasthttp.Request, uint64) {
	return func(r *fasthttp.Request, n uint64) { r.URI().SetQueryString(start + strconv.FormatUint(1+n%most, 10)) }
}

// prepare returns the request in the client's form.
func (r request) prepare(addr string) *fasthttp.Request {
	req := fasthttp.AcquireRequest()
	u := url.URL{Scheme: "http", Host: addr, Path: r.path, RawQuery: r.query}
	req.SetRequestURI(u.String())
	req.Header.SetMethod(cmp.Or(r.method, http.MethodGet))
	for name, value := range r.header {
		req.Header.Set(name, value)
	}
	if r.body != "" {
		req.Header.SetMethod(cmp.Or(r.method, http.MethodPost))
		if r.header["Content-Type"] == "" {
			req.Header.SetContentType(jsonType)
		}
		req.SetBodyString(r.body)
	}
	return req
}

// errRefused is the right answer of a server that has too much to do.
var errRefused = errors.New("refused")

// expectation is what right answers to a request look like.
type expectation struct {
	request        request
	prefix, suffix []byte
	exact          bool           // there is nothing between prefix and suffix
	serial         *atomic.Uint64 // of the last request, if each one is different
	hostile        bool           // the client may also be told that it is too slow or too much
}

// expect derives the expectation from a first answer.
func expect(r request, a answer) (expectation, error) {
	e := expectation{request: r, prefix: a.Body, exact: true, serial: new(atomic.Uint64)}
	if a.Status != r.status {
		return e, fmt.Errorf("%s: status %d, want %d: %.300s", r.name, a.Status, r.status, a.Body)
	}
	// An error has an ID and a time of its own, between these.
	if before, rest, ok := bytes.Cut(a.Body, []byte(`"requestId":"`)); ok && r.status >= 400 {
		e.prefix, e.suffix, e.exact = before, rest[bytes.LastIndex(rest, []byte(`"retryable":`)):], false
	}
	if r.vary != nil {
		return expectAny(r), nil
	}
	return e, nil
}

// expectAny expects some recipe, some bundle or anything else that is there.
func expectAny(r request) expectation {
	e := expectation{request: r, serial: new(atomic.Uint64)}
	switch {
	case r.path == recipePath && r.status == 200:
		e.prefix = []byte(`{"apiVersion":`)
	case r.path == bundlePath && r.status == 200:
		e.prefix = []byte("PK\x03\x04")
	}
	return e
}

// judge says what is wrong with an answer. Bundles may be refused when there are too many at once.
func (e expectation) judge(resp *fasthttp.Response) error {
	status, body := resp.StatusCode(), resp.Body()
	switch {
	case status == http.StatusServiceUnavailable && e.request.path == bundlePath &&
		len(resp.Header.Peek("Retry-After")) > 0:
		return errRefused
	case e.hostile && (status == http.StatusRequestTimeout || status == http.StatusServiceUnavailable ||
		status == http.StatusGatewayTimeout):
		return errRefused
	case status != e.request.status:
		return fmt.Errorf("status %d, want %d: %.300s", status, e.request.status, body)
	case e.exact && !bytes.Equal(body, e.prefix), !bytes.HasPrefix(body, e.prefix), !bytes.HasSuffix(body, e.suffix):
		return fmt.Errorf("another answer than before, %d bytes against %d: %.300q", len(body), len(e.prefix), body)
	}
	return nil
}

// checkDigest compares a bundle with the digest in its header.
func checkDigest(resp *fasthttp.Response) error {
	want, ok := strings.CutPrefix(string(resp.Header.Peek("Repr-Digest")), "sha-256=:")
	sum := sha256.Sum256(resp.Body())
	if got := base64.StdEncoding.EncodeToString(sum[:]) + ":"; ok && got != want {
		return fmt.Errorf("Repr-Digest %s of a body with %s", want, got)
	}
	return nil
}

// ask sends one request and returns the answer.
func ask(addr string, r request) (answer, error) {
	req, resp := r.prepare(addr), fasthttp.AcquireResponse()
	if r.vary != nil {
		r.vary(req, 0)
	}
	if err := fasthttp.DoTimeout(req, resp, answerTimeout); err != nil {
		return answer{}, fmt.Errorf("%s: %w", r.name, err)
	}
	a := answer{Status: resp.StatusCode(), Header: http.Header{}, Body: resp.Body()}
	for name, value := range resp.Header.All() {
		if name := string(name); name != "Date" && name != "Connection" {
			a.Header.Add(name, string(value))
		}
	}
	return a, checkDigest(resp)
}
