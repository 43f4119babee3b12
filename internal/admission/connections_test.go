package admission

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// fakeConn is a connection of an address.
type fakeConn struct {
	net.Conn
	address string
	closed  atomic.Bool
	expired atomic.Bool // its time to read is over
}

func (c *fakeConn) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.ParseIP(c.address), Port: 1} }

func (c *fakeConn) Read(data []byte) (int, error) { return len(data), nil }

func (c *fakeConn) SetReadDeadline(t time.Time) error {
	c.expired.Store(!t.IsZero() && t.Before(time.Now()))
	return nil
}

func (c *fakeConn) Close() error {
	c.closed.Store(true)
	return nil
}

// clients are connections by name.
type clients struct {
	*Connections
	t     *testing.T
	conns map[string]*connection
}

func newClients(t *testing.T, most int) clients {
	return clients{NewConnections(most), t, map[string]*connection{}}
}

// open opens a connection and wants another one, or itself, to be closed for it; none if that is
// empty.
func (c clients) open(name, address, closed string) {
	c.t.Helper()
	fake := &fakeConn{address: address}
	c.conns[name] = &connection{Conn: fake, all: c.Connections, address: addressOf(fake.RemoteAddr().String())}
	c.conns[name].wait()
	switch tooMany := c.add(c.conns[name]); {
	case tooMany != c.conns[closed]:
		c.t.Errorf("%s: it closes %v, want %q", name, tooMany, closed)
	case tooMany != nil:
		_ = tooMany.Close()
	}
	time.Sleep(time.Nanosecond) // so that another one comes later
}

// use opens a connection on which the server works.
func (c clients) use(name, address, closed string) {
	c.t.Helper()
	c.open(name, address, closed)
	c.set(name, http.StateActive)
}

func (c clients) set(name string, state http.ConnState) { c.ConnState(c.conns[name], state) }

// isEmpty checks that nothing is kept when all are closed.
func (c clients) isEmpty() {
	c.t.Helper()
	for _, conn := range c.conns {
		_ = conn.Close()
	}
	if c.Connections.open+c.held+c.answers+len(c.hosts) != 0 {
		c.t.Errorf("%d connections, %d bytes, %d of answers, %d addresses are kept after their end",
			c.Connections.open, c.held, c.answers, len(c.hosts))
	}
}

func TestConnectionToClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const a, b, sameAsB, other = "192.0.2.1", "2001:db8::2", "2001:db8::ffff:3", "192.0.2.2"
		c := newClients(t, 16)
		for i := range 12 {
			c.use(fmt.Sprint("a", i), a, "")
		}
		c.open("a12", a, "a12") // it has three quarters, all in use
		c.set("a2", http.StateIdle)
		c.open("a13", a, "a13") // the other one has hardly begun to wait
		time.Sleep(2 * briefly)
		c.open("a14", a, "a2")
		c.open("b1", b, "")
		c.open("b2", sameAsB, "")
		c.open("b3", b, "")
		c.set("a14", http.StateActive)
		c.use("b4", b, "")
		c.use("b5", b, "b1") // the server waits most for this address
		c.set("b2", http.StateActive)
		c.set("b3", http.StateActive)
		c.open("b6", b, "a0") // and works most for the other one
		c.set("b2", http.StateIdle)
		c.open("c1", other, "b6")
		c.isEmpty()
	})
}

// Who hardly has a connection keeps it, however slow it is and however fast others come and go. Of
// those on which the server waits, unused ones go first.
func TestSlowConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClients(t, 16)
		for _, name := range []string{"slow request", "slow body", "slow reader"} {
			c.open(name, "192.0.2.1", "")
			c.conns[name].received.Store(1)
		}
		c.startReceiving(c.conns["slow body"])
		c.conns["slow reader"].waitAnswered()
		time.Sleep(time.Minute)
		for i := range 13 {
			name := fmt.Sprint("a", i)
			c.open(name, fmt.Sprint("192.0.2.", 2+i%2), "")
			c.conns[name].received.Store(1)
			time.Sleep(100 * time.Millisecond)
		}
		for i := range 100 {
			conn := &connection{Conn: &fakeConn{}, all: c.Connections, address: fmt.Sprint("192.0.2.", 2+i%2)}
			conn.wait()
			conn.received.Store(1)
			picked := c.add(conn)
			if picked == nil || picked == conn || picked.address == "192.0.2.1" {
				t.Fatalf("for connection %d %v is closed", i, picked)
			}
			_ = picked.Close()
			c.conns[fmt.Sprint("b", i)] = conn
			time.Sleep(100 * time.Millisecond)
		}
		c.isEmpty()
	})
}

