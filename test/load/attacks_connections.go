package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// swarm keeps n connections busy until ctx is done, each with a new one when the last has ended,
// and returns the first error.
func swarm(ctx context.Context, n int, addr string, talk func(conn *net.TCPConn) error) error {
	return swarmFrom(ctx, n, 1, addr, talk)
}

// swarmFrom is a swarm from several addresses.
func swarmFrom(ctx context.Context, n, addresses int, addr string, talk func(conn *net.TCPConn) error) error {
	group, ctx := errgroup.WithContext(ctx)
	for i := range n {
		group.Go(func() error {
			for ctx.Err() == nil {
				if err := session(ctx, attacker(i%addresses), addr, talk); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// attacker returns one of the addresses of attackers: they differ from those of other clients, so
// that these keep their ports.
func attacker(i int) net.IP { return net.IPv4(127, 0, 0, byte(2+i)) }

// session connects from an address. The connection ends with ctx at the latest, by a reset, which
// leaves no port waiting. A server that takes no more connections is no error of the attack.
func session(ctx context.Context, from net.IP, addr string, talk func(conn *net.TCPConn) error) error {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: from}}
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
