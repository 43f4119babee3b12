package contract

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/turn"
)

// TestSlots takes all slots: no other request gets one before one is given back, to which each holder has two ways.
func TestSlots(t *testing.T) {
	turns := newTurns()
	s, others := newSlots(turns, 3), newSlots(turns, 1)
	var held []func()
	for range cap(s.free) {
		ctx := t.Context()
		if len(others.free) > 0 { // which are given back together
			var err error
			if ctx, _, err = others.acquire(ctx); err != nil {
				t.Fatal(err)
			}
		}
		ctx, release, err := s.acquire(ctx)
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, release, func() { free(t, ctx) })
	}
	impatient, cancel := context.WithCancel(t.Context())
	cancel()
	if _, release, err := s.acquire(impatient); !errors.Is(err, context.Canceled) {
		t.Errorf("a slot too many: %v", err)
	} else {
		release()
	}
	for _, release := range held { // the second time nothing is given back
		release()
	}
	var inUse atomic.Int64
	var waiting sync.WaitGroup
	for range 10 * cap(s.free) {
		waiting.Go(func() {
			ctx, _, err := others.acquire(t.Context())
			if err != nil {
				t.Errorf("no slot: %v", err)
			}
			_, release, err := s.acquire(ctx)
			if err != nil {
				t.Errorf("no slot: %v", err)
			}
			if n := int(inUse.Add(1)); n > cap(others.free) {
				t.Errorf("%d slots, want %d", n, cap(others.free))
			}
			runtime.Gosched()
			inUse.Add(-1)
			release()
		})
	}
	waiting.Wait()
}

func newTurns() *turn.Turns {
	turns, err := turn.New()
	if err != nil {
		panic(err)
	}
	return turns
}

// free gives a slot back as the generated server does.
func free(t *testing.T, ctx context.Context) {
	t.Helper()
	done := func(context.Context, http.ResponseWriter, *http.Request, any) (any, error) { return nil, nil }
	var operation gen.StrictHandlerFunc = done
	if _, err := FreeSlot(operation, "")(ctx, nil, nil, nil); err != nil {
		t.Fatal(err)
	}
}

func TestSlotsFor(t *testing.T) {
	turns := newTurns()
	own, large := newSlots(turns, 1), newSlots(turns, 1)
	for size, want := range map[int][]*slots{0: {own}, largeRequest - 1: {own}, largeRequest: {large, own}} {
		if got := (&operation{slots: own}).slotsFor(size, large); !slices.Equal(got, want) {
			t.Errorf("%d bytes: %v, want %v", size, got, want)
		}
		if got := (&operation{}).slotsFor(size, large); got != nil {
			t.Errorf("%d bytes without need of slots: %v", size, got)
		}
	}
}
