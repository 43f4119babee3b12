package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/valyala/fasthttp"
	"golang.org/x/sys/unix"
)

// answerTimeout is how long a client waits for an answer before it counts as wrong.
const answerTimeout = 20 * time.Second

// load is what some clients ask of a server, each on a connection of its own.
type load struct {
	addr        string
	requests    []expectation // one after the other
	connections int
	duration    time.Duration // without end if zero
	total       uint64        // right answers to wait for; without end if zero
	rate        float64       // requests per second of all clients together; as fast as answers come if zero
	together    bool          // all clients ask at the same moments
	reconnect   int           // each so many requests take a new connection; none if zero
	sources     []string      // addresses that the clients have, in turn; the system's choice if empty
	thorough    bool          // also compares bundles with their digests, which costs the clients time
}

// at is the same load for half the time at a rate.
func (l load) at(rate float64) load {
	l.rate, l.duration = rate, l.duration/2
	return l
}

// outcome is what the clients saw.
type outcome struct {
	right, refused, wrong uint64
	lost                  uint64 // requests without an answer
	again                 uint64 // requests that were sent again, as the server closed an idle connection
	example               string // of a wrong or lost answer
	elapsed               time.Duration
	latency               *hdrhistogram.Histogram // of right answers, in microseconds
}

func (o outcome) perSecond() float64 { return float64(o.right) / o.elapsed.Seconds() }

// p99 is in milliseconds.
func (o outcome) p99() float64 { return float64(o.latency.ValueAtQuantile(99)) / 1000 }

func newOutcome() outcome {
	return outcome{latency: hdrhistogram.New(1, int64(2*answerTimeout/time.Microsecond), 3)}
}

func (o *outcome) add(other outcome) {
	o.right, o.refused = o.right+other.right, o.refused+other.refused
	o.wrong, o.lost, o.again = o.wrong+other.wrong, o.lost+other.lost, o.again+other.again
	o.example = cmp.Or(o.example, other.example)
	o.latency.Merge(other.latency)
}

// fault says what is wrong with an outcome of clients that mean well; nothing if all answers are
// right or refusals, and hardly any request had to be sent again.
func (o outcome) fault() error {
	if o.wrong+o.lost == 0 && o.right+o.refused > 0 && o.again <= 1+o.right/1000 {
		return nil
	}
	return fmt.Errorf("%d wrong and %d lost answers, %d right ones, %d requests sent again: %s",
		o.wrong, o.lost, o.right, o.again, o.example)
}

// drive puts a load on a server until it is over or ctx is done.
func drive(ctx context.Context, l load) outcome {
	if l.duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, l.duration)
		defer cancel()
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	all, start := newOutcome(), time.Now()
	var answers atomic.Uint64
	var mu sync.Mutex
	var clients sync.WaitGroup
	for i := range l.connections {
		clients.Go(func() {
			c := newClient(l, i)
			o := c.run(ctx, start, func() {
				if n := answers.Add(1); l.total > 0 && n >= l.total {
					cancel()
				}
			})
			mu.Lock()
			defer mu.Unlock()
			all.add(o)
		})
	}
	clients.Wait()
	all.elapsed = time.Since(start)
	return all
}

// client sends requests on one connection.
type client struct {
	load
	http     *fasthttp.HostClient
	conn     net.Conn // the last one, nil before
	requests []*fasthttp.Request
	next     int // of the requests
	interval time.Duration
	first    time.Duration // when to send the first, after the start
}

func newClient(l load, i int) *client {
	dialer := net.Dialer{Timeout: answerTimeout}
	if len(l.sources) > 0 {
		dialer.LocalAddr = &net.TCPAddr{IP: net.ParseIP(l.sources[i%len(l.sources)])}
	}
	c := &client{load: l, next: i * 7 % len(l.requests), http: &fasthttp.HostClient{
		Addr: l.addr, MaxConns: 1, ReadTimeout: answerTimeout, WriteTimeout: answerTimeout,
		MaxIdemponentCallAttempts: 1, NoDefaultUserAgentHeader: true, // a lost request has to be seen
	}}
	c.http.Dial = func(addr string) (_ net.Conn, err error) {
		c.conn, err = dialer.Dial("tcp", addr)
		return c.conn, err
	}
	for _, e := range l.requests {
		c.requests = append(c.requests, e.request.prepare(l.addr))
	}
	if l.rate > 0 {
		each := time.Duration(float64(time.Second) / l.rate)
		c.interval = each * time.Duration(l.connections)
		if !l.together {
			c.first = each * time.Duration(i)
		}
	}
	return c
}

// run sends requests until ctx is done and calls answered for each right answer. With a rate,
// latency counts from when a request was due, so that a server which keeps a client from sending
// the next one doesn't look fast.
func (c *client) run(ctx context.Context, start time.Time, answered func()) outcome {
	o, resp := newOutcome(), fasthttp.AcquireResponse()
	defer c.http.CloseIdleConnections()
	due := start.Add(c.first)
	for n := 1; ; n++ {
		begin := time.Now()
		if c.interval > 0 {
			if wait := due.Sub(begin); wait > 0 && !sleep(ctx, wait) {
				return o
			}
			begin, due = due, due.Add(c.interval)
		}
		if ctx.Err() != nil {
			return o
		}
		e, req := c.load.requests[c.next], c.requests[c.next]
		c.next = (c.next + 1) % len(c.requests)
		if e.request.vary != nil {
			e.request.vary(req, e.serial.Add(1))
		}
		req.Header.ResetConnectionClose()
		if c.reconnect > 0 && n%c.reconnect == 0 {
			req.SetConnectionClose()
		}
		if c.ask(e, req, resp, &o) {
			_ = o.latency.RecordValue(max(1, time.Since(begin).Microseconds()))
			answered()
		}
	}
}

// ask sends a request and counts the answer; it returns whether it was right.
func (c *client) ask(e expectation, req *fasthttp.Request, resp *fasthttp.Response, o *outcome) bool {
	if c.conn != nil && isClosed(c.conn) {
		c.http.CloseIdleConnections()
	}
	count, used := &o.lost, c.conn
	err := c.http.Do(req, resp)
	if err != nil && !errors.Is(err, fasthttp.ErrTimeout) && c.conn == used && used != nil {
		// The server may have closed the connection just now. Clients send such a request again.
		o.again++
		o.example = cmp.Or(o.example, fmt.Sprintf("%s: %v", e.request.name, err))
		err = c.http.Do(req, resp)
	}
	if err == nil {
		count, err = &o.wrong, e.judge(resp)
		if err == nil && c.thorough {
			err = checkDigest(resp)
		}
	}
	switch {
	case err == nil:
		count = &o.right
	case errors.Is(err, errRefused):
		count = &o.refused
	default:
		o.example = cmp.Or(o.example, fmt.Sprintf("%s: %v", e.request.name, err))
	}
	*count++
	return err == nil
}

// isClosed reports whether the server has closed a connection that is idle, which it may at any
// time (RFC 9112, section 9.5). Most clients see to it before they use one; this library doesn't.
func isClosed(conn net.Conn) bool {
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		return true
	}
	var n int
	var failed error
	err = raw.Control(func(fd uintptr) {
		n, _, failed = unix.Recvfrom(int(fd), make([]byte, 1), unix.MSG_PEEK|unix.MSG_DONTWAIT)
	})
	return err != nil || n == 0 && !errors.Is(failed, unix.EAGAIN)
}

// sleep returns false if ctx is done first.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
