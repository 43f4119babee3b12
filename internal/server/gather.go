package server

import (
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// spill is how much net/http writes when its buffer is full and the answer goes on.
const spill = 4 << 10 // bytes

// gatherer is the writing side of a connection. An answer takes one system call and mostly wakes the client once, where net/http by itself
// takes two: that is a quarter more answers. It holds what net/http spills until the rest of the answer comes. The spill may be the end of it,
// so it has to be flushed when the connection turns idle. A handler that flushes a part of its answer of just that length waits for the next one.
type gatherer struct {
	*net.TCPConn
	spills   *sync.Pool // of *[spill]byte
	mu       sync.Mutex // because others than who serves the connection may close it
	held     *[spill]byte
	isClosed bool
}

// Write implements [io.Writer].
func (c *gatherer) Write(data []byte) (int, error) {
	held, isClosed := c.take(false)
	switch {
	case isClosed:
		return 0, net.ErrClosed
	case held == nil && len(data) == spill:
		c.hold(data)
		return len(data), nil
	case held == nil:
		return c.TCPConn.Write(data)
	}
	defer c.spills.Put(held)
	both := net.Buffers{held[:], data}
	n, err := both.WriteTo(c.TCPConn)
	return max(0, int(n)-spill), err
}

func (c *gatherer) hold(data []byte) {
	held, ok := c.spills.Get().(*[spill]byte)
	if !ok {
		held = new([spill]byte)
	}
	copy(held[:], data)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = held
}

// take returns what is held, which then no longer is, or nil, and whether the connection was closed before.
func (c *gatherer) take(closing bool) (held *[spill]byte, wasClosed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	held, c.held = c.held, nil
	wasClosed, c.isClosed = c.isClosed, c.isClosed || closing
	return held, wasClosed
}

// flush writes what is held, within a time if net/http has set none. After an error nothing more can be written.
func (c *gatherer) flush(closing bool, timeout time.Duration) {
	held, _ := c.take(closing)
	if held == nil {
		return
	}
	defer c.spills.Put(held)
	if timeout > 0 {
		_ = c.SetWriteDeadline(time.Now().Add(timeout))
	}
	if _, err := c.TCPConn.Write(held[:]); err != nil {
		_ = c.TCPConn.Close()
	}
}

// flushIdle is meant for [http.Server.ConnState]. By then net/http has taken the deadline away.
func flushIdle(conn net.Conn, state http.ConnState, timeout time.Duration) {
	if c, ok := conn.(*gatherer); ok && state == http.StateIdle {
		c.flush(false, timeout)
	}
}

// ReadFrom implements [io.ReaderFrom].
func (c *gatherer) ReadFrom(r io.Reader) (int64, error) {
	c.flush(false, 0)
	return c.TCPConn.ReadFrom(r)
}

// CloseWrite is what net/http calls before it waits for the client to close.
func (c *gatherer) CloseWrite() error {
	c.flush(false, 0)
	return c.TCPConn.CloseWrite()
}

// Close implements [io.Closer].
func (c *gatherer) Close() error {
	c.flush(true, time.Second) // for a client that reads nothing
	return c.TCPConn.Close()
}
