package server

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
)

const bundleJS = "/docs/swagger-ui-bundle.js"

// gets returns a path of every operation with a GET, and some that end in errors.
func gets(t *testing.T) []string {
	t.Helper()
	paths := []string{"/docs/docs.css", bundleJS, "/docs/swagger-ui.css", "/docs/none.js", "/nothing",
		"/v1/recipe?service=aws", "/v1/recipe?service=eks", "/v1/bundle", "/openapi.yaml?x=1"}
	for path, item := range spec(t).Paths.Map() {
		if item.Get != nil {
			paths = append(paths, strings.ReplaceAll(path, "{asset}", "docs.js"))
		}
	}
	slices.Sort(paths)
	return paths
}

// plain returns a client of a test server that adds no header of its own.
func plain(ts *testServer) *testServer {
	transport := ts.Client.Transport.(*checker)
	transport.DisableCompression = true
	return ts
}

// decoded returns a body without its coding.
func decoded(t *testing.T, resp *http.Response, body []byte) []byte {
	t.Helper()
	var r io.Reader = bytes.NewReader(body)
	var err error
	switch resp.Header.Get("Content-Encoding") {
	case "gzip":
		r, err = gzip.NewReader(r)
	case "zstd":
		r, err = zstd.NewReader(r)
	}
	if err != nil {
		t.Fatal(err)
	}
	if body, err = io.ReadAll(r); err != nil {
		t.Fatal(err)
	}
	return body
}

// TestHeadIsGet compares the headers of every route's HEAD with those of its GET, in every coding,
// and each coding's body with the one without.
func TestHeadIsGet(t *testing.T) {
	ts := plain(start(t))
	for _, path := range gets(t) {
		_, identity := ts.do(t, call{path: path})
		for _, coding := range []string{"", "gzip", "zstd", "gzip, deflate, br, zstd", "identity;q=0", "*;q=0"} {
			for _, tag := range []string{"", "*"} {
				header := http.Header{"Accept-Encoding": {coding}}
				if tag != "" {
					header.Set("If-None-Match", tag)
				}
				var answers []http.Header
				for _, method := range []string{"HEAD", "GET", "HEAD"} {
					resp, body := ts.do(t, call{method: method, path: path, header: header.Clone()})
					h := resp.Header
					hasBody := method == "GET" && resp.StatusCode == http.StatusOK
					if hasBody && h.Get("ETag") != "" && !bytes.Equal(decoded(t, resp, body), identity) {
						t.Errorf("%s as %q is another text than without", path, coding)
					}
					h.Set("Status", resp.Status)
					if h.Get("ETag") == "" && h.Get("Content-Length") != "" { // texts with a time, or an ID
						h.Set("Content-Length", "some")
					}
					h.Del("Date")
					h.Del("X-Request-Id")
					answers = append(answers, h)
				}
				for _, head := range []http.Header{answers[0], answers[2]} {
					if diff := gocmp.Diff(answers[1], head); diff != "" {
						t.Errorf("%s as %q: GET against HEAD:\n%s", path, coding, diff)
					}
				}
			}
		}
	}
}

// TestConstants asks for every document in every spelling of a coding: each representation is made
// once, and those that are embedded compressed are sent as they are.
func TestConstants(t *testing.T) {
	ts := plain(start(t))
	for range 2 {
		for path, encodings := range map[string][]string{
			"/docs": {"gzip"}, "/docs/docs.js": {"gzip"}, bundleJS: {"gzip", "gzip;q=0.5, br", "", "zstd"},
			"/openapi.json": {"gzip, identity", "x, gzip", "identity;q=1, gzip;q=0.1", "br"}, "/openapi.yaml": {"gzip"},
		} {
			for i, encoding := range encodings {
				resp, body := ts.do(t, call{path: path, header: http.Header{
					"Accept-Encoding": {encoding}, "Accept": {fmt.Sprintf("text/x-%d, */*;q=0.%d", i, i+1)},
				}})
				if resp.StatusCode != http.StatusOK || len(resp.Header["Content-Length"]) != 1 ||
					resp.Header.Get("Cache-Control") == "" || len(body) == 0 {
					t.Errorf("%s as %q: %d %v", path, encoding, resp.StatusCode, resp.Header)
				}
			}
		}
	}
	metrics := string(ts.get(t, "/metrics"))
	for line, want := range map[string]bool{
		`{path="/docs",result="miss"} 1`:         true,
		`{path="/docs/{asset}",result="miss"} 3`: true,
		`{path="/docs/{asset}",result="hit"} 7`:  true,
		`{path="/openapi.json",result="miss"} 2`: true,
		`{path="/openapi.yaml",result="miss"} 1`: true,
		`result="bypass"`:                        false,
	} {
		if strings.Contains(metrics, "\ncns_answer_cache_requests_total"+line+"\n") != want {
			t.Errorf("the metrics have it otherwise than %s: %t", line, want)
		}
	}
}

