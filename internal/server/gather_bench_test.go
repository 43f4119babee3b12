//go:build unix

package server

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"syscall"
	"testing"
	"time"
)

// BenchmarkGather gets answers of a recipe's length over loopback, from a server that gathers what
// it writes and from one that doesn't. Clients do as little as they can. The processor's time is
// given too, because wall time says little on a machine that is shared.
func BenchmarkGather(b *testing.B) {
	body := bytes.Repeat([]byte("x"), 4504)
	const mostHeader = 1000 // bytes
	for name, wrap := range map[string]func(*http.Server, net.Listener) net.Listener{
		"gathered": gather, "plain": func(_ *http.Server, l net.Listener) net.Listener { return l },
	} {
		b.Run(name, func(b *testing.B) {
			server := &http.Server{
				ConnState: func(net.Conn, http.ConnState) {},
				Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					w.Header()["Content-Length"] = []string{"4504"}
					_, _ = w.Write(body)
				}),
			}
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				b.Fatal(err)
			}
			defer server.Close()
			go func() { _ = server.Serve(wrap(server, listener)) }()
			before := processorTime()
			b.SetParallelism(8)
			b.RunParallel(func(pb *testing.PB) {
				conn, err := net.Dial("tcp", listener.Addr().String())
				if err != nil {
					b.Error(err)
					return
				}
				defer conn.Close()
				answer := make([]byte, len(body)+mostHeader)
				for pb.Next() {
					_, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
					if err == nil {
						_, err = io.ReadAtLeast(conn, answer, len(body)+1)
					}
					if err != nil {
						b.Error(err)
						return
					}
				}
			})
			b.ReportMetric(float64(processorTime()-before)/float64(b.N), "cpu-ns/op")
		})
	}
}

func processorTime() time.Duration {
	var used syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
