package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	bundleHead = "POST " + bundlePath + " HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
	megabyte   = bundleHead + "Content-Length: 1000000\r\n\r\n"
)

// errUnanswered means that an attack didn't get as far as to see how the server takes it.
var errUnanswered = errors.New("attack without effect")

// attacks returns all attacks.
func attacks() []attack {
	const slow = 1000
	get := func(query, headers string) string {
		return "GET " + recipePath + "?" + query + " HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n"
	}
	return []attack{
		{"slow headers", drip(slow, "GET / HTTP/1.1\r\nHost: a\r\n", "X-A: b\r\n")},
		{"slow bodies", drip(slow, megabyte, " ")},
		{"large bodies that never end", drip(slow, megabyte+strings.Repeat(" ", 900000), " ")},
		{"idle connections", idle},
		{"slow readers", slowReaders},
		{"abandoned bundles", abandon},
		{"HTTP/2 rapid reset", rapidReset},
		// 400 is for those that don't arrive in time.
		{"thousands of headers", repeat(get(gpuQuery, manyHeaders(5000)), 200, 400, 431)},
		{"headers above the limit", repeat(get(gpuQuery, manyHeaders(20000)), 400, 431)},
		{"query of 60 KiB", repeat(get(strings.Repeat("a=b&", 15<<10), ""), 400)},
		{"`Accept` of 60 KiB", repeat(get(gpuQuery, "Accept: "+strings.Repeat("*,", 30<<10)+"\r\n"), 400)},
		{"`If-None-Match` of 60 KiB",
			repeat(get(gpuQuery, "If-None-Match: *"+strings.Repeat(`,"a"`, 15<<10)+"\r\n"), 200)},
		{"largest document, gzip", repeat("GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: a\r\n"+
			"Accept-Encoding: gzip\r\n\r\n", 200)},
		{"compressed bodies", gzipBombs},
		{"deeply nested bodies", repeat(megabyte+strings.Repeat("[", 1000000), 400, 503)},
		{"unique `nodes`", flood(uniqueNodes, 16)},
		{"unique `set`", flood(uniqueImage, 16)},
		{"long options", flood(longOptions(), 4)},
		{"largest bodies", flood(largest(), 4)},
	}
}

// swarm keeps n connections busy until ctx is done, each with a new one when the last has ended,
// and returns the first error.
func swarm(ctx context.Context, n int, addr string, talk func(conn *net.TCPConn) error) error {
	group, ctx := errgroup.WithContext(ctx)
	for range n {
		group.Go(func() error {
			for ctx.Err() == nil {
				if err := session(ctx, addr, talk); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// session connects, from another address than other clients, so that these keep their ports. The
// connection ends with ctx at the latest, by a reset, which leaves no port waiting. A server that
// takes no more connections is no error of the attack.
func session(ctx context.Context, addr string, talk func(conn *net.TCPConn) error) error {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		sleep(ctx, time.Millisecond)
		return nil
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	tcp := conn.(*net.TCPConn)
	_ = tcp.SetLinger(0)
	return talk(tcp)
}

// drip opens n connections, sends the start of a request on each and then a little more from time
// to time. The server has to end such connections by itself; then the next ones come.
func drip(n int, start, more string) func(context.Context, string) error {
	return func(ctx context.Context, addr string) error {
		var ended atomic.Int64
		err := swarm(ctx, n, addr, func(conn *net.TCPConn) error {
			_, err := io.WriteString(conn, start)
			for err == nil && sleep(ctx, 100*time.Millisecond) {
				_, err = io.WriteString(conn, more)
			}
			if ctx.Err() == nil {
				ended.Add(1)
			}
			return nil
		})
		if err == nil && ended.Load() == 0 {
			err = fmt.Errorf("%w: the server ended no slow connection", errUnanswered)
		}
		return err
	}
}

// idle holds as many connections as it may, each after one request.
func idle(ctx context.Context, addr string) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	return swarm(ctx, min(10000, int(limit.Cur)-1000), addr, func(conn *net.TCPConn) error {
		_, _ = io.WriteString(conn, "GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
		_, _ = io.Copy(io.Discard, conn)
		return nil
	})
}

// slowReaders ask for many bundles on each connection, and read none.
func slowReaders(ctx context.Context, addr string) error {
	requests := strings.Repeat(fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", bundleHead, len(criteria), criteria), 200)
	return swarm(ctx, 200, addr, func(conn *net.TCPConn) error {
		_ = conn.SetReadBuffer(4096)
		_, _ = io.WriteString(conn, requests)
		sleep(ctx, time.Minute)
		return nil
	})
}

// abandon asks for bundles and resets the connection at once: HTTP/1's way of a rapid reset.
func abandon(ctx context.Context, addr string) error {
	request := fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", bundleHead, len(criteria), criteria)
	return swarm(ctx, 8, addr, func(conn *net.TCPConn) error {
		_, _ = io.WriteString(conn, request)
		return nil
	})
}

// repeat sends one request again and again. An answer with another status than these is wrong, no
// answer is not: a server may close a connection while it is still being written to, and the answer
// is lost then.
func repeat(request string, statuses ...int) func(context.Context, string) error {
	return func(ctx context.Context, addr string) error {
		var answers atomic.Int64
		err := swarm(ctx, 8, addr, func(conn *net.TCPConn) error {
			_, _ = io.WriteString(conn, request)
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				return nil
			}
			answers.Add(1)
			if !slices.Contains(statuses, resp.StatusCode) {
				body, _ := io.ReadAll(resp.Body)
				return fmt.Errorf("status %d, want one of %v: %.300s", resp.StatusCode, statuses, body)
			}
			return nil
		})
		if err == nil && answers.Load() == 0 {
			err = fmt.Errorf("%w: no answer came", errUnanswered)
		}
		return err
	}
}

func manyHeaders(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "X-%d: a\r\n", i)
	}
	return b.String()
}

// gzipBombs sends bodies of 256 KiB that decompress to 256 MiB.
func gzipBombs(ctx context.Context, addr string) error {
	var member bytes.Buffer
	w := gzip.NewWriter(&member)
	if _, err := w.Write(make([]byte, 1<<20)); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	// Members can be joined (RFC 1952). To compress all of it would take the attack's time.
	bomb := strings.Repeat(member.String(), 256)
	request := fmt.Sprintf("%sContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", bundleHead, len(bomb), bomb)
	return repeat(request, 415, 503)(ctx, addr)
}

// flood sends requests of which no two are the same, as fast as answers come. Lost ones are the
// attacker's own.
func flood(r request, connections int) func(context.Context, string) error {
	return func(ctx context.Context, addr string) error {
		e := expectAny(r)
		e.hostile = true
		o := drive(ctx, load{addr: addr, requests: []expectation{e}, connections: connections, thorough: true})
		if o.wrong > 0 {
			return o.fault()
		}
		return nil
	}
}