// TestLongHeaders sends 60 KB of one header to every route: none costs much more than without.
func TestLongHeaders(t *testing.T) {
	const size, most = 60_000, 10 * time.Millisecond
	h := newServer(t).endpoints[0].http.Handler
	cost := func(c call, name, header string) time.Duration {
		least := time.Hour
		for range 10 {
			r := httptest.NewRequest(cmp.Or(c.method, http.MethodGet), c.path, strings.NewReader(c.body))
			r.Header.Set("Content-Type", jsonType)
			r.Header.Set(name, header)
			begin := processorTime()
			h.ServeHTTP(discard{http.Header{}}, r)
			if least = min(least, processorTime()-begin); least < most/10 {
				break
			}
		}
		return least
	}
	var headers []string
	for _, item := range []string{"*,", "*/*,", "a/b;q=0.1,", `a/b;c=d;e="f,";q=0.1,`, "gzip;q=0,", ",", ";", "q=",
		`"`, `\"`, `"a",`, `W/"a",`, "*;q=0,", " ", "x", "a/b;c=d;", `"a\`} {
		text := strings.Repeat(item, size/len(item))
		headers = append(headers, text, "*"+text, "application/json;"+text)
	}
	calls := []call{{path: bundleJS}, {path: "/nothing"},
		{method: "POST", path: "/v1/recipe", body: criteriaJSON("{}")},
		{method: "POST", path: "/v1/bundle", body: criteriaJSON("{}")}}
	for path, item := range spec(t).Paths.Map() {
		if item.Get != nil {
			calls = append(calls, call{path: path})
		}
	}
	for _, c := range calls {
		cost(c, "X-None", "") // what is kept is made now
		without := cost(c, "X-None", "")
		for _, name := range []string{"Accept", "Accept-Encoding", "If-None-Match", "If-Match", "Content-Type",
			"Content-Encoding", "X-Request-Id"} {
			for _, header := range headers {
				if took := cost(c, name, header) - without; took > most {
					t.Errorf("%s with %s: %.20s… takes %v", c.path, name, header, took)
				}
			}
		}
	}
}

// TestVary wants in Vary what was looked at, errors included, beside what others put there.
func TestVary(t *testing.T) {
	h := newServer(t).endpoints[0].http.Handler
	large := strings.Repeat(" ", 100<<10) + criteriaJSON("{}") // isn't kept
	for _, tt := range []struct {
		call call
		want string
	}{
		{call{path: "/v1/recipe"}, "Accept, Accept-Encoding"},
		{call{path: "/v1/recipe"}, "Accept, Accept-Encoding"}, // kept
		{call{path: "/v1/recipe", header: http.Header{"If-None-Match": {"*"}}}, "Accept, Accept-Encoding"},
		{call{path: "/v1/recipe", header: http.Header{"If-Match": {`"x"`}}}, "Accept, Accept-Encoding"},
		{call{path: "/v1/recipe?service=aws"}, "Accept, Accept-Encoding"},
		{call{path: "/v1/recipe", accept: "text/html"}, "Accept, Accept-Encoding"},
		{call{method: "POST", path: "/v1/recipe", contentType: jsonType, body: large}, "Accept, Accept-Encoding"},
		{call{method: "POST", path: "/v1/bundle", contentType: jsonType, body: criteriaJSON("{}")}, "Accept"},
		{call{method: "POST", path: "/v1/bundle", contentType: jsonType, body: large}, "Accept"},
		{call{method: "POST", path: "/v1/bundle", contentType: jsonType, accept: "text/html", body: "{}"}, "Accept"},
		{call{method: "POST", path: "/v1/bundle", contentType: "text/plain", body: "{}"}, "Accept"},
		{call{path: "/"}, "Accept"},
		{call{path: "/", accept: "text/html"}, "Accept"},
		{call{path: "/docs"}, "Accept-Encoding"},
		{call{path: "/openapi.yaml?x=1"}, "Accept-Encoding"},
		{call{path: "/health", accept: "text/html"}, ""},
	} {
		r := httptest.NewRequest(cmp.Or(tt.call.method, http.MethodGet), tt.call.path, strings.NewReader(tt.call.body))
		for name, values := range tt.call.header {
			r.Header[name] = values
		}
		r.Header.Set("Content-Type", tt.call.contentType)
		if tt.call.accept != "" {
			r.Header.Set("Accept", tt.call.accept)
		}
		w := httptest.NewRecorder()
		w.Header().Set("Vary", "Origin")
		h.ServeHTTP(w, r)
		want := []string{"Origin"}
		if tt.want != "" {
			want = append(want, tt.want)
		}
		if diff := gocmp.Diff(want, w.Header()["Vary"]); diff != "" {
			t.Errorf("%s %s %d:\n%s", r.Method, r.URL, w.Code, diff)
		}
	}
}

// TestClientGone resets connections while answers are sent: that is no error of the server's.
func TestClientGone(t *testing.T) {
	log := new(logBuffer)
	s, err := New(options(t, log))
	if err != nil {
		t.Fatal(err)
	}
	ts := serve(t, s)
	paths := []string{bundleJS, "/openapi.json", "/metrics", "/v1/recipe", "/", "/health"}
	for range 5 {
		for _, path := range paths {
			conn, err := net.Dial("tcp", ts.address())
			if err != nil {
				t.Fatal(err)
			}
			_ = conn.(*net.TCPConn).SetReadBuffer(1)
			request := "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n"
			if _, err := io.WriteString(conn, strings.Repeat(request, 20)); err != nil {
				t.Fatal(err)
			}
			_, _ = io.ReadFull(conn, make([]byte, 100))
			_ = conn.(*net.TCPConn).SetLinger(0)
			conn.Close()
		}
	}
	waitFor(t, func() bool {
		return strings.Contains(string(ts.get(t, "/metrics")), "cns_http_requests_in_flight 1\n")
	})
	if text := log.String(); strings.Contains(text, `"ERROR"`) {
		t.Error(text)
	}
}

// A conditional request is answered by what has changed since.
func TestConditionalRequest(t *testing.T) {
	ts := plain(start(t))
	for path, cacheControl := range map[string]string{"/v1/recipe?os=ubuntu": "public, max-age=300",
		"/docs": "public, no-cache", bundleJS: "public, max-age=3600", "/openapi.yaml": "public, no-cache"} {
		tags := map[string]string{}
		for _, coding := range []string{"", "gzip"} {
			resp, _ := ts.do(t, call{path: path, header: http.Header{"Accept-Encoding": {coding}}})
			tags[coding] = resp.Header.Get("ETag")
			if got := resp.Header.Get("Cache-Control"); got != cacheControl {
				t.Errorf("%s: Cache-Control %q", path, got)
			}
		}
		for _, method := range []string{"GET", "HEAD"} {
			for name, tt := range map[string]struct {
				header http.Header
				want   int
			}{
				"known":          {http.Header{"If-None-Match": {`"x", ` + tags[""]}}, 304},
				"in two lines":   {http.Header{"If-None-Match": {`"x"`, tags[""]}}, 304},
				"unknown":        {http.Header{"If-None-Match": {`"x"`}}, 200},
				"another coding": {http.Header{"If-None-Match": {tags["gzip"]}}, 200},
				"current":        {http.Header{"If-Match": {tags[""]}}, 200},
				"changed":        {http.Header{"If-Match": {`"x"`}}, 412},
				"both":           {http.Header{"If-Match": {`"x"`}, "If-None-Match": {"*"}}, 412},
			} {
				resp, body := ts.do(t, call{method: method, path: path, header: tt.header})
				if resp.StatusCode != tt.want || tt.want == http.StatusNotModified &&
					(len(body) > 0 || resp.Header.Get("ETag") != tags[""]) {
					t.Errorf("%s %s, %s: %d %v %s", method, path, name, resp.StatusCode, resp.Header, body)
				}
			}
		}
	}
}

// BenchmarkDocuments measures what constant documents and metrics take, whatever they weigh.
func BenchmarkDocuments(b *testing.B) {
	s, err := New(options(b, io.Discard))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	for _, path := range []string{bundleJS, "/openapi.json", "/metrics", "/health"} {
		for _, method := range []string{"GET", "HEAD"} {
			b.Run(method+path, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					r := httptest.NewRequestWithContext(context.Background(), method, path, nil)
					r.Header.Set("Accept-Encoding", "gzip")
					s.endpoints[0].http.Handler.ServeHTTP(discard{http.Header{}}, r)
				}
			})
		}
	}
}

// discard is a response writer that sends nothing.
type discard struct{ header http.Header }

func (d discard) Header() http.Header          { return d.header }
func (discard) Write(text []byte) (int, error) { return len(text), nil }
func (discard) WriteHeader(int)                {}

// processorTime is what this process has used.
func processorTime() time.Duration {
	var used syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
