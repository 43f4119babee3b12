package contract

import (
	"context"
	"net/http"
	"sync"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/turn"
)

// slots let a number of requests be worked on at a time, so that many can't fill the memory. The others wait until their deadline, and let
// other clients go first when one gives a slot back.
type slots struct {
	free  chan struct{}
	turns *turn.Turns
}

func newSlots(turns *turn.Turns, n int) *slots {
	s := &slots{make(chan struct{}, n), turns}
	for range cap(s.free) {
		s.free <- struct{}{}
	}
	return s
}

type releaseKey struct{}

// acquire waits for a slot and returns a context that [FreeSlot] finds it by, with others that the context has already. Release is to be
// called, once or more. The error is that of a context that is done first.
func (s *slots) acquire(ctx context.Context) (_ context.Context, release func(), err error) {
	releaseOthers, ok := ctx.Value(releaseKey{}).(func())
	if !ok {
		releaseOthers = func() {}
	}
	select {
	case <-s.free:
		release = sync.OnceFunc(func() {
			s.turns.Next(func() { s.free <- struct{}{} })
			releaseOthers()
		})
		return context.WithValue(ctx, releaseKey{}, release), release, nil
	case <-ctx.Done():
		return ctx, func() {}, ctx.Err()
	}
}

// FreeSlot is middleware of the generated server: it gives back the slots that [Contract.Validate] took as soon as the operation is done,
// before the answer is written, so that a client which reads slowly keeps no one waiting.
func FreeSlot(operation gen.StrictHandlerFunc, _ string) gen.StrictHandlerFunc {
	return func(ctx context.Context, w http.ResponseWriter, r *http.Request, request any) (any, error) {
		if release, ok := ctx.Value(releaseKey{}).(func()); ok {
			defer release()
		}
		return operation(ctx, w, r, request)
	}
}
