package httpcache

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/klauspost/compress/zstd"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/NVIDIA/cloud-native-stack/internal/identity"
	"github.com/NVIDIA/cloud-native-stack/internal/requestbody"
)

const tag = `"0123"`

// paths are operations that their paths describe.
type paths struct{}

func (paths) IsPure(_, path string) bool     { return path != "/impure" }
func (paths) IsConstant(_, path string) bool { return strings.HasPrefix(path, "/constant/") }

// echo is a server whose pure operations say what they were asked.
type echo struct {
	http.Handler
	cache *Cache
	calls atomic.Int64
	hold  func() // while a call is answered
}

func newEcho(t *testing.T) *echo {
	t.Helper()
	c := New(paths{}, prometheus.NewRegistry(), func(w http.ResponseWriter, _ *http.Request, err error) {
		http.Error(w, err.Error(), http.StatusPreconditionFailed)
	})
	e := &echo{cache: c, hold: func() {}}
	router := chi.NewRouter()
	router.Use(middleware.GetHead)
	router.Group(func(r chi.Router) {
		r.Use(c.Handler)
		for _, path := range []string{"/a", "/b", "/impure", "/constant/{name}"} {
			r.Get(path, e.answer)
			r.Post(path, e.answer)
		}
	})
	e.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-Id", r.Header.Get("X-Request-Id"))
		id := identity.Identity{Scope: r.Header.Get("X-Scope")}
		router.ServeHTTP(w, r.WithContext(identity.NewContext(r.Context(), id)))
	})
	return e
}

func (e *echo) answer(w http.ResponseWriter, r *http.Request) {
	e.calls.Add(1)
	e.hold()
	body, _ := requestbody.Of(r)
	h := w.Header()
	h.Set("Content-Type", "application/json")
	switch {
	case r.URL.Query().Has("fail"):
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, h.Get("X-Request-Id"))
	default:
		h.Set("ETag", tag)
		h.Set("X-Scope", identity.FromContext(r.Context()).Scope)
		fmt.Fprintf(w, "%s %s %s %s%s", r.Method, r.URL, r.Header.Get("Accept"), body, strings.Repeat(" ", 2000))
	}
}

func (e *echo) do(method, target, body string, header ...string) *http.Response {
	r := httptest.NewRequest(method, target, nil)
	if body != "" {
		requestbody.Set(r, []byte(body))
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	return w.Result()
}

func text(t *testing.T, resp *http.Response) string {
	t.Helper()
	var body io.Reader = resp.Body
	var err error
	switch resp.Header.Get("Content-Encoding") {
	case "gzip":
		body, err = gzip.NewReader(body)
	case "zstd":
		body, err = zstd.NewReader(body)
	}
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimRight(string(data), " ")
}

// TestAnswers asks twice: the second answer is the first one, and another question gets another
// answer.
func TestAnswers(t *testing.T) {
	e := newEcho(t)
	questions := []struct {
		method, target, body string
		header               []string
		want                 string
	}{
		{"GET", "/a", "", nil, "GET /a  "},
		{"GET", "/b", "", nil, "GET /b  "},
		{"GET", "/a?x=1", "", nil, "GET /a?x=1  "},
		{"GET", "/a", "", []string{"Accept", "text/plain"}, "GET /a text/plain "},
		{"POST", "/a", "", nil, "POST /a  "},
		{"POST", "/a", "one", nil, "POST /a  one"},
		{"POST", "/a", "two", nil, "POST /a  two"},
		{"POST", "/b", "one", nil, "POST /b  one"},
		{"POST", "/a", strings.Repeat("x", maxBody), nil, "POST /a  " + strings.Repeat("x", maxBody)},
	}
	for range 2 {
		for _, q := range questions {
			if got := text(t, e.do(q.method, q.target, q.body, q.header...)); got != strings.TrimRight(q.want, " ") {
				t.Errorf("%s %s %.20s: %.80s", q.method, q.target, q.body, got)
			}
		}
	}
	if calls := e.calls.Load(); calls != int64(len(questions)) {
		t.Errorf("%d calls for %d questions", calls, len(questions))
	}
	e.cache.Reset()
	e.do("GET", "/a", "")
	if calls := e.calls.Load(); calls != int64(len(questions))+1 {
		t.Error("an answer outlived its data")
	}
}

// TestScopes lets scopes ask the same alternately: each gets its own answer, and keeps it.
func TestScopes(t *testing.T) {
	e := newEcho(t)
	scopes := []string{"", "one", "two", "1", "1 "}
	for range 5 {
		for _, scope := range scopes {
			for _, method := range []string{"GET", "POST"} {
				if got := e.do(method, "/a", "", "X-Scope", scope).Header.Get("X-Scope"); got != scope {
					t.Errorf("scope %q gets the answer of %q", scope, got)
				}
			}
		}
	}
	if calls := e.calls.Load(); calls != int64(2*len(scopes)) {
		t.Errorf("%d calls, want one for each question of each scope", calls)
	}
	e.cache.Reset()
	e.do("GET", "/a", "", "X-Scope", "one")
	if calls := e.calls.Load(); calls != int64(2*len(scopes))+1 {
		t.Error("an answer of a scope outlived its data")
	}
}

// TestScopesAtOnce lets scopes ask the same at once: none gets what another is waiting for.
func TestScopesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEcho(t)
		release := make(chan struct{})
		e.hold = func() { <-release }
		var clients sync.WaitGroup
		for i := range 10 {
			clients.Go(func() {
				scope := fmt.Sprint(i % 2)
				if got := e.do("GET", "/a", "", "X-Scope", scope).Header.Get("X-Scope"); got != scope {
					t.Errorf("scope %q gets the answer of %q", scope, got)
				}
			})
		}
		synctest.Wait()
		close(release)
		clients.Wait()
		if calls := e.calls.Load(); calls != 2 {
			t.Errorf("%d calls, want one for each scope", calls)
		}
	})
}

