package server

import (
	"bufio"
	"fmt"
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

func (ts *testServer) dial(t *testing.T) client { return ts.dialFrom(t, 1) }

// dialFrom connects from an address of this machine, given by its last number.
func (ts *testServer) dialFrom(t *testing.T, host byte) client {
	t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, host)}}
	conn, err := dialer.DialContext(t.Context(), "tcp", ts.address())
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

// status sends a request and returns that of the answer.
func (c client) status(t *testing.T, request string) int {
	t.Helper()
	c.send(t, request)
	resp, err := http.ReadResponse(c.answers, nil)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode
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
	first := ts.dial(t) // that asked for nothing: after an answer the server notes late that it's unused
	slow := ts.dial(t)
	slow.send(t, "GET /health HTTP/1.1\r\nHost: a\r\nX: ")
	for range 13 {
		ts.dial(t)
	}
	if ts.dial(t).isServed(t) {
		t.Error("one address has more than three quarters, with none that waits for long")
	}
	time.Sleep(1200 * time.Millisecond)
	for i := range 15 {
		if c := ts.dialFrom(t, byte(1+i%2)); !c.isServed(t) {
			t.Fatalf("connection %d isn't served", i)
		}
	}
	if first.isOpen(t) {
		t.Error("the one that is unused for longest is still open")
	}
	if !slow.isOpen(t) {
		t.Error("one on which a request comes is closed")
	}
	if !ts.dial(t).isServed(t) {
		t.Error("a new connection isn't served")
	}
	waitFor(t, func() bool { // what is closed is noticed a little later
		return strings.Contains(string(ts.get(t, "/metrics")), "\ncns_active_connections 20\n")
	})
}

// TestBodiesThatNeverEnd takes all connections with bodies that are announced and don't come, from
// as many addresses. Others get theirs, and large bodies are worked on.
func TestBodiesThatNeverEnd(t *testing.T) {
	ts := start(t, "CNS_MAX_CONNECTIONS=20")
	const head = "POST /v1/bundle HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
	for i := range 40 {
		c := ts.dialFrom(t, byte(2+i))
		c.send(t, head+"Content-Length: 1000000\r\n\r\n"+strings.Repeat(" ", i%2*900_000))
	}
	large := criteriaJSON(`{}`) + strings.Repeat(" ", 200_000)
	for _, framing := range []string{
		fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(large), large),
		fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(large), large),
	} {
		if got := ts.dial(t).status(t, head+framing); got != http.StatusOK {
			t.Errorf("a large body gets %d", got)
		}
	}
	if !ts.dial(t).isServed(t) {
		t.Error("a new connection isn't served")
	}
}

// TestRefusedAtOnce sends bodies of which nothing but the first byte comes. What is refused for
// another reason doesn't wait for the rest.
func TestRefusedAtOnce(t *testing.T) {
	ts := start(t)
	const isJSON = "Content-Type: application/json\r\n"
	for head, want := range map[string]int{
		"POST /v1/bundle HTTP/1.1\r\nContent-Length: 1000000\r\n":          http.StatusUnsupportedMediaType,
		"POST /v1/bundle HTTP/1.1\r\nContent-Length: 2000000\r\n" + isJSON: http.StatusRequestEntityTooLarge,
		"POST /nothing HTTP/1.1\r\nContent-Length: 1000\r\n":               http.StatusNotFound,
		"PUT /v1/bundle HTTP/1.1\r\nContent-Length: 1000\r\n":              http.StatusMethodNotAllowed,
		"GET /v1/recipe HTTP/1.1\r\nContent-Length: 1000\r\n":              http.StatusBadRequest,
	} {
		begin := time.Now()
		if got := ts.dial(t).status(t, head+"Host: a\r\n\r\nx"); got != want {
			t.Errorf("%q: %d, want %d", head, got, want)
		}
		if took := time.Since(begin); took > 2*time.Second {
			t.Errorf("%q: it took %s", head, took)
		}
	}
}
