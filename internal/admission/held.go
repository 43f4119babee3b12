package admission

import (
	"cmp"
	"time"
)

const (
	freeBytes = 16 << 10 // of a request: those of almost all, so they aren't counted
	maxHeld   = 6 << 20  // bytes that are held for all clients
)

// hold counts bytes that a client lets the server keep. If these are too many it ends connections.
func (c *Connections) hold(conn *connection, bytes int) {
	var closing []*connection
	c.mu.Lock()
	own := c.hosts[conn.address]
	if own == nil || conn.ended { // it gets nothing but an answer
		c.mu.Unlock()
		return
	}
	c.count(conn, own, bytes)
	late := 0
	for c.held > maxHeld || own.held > maxHeld*3/4 {
		longest := own.longestHolding()
		if own.held <= maxHeld*3/4 {
			longest = c.longestHolding()
		}
		if longest == nil { // all are being worked on, which won't take long
			break
		}
		if late < maxLate && longest.isLate() {
			longest.wait()
			late++
			continue
		}
		longest.ended = true
		c.count(longest, c.hosts[longest.address], -longest.held)
		if !longest.receiving {
			closing = append(closing, longest)
			continue
		}
		_ = longest.SetReadDeadline(time.Unix(1, 0)) // Receive answers
	}
	c.mu.Unlock()
	for _, conn := range closing {
		_ = conn.Close()
	}
}

// release gives back what a connection holds.
func (c *Connections) release(conn *connection) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if own := c.hosts[conn.address]; own != nil {
		c.count(conn, own, -conn.held)
	}
}

func (c *Connections) count(conn *connection, own *host, bytes int) {
	conn.held += bytes
	own.held += bytes
	c.held += bytes
}

// longestHolding returns the connection that has waited longest of those for which bytes are held:
// of the address for which most are held if that is more than a quarter of all that may be, or else
// of all. It is nil if none waits.
func (c *Connections) longestHolding() *connection {
	var found, ofLargest *connection
	most := maxHeld / 4
	for _, h := range c.hosts {
		longest := h.longestHolding()
		if longest == nil {
			continue
		}
		if found == nil || longest.waiting.Load() < found.waiting.Load() {
			found = longest
		}
		if h.held > most {
			ofLargest, most = longest, h.held
		}
	}
	return cmp.Or(ofLargest, found)
}

func (h *host) longestHolding() *connection {
	var found *connection
	var since int64
	for conn := range h.open {
		waiting := conn.waiting.Load()
		if waiting != 0 && conn.held > 0 && (found == nil || waiting < since) {
			found, since = conn, waiting
		}
	}
	return found
}
