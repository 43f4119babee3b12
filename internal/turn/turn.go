// Package turn lets laborious work wait until other clients, who have just asked, have had their turn.
package turn

import (
	"fmt"
	"os"
	"sync"
)

// Turns tells when Go's scheduler has looked at the network. By itself it does so when nothing is left to run, and else every 10 ms (sysmon in
// package runtime): while one laborious request follows upon the other, all clients would wait for so long. What waits here for its turn is
// found ready together with their connections, because it waits for a pipe as they do.
type Turns struct {
	*queue
	bell *os.File // the end of a pipe that takes a byte when someone begins to wait
}

type queue struct {
	mu   sync.Mutex
	next []func()
}

// New takes two file descriptors and a goroutine, which are given back when the turns are no longer in use. The error is the system's.
func New() (*Turns, error) {
	ear, bell, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("turns: %w", err)
	}
	t := &Turns{&queue{}, bell}
	go t.queue.serve(ear)
	return t, nil
}

// Next calls f, which must not block, after the network has been looked at.
func (t *Turns) Next(f func()) {
	t.mu.Lock()
	t.next = append(t.next, f)
	isFirst := len(t.next) == 1
	t.mu.Unlock()
	if isFirst {
		_, _ = t.bell.Write([]byte{0}) // there is room: no more than one byte is on its way
	}
}

// Wait returns after the network has been looked at.
func (t *Turns) Wait() {
	done := make(chan struct{})
	t.Next(func() { close(done) })
	<-done
}

// serve calls what is next whenever the bell rings, until the pipe is closed.
func (q *queue) serve(ear *os.File) {
	defer ear.Close()
	ring := make([]byte, 1)
	for {
		if _, err := ear.Read(ring); err != nil {
			return
		}
		q.mu.Lock()
		next := q.next
		q.next = nil
		q.mu.Unlock()
		for _, f := range next {
			f()
		}
	}
}
