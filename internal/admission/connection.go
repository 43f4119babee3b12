package admission

import (
	"net"
	"slices"
	"sync/atomic"
	"time"
)

// connection counts what is held for its client.
type connection struct {
	net.Conn
	all      *Connections
	address  string
	waiting  atomic.Int64 // since when the server waits for the client, in Unix ns; 0 while it works
	working  atomic.Int64 // since when it works for the client
	received atomic.Int64 // bytes of the request
	answered atomic.Bool  // whether it's for the client to read, whatever it sends

	// For who writes.
	missing int    // bytes of an answer at least
	kept    []byte // the ones before these

	// Guarded by all.mu.
	held      int       // bytes
	answers   int       // of these
	begun     time.Time // when the first of these came
	receiving bool      // a body
	ended     bool      // the server no longer waits for it
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

const (
	// briefly is how long clients that use a connection may leave it alone.
	briefly = time.Second
	// shortly is how long most clients take to send a request.
	shortly = 50 * time.Millisecond
	// busily is how long the server works on almost any request that finds a place at once.
	busily = 100 * time.Millisecond
	// pieceBytes of an answer are written at a time, so that a client which reads on is seen to.
	pieceBytes = 64 << 10
)

// wait notes that it's the client's turn.
func (c *connection) wait() { c.waiting.Store(time.Now().UnixNano()) }

// work notes that it's the server's.
func (c *connection) work() {
	c.working.Store(time.Now().UnixNano())
	c.waiting.Store(0)
}

// since returns when the turn began.
func (c *connection) since() int64 {
	if waiting := c.waiting.Load(); waiting != 0 {
		return waiting
	}
	return c.working.Load()
}

// isWaiting reports whether it's the client's turn.
func (c *connection) isWaiting() bool { return c.waiting.Load() != 0 }

// isStalled reports whether a client lets the server wait longer than those do which use their
// connections.
func (c *connection) isStalled(now time.Time) bool { return c.hasWaited(now, briefly) }

// isUnused reports whether a client has nothing of a request to send for the moment.
func (c *connection) isUnused(now time.Time) bool {
	return c.received.Load() == 0 && c.hasWaited(now, shortly)
}

func (c *connection) hasWaited(now time.Time, least time.Duration) bool {
	waiting := c.waiting.Load()
	return waiting != 0 && now.UnixNano()-waiting >= int64(least)
}

// isCheaper reports whether to end the connection costs less than to end another one: where no
// request has begun, and none is just coming, or else the turn began earlier.
func (c *connection) isCheaper(other *connection, now time.Time) bool {
	if unused, otherUnused := c.isUnused(now), other.isUnused(now); unused != otherUnused {
		return unused
	}
	return c.since() < other.since()
}

// isLaborious reports whether the server works for a client longer than for others.
func (c *connection) isLaborious(now time.Time) bool {
	return !c.isWaiting() && now.UnixNano()-c.working.Load() >= int64(busily)
}

// waitAnswered notes that the client has its answer, and nothing that it sends matters.
func (c *connection) waitAnswered() {
	c.answered.Store(true)
	c.wait()
}

// isLate reports whether it's the server that is late: the client has sent what it hasn't read yet.
func (c *connection) isLate() bool {
	return c.isWaiting() && !c.answered.Load() && hasUnread(c.Conn)
}

// Read implements [io.Reader].
func (c *connection) Read(data []byte) (int, error) {
	n, err := c.Conn.Read(data)
	if c.answered.Load() { // it isn't kept
		return n, err
	}
	if above := c.received.Add(int64(n)) - freeBytes; above > 0 {
		c.all.hold(c, min(n, int(above)))
	}
	return n, err
}

// Write implements [io.Writer]. Of an answer that has begun it keeps what net/http writes when its
// buffer is full, until the rest comes: an answer of a recipe's size takes one system call in the
// place of two, which is a fifth of what it costs.
func (c *connection) Write(data []byte) (int, error) {
	c.missing -= len(data)
	if c.missing > 0 {
		c.kept = append(c.kept, data...)
		return len(data), nil
	}
	before := c.waiting.Load()
	c.answered.Store(true)
	n, err := c.writePieces(data)
	c.answered.Store(false)
	c.waiting.Store(before)
	return n, err
}

// writePieces writes what was kept and the data. A client has to read each piece in time.
func (c *connection) writePieces(data []byte) (written int, err error) {
	for piece := range slices.Chunk(data, pieceBytes) {
		c.wait()
		if len(c.kept) > 0 {
			both := net.Buffers{c.kept, piece}
			_, err = both.WriteTo(c.Conn)
			c.kept = c.kept[:0]
		} else {
			_, err = c.Conn.Write(piece)
		}
		if err != nil {
			return written, err
		}
		written += len(piece)
	}
	return written, nil
}

// begin notes that an answer begins which has so many bytes, and a header.
func (c *connection) begin(bytes int) {
	if bytes <= pieceBytes {
		c.missing = bytes
	}
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
