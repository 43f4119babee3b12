package server

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// BenchmarkAnswers measures the whole chain without the network. The floor is a bare handler that
// writes the bytes of a recipe.
func BenchmarkAnswers(b *testing.B) {
	s, err := New(options(b, io.Discard))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	h := s.endpoints[0].http.Handler
	const path = "/v1/recipe?service=eks&accelerator=gb200&intent=training&os=ubuntu"
	first := httptest.NewRecorder()
	h.ServeHTTP(first, httptest.NewRequest(http.MethodGet, path, nil))
	criteria := criteriaJSON(`{"service":"eks","accelerator":"gb200","intent":"training","os":"ubuntu"}`)
	floor := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(first.Body.Bytes()) })
	get := func(int) *http.Request { return httptest.NewRequest(http.MethodGet, path, nil) }
	post := func(target, body string) *http.Request {
		r := httptest.NewRequest(http.MethodPost, target, strings.NewReader(body))
		r.Header.Set("Content-Type", jsonType)
		return r
	}
	for _, bm := range []struct {
		name    string
		handler http.Handler
		request func(int) *http.Request
		status  int
	}{
		{"floor", floor, get, 200},
		{"recipe", h, get, 200},
		{"recipe-304", h, func(i int) *http.Request {
			r := get(i)
			r.Header.Set("If-None-Match", first.Header().Get("ETag"))
			return r
		}, 304},
		{"recipe-400", h, func(int) *http.Request {
			return httptest.NewRequest(http.MethodGet,
				"/v1/recipe?service=aws", nil)
		}, 400},
		{"recipe-post", h, func(int) *http.Request { return post("/v1/recipe", criteria) }, 200},
		{"recipe-unique-nodes", h, func(i int) *http.Request {
			return httptest.NewRequest(http.MethodGet, fmt.Sprintf("%s&nodes=%d", path, 1+i%100000), nil)
		}, 200},
		{"bundle-criteria", h, func(int) *http.Request { return post("/v1/bundle", criteria) }, 200},
		{"bundle-recipe", h, func(int) *http.Request { return post("/v1/bundle", first.Body.String()) }, 200},
		{"bundle-unique-set", h, func(i int) *http.Request {
			return post(fmt.Sprintf("/v1/bundle?set=gpu-operator:operator.annotations.n=v%d", i), criteria)
		}, 200},
		{"bundle-unique-image", h, func(i int) *http.Request {
			return post(fmt.Sprintf("/v1/bundle?set=gpu-operator:driver.version=580.0.%d", i), criteria)
		}, 200},
		{"bundle-recipe-unique-image", h, func(i int) *http.Request {
			target := fmt.Sprintf("/v1/bundle?set=gpu-operator:driver.version=580.0.%d", i)
			return post(target, first.Body.String())
		}, 200},
	} {
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				w := httptest.NewRecorder()
				bm.handler.ServeHTTP(w, bm.request(i))
				if w.Code != bm.status {
					b.Fatalf("%d %s", w.Code, w.Body)
				}
			}
		})
	}
}
