package server

import (
	"container/list"
	"net"
	"net/http"
	"sync"
)

// connections bounds how many connections are open, each of which takes memory. A new one too many takes the place of the one that has
// waited longest for a request or for the rest of its headers; if all are being answered, it is closed itself.
type connections struct {
	most    int
	mu      sync.Mutex
	open    map[net.Conn]*list.Element // nil while it's being answered
	waiting *list.List                 // of net.Conn, the longest first
}

func newConnections(most int) *connections {
	return &connections{most: most, open: map[net.Conn]*list.Element{}, waiting: list.New()}
}

// change notes a connection's state; it is meant for [http.Server.ConnState].
func (c *connections) change(conn net.Conn, state http.ConnState) {
	if tooMany := c.note(conn, state); tooMany != nil {
		_ = tooMany.Close()
	}
}

// note returns the connection to close, if there is one too many.
func (c *connections) note(conn net.Conn, state http.ConnState) net.Conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	if place := c.open[conn]; place != nil {
		c.waiting.Remove(place)
	}
	switch state {
	case http.StateClosed, http.StateHijacked:
		delete(c.open, conn)
		return nil
	case http.StateActive:
		c.open[conn] = nil
		return nil
	}
	c.open[conn] = c.waiting.PushBack(conn)
	if len(c.open) <= c.most {
		return nil
	}
	longest := c.waiting.Remove(c.waiting.Front()).(net.Conn)
	delete(c.open, longest) // its own closing comes later
	return longest
}
