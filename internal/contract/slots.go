package contract

import (
	"context"
	"net/http"
	"runtime"
	"sync"

	"github.com/NVIDIA/cloud-native-stack/gen"
)

// slots lets as many requests of an operation be worked on at a time as there are processors but one, which is left to other operations;
// so many large ones can't fill the memory either. The others wait until their deadline.
type slots chan struct{}

func newSlots() slots { return make(slots, max(1, runtime.GOMAXPROCS(0)-1)) }

type releaseKey struct{}

// acquire waits for a slot and returns a context that [FreeSlot] finds it by. Release may be called more than once.
func (s slots) acquire(ctx context.Context) (_ context.Context, release func(), err error) {
	select {
	case s <- struct{}{}:
		release = sync.OnceFunc(func() { <-s })
		return context.WithValue(ctx, releaseKey{}, release), release, nil
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
}

// FreeSlot is middleware of the generated server: it gives back the slot that [Contract.Validate] took as soon as the operation is done,
// before the answer is written, so that a client which reads slowly keeps no one waiting.
func FreeSlot(operation gen.StrictHandlerFunc, _ string) gen.StrictHandlerFunc {
	return func(ctx context.Context, w http.ResponseWriter, r *http.Request, request any) (any, error) {
		if release, ok := ctx.Value(releaseKey{}).(func()); ok {
			defer release()
		}
		return operation(ctx, w, r, request)
	}
}
