package server

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

// entry is what fuzzed requests go to and what their answers are held against.
type entry struct {
	handler http.Handler
	checker *checker
}

func newEntry(f *testing.F) entry {
	f.Helper()
	return entry{handler(f), newChecker(f)}
}

// answerTime is far above what any request takes, on a machine that fuzzes with all processors.
const answerTime = 5 * time.Second

// ask wants an answer in time that the contract allows, of a status that the operation lists.
func (e entry) ask(t *testing.T, r *http.Request) *http.Response {
	t.Helper()
	start := time.Now()
	w := httptest.NewRecorder()
	e.handler.ServeHTTP(w, r)
	if took := time.Since(start); took > answerTime {
		t.Errorf("the answer took %s", took)
	}
	checkAnswer(t, w)
	resp := w.Result()
	resp.Request = r
	c := *e.checker
	c.t = t
	if encoding := resp.Header.Get("Content-Encoding"); encoding == "" {
		if err := c.check(r, resp, w.Body.Bytes()); err != nil {
			t.Errorf("the answer breaks the contract: %v\n%d %v\n%.500q", err, w.Code, w.Header(), w.Body)
		}
	}
	method := strings.Replace(r.Method, http.MethodHead, http.MethodGet, 1)
	route, _, err := c.router.FindRoute(&http.Request{Method: method, URL: &url.URL{Path: r.URL.Path}})
	if err != nil || route.Operation.Responses.Status(w.Code) == nil {
		t.Errorf("%s %s doesn't list status %d", method, r.URL.Path, w.Code)
	}
	resp.Body = io.NopCloser(bytes.NewReader(w.Body.Bytes()))
	return resp
}

// asked is a request as net/http hands it over.
func asked(method, path, query, body string) *http.Request {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.URL.RawQuery = query
	if body != "" {
		r.Header.Set("Content-Type", jsonType)
	}
	return r
}

// passesHTTP reports whether net/http lets a header's value through as it is.
func passesHTTP(value string) bool {
	isControl := func(b rune) bool { return b < ' ' && b != '\t' || b == 0x7f }
	return len(value) < 60<<10 && strings.Trim(value, " \t") == value && !strings.ContainsFunc(value, isControl)
}

const fuzzedCriteria = `{"service":"eks","accelerator":"gb200","intent":"training","os":"ubuntu"}`

// FuzzQuery sends queries to each kind of operation. HEAD is answered as GET is.
func FuzzQuery(f *testing.F) {
	e := newEntry(f)
	for _, seed := range []string{
		"", "service=eks&accelerator=gb200&intent=training&os=ubuntu", "service=EKS&gpu=h100&accelerator=a100",
		"nodes=8abc", "nodes=-1", "nodes=1e3", "service=eks&service=eks", "service=", "&&", "=", "a=b;c=d", "os=%zz",
		"explain=true&explain", "gpu=%00", "deployer=flux&repo=oci://example.com/a&format=tar.gz",
		"deployer=argocd&repo=https://example.com/a.git//b?ref=c", "bundlers=gpu-operator,cert-manager&bundlers=",
		"set=gpu-operator:driver.version=1&set=gpu-operator:a[0]={b,c}", "force-set=gpu-operator:a.b=null&nodes=4",
		"storage-class=gp3&storage-size=50Gi", "mirror=registry.example.com:5000/a/b", "mirror=localhost/a__b",
		"system-node-selector=a=b&system-node-toleration=a=b:NoSchedule",
		"accelerated-node-selector=example.com/a=&accelerated-node-toleration=a:NoExecute", "\xff\xfe=1", "+=+",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		if !passesHTTP(query) || strings.ContainsAny(query, " \t#") { // the request line has none
			t.Skip()
		}
		got := e.ask(t, asked(http.MethodGet, "/v1/recipe", query, ""))
		head := e.ask(t, asked(http.MethodHead, "/v1/recipe", query, ""))
		if head.StatusCode != got.StatusCode {
			t.Errorf("HEAD gets %d, GET %d", head.StatusCode, got.StatusCode)
		}
		e.ask(t, asked(http.MethodPost, "/v1/recipe", query, criteriaJSON(fuzzedCriteria)))
		e.ask(t, asked(http.MethodPost, "/v1/bundle", query, criteriaJSON(fuzzedCriteria)))
		e.ask(t, asked(http.MethodGet, "/health", query, ""))
	})
}

// FuzzAccept wants the media type that the header prefers, by [mediaQualities].
func FuzzAccept(f *testing.F) {
	e := newEntry(f)
	for _, seed := range []string{
		"", "*/*", "application/yaml", "application/json;q=0, */*", "application/json;q=0.1, application/*;q=0.9",
		"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "*; q=.2, */*; q=.2", ",,", "a/b;c=\"d,e\"",
		"*/*;q=0", "*/*;q=0.001, application/x-yaml;q=1.000", "application/zip, application/gzip;q=0.5", "rubbish",
		"APPLICATION/YAML;Q=0.5", "application/gzip, */*;q=0.5", "text/*;q=1,application/*;q=0", "*/json", "*",
	} {
		f.Add(seed)
	}
	offers := map[string][]string{
		"GET /v1/recipe":  {jsonType, yamlType, "application/x-yaml"},
		"POST /v1/bundle": {"application/zip", "application/gzip"},
		"GET /":           {jsonType, "text/html"},
		"GET /metrics":    {"text/plain"},
	}
	f.Fuzz(func(t *testing.T, accept string) {
		if !passesHTTP(accept) {
			t.Skip()
		}
		for operation, types := range offers {
			method, path, _ := strings.Cut(operation, " ")
			body := ""
			if method == http.MethodPost {
				body = criteriaJSON(fuzzedCriteria)
			}
			r := asked(method, path, "", body)
			r.Header.Set("Accept", accept)
			resp := e.ask(t, r)
			chosen, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
			if resp.StatusCode >= http.StatusBadRequest {
				chosen = ""
			}
			if qualities, ok := mediaQualities(accept, types); ok {
				wantBest(t, operation+", Accept "+strconv.Quote(accept), chosen, qualities)
			}
		}
	})
}

// wantBest wants one of those that have the highest quality, and none if that is zero.
func wantBest(t *testing.T, what, chosen string, qualities map[string]float64) {
	t.Helper()
	best := 0.0
	for _, q := range qualities {
		best = max(best, q)
	}
	switch q, known := qualities[chosen]; {
	case chosen == "" && best == 0:
	case !known, q == 0, q < best:
		t.Errorf("%s: %q was chosen, the qualities are %v", what, chosen, qualities)
	}
}
