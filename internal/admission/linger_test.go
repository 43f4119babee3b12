package admission

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// lingering serves requests of which it reads only those to /read.
func lingering(t *testing.T, most int64, patience time.Duration) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(Linger(most, patience)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/read" {
			_, _ = io.Copy(io.Discard, r.Body)
		}
		w.WriteHeader(http.StatusUnsupportedMediaType)
	})))
	t.Cleanup(server.Close)
	return server
}

// TestLinger refuses bodies unread. The client gets the answer, not a closed connection, whether it
// waits for leave to send the body or not.
func TestLinger(t *testing.T) {
	const most = 4 << 20
	server := lingering(t, most, time.Minute)
	server.Client().Transport.(*http.Transport).ExpectContinueTimeout = time.Minute
	for range 20 {
		for _, expect := range []string{"", "100-continue"} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL,
				strings.NewReader(strings.Repeat("x", most)))
			if err != nil {
				t.Fatal(err)
			}
			if expect != "" {
				r.Header.Set("Expect", expect)
			}
			resp, err := server.Client().Do(r)
			if err != nil {
				t.Fatalf("Expect %q: %v", expect, err)
			}
			resp.Body.Close()
			if resp.StatusCode != http.StatusUnsupportedMediaType || !resp.Close {
				t.Errorf("Expect %q: %d, closes: %t", expect, resp.StatusCode, resp.Close)
			}
		}
	}
}

// TestLingerAnswersAtOnce sends bodies that never end, of a known length and in chunks. The answers
// don't wait for them, nor does the server after them.
func TestLingerAnswersAtOnce(t *testing.T) {
	const patience = 100 * time.Millisecond
	server := lingering(t, 1<<20, patience)
	for _, framing := range []string{"Content-Length: 1000\r\n\r\nx", "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n"} {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
		if _, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: a\r\n"+framing); err != nil {
			t.Fatal(err)
		}
		answers := bufio.NewReader(conn)
		resp, err := http.ReadResponse(answers, nil)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != http.StatusUnsupportedMediaType || !resp.Close {
			t.Errorf("%d, closes: %t", resp.StatusCode, resp.Close)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		if _, err := answers.ReadByte(); err != io.EOF {
			t.Errorf("the connection stays open: %v", err)
		}
	}
}

// A connection whose body has been read serves the next request.
func TestLingerKeepsConnections(t *testing.T) {
	server := lingering(t, 1<<20, time.Minute)
	resp, err := server.Client().Post(server.URL+"/read", "text/plain", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.Close {
		t.Error("it closes")
	}
}
