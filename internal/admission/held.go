package admission

import "time"

const (
	freeBytes = 4 << 10 // of a request: as many as net/http reads at once, so they aren't counted
	maxHeld   = 6 << 20 // bytes that are held for all clients
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
	for c.held > maxHeld || own.held > maxHeld/2 {
		crowded := own
		if own.held <= maxHeld/2 {
			crowded = nil
		}
		longest := conn
		if crowded == nil || time.Now().After(own.quietBytes) {
			var isOverdue bool
			longest, isOverdue = c.pick(crowded, waitingBytes)
			if crowded == own && !isOverdue { // others aren't ended for who sends without end
				own.quietBytes = time.Now().Add(quietTime)
				longest = conn
			}
		}
		if longest == nil || longest.ended {
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

// release gives back what a connection holds, whose next request counts anew.
func (c *Connections) release(conn *connection) {
	c.mu.Lock()
	defer c.mu.Unlock()
	own := c.hosts[conn.address]
	if own == nil {
		return
	}
	if _, ok := own.open[conn]; ok {
		c.count(conn, own, -conn.held)
		conn.ended = false
	}
}

func (c *Connections) count(conn *connection, own *host, bytes int) {
	conn.held += bytes
	own.held += bytes
	c.held += bytes
}

// waitingBytes are those that are held while the server waits for the client: what is being worked
// on won't take long.
func waitingBytes(conn *connection) int {
	if conn.waiting.Load() == 0 {
		return 0
	}
	return conn.held
}
