package admission

import (
	"container/list"
	"net"
	"net/http"
	"sync"
)

// Connections bounds how many connections are open, each of which takes memory. One too many ends
// one that waits for a request or for the rest of its headers: the longest waiting of the address
// that has most. If that has none, the new one is closed itself. No address gets more than three
// quarters, so that one client alone can't keep the others out.
type Connections struct {
	most  int
	mu    sync.Mutex
	open  map[net.Conn]*connection
	hosts map[string]*host
}

// connection is one that is open.
type connection struct {
	host    string
	waiting *list.Element // among those of the host; nil while it's being answered
}

// host is what one address has.
type host struct {
	open    int
	waiting list.List // of net.Conn, the longest first
}

// NewConnections admits so many connections at a time, 1 or more.
func NewConnections(most int) *Connections {
	return &Connections{most: most, open: map[net.Conn]*connection{}, hosts: map[string]*host{}}
}

// ConnState notes a connection's state; it is meant for [http.Server.ConnState]. Several servers
// can share it.
func (c *Connections) ConnState(conn net.Conn, state http.ConnState) {
	if tooMany := c.note(conn, state); tooMany != nil {
		_ = tooMany.Close()
	}
}

// note returns the connection to close, if there is one too many.
func (c *Connections) note(conn net.Conn, state http.ConnState) net.Conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	known := c.open[conn]
	switch {
	case known == nil && state != http.StateNew: // it was closed to make room
		return nil
	case known == nil:
		known = c.add(conn)
	case known.waiting != nil:
		c.hosts[known.host].waiting.Remove(known.waiting)
		known.waiting = nil
	}
	switch state {
	case http.StateClosed, http.StateHijacked:
		c.remove(conn)
		return nil
	case http.StateActive:
		return nil
	}
	own := c.hosts[known.host]
	known.waiting = own.waiting.PushBack(conn)
	switch {
	case own.open > max(1, c.most*3/4):
	case len(c.open) > c.most:
		own = c.largest()
	default:
		return nil
	}
	longest := own.waiting.Remove(own.waiting.Front()).(net.Conn)
	c.remove(longest)
	return longest
}

func (c *Connections) add(conn net.Conn) *connection {
	address, _, err := net.SplitHostPort(conn.RemoteAddr().String())
	if err != nil {
		address = conn.RemoteAddr().String()
	}
	if c.hosts[address] == nil {
		c.hosts[address] = &host{}
	}
	c.hosts[address].open++
	c.open[conn] = &connection{host: address}
	return c.open[conn]
}

func (c *Connections) remove(conn net.Conn) {
	address := c.open[conn].host
	delete(c.open, conn)
	if c.hosts[address].open--; c.hosts[address].open == 0 {
		delete(c.hosts, address)
	}
}

// largest returns the host with most connections of those that have a waiting one.
func (c *Connections) largest() *host {
	var largest *host
	for _, h := range c.hosts {
		if h.waiting.Len() > 0 && (largest == nil || h.open > largest.open) {
			largest = h
		}
	}
	return largest
}
