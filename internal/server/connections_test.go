package server

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

type client struct {
	net.Conn
	answers *bufio.Reader
}

func (ts *testServer) dial(t *testing.T) client {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(ts.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return client{conn, bufio.NewReader(conn)}
}

func (c client) send(t *testing.T, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
}

// isServed reports whether a request gets its answer.
func (c client) isServed(t *testing.T) bool {
	t.Helper()
	_, _ = io.WriteString(c, "GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
	resp, err := http.ReadResponse(c.answers, nil)
	if err != nil {
		return false
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode == http.StatusOK
}

// isOpen reports whether the server has closed the connection.
func (c client) isOpen(t *testing.T) bool {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	_, err := c.answers.Peek(1)
	timeout, ok := err.(net.Error)
	return ok && timeout.Timeout()
}

// TestConnectionsAreBounded opens more than the server admits, some idle, some with headers that
// never end.
func TestConnectionsAreBounded(t *testing.T) {
	ts := start(t, "CNS_MAX_CONNECTIONS=20", "CNS_READ_HEADER_TIMEOUT=15s")
	first := ts.dial(t)
	if !first.isServed(t) {
		t.Fatal("the first connection isn't served")
	}
	slow := ts.dial(t)
	slow.send(t, "GET /health HTTP/1.1\r\nHost: a\r\nX: ")
	for i := range 100 {
		if c := ts.dial(t); i%2 == 0 && !c.isServed(t) {
			t.Fatalf("connection %d isn't served", i)
		}
	}
	if first.isOpen(t) || slow.isOpen(t) {
		t.Error("those that wait longest are still open")
	}
	if !ts.dial(t).isServed(t) {
		t.Error("a new connection isn't served")
	}
	waitFor(t, func() bool { // what is closed is noticed a little later
		return strings.Contains(string(ts.get(t, "/metrics")), "\ncns_active_connections 15\n")
	})
}
