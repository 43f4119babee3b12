package admission

import (
	"context"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-chi/chi/v5"
)

// working answers requests that may be held while they are worked on (hold), or when their answer
// has begun (slow), until they are let go.
type working struct {
	http.Handler
	letGo chan struct{}
	busy  atomic.Int64
}

func newWorking() *working {
	h := &working{letGo: make(chan struct{})}
	router := chi.NewRouter()
	router.Group(func(r chi.Router) {
		r.Use(Work([]string{"POST /a", "GET /a", "POST /b"}, fail))
		for _, path := range []string{"/a", "/b", "/free"} {
			r.Get(path, h.answer)
			r.Post(path, h.answer)
		}
	})
	h.Handler = router
	return h
}

func (h *working) answer(w http.ResponseWriter, r *http.Request) {
	h.busy.Add(1)
	defer h.busy.Add(-1)
	switch r.URL.Query().Get("then") {
	case "hold":
		<-h.letGo
	case "slow":
		w.WriteHeader(http.StatusOK)
		<-h.letGo
	case "write":
		_, _ = w.Write([]byte("x"))
		<-h.letGo
	case "panic":
		panic(http.ErrAbortHandler)
	}
}

// start sends so many requests at once, which are held.
func (h *working) start(n int, method, target, body string) {
	for range n {
		go do(h, method, target, body)
	}
	synctest.Wait()
}

// isServed reports whether a request gets its answer within a second.
func (h *working) isServed(method, target, body string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(ctx, method, target, strings.NewReader(body)))
	return w.Code == http.StatusOK
}

// TestWork holds as many requests as may be worked on. Others wait, until they give up or one of
// these is done.
func TestWork(t *testing.T) {
	all, large := max(2, runtime.GOMAXPROCS(0)), max(1, runtime.GOMAXPROCS(0)-1)
	body := strings.Repeat("x", largeRequest)
	long := strings.Repeat("x", largeRequest-10)
	for name, tt := range map[string]struct {
		held         int
		target, body string
		served       map[string]bool // by method, target and body
	}{
		"small": {all, "/a?then=hold", "x", map[string]bool{
			"POST /a x": false, "POST /a " + body: false, "GET /a ": false, "POST /b x": false,
			"GET /b ": true, "POST /free x": true, "POST /free " + body: true,
		}},
		"large body": {large, "/a?then=hold", body, map[string]bool{
			"POST /a x": true, "POST /a " + body: false, "POST /b x": true, "POST /b " + body: false,
			"POST /b " + body[1:]: true, "POST /free " + body: true, "GET /a?" + body + " ": false,
		}},
		"large query and body": {large, "/a?then=hold&" + long, "x", map[string]bool{"POST /a " + body: false}},
		"answers":              {all + 3, "/a?then=slow", "x", map[string]bool{"POST /a x": true}},
		"written answers":      {all + 3, "/a?then=write", "x", map[string]bool{"POST /a x": true}},
		"large answers":        {all + 3, "/a?then=slow", body, map[string]bool{"POST /a " + body: true}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newWorking()
				h.start(tt.held, "POST", tt.target, tt.body)
				if got := int(h.busy.Load()); got != tt.held {
					t.Errorf("%d are worked on, want %d", got, tt.held)
				}
				for request, want := range tt.served {
					parts := strings.SplitN(request, " ", 3)
					if got := h.isServed(parts[0], parts[1], parts[2]); got != want {
						t.Errorf("%.20s: served %v, want %v", request, got, want)
					}
				}
				close(h.letGo)
				synctest.Wait()
				if !h.isServed("POST", "/a", body) {
					t.Error("nothing is given back")
				}
			})
		})
	}
}

// TestWorkGivesBackAll lets many requests through at once, which end in all ways, large and small:
// no more are worked on at a time than may be, and none stays out in the end.
func TestWorkGivesBackAll(t *testing.T) {
	h := newWorking()
	var most atomic.Int64
	counted := Work([]string{"POST /"}, fail)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n := h.busy.Load(); n > most.Load() {
			most.Store(n)
		}
		h.answer(w, r)
	}))
	router := chi.NewRouter()
	router.Group(func(r chi.Router) {
		r.Use(func(http.Handler) http.Handler { return counted })
		r.Post("/", h.answer)
	})
	h.Handler = router
	var clients sync.WaitGroup
	for i := range 20 * runtime.GOMAXPROCS(0) {
		clients.Go(func() {
			defer func() { _ = recover() }()
			target := []string{"/", "/?then=panic"}[i%2]
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if i%3 == 0 {
				cancel()
			}
			body := strings.NewReader(strings.Repeat("x", i%5*largeRequest/4))
			router.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "POST", target, body))
		})
	}
	clients.Wait()
	if n := most.Load(); n >= int64(max(2, runtime.GOMAXPROCS(0))) { // besides the one that counts
		t.Errorf("%d others are worked on with one", n)
	}
	for range runtime.GOMAXPROCS(0) {
		go do(h, "POST", "/?then=slow", strings.Repeat("x", largeRequest))
		if !h.isServed("POST", "/", strings.Repeat("x", largeRequest)) {
			t.Error("not all is given back")
		}
	}
	close(h.letGo)
}
