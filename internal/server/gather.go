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

// gatheringListener accepts connections on which an answer takes one system call and mostly wakes the client once, where net/http by itself
// takes two. That is a quarter more answers.
type gatheringListener struct {
	*net.TCPListener
	spills sync.Pool // of *[spill]byte
}

// Accept implements [net.Listener].
func (l *gatheringListener) Accept() (net.Conn, error) {
	conn, err := l.AcceptTCP()
	if err != nil {
		return nil, err
	}
	_ = conn.SetWriteBuffer(writeBuffer)
	return &gatheringConn{TCPConn: conn, spills: &l.spills}, nil
}

// gatheringConn holds what net/http spills until the rest of the answer comes. The spill may be the end of it, so flush has to be called
// when the connection turns idle.
type gatheringConn struct {
	*net.TCPConn
	spills *sync.Pool
	mu     sync.Mutex // because others than who serves the connection may close it
	held   *[spill]byte
}

// Write implements [io.Writer].
func (c *gatheringConn) Write(data []byte) (int, error) {
	held := c.take()
	switch {
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

func (c *gatheringConn) hold(data []byte) {
	held, ok := c.spills.Get().(*[spill]byte)
	if !ok {
		held = new([spill]byte)
	}
	copy(held[:], data)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = held
}

// take returns what is held, which then no longer is, or nil.
func (c *gatheringConn) take() *[spill]byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	held := c.held
	c.held = nil
	return held
}

func (c *gatheringConn) flush() {
	if held := c.take(); held != nil {
		defer c.spills.Put(held)
		_, _ = c.TCPConn.Write(held[:]) // after an error net/http finds the connection broken
	}
}

// flushIdle is meant for [http.Server.ConnState].
func flushIdle(conn net.Conn, state http.ConnState) {
	if c, ok := conn.(*gatheringConn); ok && state == http.StateIdle {
		c.flush()
	}
}

// ReadFrom implements [io.ReaderFrom].
func (c *gatheringConn) ReadFrom(r io.Reader) (int64, error) {
	c.flush()
	return c.TCPConn.ReadFrom(r)
}

// CloseWrite is what net/http calls before it waits for the client to close.
func (c *gatheringConn) CloseWrite() error {
	c.flush()
	return c.TCPConn.CloseWrite()
}

// Close implements [io.Closer].
func (c *gatheringConn) Close() error {
	_ = c.SetWriteDeadline(time.Now().Add(time.Second)) // for a client that reads nothing
	c.flush()
	return c.TCPConn.Close()
}
