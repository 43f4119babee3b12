package admission

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"sync"
	"syscall"
	"time"
)

// maxLate bounds the search for a connection that the server really waits for. If even the last of
// as many has sent something, the server is behind with all of them.
const maxLate = 16

// Connections bounds how many connections are open, and how many bytes are held for their clients:
// requests that are being received or wait to be worked on, and answers that are being sent. One
// too many ends a connection of the address on which the server waits most. So none keeps the
// others out, however many it opens. No address gets more than three quarters.
type Connections struct {
	most    int
	mu      sync.Mutex
	open    int
	held    int // bytes
	answers int // of these
	hosts   map[string]*host
}

// host is what one address has.
type host struct {
	open    map[*connection]struct{}
	held    int       // bytes
	answers int       // of these
	quiet   time.Time // until when no connection is looked for that is stalled
}

// quietTime bounds how often that is done: who opens connections without end has to be refused at
// little cost, or others wait to be accepted.
const quietTime = 50 * time.Millisecond

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
		if isReset(accepted) { // nobody waits for an answer
			_ = accepted.Close()
			continue
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
		known.work()
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
		return own.pick(conn)
	case c.open > c.most:
		return c.pick(conn)
	}
	return nil
}

// closeLongest makes room where it isn't known how many connections are too many. It reports
// whether there was one to close.
func (c *Connections) closeLongest() bool {
	c.mu.Lock()
	picked := c.pick(nil)
	c.mu.Unlock()
	return picked != nil && picked.Close() == nil
}

// remove forgets a connection. It can be called again.
func (c *Connections) remove(conn *connection) {
	c.mu.Lock()
	defer c.mu.Unlock()
	own := c.hostOf(conn)
	if own == nil {
		return
	}
	c.drop(conn, own)
	conn.ended = true // what is still being counted of it is gone
	delete(own.open, conn)
	c.open--
	if len(own.open) == 0 {
		delete(c.hosts, conn.address)
	}
}

// hostOf returns what the address of a connection has; nil if the connection has been closed.
func (c *Connections) hostOf(conn *connection) *host {
	own := c.hosts[conn.address]
	if own == nil {
		return nil
	}
	if _, isOpen := own.open[conn]; !isOpen {
		return nil
	}
	return own
}

// pick returns the connection to end of an address that has too many: one that is stalled, or else
// the new one, for which others aren't ended. Then none that is stalled is looked for until the
// quiet is over.
func (h *host) pick(newcomer *connection) *connection {
	now := time.Now()
	if now.Before(h.quiet) {
		return newcomer
	}
	if stalled := h.stalled(now, 0); stalled != nil {
		return stalled
	}
	h.quiet = now.Add(quietTime)
	return newcomer
}

// stalled returns the connection that has been stalled for longest, of those that hold so many
// bytes; nil if there is none, or the server is behind with it.
func (h *host) stalled(now time.Time, held int) (found *connection) {
	for conn := range h.open {
		if conn.isStalled(now) && conn.held >= held && (found == nil || conn.since() < found.since()) {
			found = conn
		}
	}
	if found == nil || found.isLate() {
		return nil
	}
	return found
}

// pick returns the connection to end where there are too many, but not the new one. It looks for
// those first whose end costs least: on which the server waits for the client, then those that it
// has worked on for long, then any. It is one of the address that has most such. One whose client
// has sent something is passed over, if there is another.
func (c *Connections) pick(newcomer *connection) *connection {
	passed := []*connection{newcomer}
	now := time.Now()
	for _, kind := range []func(*connection) bool{
		(*connection).isWaiting, func(conn *connection) bool { return conn.isLaborious(now) },
		func(*connection) bool { return true },
	} {
		for len(passed) <= maxLate {
			found := c.ofMost(kind, passed)
			if found == nil {
				break
			}
			if !found.isLate() {
				return found
			}
			passed = append(passed, found)
		}
	}
	if len(passed) > 1 {
		return passed[1]
	}
	return nil
}

// ofMost returns a connection of the address that has most of a kind: the one whose end costs
// least.
func (c *Connections) ofMost(kind func(*connection) bool, passed []*connection) (found *connection) {
	most := 0
	for _, h := range c.hosts {
		var cheapest *connection
		size := 0
		for conn := range h.open {
			if !kind(conn) || slices.Contains(passed, conn) {
				continue
			}
			size++
			if cheapest == nil || conn.isCheaper(cheapest) {
				cheapest = conn
			}
		}
		if size > most || size == most && size > 0 && cheapest.isCheaper(found) {
			found, most = cheapest, size
		}
	}
	return found
}
