package server

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

// TestConcurrentAnswers mixes recipes and bundles from 50 clients: each answer equals the one that
// the request gets alone.
func TestConcurrentAnswers(t *testing.T) {
	ts := start(t, "CNS_REQUEST_TIMEOUT=100s", "CNS_WRITE_TIMEOUT=120s") // the deadline is not the subject
	var calls []call
	for _, service := range []string{"eks", "gke", "any"} {
		for _, accelerator := range []string{"gb200", "h100"} {
			query := fmt.Sprintf("service=%s&accelerator=%s&intent=training&os=ubuntu", service, accelerator)
			criteria := criteriaJSON(fmt.Sprintf(`{"service":%q,"accelerator":%q,"intent":"training"}`, service,
				accelerator))
			calls = append(calls,
				call{path: "/v1/recipe?" + query},
				call{path: "/v1/recipe?" + query, accept: yamlType},
				call{path: "/v1/recipe?nodes=8&" + query},
				call{method: http.MethodPost, path: "/v1/recipe", contentType: jsonType, body: criteria},
				call{method: http.MethodPost, path: "/v1/bundle", contentType: yamlType, body: criteria},
				call{method: http.MethodPost,
					path: "/v1/bundle?set=gpu-operator:driver.version=1.2.3&system-node-selector=a=b&" +
						"accelerated-node-toleration=c:NoExecute", contentType: jsonType, body: criteria},
			)
		}
	}
	alone := make([][]byte, len(calls))
	for i, c := range calls {
		resp, body := ts.do(t, c)
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d %s", c.path, resp.StatusCode, body)
		}
		alone[i] = body
	}
	var clients sync.WaitGroup
	for range 50 {
		clients.Go(func() {
			for _, i := range rand.Perm(len(calls))[:12] {
				if resp, body := ts.do(t, calls[i]); !bytes.Equal(body, alone[i]) {
					t.Errorf("%s %s: %d, differs from the answer it gets alone", calls[i].method, calls[i].path,
						resp.StatusCode)
				}
			}
		})
	}
	clients.Wait()
}

// TestReplicasAgree asks two servers, one for criteria and the other, in another order, for the
// recipes that these give: recipes and bundles are the same bytes whatever was asked before.
func TestReplicasAgree(t *testing.T) {
	one, other := start(t), start(t)
	bundle := func(ts *testServer, options, body string) []byte {
		resp, zip := ts.do(t, call{method: http.MethodPost, path: "/v1/bundle?" + options, contentType: jsonType,
			body: body})
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d %s", options, resp.StatusCode, zip)
		}
		return zip
	}
	type request struct{ query, options string }
	var all []request
	want := map[request][]byte{}
	const training = "intent=training&service="
	for query, criteria := range map[string]string{
		training + "eks&accelerator=gb200&os=ubuntu": `,"service":"eks","accelerator":"gb200","os":"ubuntu"`,
		training + "eks&accelerator=gb200":           `,"service":"eks","accelerator":"gb200"`,
		// with a NicClusterPolicy
		training + "aks&accelerator=h100&os=ubuntu": `,"service":"aks","accelerator":"h100","os":"ubuntu"`,
	} {
		for _, options := range []string{
			"", "set=gpu-operator:operator.annotations.a=b", "set=gpu-operator:driver.version=580.0.1",
			"mirror=registry.example.com/gpu",
			"mirror=registry.example.com/other", "accelerated-node-selector=a=b", "bundlers=cert-manager",
			"bundlers=cert-manager,gpu-operator",
			"bundlers=gpu-operator&set=gpu-operator:toolkit.enabled=false",
			"deployer=flux&storage-class=a&storage-size=1Gi",
			"deployer=argocd&repo=https://git.example.com/a.git//b",
			"deployer=argocd&repo=https://git.example.com/a.git//c", "deployer=helmfile",
		} {
			r := request{query, options}
			all, want[r] = append(all, r), bundle(one, options, criteriaJSON(`{"intent":"training"`+criteria+"}"))
		}
	}
	for _, r := range slices.Backward(all) {
		if !bytes.Equal(want[r], bundle(other, r.options, string(other.get(t, "/v1/recipe?"+r.query)))) {
			t.Errorf("%+v: another bundle of the recipe than of the criteria", r)
		}
	}
}

// stuckWriter is a client that reads nothing of its answer.
type stuckWriter struct {
	http.ResponseWriter
	writing chan struct{}
	free    chan struct{}
}

func (w *stuckWriter) Write(p []byte) (int, error) {
	w.writing <- struct{}{}
	<-w.free
	return w.ResponseWriter.Write(p)
}

// TestSlowReaders lets more clients than there are slots read nothing: others still get their
// bundles.
func TestSlowReaders(t *testing.T) {
	s, err := New(options(t, io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	h := s.endpoints[0].http.Handler
	request := func() *http.Request {
		r := httptest.NewRequest(http.MethodPost, "/v1/bundle", strings.NewReader(criteriaJSON("{}")))
		r.Header.Set("Content-Type", jsonType)
		return r
	}
	stuck := &stuckWriter{ResponseWriter: httptest.NewRecorder(), writing: make(chan struct{}),
		free: make(chan struct{})}
	var clients sync.WaitGroup
	for range runtime.GOMAXPROCS(0) + 1 {
		clients.Go(func() {
			w := *stuck
			w.ResponseWriter = httptest.NewRecorder()
			h.ServeHTTP(&w, request())
		})
		<-stuck.writing
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, request())
	if w.Code != http.StatusOK {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	close(stuck.free)
	clients.Wait()
}

// TestSlowBodies lets more clients than are worked on at a time send no more than the beginning of
// a body: others still get their bundles, because a body is received before it is worked on.
func TestSlowBodies(t *testing.T) {
	ts := start(t)
	for range runtime.GOMAXPROCS(0) + 2 {
		ts.dial(t).send(t, "POST /v1/bundle HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"+
			"Content-Length: 100\r\n\r\n{")
	}
	waitFor(t, func() bool {
		return strings.Contains(string(ts.get(t, "/metrics")),
			fmt.Sprintf("cns_http_requests_in_flight %d\n", runtime.GOMAXPROCS(0)+3))
	})
	resp, body := ts.do(t, call{
		method: http.MethodPost, path: "/v1/bundle", contentType: jsonType, body: criteriaJSON("{}"),
	})
	if resp.StatusCode != http.StatusOK {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
}

// TestManyBodies sends more requests with a body at a time than there are slots: none is lost.
func TestManyBodies(t *testing.T) {
	ts := start(t)
	var clients sync.WaitGroup
	for range 10 * runtime.GOMAXPROCS(0) {
		clients.Go(func() {
			for range 3 {
				// Each way out of the chain has to give its slot back.
				for body, want := range map[string]int{criteriaJSON("{}"): 200, criteriaJSON(`{"os":"dos"}`): 400,
					"{": 400} {
					resp, answer := ts.do(t, call{method: http.MethodPost, path: "/v1/bundle", contentType: jsonType,
						body: body})
					if resp.StatusCode != want {
						t.Errorf("%s: %d %s", body, resp.StatusCode, answer)
					}
				}
			}
		})
	}
	clients.Wait()
}
