package admission

import (
	"net"
	"net/http"
	"testing"
)

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
	c := NewConnections(8)
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
