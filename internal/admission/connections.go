package admission

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"syscall"
)

// Connections bounds how many connections are open, and how many bytes are held for their clients:
// requests that are being received or wait to be worked on, and answers that are being sent. One
// too many of either ends a connection on which the server waits for its client: for a request, for
// the rest of one, or until it has read an answer. It is the one that has waited longest, of the
// address that has most. So none keeps the others out, however many it opens. No address gets more
// than three quarters.
type Connections struct {
	most  int
	mu    sync.Mutex
	open  int
	held  int // bytes
	hosts map[string]*host
}

// host is what one address has.
type host struct {
	open map[*connection]struct{}
	held int // bytes
}

// NewConnections admits so many connections at a time, 1 or more. Several servers can share it.
func NewConnections(most int) *Connections {
	return &Connections{most: most, hosts: map[string]*host{}}
}

// Listener returns a listener whose connections count. Servers on it need the methods ConnContext
// and ConnState, too.
func (c *Connections) Listener(l net.Listener) net.Listener { return listener{l, c} }

type listener struct {
	net.Listener
	all *Connections
}

// Accept implements [net.Listener]. It makes room where the process has no more descriptors.
func (l listener) Accept() (net.Conn, error) {
	for {
		accepted, err := l.Listener.Accept()
		if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
			if longest := l.all.longest(); longest != nil {
				_ = longest.Close()
				continue
			}
		}
		if err != nil {
			return nil, err
		}
		conn := &connection{Conn: accepted, all: l.all, address: addressOf(accepted.RemoteAddr().String())}
		conn.wait()
		tooMany := l.all.add(conn)
		if tooMany != nil {
			_ = tooMany.Close()
		}
		if tooMany != conn {
			return conn, nil
		}
	}
}

// ConnContext makes a connection known to its requests; it is meant for [http.Server.ConnContext].
func (c *Connections) ConnContext(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, connectionOf(conn))
}

// ConnState notes what the server does for a connection; it is meant for [http.Server.ConnState].
func (c *Connections) ConnState(conn net.Conn, state http.ConnState) {
	known := connectionOf(conn)
	switch {
	case known == nil:
	case state == http.StateActive:
		known.waiting.Store(0)
	case state == http.StateIdle:
		if known.received.Swap(0) > freeBytes {
			c.release(known)
		}
		known.wait()
	}
}

// add returns the connection to close, if there is one too many.
func (c *Connections) add(conn *connection) *connection {
	c.mu.Lock()
	defer c.mu.Unlock()
	own := c.hosts[conn.address]
	if own == nil {
		own = &host{open: map[*connection]struct{}{}}
		c.hosts[conn.address] = own
	}
	own.open[conn] = struct{}{}
	c.open++
	switch {
	case len(own.open) > max(1, c.most*3/4):
		return own.longest(isOpen)
	case c.open > c.most:
		return c.largest(isOpen, func(h *host) int { return len(h.open) })
	}
	return nil
}

// remove forgets a connection. It can be called again.
func (c *Connections) remove(conn *connection) {
	c.mu.Lock()
	defer c.mu.Unlock()
	own := c.hosts[conn.address]
	if own == nil {
		return
	}
	if _, ok := own.open[conn]; !ok {
		return
	}
	c.count(conn, own, -conn.held)
	delete(own.open, conn)
	c.open--
	if len(own.open) == 0 {
		delete(c.hosts, conn.address)
	}
}

// longest returns the connection to close where there is no room for another; nil if none waits.
func (c *Connections) longest() *connection {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.largest(isOpen, func(h *host) int { return len(h.open) })
}

// largest returns the connection that has waited longest of those that qualify, of the address that
// has most by some measure of those that have one; nil if none has.
func (c *Connections) largest(qualifies func(*connection) bool, size func(*host) int) *connection {
	var found *connection
	most := 0
	for _, h := range c.hosts {
		longest := h.longest(qualifies)
		if longest == nil || size(h) < most {
			continue
		}
		if size(h) > most || longest.waiting.Load() < found.waiting.Load() {
			found, most = longest, size(h)
		}
	}
	return found
}

// longest returns the connection that has waited longest for its client of those that qualify; nil
// if none waits.
func (h *host) longest(qualifies func(*connection) bool) *connection {
	var found *connection
	var since int64
	for conn := range h.open {
		waiting := conn.waiting.Load()
		if waiting != 0 && (found == nil || waiting < since) && qualifies(conn) {
			found, since = conn, waiting
		}
	}
	return found
}

func isOpen(*connection) bool { return true }
