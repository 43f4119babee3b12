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
			picked = c.pickHolding(conn, own, maxHeld/2)
		} else {
			picked = c.pickHolding(conn, nil, maxHeld)
		}
		if picked == nil {
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

// pickHolding returns the connection to end where more bytes are held than there may be, of one
// address or of all if own is nil. That is one that is stalled. If there is none, it's the one that
// has sent least of a request, of the address that has sent most: the others get theirs done, which
// they wouldn't if each in turn were ended for the next. Answers end for others only if they alone
// are too much, and then it's the one that has just begun.
func (c *Connections) pickHolding(conn *connection, own *host, most int) *connection {
	now := time.Now()
	if own == nil || !now.Before(own.quietBytes) {
		if picked, isStalled := c.pick(own, waitingBytes); isStalled {
			return picked
		}
		if own != nil {
			own.quietBytes = now.Add(quietTime)
		}
	}
	var least *connection
	waiting, sent := conn.held, 0
	for _, h := range c.hosts {
		if own != nil && h != own {
			continue
		}
		again, size := h.leastSent()
		if size > sent {
			least, sent = again, size
		}
		_, size = h.weigh(waitingBytes)
		waiting += size
	}
	if least == nil && waiting > most {
		return conn
	}
	return least
}

// leastSent returns the connection that has sent least of a request, of equals the last one, and
// what all have sent together.
func (h *host) leastSent() (least *connection, sent int) {
	for conn := range h.open {
		if waitingBytes(conn) == 0 || conn.answered.Load() {
			continue
		}
		sent += conn.held
		if least == nil || conn.held < least.held || conn.held == least.held && conn.since() > least.since() {
			least = conn
		}
	}
	return least, sent
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
