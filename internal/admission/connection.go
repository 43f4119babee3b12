package admission

import (
	"net"
	"sync/atomic"
	"time"
)

// connection counts what is held for its client.
type connection struct {
	net.Conn
	all      *Connections
	address  string
	waiting  atomic.Int64 // since when the server waits for the client, in Unix ns; 0 while it works
	received atomic.Int64 // bytes of the request
	answered atomic.Bool  // whether it's for the client to read, whatever it sends

	// Guarded by all.mu.
	held      int  // bytes
	receiving bool // a body
	ended     bool // the server no longer waits for it
}

type connectionKey struct{}

// connectionOf returns nil for a connection that isn't counted.
func connectionOf(conn net.Conn) *connection {
	if wrapped, ok := conn.(interface{ NetConn() net.Conn }); ok { // TLS
		conn = wrapped.NetConn()
	}
	known, _ := conn.(*connection)
	return known
}

// wait notes that it's the client's turn.
func (c *connection) wait() { c.waiting.Store(time.Now().UnixNano()) }

// waitAnswered notes that the client has its answer, and nothing that it sends matters.
func (c *connection) waitAnswered() {
	c.answered.Store(true)
	c.wait()
}

// isLate reports whether it's the server that is late: the client has sent what it hasn't read yet.
func (c *connection) isLate() bool { return !c.answered.Load() && hasUnread(c.Conn) }

// Read implements [io.Reader].
func (c *connection) Read(data []byte) (int, error) {
	n, err := c.Conn.Read(data)
	if above := c.received.Add(int64(n)) - freeBytes; above > 0 {
		c.all.hold(c, min(n, int(above)))
	}
	return n, err
}

// Write implements [io.Writer].
func (c *connection) Write(data []byte) (int, error) {
	before := c.waiting.Swap(time.Now().UnixNano())
	c.answered.Store(true)
	n, err := c.Conn.Write(data)
	c.answered.Store(false)
	c.waiting.Store(before)
	return n, err
}

// CloseWrite is what net/http calls before it waits for the client to close.
func (c *connection) CloseWrite() error {
	c.waitAnswered()
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// Close implements [io.Closer].
func (c *connection) Close() error {
	c.all.remove(c)
	return c.Conn.Close()
}
