package admission

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"
)

// briefly is how long clients that use their connections may leave one alone.
const briefly = time.Second

// Connections bounds how many connections are open, and how many bytes are held for their clients:
// requests that are being received or wait to be worked on, and answers that are being sent. One
// too many of either ends a connection on which the server waits for its client: for a request, for
// the rest of one, or until it has read an answer. It is the one that has waited longest, of the
// address that has most of those which have waited for a second, or else of all. So none keeps the
// others out, however many it opens. No address gets more than three quarters.
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
			if l.all.closeLongest() {
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
		longest, _ := own.longestBefore(time.Now().UnixNano(), connections, true)
		return longest
	case c.open > c.most:
		return c.longest(connections)
	}
	return nil
}

// closeLongest makes room where it isn't known how many connections are too many. It reports whether
// there was one to close.
func (c *Connections) closeLongest() bool {
	c.mu.Lock()
	longest := c.longest(connections)
	c.mu.Unlock()
	return longest != nil && longest.Close() == nil
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

// longest returns the connection that has waited longest for its client. It is one of the address
// that has most which have kept the server waiting for a while: who uses a connection every now and
// then shall not lose it to those who don't. If there are none, it is one of the address that has
// most of all. The weight of a connection is what the server has too much of; one that has none
// doesn't matter. It is nil if none waits.
func (c *Connections) longest(weight func(*connection) int) *connection {
	if stalled := c.longestBefore(time.Now().Add(-briefly), weight, false); stalled != nil {
		return stalled
	}
	return c.longestBefore(time.Now(), weight, true)
}

// longestBefore looks at connections that have waited since before a time. An address has those, or
// all that are open.
func (c *Connections) longestBefore(limit time.Time, weight func(*connection) int, all bool) *connection {
	var found *connection
	most := 0
	for _, h := range c.hosts {
		longest, size := h.longestBefore(limit.UnixNano(), weight, all)
		if longest == nil || size < most {
			continue
		}
		if size > most || longest.waiting.Load() < found.waiting.Load() {
			found, most = longest, size
		}
	}
	return found
}

func (h *host) longestBefore(limit int64, weight func(*connection) int, all bool) (found *connection, size int) {
	var since int64
	for conn := range h.open {
		own, waiting := weight(conn), conn.waiting.Load()
		isWaiting := own > 0 && waiting != 0 && waiting <= limit
		if all || isWaiting {
			size += own
		}
		if isWaiting && (found == nil || waiting < since) {
			found, since = conn, waiting
		}
	}
	return found, size
}

func connections(*connection) int { return 1 }
