package admission

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/NVIDIA/cloud-native-stack/internal/requestbody"
)

// receiver is a server that answers how long each body is.
type receiver struct {
	*httptest.Server
	connections *Connections
	registry    *prometheus.Registry
}

func newReceiver(t *testing.T, most int, timeout time.Duration) receiver {
	t.Helper()
	r := receiver{connections: NewConnections(1000), registry: prometheus.NewRegistry()}
	router := chi.NewRouter()
	router.Group(func(routed chi.Router) {
		routed.Use(r.connections.Receive(operations{}, most, timeout, r.registry, fail))
		routed.Post("/", func(w http.ResponseWriter, r *http.Request) {
			body, ok := requestbody.Of(r)
			fmt.Fprint(w, len(body), ok, r.ContentLength)
		})
	})
	r.Server = httptest.NewUnstartedServer(router)
	r.Listener = r.connections.Listener(r.Listener)
	r.Config.ConnContext, r.Config.ConnState = r.connections.ConnContext, r.connections.ConnState
	r.Config.ReadTimeout = 30 * time.Second
	r.Start()
	t.Cleanup(r.Close)
	return r
}

// ask sends a request and returns the answer's status and body. A length below zero sends it in
// chunks.
func (r receiver) ask(t *testing.T, body string, length int64) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.URL, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.ContentLength = length
	resp, err := r.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(resp.StatusCode, " ", strings.TrimSpace(string(text)))
}

// begin sends the start of a request whose body is announced to be longer. From which address,
// tells the last number of one.
func (r receiver) begin(t *testing.T, host byte, announced int, start string) *bufio.Reader {
	t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, host)}}
	conn, err := dialer.DialContext(t.Context(), "tcp", r.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	head := fmt.Sprintf("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", announced)
	if _, err := io.WriteString(conn, head+start); err != nil {
		t.Fatal(err)
	}
	return bufio.NewReader(conn)
}

// answer returns the status of the next answer, and 0 if there is none within a time.
func answer(t *testing.T, answers *bufio.Reader) int {
	t.Helper()
	resp, err := http.ReadResponse(answers, nil)
	if err != nil {
		return 0
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}

func TestReceive(t *testing.T) {
	const most = 3 * stepBytes
	r := newReceiver(t, most, 10*time.Second)
	for _, size := range []int{1, 100, stepBytes - 1, stepBytes, stepBytes + 1, most - 1, most, most + 1, 10 * most} {
		want := fmt.Sprintf("200 %d true %d", size, size)
		if size > most {
			want = fmt.Sprintf("413 fail: the body is larger than %d bytes", most)
		}
		for _, length := range []int64{int64(size), -1} {
			if got := r.ask(t, strings.Repeat("x", size), length); got != want {
				t.Errorf("%d bytes, announced as %d: %s, want %s", size, length, got, want)
			}
		}
	}
	if got := r.ask(t, "", 0); got != "200 0 true 0" {
		t.Errorf("without a body: %s", got)
	}
}

// A body that doesn't come is given up, whether it has begun or not. One that keeps coming isn't.
func TestReceiveSlowBody(t *testing.T) {
	t.Parallel()
	const most, timeout = 1 << 20, 200 * time.Millisecond
	r := newReceiver(t, most, timeout)
	for _, start := range []string{"", "x", strings.Repeat("x", stepBytes)} {
		if got := answer(t, r.begin(t, 1, most, start)); got != http.StatusRequestTimeout {
			t.Errorf("after %d bytes: %d", len(start), got)
		}
	}
	// The time is over when it has all been received: nothing of the request ends by it.
	if got := r.ask(t, "x", 1); got != "200 1 true 1" {
		t.Error(got)
	}
}

// A body needs a minimal rate, however long the rest may take.
func TestReceiveMinimalRate(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, 1<<20, time.Minute)
	begin := time.Now()
	if got := answer(t, r.begin(t, 1, 1<<20, "x")); got != http.StatusRequestTimeout {
		t.Errorf("%d, want 408", got)
	}
	if took := time.Since(begin); took < stepTime || took > 2*stepTime {
		t.Errorf("it took %s, want %s", took, stepTime)
	}
}

// TestReceiveMakesRoom has two addresses send as much as may be held, of bodies that never end.
// Others are served, those that had waited longest get a 503, and all is given back in the end.
func TestReceiveMakesRoom(t *testing.T) {
	t.Parallel()
	const large = 1 << 20
	r := newReceiver(t, large, 10*time.Second)
	var slow []*bufio.Reader
	for i := range 9 {
		slow = append(slow, r.begin(t, byte(2+i%2), large, strings.Repeat("x", large-1)))
	}
	for range 3 {
		for _, length := range []int64{large, -1} {
			want := fmt.Sprintf("200 %d true %d", large, large)
			if got := r.ask(t, strings.Repeat("y", large), length); got != want {
				t.Errorf("another's body: %s, want %s", got, want)
			}
		}
	}
	statuses := map[int]int{}
	for _, s := range slow {
		statuses[answer(t, s)]++
	}
	if statuses[http.StatusServiceUnavailable] < 2 || statuses[0] > 0 || len(statuses) > 2 {
		t.Errorf("the slow ones get %v, want some 503 and else 408", statuses)
	}
	want := map[string]float64{"/": float64(statuses[http.StatusServiceUnavailable])}
	if diff := cmp.Diff(want, counts(t, r.registry, "cns_overload_rejects_total")); diff != "" {
		t.Error(diff)
	}
	r.CloseClientConnections()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		r.connections.mu.Lock()
		held := r.connections.held
		r.connections.mu.Unlock()
		if held == 0 {
			return
		}
	}
	t.Error("not all is given back")
}

// smallBuffers accepts connections of which the system holds little that isn't read.
type smallBuffers struct{ net.Listener }

func (l smallBuffers) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil {
		err = conn.(*net.TCPConn).SetWriteBuffer(4 << 10)
	}
	return conn, err
}

// TestSlowReaders asks for more than may be held of answers, and reads none of them.
func TestSlowReaders(t *testing.T) {
	t.Parallel()
	connections := NewConnections(1000)
	ended := make(chan struct{}, 100)
	registry := prometheus.NewRegistry()
	router := chi.NewRouter()
	router.Group(func(routed chi.Router) {
		routed.Use(connections.Receive(operations{}, 1, time.Second, registry, fail))
		answer := func(w http.ResponseWriter, _ *http.Request) {
			if _, err := w.Write(make([]byte, maxHeld/4)); err != nil {
				ended <- struct{}{}
			}
		}
		routed.Get("/", answer)
		routed.Get("/constant", answer)
	})
	server := httptest.NewUnstartedServer(router)
	server.Listener = connections.Listener(smallBuffers{server.Listener})
	server.Config.ConnContext, server.Config.ConnState = connections.ConnContext, connections.ConnState
	server.Start()
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for i := range 12 {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		path := "/"
		if i >= 6 { // which all clients share, so that it isn't counted
			path = "/constant"
		}
		if _, err := io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
	}
	for range 4 { // half is for one address
		select {
		case <-ended:
		case <-ctx.Done():
			t.Fatal("too many answers are held for who doesn't read them")
		}
	}
	select {
	case <-ended:
		t.Error("too many answers are ended")
	case <-time.After(briefly):
	}
	if diff := cmp.Diff(map[string]float64{"/": 4}, counts(t, registry, "cns_overload_rejects_total")); diff != "" {
		t.Error(diff)
	}
}
