package server

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestGather gets answers of all lengths around those at which net/http's buffer is full or empty
// at their end, and of many times that. The next one comes on the same connection, or the server
// closes it. A connection that is wrapped, as by TLS, does without the gatherer.
func TestGather(t *testing.T) {
	for name, wrap := range map[string]func(net.Listener) net.Listener{
		"alone":   func(l net.Listener) net.Listener { return l },
		"wrapped": func(l net.Listener) net.Listener { return wrappedListener{l} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testGather(t, wrap)
		})
	}
}

// wrappedListener hides the type of connections.
type wrappedListener struct{ net.Listener }

func (l wrappedListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	return struct{ net.Conn }{conn}, err
}

func testGather(t *testing.T, wrap func(net.Listener) net.Listener) {
	text := bytes.Repeat([]byte("0123456789abcdef"), 1<<14)
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var length int
			_, _ = fmt.Sscan(r.URL.Path[1:], &length)
			switch body := text[:length]; r.URL.RawQuery {
			case "copied": // by ReadFrom, if the connection has one
				_, _ = io.Copy(w, io.LimitReader(bytes.NewBuffer(body), 1<<30))
			case "flushed":
				_, _ = w.Write(body)
				_ = http.NewResponseController(w).Flush()
			default:
				_, _ = w.Write(body)
			}
		}),
		ConnState: func(net.Conn, http.ConnState) {}, WriteTimeout: time.Second,
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(wrap(gather(server, listener))) }()
	t.Cleanup(func() { server.Close() })
	lengths := []int{0, 1, 100, 100_000, len(text)}
	for _, around := range []int{spill, 2 * spill, 3 * spill} {
		for length := around - 300; length < around+10; length++ { // the header is shorter than 300 bytes
			lengths = append(lengths, length)
		}
	}
	for _, query := range []string{"", "copied", "flushed"} {
		for _, header := range []string{"", "Connection: close\r\n"} {
			var conn net.Conn
			var answers *bufio.Reader
			for _, length := range lengths {
				if conn == nil || header != "" {
					var err error
					if conn, err = net.Dial("tcp", listener.Addr().String()); err != nil {
						t.Fatal(err)
					}
					defer conn.Close()
					if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
						t.Fatal(err)
					}
					answers = bufio.NewReader(conn)
				}
				fmt.Fprintf(conn, "GET /%d?%s HTTP/1.1\r\nHost: a\r\n%s\r\n", length, query, header)
				resp, err := http.ReadResponse(answers, nil)
				if err != nil {
					t.Fatalf("%d %s %s: %v", length, query, header, err)
				}
				got, err := io.ReadAll(resp.Body)
				if err != nil || !bytes.Equal(got, text[:length]) {
					t.Fatalf("%d %s %s: %d bytes, %v", length, query, strings.TrimSpace(header), len(got), err)
				}
			}
		}
	}
}

// TestIdleConnections takes connections as the server does: when one turns idle, all of its answer
// is out, and one whose client reads nothing is closed in time.
func TestIdleConnections(t *testing.T) {
	o := options(t, io.Discard)
	o.Config.Timeouts.Write = 100 * time.Millisecond
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	endpoint := s.endpoints[0]
	accept := func() (client net.Conn, conn net.Conn) {
		client, err := net.Dial("tcp", s.Addr())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { client.Close() })
		if conn, err = endpoint.listener.Accept(); err != nil {
			t.Fatal(err)
		}
		endpoint.http.ConnState(conn, http.StateNew)
		endpoint.http.ConnState(conn, http.StateActive)
		return client, conn
	}
	answer := bytes.Repeat([]byte("x"), spill)
	client, conn := accept()
	if _, err := conn.Write(answer); err != nil {
		t.Fatal(err)
	}
	endpoint.http.ConnState(conn, http.StateIdle)
	if err := client.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(client, make([]byte, spill)); err != nil {
		t.Errorf("the end of the answer: %v", err)
	}

	_, conn = accept()
	for n := 1; n > 0; { // until nothing more goes out
		_ = conn.SetWriteDeadline(time.Now().Add(200 * time.Millisecond))
		n, _ = conn.Write(answer[1:])
	}
	_ = conn.SetWriteDeadline(time.Time{})
	if _, err := conn.Write(answer); err != nil {
		t.Fatal(err)
	}
	endpoint.http.ConnState(conn, http.StateIdle)
	if _, err := conn.Write(answer[1:]); err == nil {
		t.Error("the connection stays open")
	}
}
