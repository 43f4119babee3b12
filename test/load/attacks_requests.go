package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

func get(target, headers string) string {
	return "GET " + target + " HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n"
}

func manyHeaders(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "X-%d: a\r\n", i)
	}
	return b.String()
}

// repeat sends one request again and again. An answer with another status than these is wrong, no
// answer is not: a server may close a connection while it is still being written to, and the answer
// is lost then.
func repeat(request string, statuses ...int) func(context.Context, string) error {
	return repeatEach([]string{request}, statuses...)
}

// serialMark stands for a number that makes each request another one.
const serialMark = "{serial}"

// repeatEach sends one request after the other.
func repeatEach(requests []string, statuses ...int) func(context.Context, string) error {
	return func(ctx context.Context, addr string) error {
		var sent, answers atomic.Int64
		err := swarm(ctx, 8, addr, func(conn *net.TCPConn) error {
			n := int(sent.Add(1))
			request := strings.Replace(requests[n%len(requests)], serialMark, strconv.Itoa(n), 1)
			_, _ = io.WriteString(conn, request)
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				return nil
			}
			answers.Add(1)
			if !slices.Contains(statuses, resp.StatusCode) {
				body, _ := io.ReadAll(resp.Body)
				return fmt.Errorf("%.60q: status %d, want one of %v: %.300s", request, resp.StatusCode, statuses, body)
			}
			return nil
		})
		if err == nil && answers.Load() == 0 {
			err = fmt.Errorf("%w: no answer came", errUnanswered)
		}
		return err
	}
}

// Items that a list header may consist of, each list the worst for some way of reading it.
var (
	acceptItems = []string{"*", "*/*", "a/b;q=0.1", `application/json;a="b,c";q=0.1`, "application/yaml;q=0.001"}
	codingItems = []string{"*", "a", "gzip;q=0.1", "identity;q=0", "zstd;q=0.001;a=b"}
	tagItems    = []string{"*", `"a"`, `W/"a"`, `"a--gzip"`, `"`}
)

// headerLength is how long a list header may be beside the rest of a request.
const headerLength = 58 << 10

// listHeader is a header of so many bytes, of one item again and again. One that is always another
// stands before, a star behind.
func listHeader(name, item string, length int) string {
	first, ok := map[string]string{"Accept": "x/" + serialMark, "Accept-Encoding": "x" + serialMark}[name]
	if !ok {
		first = `"` + serialMark + `"`
	}
	before, after := name+": "+first, ",*\r\n"
	return before + strings.Repeat(","+item, (length-len(before)-len(after))/(len(item)+1)) + after
}

// longHeaders sends such a header to each kind of route.
func longHeaders(name string, items ...string) func(context.Context, string) error {
	var requests []string
	for _, item := range items {
		for _, path := range []string{recipePath, "/", "/health", "/ready", "/metrics", "/openapi.json", "/docs"} {
			requests = append(requests, get(path, listHeader(name, item, headerLength)))
		}
	}
	return repeatEach(requests, 200, 302, 304, 400, 406, 412, 431)
}

// halfSent announces large bodies, or chunks of them, and sends one byte and then another from time
// to time.
func halfSent(n, addresses int) func(context.Context, string) error {
	return func(ctx context.Context, addr string) error {
		return swarmFrom(ctx, n, addresses, addr, func(conn *net.TCPConn) error {
			length := 65537 + rand.IntN(bodyLimit-65537+1)
			start := fmt.Sprintf("%sContent-Length: %d\r\n\r\n{", bundleHead, length)
			if length%2 == 0 {
				start = fmt.Sprintf("%sTransfer-Encoding: chunked\r\n\r\n%x\r\n{", bundleHead, length)
			}
			_, err := io.WriteString(conn, start)
			for err == nil && sleep(ctx, 100*time.Millisecond) {
				_, err = io.WriteString(conn, " ")
			}
			return nil
		})
	}
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

// flood sends requests, as fast as answers come. Lost ones are the attacker's own.
func flood(connections int, requests ...request) func(context.Context, string) error {
	return func(ctx context.Context, addr string) error {
		l := load{addr: addr, connections: connections, thorough: true, sources: []string{attacker(0).String()}}
		for _, r := range requests {
			e := expectAny(r)
			e.hostile = true
			l.requests = append(l.requests, e)
		}
		if o := drive(ctx, l); o.wrong > 0 {
			return o.fault()
		}
		return nil
	}
}
