package admission

import (
	"net/http"
	"runtime"
	"slices"

	"github.com/go-chi/chi/v5"

	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
)

// largeRequest is from how many bytes of query and body on a request may keep a processor for many
// milliseconds.
const largeRequest = 16 << 10

// Work lets as many requests be worked on at a time as there are processors, so that many can't
// fill the memory, and fewer large ones, so that small ones find a processor. The others wait,
// until their context is done. The addresses they come from take turns: one that sends many waits
// for its own. Operations are named as in "GET /v1/recipe"; all others pass. It has to run where
// chi has routed and the body is received. A place is given back when the answer begins: a client
// that reads slowly keeps no one waiting.
func Work(operations []string, fail apierror.Responder) func(http.Handler) http.Handler {
	processors := runtime.GOMAXPROCS(0)
	turns := newTurns(max(2, processors), max(1, processors-1))
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rc := chi.RouteContext(r.Context())
			if !slices.Contains(operations, rc.RouteMethod+" "+rc.RoutePattern()) {
				next.ServeHTTP(w, r)
				return
			}
			isLarge := int64(len(r.URL.RawQuery))+r.ContentLength >= largeRequest
			if err := turns.take(r.Context(), addressOf(r.RemoteAddr), isLarge); err != nil {
				fail(w, r, err)
				return
			}
			worker := &worker{w, func() { turns.giveBack(isLarge) }}
			defer worker.done()
			next.ServeHTTP(worker, r)
		})
	}
}

// worker gives back the place of a request when its answer begins.
type worker struct {
	http.ResponseWriter
	giveBack func() // nil once it has been called
}

func (w *worker) done() {
	if w.giveBack != nil {
		w.giveBack()
		w.giveBack = nil
	}
}

// WriteHeader implements [http.ResponseWriter].
func (w *worker) WriteHeader(status int) {
	w.done()
	w.ResponseWriter.WriteHeader(status)
}

// Write implements [http.ResponseWriter].
func (w *worker) Write(data []byte) (int, error) {
	w.done()
	return w.ResponseWriter.Write(data)
}

// Unwrap is for [http.ResponseController].
func (w *worker) Unwrap() http.ResponseWriter { return w.ResponseWriter }