// A header in two lines isn't the same request as one in one line: what answers may read one alone.
func TestLinesOfHeaders(t *testing.T) {
	e := newEcho(t)
	for _, lines := range [][]string{{"identity", "gzip"}, {"identity, gzip"}} {
		r := httptest.NewRequest("POST", "/a", nil)
		r.Header["Content-Encoding"] = lines
		e.ServeHTTP(httptest.NewRecorder(), r)
	}
	if got := e.calls.Load(); got != 2 {
		t.Errorf("%d calls, want 2", got)
	}
}

func TestNotKept(t *testing.T) {
	large := strings.Repeat("x", maxBody+1)
	for name, ask := range map[string]func(e *echo) *http.Response{
		"impure":       func(e *echo) *http.Response { return e.do("GET", "/impure", "") },
		"error":        func(e *echo) *http.Response { return e.do("GET", "/a?fail", "") },
		"large body":   func(e *echo) *http.Response { return e.do("POST", "/a", large) },
		"GET and body": func(e *echo) *http.Response { return e.do("GET", "/a", "x") },
	} {
		t.Run(name, func(t *testing.T) {
			e := newEcho(t)
			first, second := text(t, ask(e)), text(t, ask(e))
			if e.calls.Load() != 2 || first != second {
				t.Errorf("%d calls; %.40q, then %.40q", e.calls.Load(), first, second)
			}
		})
	}
	if got := text(t, newEcho(t).do("POST", "/a", large)); got != "POST /a  "+large {
		t.Errorf("of a large body only %d bytes arrive", len(got))
	}
}

// Whatever the order in which a HEAD and GETs with several encodings come, each gets its own
// headers and no one else's ID.
func TestRepresentations(t *testing.T) {
	for _, order := range [][]string{{"HEAD", "GET"}, {"GET", "HEAD"}} {
		e := newEcho(t)
		for _, encoding := range []string{"", "gzip", "zstd"} {
			var headers []http.Header
			for i, method := range order {
				id := fmt.Sprint(method, i)
				resp := e.do(method, "/a", "", "Accept-Encoding", encoding, "X-Request-Id", id)
				got := text2(t, resp, method)
				if method == "GET" && got != "GET /a" || method == "HEAD" && got != "" {
					t.Errorf("%s as %q: %.40q", method, encoding, got)
				}
				h := resp.Header
				if h.Get("X-Request-Id") != id || h.Get("Content-Encoding") != encoding {
					t.Errorf("%s as %q: %v", method, encoding, resp.Header)
				}
				if isPlain := resp.Header.Get("ETag") == tag; isPlain != (encoding == "") {
					t.Errorf("%s as %q: ETag %s", method, encoding, resp.Header.Get("ETag"))
				}
				resp.Header.Del("X-Request-Id")
				headers = append(headers, resp.Header)
			}
			if fmt.Sprint(headers[0]) != fmt.Sprint(headers[1]) {
				t.Errorf("as %q: HEAD and GET differ: %v", encoding, headers)
			}
		}
	}
}