// Where all are in use, the address that has most gives way: what it doesn't use, then what takes
// long.
func TestConnectionsInUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClients(t, 16)
		for i := range 15 {
			c.use(fmt.Sprint("a", i), fmt.Sprint("192.0.2.", i/3), "")
		}
		c.use("b1", "192.0.2.100", "")
		c.use("c1", "192.0.2.101", "a0")
		c.use("a16", "192.0.2.1", "a3")
		time.Sleep(busily)
		c.use("b2", "192.0.2.100", "a6")
		c.set("a9", http.StateIdle)
		c.use("b3", "192.0.2.100", "a9")
		c.isEmpty()
	})
}

// TestHeldBytes lets clients send until there is too much of it.
func TestHeldBytes(t *testing.T) {
	const eighth = maxHeld / 8
	type sent struct {
		name    string
		eighths int // of the bound
	}
	for name, tt := range map[string]struct {
		sent []sent // one after the other, a second each
		ends string
	}{
		"what there is room for":                 {[]sent{{"a1", 2}, {"b1", 2}, {"c1", 2}}, ""},
		"alone":                                  {[]sent{{"a1", 4}}, ""},
		"alone, too much":                        {[]sent{{"a1", 5}}, "a1"},
		"one too many of an address":             {[]sent{{"a1", 3}, {"a2", 2}}, "a2"},
		"one too many of which more comes":       {[]sent{{"a2", 2}, {"a1", 3}}, "a2"},
		"too much where there is less left":      {[]sent{{"b1", 4}, {"a1", 1}, {"a2", 2}}, "b1"},
		"of who lets it be kept for longest":     {[]sent{{"a1", 2}, {"b1", 2}, {"c1", 3}}, "a1"},
		"of who has much less, it is its own":    {[]sent{{"b2", 1}, {"a1", 3}, {"a2", 1}}, "a2"},
		"of equals in an address, it's the last": {[]sent{{"a1", 2}, {"a2", 2}, {"b1", 3}}, "a2"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newClients(t, 100)
				for _, s := range tt.sent {
					c.open(s.name, "192.0.2."+string(s.name[0]-'a'+'1'), "")
					c.startReceiving(c.conns[s.name])
					c.hold(c.conns[s.name], s.eighths*eighth)
					time.Sleep(briefly / 4)
				}
				for name, conn := range c.conns {
					if got, want := c.stopReceiving(conn), name == tt.ends; got != want {
						t.Errorf("%s is ended: %t", name, got)
					}
					if got, want := conn.Conn.(*fakeConn).expired.Load(), name == tt.ends; got != want {
						t.Errorf("%s is told: %t", name, got)
					}
				}
				c.isEmpty()
			})
		})
	}
}

// TestHeldBytesOfRequests counts what is above the bytes that are free, until the server waits for
// the next request.
func TestHeldBytesOfRequests(t *testing.T) {
	c := newClients(t, 100)
	c.open("a1", "192.0.2.1", "")
	conn := c.conns["a1"]
	read := func(n, want int) {
		t.Helper()
		if _, err := conn.Read(make([]byte, n)); err != nil || c.held != want {
			t.Errorf("after %d more bytes %d are held, want %d (%v)", n, c.held, want, err)
		}
	}
	read(freeBytes-1, 0)
	read(3, 2)
	read(100, 102)
	c.set("a1", http.StateActive)
	read(100, 202)
	c.set("a1", http.StateIdle)
	read(100, 0)
	read(2*maxHeld, 0) // it was closed
	if !conn.Conn.(*fakeConn).closed.Load() {
		t.Error("who sends headers without end isn't closed")
	}
	c.isEmpty()
}

