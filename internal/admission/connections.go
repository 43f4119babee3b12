package admission

import (
	"cmp"
	"context"
	"errors"
	"math"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"
)

const (
	// briefly is how long a connection is sure of its place against others of its address.
	briefly = time.Second
	// maxLate bounds the search for a connection that the server really waits for. If even the last
	// of as many has sent something, the server is behind with all of them.
	maxLate = 16
)

// Connections bounds how many connections are open, and how many bytes are held for their clients:
// requests that are being received or wait to be worked on, and answers that are being sent. One
// too many of either ends a connection on which the server waits for its client: for a request, for
// the rest of one, or until it has read an answer. It is the one that has waited longest, of the
// address that has most if that is more than a quarter, or else of all. So none keeps the others
// out, however many it opens. No address gets more than three quarters, and to it a connection is
// refused rather than that one ends which is younger than a second.
type Connections struct {
	most  int
	mu    sync.Mutex
	open  int
	held  int // bytes
	hosts map[string]*host
}

// host is what one address has.
type host struct {
	open   map[*connection]struct{}
	held   int         // bytes
	oldest *connection // of those that wait; may be out of date
	since  int64       // when it began to
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
	for range maxLate {
		longest := conn
		switch {
		case len(own.open) > max(1, c.most*3/4):
			longest = own.longest()
		case c.open > c.most:
			longest = c.longest()
		default:
			return nil
		}
		since := c.hosts[longest.address].since
		if longest.address == conn.address && time.Now().UnixNano()-since < int64(briefly) {
			return conn // who opens more than there is room for doesn't get any by closing the last ones
		}
		if longest.isLate() {
			longest.waiting.CompareAndSwap(since, time.Now().UnixNano())
		} else if longest.waiting.CompareAndSwap(since, 0) { // it's still waiting
			return longest
		}
	}
	return conn
}

// closeLongest makes room where it isn't known how many connections are too many. It reports
// whether there was one to close.
func (c *Connections) closeLongest() bool {
	c.mu.Lock()
	longest := c.longest()
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
	if own.oldest == conn {
		own.oldest = nil
	}
	c.open--
	if len(own.open) == 0 {
		delete(c.hosts, conn.address)
	}
}

// longest returns the connection that has waited longest for its client: of the address that has
// most if that is more than a quarter of all there may be, or else of all. It is nil if none waits.
func (c *Connections) longest() *connection {
	var found, ofLargest *connection
	since, most := int64(math.MaxInt64), c.most/4
	for _, h := range c.hosts {
		longest := h.longest()
		if longest == nil {
			continue
		}
		if h.since < since {
			found, since = longest, h.since
		}
		if len(h.open) > most {
			ofLargest, most = longest, len(h.open)
		}
	}
	return cmp.Or(ofLargest, found)
}

// longest returns the connection that has waited longest for its client; nil if none waits. It is
// looked for when the one that was found before no longer waits.
func (h *host) longest() *connection {
	if h.oldest != nil && h.oldest.waiting.Load() == h.since {
		return h.oldest
	}
	h.oldest = nil
	for conn := range h.open {
		if waiting := conn.waiting.Load(); waiting != 0 && (h.oldest == nil || waiting < h.since) {
			h.oldest, h.since = conn, waiting
		}
	}
	return h.oldest
}