func text2(t *testing.T, resp *http.Response, method string) string {
	if method == "HEAD" {
		data, _ := io.ReadAll(resp.Body)
		return string(data)
	}
	return text(t, resp)
}

// The tag of each representation spares a client that one, and no other.
func TestNotModified(t *testing.T) {
	e := newEcho(t)
	codings := []string{"", "gzip", "zstd"}
	for _, path := range []string{"/a", "/constant/x", "/constant/y"} {
		for _, known := range codings {
			tag := e.do("GET", path, "", "Accept-Encoding", known).Header.Get("ETag")
			for _, asked := range codings {
				for _, method := range []string{"GET", "HEAD"} {
					got := e.do(method, path, "", "Accept-Encoding", asked, "If-None-Match", tag)
					h := got.Header
					if isKnown := got.StatusCode == http.StatusNotModified; isKnown != (known == asked) {
						t.Errorf("%s as %q with the tag of %q: %d", path, asked, known, got.StatusCode)
					} else if isKnown && (h.Get("ETag") != tag || h.Get("Content-Length") != "" ||
						h.Get("Content-Encoding") != "" || h.Get("Content-Type") != "") {
						t.Errorf("%s as %q: %v", path, asked, h)
					}
				}
			}
		}
	}
	if got := e.calls.Load(); got != 9 {
		t.Errorf("%d calls for 9 representations", got)
	}
}

// Constant answers are made once, whoever asks for what else, and only where they are good.
func TestConstants(t *testing.T) {
	e := newEcho(t)
	for range 3 {
		for _, name := range []string{"x", "y"} {
			if got := text(t, e.do("GET", "/constant/"+name, "", "Accept-Encoding", "gzip")); !strings.HasPrefix(got,
				"GET /constant/"+name) {
				t.Error(got)
			}
		}
		for i := range 3000 {
			e.do("GET", fmt.Sprintf("/a?n=%d", i), "")
		}
		e.cache.answers.CleanUp()
	}
	if got := e.calls.Load() - 9000; got > 2 {
		t.Errorf("%d calls for 2 constants", got)
	}
	before := e.calls.Load()
	for range 2 {
		e.do("GET", "/constant/x?fail", "")
	}
	if got := e.calls.Load() - before; got != 2 {
		t.Errorf("%d calls for 2 requests that are in error", got)
	}
}

// Equal requests at once are answered once, unless the answer is an error, which speaks of one
// request.
func TestEqualRequestsAtOnce(t *testing.T) {
	for target, calls := range map[string]int64{"/a": 1, "/a?fail": 10} {
		synctest.Test(t, func(t *testing.T) {
			e := newEcho(t)
			release := make(chan struct{})
			e.hold = func() { <-release }
			var clients sync.WaitGroup
			for i := range 10 {
				clients.Go(func() {
					id := fmt.Sprint(i)
					resp := e.do("GET", target, "", "X-Request-Id", id)
					var body bytes.Buffer
					_, _ = body.ReadFrom(resp.Body)
					if resp.Header.Get("X-Request-Id") != id ||
						resp.StatusCode == http.StatusBadRequest && body.String() != id {
						t.Errorf("request %s got the answer of another: %v %s", id, resp.Header, body.String())
					}
				})
			}
			synctest.Wait()
			close(release)
			clients.Wait()
			if got := e.calls.Load(); got != calls {
				t.Errorf("%s: %d calls, want %d", target, got, calls)
			}
		})
	}
}

// A flood of requests that nobody repeats stays within bounds, and what many ask for stays.
func TestFlood(t *testing.T) {
	e := newEcho(t)
	body := strings.Repeat("x", 2000)
	for i := range 10000 {
		e.do("POST", fmt.Sprintf("/a?n=%d", i), body)
		e.do("GET", "/b", "")
	}
	e.cache.answers.CleanUp()
	if size := e.cache.answers.WeightedSize(); size > maxBytes || size < maxBytes/2 {
		t.Errorf("%d bytes, with room for %d", size, maxBytes)
	}
	if again := e.calls.Load() - 10000; again > 20 {
		t.Errorf("what is asked for often was answered anew %d times", again)
	}
}
