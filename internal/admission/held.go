package admission

import "time"

const (
	freeBytes = 4 << 10 // of a request: as many as net/http reads at once, so they aren't counted
	maxHeld   = 6 << 20 // bytes that are held for all clients
	// muchLess is which part of the bytes of an address another one may hold undisturbed by it.
	muchLess = 2
)

// hold counts bytes that a client lets the server keep. If these are too many it ends connections.
// It reports whether that is the client's own. An address has too many if what all have doesn't
// leave as much again: so it gets half if it's alone, and one that comes later always finds room
// (the dynamic threshold of Choudhury and Hahne, IEEE/ACM ToN 6(2), 1998).
func (c *Connections) hold(conn *connection, bytes int) (isEnded bool) {
	var closing []*connection
	c.mu.Lock()
	own := c.hostOf(conn)
	if own == nil || conn.ended { // it gets nothing but an answer
		c.mu.Unlock()
		return false
	}
	if conn.held == 0 {
		conn.begun = time.Now()
	}
	c.count(conn, own, bytes)
	for bytes > 0 && own.held+c.held > maxHeld {
		picked := c.pickHolding(conn, own)
		if picked == nil {
			break
		}
		picked.ended = true
		c.drop(picked, c.hosts[picked.address])
		if !picked.receiving {
			closing = append(closing, picked)
			continue
		}
		_ = picked.SetReadDeadline(time.Unix(1, 0)) // Receive answers
	}
	isEnded = conn.ended
	c.mu.Unlock()
	for _, conn := range closing {
		_ = conn.Close()
	}
	return isEnded
}

// holdAnswer counts bytes that are being sent to a client, as hold does.
func (c *Connections) holdAnswer(conn *connection, bytes int) (isEnded bool) {
	c.mu.Lock()
	if own := c.hostOf(conn); own != nil && !conn.ended {
		conn.answers += bytes
		own.answers += bytes
		c.answers += bytes
	}
	c.mu.Unlock()
	return c.hold(conn, bytes)
}

// release gives back what a connection holds, whose next request counts anew.
func (c *Connections) release(conn *connection) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if own := c.hostOf(conn); own != nil {
		c.drop(conn, own)
		conn.ended = false
	}
}

func (c *Connections) count(conn *connection, own *host, bytes int) {
	conn.held += bytes
	own.held += bytes
	c.held += bytes
}

// drop counts nothing of a connection any more.
func (c *Connections) drop(conn *connection, own *host) {
	c.count(conn, own, -conn.held)
	own.answers -= conn.answers
	c.answers -= conn.answers
	conn.answers = 0
}

// pickHolding returns the connection to end where an address holds too many bytes; nil if what is
// worked on has to be done first. It is one of the address that has let the server keep most for
// longest, if that doesn't hold much less than this one. An answer ends only if answers alone are
// too many.
func (c *Connections) pickHolding(conn *connection, own *host) *connection {
	now := time.Now()
	var found *host
	most := 0.0
	for _, h := range c.hosts {
		weight := 0.0
		for other := range h.open {
			if other.givesWay(now) {
				weight += float64(other.held) * (now.Sub(other.begun) + time.Millisecond).Seconds()
			}
		}
		if weight > most && h.held >= own.held/muchLess {
			found, most = h, weight
		}
	}
	switch {
	case found != nil:
		return found.pickHolding(now)
	case conn.answers > 0 && own.answers+c.answers > maxHeld:
		return conn
	}
	return nil
}

// pickHolding returns the connection that gives way: one that is stalled, or else the one that has
// sent least of a request, of equals the last one. Then the others get theirs done, which they
// wouldn't if each in turn were ended for the next.
func (h *host) pickHolding(now time.Time) (least *connection) {
	stalled := h.cheapest(now, func(conn *connection) bool { return conn.held > 0 && conn.isStalled(now) })
	if stalled != nil {
		return stalled
	}
	for conn := range h.open {
		if conn.givesWay(now) && (least == nil || conn.held < least.held ||
			conn.held == least.held && conn.since() > least.since()) {
			least = conn
		}
	}
	return least
}

// givesWay reports whether a connection may be ended for the bytes that it holds: those of a
// request that still comes, or of an answer that isn't read.
func (c *connection) givesWay(now time.Time) bool {
	return c.held > 0 && c.isWaiting() && (!c.answered.Load() || c.isStalled(now))
}
