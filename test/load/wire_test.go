package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/valyala/fasthttp"
)

// refusal is a request whose answer names many components, and grows by two bytes with each of so
// many letters.
func refusal(components, letters int) string {
	var refs []string
	for i := range components {
		extra := letters/components + min(1, max(0, letters%components-i))
		refs = append(refs, fmt.Sprintf(`{"name":"c%02d%s","version":"1.0.0","repository":"https://example.com",`+
			`"chart":"c","namespace":"n%d"}`, i, strings.Repeat("a", extra), i))
	}
	body := `{"kind":"Recipe","apiVersion":"cns.nvidia.com/v1alpha1","componentRefs":[` + strings.Join(refs, ",") + `]}`
	return fmt.Sprintf("POST %s?set=nobody:a=b HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"+
		"Connection: close\r\nContent-Length: %d\r\n\r\n%s", bundlePath, len(body), body)
}

// refusalOf looks for a request whose answer has so many bytes, headers included.
func refusalOf(t *testing.T, s *process, size int) string {
	t.Helper()
	for components := 40; components < 42; components++ { // one more of them adds an odd number of bytes
		letters := 0
		for range 3 {
			length := 0
			for range 4 { // it has a time in it, which is shorter now and then
				length = max(length, len(exchange(t, s, refusal(components, letters))))
			}
			if length == size {
				return refusal(components, letters)
			}
			letters += (size - length) / 2
		}
	}
	t.Fatalf("no answer has %d bytes", size)
	return ""
}

// exchange returns all that the server answers with.
func exchange(t *testing.T, s *process, request string) (answer []byte) {
	t.Helper()
	err := session(t.Context(), attacker(0), s.addr, func(conn *net.TCPConn) (err error) {
		if _, err := io.WriteString(conn, request); err != nil {
			return err
		}
		answer, err = io.ReadAll(conn)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// TestLastAnswer asks for several answers on a connection, reads none for a while, and then all,
// the last one before the server closes the connection: of a size that its buffers hold exactly, or
// nearly.
func TestLastAnswer(t *testing.T) {
	t.Parallel()
	s, err := startServer(server, nil, "CNS_RATE_LIMIT=0", "LOG_LEVEL=error")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	fitting := unread(t, s)
	for _, size := range []int{4095, 4096, 4097} {
		last := refusalOf(t, s, size)
		var clients sync.WaitGroup
		lost := make(chan error, 24) // some of them meet full buffers just before the last answer
		for n := range cap(lost) {
			recipes, others := max(0, fitting-4+n/4), n%4
			before := strings.Repeat(get(recipePath+"?"+gpuQuery, ""), recipes) +
				strings.Repeat(get("/nothing", ""), others)
			clients.Go(func() { lost <- readLate(t, s, before+last, recipes+others) })
		}
		clients.Wait()
		close(lost)
		for err := range lost {
			if err != nil {
				t.Errorf("%d bytes: %v", size, err)
			}
		}
	}
}

// unread returns how many recipes a client gets that reads nothing: as many as buffers hold.
func unread(t *testing.T, s *process) int {
	t.Helper()
	conn, err := narrow(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, strings.Repeat(get(recipePath+"?"+gpuQuery, ""), 1000)); err != nil {
		t.Fatal(err)
	}
	sleep(t.Context(), time.Second)
	_, body, err := fasthttp.Get(nil, s.url("/metrics"))
	if err != nil {
		t.Fatal(err)
	}
	var answers int
	_, rest, _ := strings.Cut(string(body), `cns_http_requests_total{method="GET",path="/v1/recipe",status="200"} `)
	if _, err := fmt.Sscan(rest, &answers); err != nil || answers == 1000 {
		t.Fatal(answers, err)
	}
	return answers
}

// narrow connects with a small buffer for answers.
func narrow(ctx context.Context, s *process) (net.Conn, error) {
	dialer := net.Dialer{Control: func(_, _ string, raw syscall.RawConn) (err error) {
		// Before it connects, so that the system doesn't make it larger.
		failed := raw.Control(func(fd uintptr) {
			err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 64<<10)
		})
		return errors.Join(failed, err)
	}}
	return dialer.DialContext(ctx, "tcp", s.addr)
}

// readLate reads as many answers as there are, and one more, two seconds after asking.
func readLate(t *testing.T, s *process, requests string, before int) error {
	conn, err := narrow(t.Context(), s)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, requests); err != nil {
		return err
	}
	sleep(t.Context(), 2*time.Second)
	answers := bufio.NewReader(conn)
	for i := range before + 1 {
		resp, err := http.ReadResponse(answers, nil)
		if err == nil {
			_, err = io.Copy(io.Discard, resp.Body)
		}
		if err != nil {
			return fmt.Errorf("answer %d of %d: %w", i+1, before+1, err)
		}
		if i == before && resp.StatusCode != http.StatusBadRequest {
			return fmt.Errorf("the last answer is %s", resp.Status)
		}
	}
	return nil
}
