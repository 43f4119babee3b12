package admission

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"sync"
	"syscall"
	"time"

	"golang.org/x/time/rate"
)

// maxLate bounds the search for a connection that the server really waits for. If even the last of
// as many has sent something, the server is behind with all of them.
const maxLate = 4

// Connections bounds how many connections are open, and how many bytes are held for their clients:
// requests that are being received or wait to be worked on, and answers that are being sent. One
// too many ends a connection of the address that lets the server wait longest. So none keeps the
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
	held    int           // bytes
	answers int           // of these
	changes *rate.Limiter // of own connections for new ones
}

// How often an address that has too many connections gets a new one for another: who opens some
// without end has to be refused at little cost, or others wait to be accepted.
const (
	changesPerSecond = 100
	changesAtOnce    = 32
)

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
		own = &host{open: map[*connection]struct{}{}, changes: rate.NewLimiter(changesPerSecond, changesAtOnce)}
		c.hosts[conn.address] = own
	}
	own.open[conn] = struct{}{}
	c.open++
	isOver := len(own.open) > max(1, c.most*3/4)
	if !isOver && c.open <= c.most {
		return nil
	}
	if own.changes.Tokens() < 1 {
		return conn
	}
	var picked *connection
	if isOver {
		picked = cmp.Or(own.spare(conn), conn)
	} else {
		picked = c.pick(conn)
	}
	if picked.address == conn.address {
		own.changes.Allow()
	}
	return picked
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

// spare returns a connection that the address hardly uses, to end it for a new one; nil if there is
// none.
func (h *host) spare(newcomer *connection) *connection {
	now := time.Now()
	return h.cheapest(now, func(conn *connection) bool {
		return conn != newcomer && (conn.isUnused(now) || conn.isStalled(now))
	})
}

// cheapest returns the connection of a kind whose end costs least; nil if there is none, or the
// server is behind with the cheapest ones.
func (h *host) cheapest(now time.Time, kind func(*connection) bool) *connection {
	var late []*connection
	for len(late) < maxLate {
		var found *connection
		for conn := range h.open {
			if kind(conn) && (found == nil || conn.isCheaper(found, now)) && !slices.Contains(late, conn) {
				found = conn
			}
		}
		if found == nil || !found.isLate() {
			return found
		}
		late = append(late, found)
	}
	return nil
}

// pick returns the connection to end where there are too many: the new one if there is no other to
// end. It looks for those first whose end costs least: on which the server waits for the client,
// then those that it has worked on for long, then any. It is one of the address that takes most
// time so. Connections whose clients have sent something are passed over, and if need be all of an
// address.
func (c *Connections) pick(newcomer *connection) *connection {
	now := time.Now()
	var passed []*host
	for _, kind := range []func(*connection) bool{
		(*connection).isWaiting, func(conn *connection) bool { return conn.isLaborious(now) },
		func(*connection) bool { return true },
	} {
		isOther := func(conn *connection) bool { return conn != newcomer && kind(conn) }
		for len(passed) < maxLate {
			most := c.mostOf(now, isOther, passed)
			if most == nil {
				break
			}
			if found := most.cheapest(now, isOther); found != nil {
				return found
			}
			passed = append(passed, most)
		}
	}
	return newcomer
}

// mostOf returns the address whose connections of a kind take most time together, each a second at
// most: who is slow on few of them isn't worse than who comes and goes on many.
func (c *Connections) mostOf(now time.Time, kind func(*connection) bool, passed []*host) (found *host) {
	most := int64(-1)
	for _, h := range c.hosts {
		taken := int64(-1)
		for conn := range h.open {
			if kind(conn) {
				taken += min(max(1, now.UnixNano()-conn.since()), int64(briefly))
			}
		}
		if taken > most && !slices.Contains(passed, h) {
			found, most = h, taken
		}
	}
	return found
}
