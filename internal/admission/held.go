package admission

import "time"

const (
	freeBytes = 16 << 10 // of a request: those of almost all, so they aren't counted
	maxHeld   = 8 << 20  // bytes that are held for all clients
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
	for c.held > maxHeld || own.held > maxHeld*3/4 {
		longest, _ := own.longestBefore(time.Now().UnixNano(), heldBytes, true)
		if own.held <= maxHeld*3/4 {
			longest = c.longest(heldBytes)
		}
		if longest == nil { // all are being worked on, which won't take long
			break
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

func heldBytes(conn *connection) int { return conn.held }
