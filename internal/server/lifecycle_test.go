package server

import (
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestStopUnderLoad stops a server that is under load, as a load balancer sees it: /ready turns 503
// first, no request fails until the balancer has noticed, and the server ends by itself.
func TestStopUnderLoad(t *testing.T) {
	ts := start(t, "CNS_DRAIN_DELAY=4s")
	var stopping, noticed atomic.Bool
	var served, servedWhileStopping atomic.Int64
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for !noticed.Load() {
				isStopping := stopping.Load()
				resp, err := ts.Post(ts.url+"/v1/recipe", jsonType,
					strings.NewReader(criteriaJSON(`{"service":"eks"}`)))
				if err != nil {
					t.Errorf("a request failed: %v", err)
					return
				}
				resp.Body.Close()
				if resp.StatusCode != http.StatusOK {
					t.Errorf("status %d", resp.StatusCode)
				}
				served.Add(1)
				if isStopping {
					servedWhileStopping.Add(1)
				}
			}
		})
	}
	waitFor(t, func() bool { return served.Load() > 50 })
	if resp, _ := ts.do(t, call{path: "/ready"}); resp.StatusCode != http.StatusOK {
		t.Fatalf("/ready: %d before the stop", resp.StatusCode)
	}
	ts.stop()
	stopping.Store(true)
	waitFor(t, func() bool {
		resp, _ := ts.do(t, call{path: "/ready"})
		return resp.StatusCode == http.StatusServiceUnavailable && resp.Close
	})
	waitFor(t, func() bool { return servedWhileStopping.Load() > 8 })
	if resp, _ := ts.do(t, call{path: "/health"}); resp.StatusCode != http.StatusOK {
		t.Errorf("/health: %d while stopping", resp.StatusCode)
	}
	noticed.Store(true)
	clients.Wait()
}

// waitFor waits for a condition that has to come true.
func waitFor(t *testing.T, condition func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !condition() {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain")
		}
		time.Sleep(time.Millisecond)
	}
}

// TestStopWaitsForRequests stops a server while a request's body is still on its way.
func TestStopWaitsForRequests(t *testing.T) {
	ts := start(t)
	body, half := io.Pipe()
	answered := make(chan int, 1)
	go func() {
		resp, err := ts.Post(ts.url+"/v1/recipe", jsonType, body)
		if err != nil {
			t.Error(err)
			answered <- 0
			return
		}
		resp.Body.Close()
		answered <- resp.StatusCode
	}()
	text := criteriaJSON(`{"os":"ubuntu"}`)
	if _, err := io.WriteString(half, text[:20]); err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool { return strings.Contains(string(ts.get(t, "/metrics")), "cns_http_requests_in_flight 2") })
	ts.stop()
	waitFor(t, func() bool {
		conn, err := net.Dial("tcp", strings.TrimPrefix(ts.url, "http://"))
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
	if _, err := io.WriteString(half, text[20:]); err != nil {
		t.Fatal(err)
	}
	half.Close()
	if status := <-answered; status != http.StatusOK {
		t.Errorf("status %d", status)
	}
}

func TestHeaderLimit(t *testing.T) {
	ts := start(t)
	req, err := http.NewRequest(http.MethodGet, ts.url+"/health", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Large", strings.Repeat("x", 80<<10))
	// net/http answers this itself, before any handler, so the client that checks the contract
	// isn't used.
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("status %d", resp.StatusCode)
	}
}

// TestSlowHeaders opens a connection and sends no more than the start of a request.
func TestSlowHeaders(t *testing.T) {
	ts := start(t, "CNS_READ_HEADER_TIMEOUT=50ms")
	conn, err := net.Dial("tcp", strings.TrimPrefix(ts.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\n"); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(conn); err != nil {
		t.Errorf("the server keeps waiting: %v", err)
	}
}
