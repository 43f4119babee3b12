package admission

import (
	"errors"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/requestbody"
)

const (
	stepBytes = 16 << 10        // of a body
	stepTime  = 4 * time.Second // for each of these steps to arrive
	sendBytes = 128 << 10       // of an answer, as many as the system holds of it
)

// Operations tells those of the contract that take a body, and those with few answers.
type Operations interface {
	RoutesWithBody() []string
	IsConstant(method, path string) bool
}

// Receive takes the body of each request into memory, of most bytes at most, before anything works
// on it: see [requestbody.Of]. Bodies have to arrive at a minimal rate and within the timeout, and
// make room for others when too much is held. Large answers are counted, too, while they are sent,
// but for constant ones, which all clients share. Its metric goes to registry. It has to run where
// chi has routed.
func (c *Connections) Receive(
	operations Operations, most int, timeout time.Duration, registry prometheus.Registerer, fail apierror.Responder,
) func(http.Handler) http.Handler {
	overloads := promauto.With(registry).NewCounterVec(prometheus.CounterOpts{
		Name: "cns_overload_rejects_total",
		Help: "Requests refused, and answers ended, because too much was held for clients.",
	}, []string{"path"})
	for _, path := range operations.RoutesWithBody() {
		overloads.WithLabelValues(path)
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			conn, ok := r.Context().Value(connectionKey{}).(*connection)
			if !ok { // one that no server of ours accepted
				conn = &connection{all: c}
			}
			if r.ContentLength != 0 {
				body := body{r.Body, conn, http.NewResponseController(w), time.Now().Add(timeout)}
				data, err := body.receive(r.ContentLength, most)
				if err != nil {
					if err.Kind == apierror.Unavailable {
						overloads.WithLabelValues(chi.RouteContext(r.Context()).RoutePattern()).Inc()
					}
					fail(w, r, err)
					return
				}
				requestbody.Set(r, data)
			}
			next.ServeHTTP(&sender{w, r, conn, operations, overloads}, r)
		})
	}
}

// body is one that is being received.
type body struct {
	io.Reader
	conn     *connection
	control  *http.ResponseController
	deadline time.Time
}

// receive returns the body. The length is what the request says of it, negative if it says nothing.
func (b body) receive(length int64, most int) ([]byte, *apierror.Error) {
	if length > int64(most) {
		return nil, tooLarge(most)
	}
	known := most + 1
	if length >= 0 {
		known = int(length) + 1 // to see its end
	}
	data := make([]byte, 0, min(known, stepBytes))
	var err error
	for err == nil && len(data) <= most {
		if len(data) == cap(data) { // no more memory than twice of what has come
			data = slices.Grow(data, max(1, min(known, 2*len(data))-len(data)))
		}
		data, err = b.step(data, min(cap(data), len(data)+stepBytes))
	}
	ended := b.conn.all.stopReceiving(b.conn)
	switch {
	case ended:
		p := apierror.New(apierror.Unavailable, apierror.Details{}, "too much is held for clients at the moment")
		p.RetryAfter = 1
		return nil, p
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, apierror.New(apierror.RequestTimeout, apierror.Details{}, "the body did not arrive in time")
	case len(data) > most:
		return nil, tooLarge(most)
	case err != io.EOF:
		return nil, apierror.Invalidf(apierror.Details{}, "read body: %v", err)
	}
	_ = b.control.SetReadDeadline(time.Time{}) // or the request would end with it
	return data, nil
}

// step reads on until there is so much, in the time for a step.
func (b body) step(data []byte, length int) ([]byte, error) {
	deadline := time.Now().Add(stepTime)
	if b.deadline.Before(deadline) {
		deadline = b.deadline
	}
	_ = b.control.SetReadDeadline(deadline)
	if b.conn.all.startReceiving(b.conn) {
		return data, os.ErrDeadlineExceeded
	}
	for len(data) < length {
		n, err := b.Read(data[len(data):length])
		data = data[:len(data)+n]
		if err != nil {
			return data, err
		}
	}
	return data, nil
}

// startReceiving notes that a connection waits for a part of a body. It reports whether it has to
// make room for others.
func (c *Connections) startReceiving(conn *connection) (ended bool) {
	conn.wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	conn.receiving = true
	return conn.ended
}

// stopReceiving notes that a connection waits for no more of a body.
func (c *Connections) stopReceiving(conn *connection) (ended bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	conn.receiving = false
	conn.work()
	return conn.ended
}

func tooLarge(most int) *apierror.Error {
	return apierror.New(apierror.PayloadTooLarge, apierror.Details{Limit: float64(most)},
		"the body is larger than %d bytes", most)
}

// sender tells the connection what comes, and counts an answer that is larger than what the system
// takes of it at once.
type sender struct {
	http.ResponseWriter
	request    *http.Request
	conn       *connection
	operations Operations
	overloads  *prometheus.CounterVec
}

// WriteHeader implements [http.ResponseWriter]. The request is done with.
func (s *sender) WriteHeader(status int) {
	if s.conn.received.Load() > freeBytes {
		s.conn.all.release(s.conn)
	}
	hasBody := s.request.Method != http.MethodHead && s.request.ProtoMajor == 1 // that gets to the connection
	if length := s.Header()["Content-Length"]; hasBody && len(length) == 1 {
		if n, err := strconv.Atoi(length[0]); err == nil {
			s.conn.begin(n)
		}
	}
	s.ResponseWriter.WriteHeader(status)
}

// Write implements [http.ResponseWriter].
func (s *sender) Write(data []byte) (int, error) {
	if len(data) <= sendBytes {
		return s.ResponseWriter.Write(data)
	}
	rc := chi.RouteContext(s.request.Context())
	if pattern := rc.RoutePattern(); !s.operations.IsConstant(rc.RouteMethod, pattern) {
		if s.conn.all.holdAnswer(s.conn, len(data)) {
			s.overloads.WithLabelValues(pattern).Inc()
		}
		defer s.conn.all.holdAnswer(s.conn, -len(data))
	}
	return s.ResponseWriter.Write(data)
}

// Unwrap is for [http.ResponseController].
func (s *sender) Unwrap() http.ResponseWriter { return s.ResponseWriter }
