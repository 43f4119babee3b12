package admission

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// turns hands out places to work, of which large requests get fewer. Who finds none waits. Next is
// the request of the address that has had least of the time lately: fair queueing (Demers, Keshav
// and Shenker, SIGCOMM 1989), by the time that requests took.
type turns struct {
	mu              sync.Mutex
	free, freeLarge int
	small, large    []*turn // that wait, in the order in which they came
	// now is the virtual time: what each address could have had of the time, had they shared it.
	// used is what those have had that have had more.
	now  time.Duration
	used map[string]time.Duration
}

// turn is a place to work, or the wait for one.
type turn struct {
	address string
	isLarge bool
	start   time.Duration // virtual, at the earliest
	called  chan struct{} // is closed when there is a place
	begun   time.Time
}

func newTurns(places, largePlaces int) *turns {
	return &turns{free: places, freeLarge: largePlaces, used: map[string]time.Duration{}}
}

// take waits for a place, which has to be given back. The error is the context's.
func (t *turns) take(ctx context.Context, address string, isLarge bool) (*turn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	own := &turn{address: address, isLarge: isLarge, called: make(chan struct{})}
	t.mu.Lock()
	own.start = t.now
	line := t.line(isLarge)
	*line = append(*line, own)
	t.call()
	t.mu.Unlock()
	select {
	case <-own.called:
		return own, nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	select {
	case <-own.called: // it came at the same time
		t.put(own)
	default:
		*line = slices.DeleteFunc(*line, func(other *turn) bool { return other == own })
	}
	return nil, ctx.Err()
}

func (t *turns) line(isLarge bool) *[]*turn {
	if isLarge {
		return &t.large
	}
	return &t.small
}

func (t *turns) giveBack(own *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.put(own)
}

// put takes a place back, for whoever is next.
func (t *turns) put(own *turn) {
	took := time.Since(own.begun)
	t.used[own.address] = max(own.start, t.used[own.address]) + took
	t.now += took / time.Duration(1+len(t.small)+len(t.large)) // who waits shares it
	t.free++
	if own.isLarge {
		t.freeLarge++
	}
	t.call()
	maps.DeleteFunc(t.used, func(_ string, used time.Duration) bool { return used <= t.now })
}

// call gives the free places to those who are next. Small requests find one that large ones can't
// take.
func (t *turns) call() {
	for t.free > 0 {
		switch {
		case t.freeLarge > 0 && len(t.large) > 0:
			t.freeLarge--
			t.next(&t.large)
		case len(t.small) > 0:
			t.next(&t.small)
		default:
			return
		}
		t.free--
	}
}

// next tells the next one of a line that it's its turn.
func (t *turns) next(line *[]*turn) {
	start := func(waiting *turn) time.Duration { return max(waiting.start, t.used[waiting.address]) }
	first := slices.MinFunc(*line, func(a, b *turn) int { return int(start(a) - start(b)) })
	*line = slices.DeleteFunc(*line, func(other *turn) bool { return other == first })
	first.start, first.begun = start(first), time.Now()
	close(first.called)
}