// What is worked on doesn't end for others.
func TestHeldBytesInWork(t *testing.T) {
	c := newClients(t, 100)
	for _, name := range []string{"a1", "b1", "c1"} {
		c.open(name, "192.0.2."+string(name[0]-'a'+'1'), "")
	}
	c.set("a1", http.StateActive)
	c.hold(c.conns["a1"], maxHeld/2)
	c.set("b1", http.StateActive)
	c.hold(c.conns["b1"], maxHeld/2)
	c.hold(c.conns["c1"], 1)
	for name, want := range map[string]bool{"a1": false, "b1": false, "c1": true} {
		if got := c.conns[name].Conn.(*fakeConn).closed.Load(); got != want {
			t.Errorf("%s is closed: %t", name, got)
		}
	}
	c.isEmpty()
}

// TestHeldBytesOfAnswers lets an answer begin where others are worked on, are sent or come.
func TestHeldBytesOfAnswers(t *testing.T) {
	const eighth = maxHeld / 8
	working := func(c *connection) {
		c.work()
		c.all.hold(c, 2*eighth)
	}
	answering := func(c *connection) {
		c.work()
		c.all.holdAnswer(c, 2*eighth)
		c.waitAnswered()
	}
	receiving := func(c *connection) {
		c.wait()
		c.all.hold(c, 2*eighth)
	}
	for name, tt := range map[string]struct {
		others func(*connection)
		ends   string
	}{
		"others in work": {working, ""}, "others' answers": {answering, "a3"}, "others' requests": {receiving, "a2"},
	} {
		c := newClients(t, 100)
		for _, name := range []string{"a1", "a2", "a3"} {
			c.open(name, "192.0.2.1", "")
			if name == "a3" {
				tt.others = answering
			}
			tt.others(c.conns[name])
			time.Sleep(time.Millisecond) // so that one is the last
		}
		for each, conn := range c.conns {
			if got, want := conn.Conn.(*fakeConn).closed.Load(), each == tt.ends; got != want {
				t.Errorf("%s: %s is closed: %t", name, each, got)
			}
		}
		c.isEmpty()
	}
}

// fakeListener answers Accept as it is told.
type fakeListener struct {
	net.Listener
	accept func() (net.Conn, error)
}

func (l fakeListener) Accept() (net.Conn, error) { return l.accept() }

// TestAcceptWithoutDescriptors closes connections as long as the system has no descriptor for
// another one.
func TestAcceptWithoutDescriptors(t *testing.T) {
	c := newClients(t, 100)
	c.open("a1", "192.0.2.1", "")
	c.open("a2", "192.0.2.1", "")
	open := func() bool { return !c.conns["a1"].Conn.(*fakeConn).closed.Load() }
	l := c.Listener(fakeListener{accept: func() (net.Conn, error) {
		if open() {
			return nil, &net.OpError{Op: "accept", Err: syscall.EMFILE}
		}
		return &fakeConn{address: "192.0.2.2"}, nil
	}})
	conn, err := l.Accept()
	if err != nil || open() {
		t.Fatalf("%v, and the longest is open: %t", err, open())
	}
	_ = conn.Close()
	failing := errors.New("broken")
	l = c.Listener(fakeListener{accept: func() (net.Conn, error) { return nil, failing }})
	if _, err := l.Accept(); !errors.Is(err, failing) {
		t.Errorf("%v, want %v", err, failing)
	}
	c.isEmpty()
}

func TestAddressOf(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.1:80": "192.0.2.1", "[::ffff:192.0.2.1]:80": "192.0.2.1", "@": "@",
		"[2001:db8:1:2:3::4]:80": "2001:db8:1:2::/64", "[fe80::1%eth0]:80": "fe80::/64",
	} {
		if got := addressOf(remote); got != want {
			t.Errorf("%s: %s, want %s", remote, got, want)
		}
	}
}

// What is counted of a connection that has been closed in the meantime is counted of none.
func TestHeldBytesAfterTheEnd(t *testing.T) {
	c := newClients(t, 100)
	c.open("a1", "192.0.2.1", "")
	c.open("a2", "192.0.2.1", "")
	for name, bytes := range map[string]int{"a1": -1000, "a2": 1000} {
		c.hold(c.conns[name], 1000)
		_ = c.conns[name].Close()
		c.hold(c.conns[name], bytes)
		c.release(c.conns[name])
	}
	c.isEmpty()
}
