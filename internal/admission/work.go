package admission

import (
	"net/http"
	"runtime"

	"github.com/go-chi/chi/v5"
)

// semaphore is full when as many as it has room for hold it.
type semaphore chan struct{}

func (s semaphore) release() { <-s }

// isLargeFrom is from how many bytes of query and body on a request may keep a processor for many
// milliseconds.
const isLargeFrom = 16 << 10

// Work lets a few requests of each operation be worked on at a time, so that many can't fill the
// memory, and fewer large ones of all operations, so that small ones find a processor. The others
// wait, until their context is done. Operations are named as in "GET /v1/recipe"; all others pass.
// It has to run where chi has routed and a body's length is known. A slot is given back when the
// answer begins: a client that reads slowly keeps no one waiting.
func Work(operations []string, fail Fail) func(http.Handler) http.Handler {
	large := make(semaphore, max(1, runtime.GOMAXPROCS(0)-1))
	slots := map[string]semaphore{}
	for _, operation := range operations {
		slots[operation] = make(semaphore, runtime.GOMAXPROCS(0)+1) // one is being handed on
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rc := chi.RouteContext(r.Context())
			own, ok := slots[rc.RouteMethod+" "+rc.RoutePattern()]
			if !ok {
				next.ServeHTTP(w, r)
				return
			}
			needed := []semaphore{own}
			if int64(len(r.URL.RawQuery))+r.ContentLength >= isLargeFrom {
				needed = []semaphore{large, own}
			}
			sw := &slotWriter{ResponseWriter: w}
			defer sw.release()
			for _, s := range needed {
				select {
				case s <- struct{}{}:
					sw.held = append(sw.held, s)
				case <-r.Context().Done():
					fail(w, r, r.Context().Err())
					return
				}
			}
			next.ServeHTTP(sw, r)
		})
	}
}

// slotWriter gives back what a request holds when its answer begins.
type slotWriter struct {
	http.ResponseWriter
	held []semaphore
}

func (w *slotWriter) release() {
	for _, s := range w.held {
		s.release()
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
