package server

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// spill is how much net/http writes when its buffer is full and the answer goes on.
const spill = 4 << 10 // bytes

// gather lets a server write each answer by one system call, where net/http takes two for those
// that exceed its buffer. An answer of a recipe's size costs 24 µs of processor time, not 31, the
// client's included (BenchmarkGather). What net/http spills is held until the rest of the answer
// comes. It may be the end of the answer, so it goes out when the connection turns idle.
// That is known of plain HTTP/1.1 alone, and only where net/http has the connection itself: what
// wraps it, as TLS does, has each write go out at once.
func gather(server *http.Server, l net.Listener) net.Listener {
	server.Protocols = new(http.Protocols)
	server.Protocols.SetHTTP1(true)
	next := server.ConnState
	server.ConnState = func(conn net.Conn, state http.ConnState) {
		if c, ok := conn.(*gatherer); ok && state == http.StateNew {
			c.mayHold = true
		} else if ok && state == http.StateIdle {
			c.flush(server.WriteTimeout) // net/http has taken its deadline away
		}
		next(conn, state)
	}
	return gatherListener{l}
}

type gatherListener struct{ net.Listener }

// Accept implements [net.Listener].
func (l gatherListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if tcp, ok := conn.(*net.TCPConn); ok {
		return &gatherer{Conn: tcp}, nil
	}
	return conn, err
}

// gatherer is the writing side of a connection. A handler that flushes as many bytes of its answer
// as net/http spills waits for the next ones.
type gatherer struct {
	net.Conn // a *net.TCPConn, whose ReadFrom would overtake what is held
	mayHold  bool
	mu       sync.Mutex // locked while something is written or held
	held     []byte
}

// Write implements [io.Writer].
func (c *gatherer) Write(data []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case len(c.held) > 0:
		both := net.Buffers{c.held, data}
		n, err := both.WriteTo(c.Conn)
		n -= int64(len(c.held))
		c.held = c.held[:0]
		return int(max(0, n)), err
	case len(data) == spill && c.mayHold:
		c.held = append(c.held, data...)
		return len(data), nil
	}
	return c.Conn.Write(data)
}

// flush writes what is held, within a time if net/http has set none. It doesn't wait for a write
// that goes on, which holds nothing. After an error it closes the connection: nothing more can be
// written.
func (c *gatherer) flush(timeout time.Duration) {
	if !c.mu.TryLock() {
		return
	}
	defer c.mu.Unlock()
	if len(c.held) == 0 {
		return
	}
	if timeout > 0 {
		_ = c.SetWriteDeadline(time.Now().Add(timeout))
	}
	if _, err := c.Conn.Write(c.held); err != nil {
		_ = c.Conn.Close()
	}
	c.held = c.held[:0]
}

// CloseWrite is what net/http calls before it waits for the client to close.
func (c *gatherer) CloseWrite() error {
	c.flush(0)
	return c.Conn.(*net.TCPConn).CloseWrite()
}

// Close implements [io.Closer].
func (c *gatherer) Close() error {
	c.flush(time.Second) // for a client that reads nothing
	return c.Conn.Close()
}
