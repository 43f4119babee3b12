package admission

import (
	"container/list"
	"context"
	"sync"
)

// turns hands out places to work, of which large requests get fewer. Who finds none waits in line.
type turns struct {
	mu              sync.Mutex
	free, freeLarge int
	small, large    line
}

func newTurns(places, largePlaces int) *turns {
	return &turns{
		free: places, freeLarge: largePlaces,
		small: line{addresses: map[string]*list.Element{}}, large: line{addresses: map[string]*list.Element{}},
	}
}

// take waits for a place, which has to be given back. The error is the context's.
func (t *turns) take(ctx context.Context, address string, isLarge bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	turn := make(chan struct{})
	line := &t.small
	if isLarge {
		line = &t.large
	}
	t.mu.Lock()
	place := line.join(address, turn)
	t.call()
	t.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	select {
	case <-turn: // it came at the same time
		t.put(isLarge)
	default:
		line.leave(address, place)
	}
	return ctx.Err()
}

func (t *turns) giveBack(isLarge bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.put(isLarge)
}

// put takes a place back, for whoever is next.
func (t *turns) put(isLarge bool) {
	t.free++
	if isLarge {
		t.freeLarge++
	}
	t.call()
}

// call gives the free places to those who are next. Small requests find one that large ones can't
// take.
func (t *turns) call() {
	for t.free > 0 {
		switch {
		case t.freeLarge > 0 && t.large.call():
			t.freeLarge--
		case t.small.call():
		default:
			return
		}
		t.free--
	}
}

// line is where requests wait. The addresses that they come from take turns.
type line struct {
	queues    list.List // of *queue, the next first
	addresses map[string]*list.Element
}

// queue is what waits of one address, the first first.
type queue struct {
	address string
	turns   list.List // of chan struct{}
}

func (l *line) join(address string, turn chan struct{}) *list.Element {
	own := l.addresses[address]
	if own == nil {
		own = l.queues.PushBack(&queue{address: address})
		l.addresses[address] = own
	}
	return own.Value.(*queue).turns.PushBack(turn)
}

func (l *line) leave(address string, place *list.Element) {
	own := l.addresses[address]
	own.Value.(*queue).turns.Remove(place)
	l.tidy(own)
}

// call tells the next one that it's its turn. It reports whether there is one.
func (l *line) call() bool {
	next := l.queues.Front()
	if next == nil {
		return false
	}
	turns := &next.Value.(*queue).turns
	close(turns.Remove(turns.Front()).(chan struct{}))
	l.queues.MoveToBack(next)
	l.tidy(next)
	return true
}

// tidy forgets an address of which nothing waits.
func (l *line) tidy(own *list.Element) {
	if q := own.Value.(*queue); q.turns.Len() == 0 {
		l.queues.Remove(own)
		delete(l.addresses, q.address)
	}
}
