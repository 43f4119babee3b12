package server

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
)

// TestConcurrentAnswers mixes recipes and bundles from 50 clients: each answer equals the one that the request gets alone.
func TestConcurrentAnswers(t *testing.T) {
	ts := start(t)
	var calls []call
	for _, service := range []string{"eks", "gke", "any"} {
		for _, accelerator := range []string{"gb200", "h100"} {
			query := fmt.Sprintf("service=%s&accelerator=%s&intent=training&os=ubuntu", service, accelerator)
			criteria := criteriaJSON(fmt.Sprintf(`{"service":%q,"accelerator":%q,"intent":"training"}`, service, accelerator))
			calls = append(calls,
				call{path: "/v1/recipe?" + query},
				call{path: "/v1/recipe?" + query, accept: yamlType},
				call{path: "/v1/recipe?nodes=8&" + query},
				call{method: http.MethodPost, path: "/v1/recipe", contentType: jsonType, body: criteria},
				call{method: http.MethodPost, path: "/v1/bundle", contentType: yamlType, body: criteria},
				call{method: http.MethodPost, path: "/v1/bundle?set=gpu-operator:driver.version=1.2.3&system-node-selector=a=b&" +
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
					t.Errorf("%s %s: %d, differs from the answer it gets alone", calls[i].method, calls[i].path, resp.StatusCode)
				}
			}
		})
	}
	clients.Wait()
}

// TestReplicasAgree asks two servers: recipes and bundles are the same bytes.
func TestReplicasAgree(t *testing.T) {
	one, other := start(t), start(t)
	criteria := criteriaJSON(`{"service":"gke","os":"cos"}`)
	for _, c := range []call{
		{path: "/v1/recipe?service=gke&os=cos"},
		{method: http.MethodPost, path: "/v1/bundle", contentType: jsonType, body: criteria},
	} {
		a, bodyA := one.do(t, c)
		b, bodyB := other.do(t, c)
		if !bytes.Equal(bodyA, bodyB) || a.Header.Get("ETag") != b.Header.Get("ETag") {
			t.Errorf("%s: two servers answer differently", c.path)
		}
	}
}
