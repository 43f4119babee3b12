package admission

import (
	"net/http"
	"runtime"

	"github.com/go-chi/chi/v5"
	"golang.org/x/sync/semaphore"
)

// largeRequest is from how many bytes of query and body on a request may keep a processor for many
// milliseconds.
const largeRequest = 16 << 10

// Work lets a few requests of each operation be worked on at a time, so that many can't fill the
// memory, and fewer large ones of all operations, so that small ones find a processor. The others
// wait, until their context is done. Operations are named as in "GET /v1/recipe"; all others pass.
// It has to run where chi has routed and a body's length is known. A slot is given back when the
// answer begins: a client that reads slowly keeps no one waiting.
func Work(operations []string, fail Fail) func(http.Handler) http.Handler {
	processors := int64(runtime.GOMAXPROCS(0))
	large := semaphore.NewWeighted(max(1, processors-1))
	slots := map[string]*semaphore.Weighted{}
	for _, operation := range operations {
		slots[operation] = semaphore.NewWeighted(processors)
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rc := chi.RouteContext(r.Context())
			own, ok := slots[rc.RouteMethod+" "+rc.RoutePattern()]
			if !ok {
				next.ServeHTTP(w, r)
				return
			}
			needed := []*semaphore.Weighted{own}
			if int64(len(r.URL.RawQuery))+r.ContentLength >= largeRequest {
				needed = []*semaphore.Weighted{large, own}
			}
			sw := &slotWriter{ResponseWriter: w}
			defer sw.release()
			for _, s := range needed {
				if err := s.Acquire(r.Context(), 1); err != nil {
					fail(w, r, err)
					return
				}
				sw.held = append(sw.held, s)
			}
			next.ServeHTTP(sw, r)
		})
	}
}

// slotWriter gives back what a request holds when its answer begins.
type slotWriter struct {
	http.ResponseWriter
	held []*semaphore.Weighted
}

func (w *slotWriter) release() {
	for _, s := range w.held {
		s.Release(1)
	}
	w.held = nil
}

// WriteHeader implements [http.ResponseWriter].
func (w *slotWriter) WriteHeader(status int) {
	w.release()
	w.ResponseWriter.WriteHeader(status)
}

// Write implements [http.ResponseWriter].
func (w *slotWriter) Write(data []byte) (int, error) {
	w.release()
	return w.ResponseWriter.Write(data)
}
