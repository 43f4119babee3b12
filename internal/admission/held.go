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
	own := c.hostOf(conn)
	if own == nil || conn.ended { // it gets nothing but an answer
		c.mu.Unlock()
		return
	}
	c.count(conn, own, bytes)
	for c.held > maxHeld || own.held > maxHeld/2 {
		var picked *connection
		if own.held > maxHeld/2 {
			picked = c.pickOwn(conn, own, waitingBytes, &own.quietBytes)
		} else {
			picked, _ = c.pick(nil, waitingBytes)
		}
		if picked == nil || picked.ended {
			break
		}
		picked.ended = true
		c.count(picked, c.hosts[picked.address], -picked.held)
		if !picked.receiving {
			closing = append(closing, picked)
			continue
		}
		_ = picked.SetReadDeadline(time.Unix(1, 0)) // Receive answers
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
	if own := c.hostOf(conn); own != nil {
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
