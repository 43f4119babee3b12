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

// isServed says whether a request gets its answer.
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

// isOpen says whether the server has closed the connection.
func (c client) isOpen(t *testing.T) bool {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	_, err := c.answers.Peek(1)
	timeout, ok := err.(net.Error)
	return ok && timeout.Timeout()
}

// TestConnectionsAreBounded opens more than the server admits, some idle, some with headers that never end.
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

// fakeConn is a connection of an address.
type fakeConn struct {
	net.Conn
	address string
}

func (c *fakeConn) RemoteAddr() net.Addr {
	return &net.TCPAddr{IP: net.ParseIP(c.address), Port: 1}
}

func TestConnectionToClose(t *testing.T) {
	const a, b = "192.0.2.1", "2001:db8::2"
	c := newConnections(8)
	conns := map[string]*fakeConn{}
	// step notes the state of a connection and says which one is to be closed.
	step := func(name, address string, state http.ConnState, want string) {
		t.Helper()
		if conns[name] == nil {
			conns[name] = &fakeConn{address: address}
		}
		closed := c.note(conns[name], state)
		if want == "" && closed != nil || want != "" && closed != net.Conn(conns[want]) {
			t.Errorf("%s: it closes %v, want %q", name, closed, want)
		}
	}
	for _, name := range []string{"a1", "a2", "a3", "a4", "a5", "a6"} {
		step(name, a, http.StateNew, "")
		step(name, a, http.StateActive, "")
	}
	step("a7", a, http.StateNew, "a7") // it has three quarters, all in use
	step("a7", a, http.StateClosed, "")
	step("a2", a, http.StateIdle, "")
	step("a8", a, http.StateNew, "a2")
	step("b1", b, http.StateNew, "")
	step("b2", b, http.StateNew, "")
	step("b3", b, http.StateNew, "a8") // the other has more
	step("b4", b, http.StateNew, "b1") // the other's are all in use
	step("b2", b, http.StateActive, "")
	step("b2", b, http.StateIdle, "")
	step("b5", b, http.StateNew, "b3") // b2 was in use in between
	for name, conn := range conns {
		if closed := c.note(conn, http.StateClosed); closed != nil {
			t.Errorf("the end of %s closes another", name)
		}
	}
	if len(c.open) != 0 || len(c.hosts) != 0 {
		t.Errorf("%d connections of %d addresses are kept after their end", len(c.open), len(c.hosts))
	}
}
