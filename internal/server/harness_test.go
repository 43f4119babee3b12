package server

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"github.com/NVIDIA/cloud-native-stack/api"
	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/config"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
	"github.com/NVIDIA/cloud-native-stack/internal/middleware"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
	"github.com/NVIDIA/cloud-native-stack/recipes"
)

const (
	jsonType = "application/json"
	yamlType = "application/yaml"
)

var testBuild = recipe.Build{Version: "v1.2.3", Created: "2026-01-27T12:00:00Z"}

// testServer is a server on a port of its own, and a client that checks every answer against the
// contract.
type testServer struct {
	*http.Client
	url    string
	server *Server
	stop   func() // stops the server; safe to call twice
	done   chan error
}

// start runs a server with these environment variables, over defaults that suit tests.
func start(t testing.TB, environ ...string) *testServer {
	t.Helper()
	s, err := New(options(t, io.Discard, environ...))
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, s)
}

func options(t testing.TB, log io.Writer, environ ...string) Options {
	t.Helper()
	defaults := []string{"PORT=0", "CNS_RATE_LIMIT=0", "CNS_DRAIN_DELAY=0s"}
	document := parse(t, api.Spec)
	cfg, err := config.Parse(append(defaults, environ...), document.Variables())
	if err != nil {
		t.Fatal(err)
	}
	level := new(slog.LevelVar)
	return Options{
		LogLevel: level, Config: cfg, Document: document, Recipes: recipes.FS, Build: testBuild, Commit: "abc",
		Log: slog.New(middleware.LogHandler{Handler: slog.NewJSONHandler(log, &slog.HandlerOptions{Level: level})}),
	}
}

func parse(t testing.TB, spec []byte) *contract.Document {
	t.Helper()
	document, err := contract.Parse(spec)
	if err != nil {
		t.Fatal(err)
	}
	return document
}

func serve(t testing.TB, s *Server) *testServer {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ts := &testServer{server: s, stop: cancel, done: make(chan error, 1),
		url: "http://" + strings.Replace(s.Addr(), "[::]", "127.0.0.1", 1)}
	go func() { ts.done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		ts.CloseIdleConnections()
		if err := <-ts.done; err != nil {
			t.Errorf("server: %v", err)
		}
	})
	ts.Client = &http.Client{
		Transport:     newChecker(t),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return ts
}

// address is that of the first endpoint.
func (ts *testServer) address() string { return strings.TrimPrefix(ts.url, "http://") }

// checker is a transport that reports each answer which the contract doesn't allow.
type checker struct {
	t      testing.TB
	doc    *openapi3.T
	router routers.Router
	*http.Transport
}

func newChecker(t testing.TB) *checker {
	t.Helper()
	c, err := contract.Load(api.Spec, nil)
	if err != nil {
		t.Fatal(err)
	}
	router, err := legacy.NewRouter(c.Doc)
	if err != nil {
		t.Fatal(err)
	}
	return &checker{t: t, doc: c.Doc, router: router, Transport: &http.Transport{MaxIdleConnsPerHost: 100}}
}

func (c *checker) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := c.Transport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if err := c.check(req, resp, body); err != nil {
		c.t.Errorf("%s %s: the answer breaks the contract: %v\n%d %v\n%.500q", req.Method, req.URL, err,
			resp.StatusCode, resp.Header, body)
	}
	return resp, nil
}

func (c *checker) check(req *http.Request, resp *http.Response, body []byte) error {
	isHead := req.Method == http.MethodHead
	if resp.StatusCode >= 400 && !isHead {
		c.checkError(resp, body)
	}
	routed := req.Clone(req.Context())
	if isHead {
		routed.Method = http.MethodGet
	}
	route, params, err := c.router.FindRoute(&http.Request{Method: routed.Method, URL: &url.URL{Path: req.URL.Path}})
	if err != nil && isHead {
		return nil
	}
	if err != nil { // 404 and 405 have no operation
		return c.doc.Components.Responses["Error"].Value.Content.Get(jsonType).Schema.Value.VisitJSON(decode(c.t, body))
	}
	return openapi3filter.ValidateResponse(req.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: routed, PathParams: params,
			Route: route},
		Status: resp.StatusCode, Header: resp.Header, Body: io.NopCloser(bytes.NewReader(body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, ExcludeResponseBody: isHead || !hasSchema(resp)},
	})
}

// checkError checks what the schema of an error can't say.
func (c *checker) checkError(resp *http.Response, body []byte) {
	var e gen.Error
	if err := json.Unmarshal(body, &e); err != nil {
		c.t.Errorf("not an error document: %v: %s", err, body)
		return
	}
	if id := resp.Header.Get("X-Request-Id"); e.RequestID.String() != id {
		c.t.Errorf("requestId %s, want that of the header, %s", e.RequestID, id)
	}
	if age := time.Since(e.Timestamp); age < -time.Minute || age > time.Minute {
		c.t.Errorf("timestamp %s is not now", e.Timestamp)
	}
	if resp.Header.Get("Content-Type") != jsonType {
		c.t.Errorf("an error has Content-Type %q", resp.Header.Get("Content-Type"))
	}
}

// hasSchema reports whether kin-openapi can decode the body.
func hasSchema(resp *http.Response) bool {
	mediaType, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
	return slices.Contains([]string{jsonType, yamlType, "application/x-yaml", "text/plain"}, mediaType) &&
		!strings.HasSuffix(resp.Request.URL.Path, "/openapi.yaml") && resp.Header.Get("Content-Encoding") == ""
}

func decode(t testing.TB, body []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatalf("%v: %.200q", err, body)
	}
	return v
}

// logBuffer is a log that a test reads while the server may still write to it.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// call is a request of a test.
type call struct {
	method, path, contentType, accept string
	body                              string
	header                            http.Header
}

// do sends a request and returns the answer with its body.
func (ts *testServer) do(t testing.TB, c call) (*http.Response, []byte) {
	t.Helper()
	if c.method == "" {
		c.method = http.MethodGet
	}
	var body io.Reader
	if c.body != "" || c.method == http.MethodPost {
		body = strings.NewReader(c.body)
	}
	req, err := http.NewRequest(c.method, ts.url+c.path, body)
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range c.header {
		req.Header[name] = values
	}
	if c.contentType != "" {
		req.Header.Set("Content-Type", c.contentType)
	}
	if c.accept != "" {
		req.Header.Set("Accept", c.accept)
	}
	resp, err := ts.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, data
}

// get returns the body of a GET that has to succeed.
func (ts *testServer) get(t testing.TB, path string) []byte {
	t.Helper()
	resp, body := ts.do(t, call{path: path})
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %d %s", path, resp.StatusCode, body)
	}
	return body
}

// entries yields the files of an archive by name, in its order.
func entries(t testing.TB, archive []byte) iter.Seq2[string, []byte] {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	return func(yield func(string, []byte) bool) {
		for _, f := range r.File {
			content, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			data, err := io.ReadAll(content)
			if err != nil {
				t.Fatal(err)
			}
			if !yield(f.Name, data) {
				return
			}
		}
	}
}
