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
const maxLate = 4

// Connections bounds how many connections are open, and how many bytes are held for their clients:
// requests that are being received or wait to be worked on, and answers that are being sent. One
// too many of either ends a connection of the address that has most which are stalled: that have
// let the server wait for a second, for a request, for the rest of one, or until an answer is read.
// It is the one that has done so for longest. If none is stalled, it's one of the address that has
// most: an idle one if there is any, or else one that is worked on for long. So none keeps the
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
	// Until when no connection is looked for that is stalled, and none of those that hold bytes.
	quiet, quietBytes time.Time
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
		return c.pickOwn(conn, own)
	case c.open > c.most:
		picked, _ := c.pick(nil, one)
		return picked
	}
	return nil
}

// pickOwn returns the connection to end of an address that has too many: one that is stalled, or
// else the one that has just come, for which others aren't ended. Then none that is stalled is
// looked for until the quiet is over.
func (c *Connections) pickOwn(conn *connection, own *host) *connection {
	now := time.Now()
	if now.Before(own.quiet) {
		return conn
	}
	if picked, isStalled := c.pick(own, one); isStalled {
		return picked
	}
	own.quiet = now.Add(quietTime)
	return conn
}

// closeLongest makes room where it isn't known how many connections are too many. It reports
// whether there was one to close.
func (c *Connections) closeLongest() bool {
	c.mu.Lock()
	picked, _ := c.pick(nil, one)
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
	c.count(conn, own, -conn.held)
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

// pick returns the connection to end where there are too many, and whether it is stalled. It looks
// for those first whose end costs least: that are stalled, then idle, then worked on for long, and
// at last for any. It is the one that has been so for longest, of the address that has most such.
// The weight of a connection is what there is too much of; one without any doesn't matter. Only
// connections of own are looked at if it isn't nil. One whose client has sent something is passed
// over, if there is another.
func (c *Connections) pick(own *host, weight func(*connection) int) (picked *connection, isStalled bool) {
	var late []*connection
	now := time.Now()
	for len(late) < maxLate {
		again, stalled := c.largest(own, now, func(conn *connection) int {
			if slices.Contains(late, conn) {
				return 0
			}
			return weight(conn)
		})
		if again != nil && !again.isLate() {
			return again, stalled
		}
		if picked == nil {
			picked, isStalled = again, stalled
		}
		if again == nil {
			break
		}
		late = append(late, again)
	}
	return picked, isStalled
}

func (c *Connections) largest(
	own *host, now time.Time, weight func(*connection) int,
) (picked *connection, isStalled bool) {
	any := func(*connection, time.Time) bool { return true }
	for i, matters := range []func(*connection, time.Time) bool{
		(*connection).isStalled, (*connection).isIdle, (*connection).isLaborious, any,
	} {
		most := 0
		for _, h := range c.hosts {
			if own != nil && h != own {
				continue
			}
			oldest, size := h.weigh(func(conn *connection) int {
				if !matters(conn, now) {
					return 0
				}
				return weight(conn)
			})
			if size > most || size == most && size > 0 && oldest.since() < picked.since() {
				picked, most = oldest, size
			}
		}
		if picked != nil {
			return picked, i == 0
		}
	}
	return nil, false
}

// weigh returns the oldest of those connections that weigh something, and what they weigh together.
func (h *host) weigh(weight func(*connection) int) (oldest *connection, size int) {
	for conn := range h.open {
		own := weight(conn)
		size += own
		if own > 0 && (oldest == nil || conn.since() < oldest.since()) {
			oldest = conn
		}
	}
	return oldest, size
}

func one(*connection) int { return 1 }
