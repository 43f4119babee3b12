package contract

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"sync"

	"github.com/NVIDIA/cloud-native-stack/gen"
)

// slots lets as many requests of an operation be worked on at a time as there are processors, so that many large ones can't fill the memory.
// The others wait until their deadline.
//
// A slot that is given back goes through a pipe. To hand it to a waiting request directly would make that one run next: under load there
// would always be one, and Go's scheduler, which looks at the network when nothing else is to be run or 10 ms have passed (sysmon), would keep
// all other clients waiting for so long. The pipe is found ready together with their connections.
type slots struct {
	free  chan struct{}
	given *os.File // takes a byte for each slot that is given back
}

// newSlots takes two file descriptors, which are closed when the slots are no longer in use.
func newSlots() (*slots, error) {
	back, given, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("slots: %w", err)
	}
	s := &slots{make(chan struct{}, runtime.GOMAXPROCS(0)), given}
	for range cap(s.free) {
		s.free <- struct{}{}
	}
	go pass(back, s.free)
	return s, nil
}

// pass frees a slot for each byte, until the pipe's other end is closed.
func pass(back *os.File, free chan<- struct{}) {
	defer back.Close()
	slot := make([]byte, 1)
	for {
		if _, err := back.Read(slot); err != nil {
			return
		}
		free <- struct{}{}
	}
}

type releaseKey struct{}

// acquire waits for a slot and returns a context that [FreeSlot] finds it by. Release is to be called, once or more. The error is that of a
// context that is done first.
func (s *slots) acquire(ctx context.Context) (_ context.Context, release func(), err error) {
	select {
	case <-s.free:
		release = sync.OnceFunc(func() { _, _ = s.given.Write([]byte{0}) }) // there is room: a pipe takes thousands
		return context.WithValue(ctx, releaseKey{}, release), release, nil
	case <-ctx.Done():
		return ctx, func() {}, ctx.Err()
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
