package server

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// certified returns a TLS configuration with a certificate of its own for 127.0.0.1.
func certified(t *testing.T) (server *tls.Config, roots *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots = x509.NewCertPool()
	roots.AddCert(certificate)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, roots
}

// newServer returns one that doesn't run yet.
func newServer(t *testing.T, environ ...string) *Server {
	t.Helper()
	s, err := New(options(t, io.Discard, environ...))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// add opens a port of the server for a handler and returns its URL.
func (s *Server) add(t *testing.T, handler http.Handler, secure *tls.Config) string {
	t.Helper()
	if err := s.listen("127.0.0.1:0", handler, secure); err != nil {
		t.Fatal(err)
	}
	scheme := "http://"
	if secure != nil {
		scheme = "https://"
	}
	return scheme + s.endpoints[len(s.endpoints)-1].listener.Addr().String()
}

// TestEveryLength asks for answers of every length up to 20,000 bytes, one after the other on as
// good as one connection, over each protocol that an endpoint speaks: each comes whole and in time,
// whatever the sizes of buffers, TLS records and frames. Over TLS records grow with what was sent
// before.
func TestEveryLength(t *testing.T) {
	const most = 20_000
	text := bytes.Repeat([]byte("0123456789abcdef"), most/16+1)
	ofLength := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		length, _ := strconv.Atoi(r.URL.Path[1:])
		w.Header().Set("Content-Length", r.URL.Path[1:])
		_, _ = w.Write(text[:length])
	})
	secure, roots := certified(t)
	s := newServer(t)
	plainURL, secureURL := s.add(t, ofLength, nil), s.add(t, ofLength, secure)
	serve(t, s)
	for name, tt := range map[string]struct {
		url   string
		h2    bool
		proto string
	}{
		"HTTP/1.1":          {plainURL, false, "HTTP/1.1"},
		"HTTP/1.1 over TLS": {secureURL, false, "HTTP/1.1"},
		"HTTP/2":            {secureURL, true, "HTTP/2.0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			protocols := new(http.Protocols)
			protocols.SetHTTP1(!tt.h2)
			protocols.SetHTTP2(tt.h2)
			dials := 0
			transport := &http.Transport{
				Protocols: protocols, TLSClientConfig: &tls.Config{RootCAs: roots},
				DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
					dials++
					return new(net.Dialer).DialContext(ctx, network, address)
				},
			}
			defer transport.CloseIdleConnections()
			client := &http.Client{Transport: transport, Timeout: 5 * time.Second}
			body := bytes.NewBuffer(make([]byte, 0, most))
			for length := 1; length <= most; length++ {
				resp, err := client.Get(tt.url + "/" + strconv.Itoa(length))
				if err != nil {
					t.Fatal(err)
				}
				body.Reset()
				_, err = body.ReadFrom(resp.Body)
				resp.Body.Close()
				if err != nil || !bytes.Equal(body.Bytes(), text[:length]) || resp.Proto != tt.proto {
					t.Fatalf("%d bytes, want %d; %s, %v", body.Len(), length, resp.Proto, err)
				}
			}
			if dials > most/1000 { // a client may open another one before it knows that the last is free
				t.Errorf("%d connections, want hardly more than one", dials)
			}
		})
	}
}

// TestEndpoints serves two endpoints with handlers of their own, and drains them together.
func TestEndpoints(t *testing.T) {
	s := newServer(t, "CNS_DRAIN_DELAY=1s")
	entered, leave := make(chan struct{}), make(chan struct{})
	url := s.add(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/held" {
			close(entered)
			<-leave
		}
		_, _ = io.WriteString(w, "other")
	}), nil)
	ts := serve(t, s)
	other := func(path string) string {
		resp, err := http.Get(url + path)
		if err != nil {
			t.Error(err)
			return ""
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Error(err)
		}
		return string(body)
	}
	if got := other("/health"); got != "other" || !strings.Contains(string(ts.get(t, "/health")), "healthy") {
		t.Errorf("the second endpoint answers %q", got)
	}
	var held sync.WaitGroup
	held.Go(func() {
		if got := other("/held"); got != "other" {
			t.Errorf("a request in flight gets %q", got)
		}
	})
	<-entered
	ts.stop()
	waitFor(t, func() bool {
		resp, _ := ts.do(t, call{path: "/ready"})
		return resp.StatusCode == http.StatusServiceUnavailable
	})
	if got := other("/"); got != "other" {
		t.Errorf("while draining the second endpoint answers %q", got)
	}
	isOpen := func(address string) bool {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
		}
		return err == nil
	}
	waitFor(t, func() bool { return !isOpen(strings.TrimPrefix(url, "http://")) && !isOpen(ts.address()) })
	select {
	case err := <-ts.done:
		t.Errorf("it ends with a request in flight: %v", err)
	default:
	}
	close(leave)
	held.Wait()
}

// TestClose opens and closes servers before, after and without Run: ports and goroutines are given
// back.
func TestClose(t *testing.T) {
	before := runtime.NumGoroutine()
	run := func(s *Server) error {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		return s.Run(ctx)
	}
	for name, use := range map[string]func(*Server) error{
		"without Run": func(*Server) error { return nil },
		"after Run":   run,
		"before Run": func(s *Server) error {
			if err := s.Close(); err != nil {
				return err
			}
			if err := run(s); err != nil && err != http.ErrServerClosed {
				return err
			}
			return nil
		},
		"during Run": func(s *Server) error {
			ended := make(chan error, 1)
			go func() { ended <- s.Run(t.Context()) }()
			if err := s.Close(); err != nil {
				return err
			}
			if err := <-ended; err != http.ErrServerClosed {
				return err
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := optionsOver(t, io.Discard, t.TempDir())
			reload := make(chan os.Signal, 1)
			reload <- syscall.SIGHUP
			o.Reload = reload
			s, err := New(o)
			if err != nil {
				t.Fatal(err)
			}
			url := s.add(t, http.NotFoundHandler(), nil)
			if err := use(s); err != nil {
				t.Error(err)
			}
			for range 2 {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}
			for _, address := range []string{s.Addr(), strings.TrimPrefix(url, "http://")} {
				_, port, err := net.SplitHostPort(address)
				if err != nil {
					t.Fatal(err)
				}
				l, err := net.Listen("tcp", ":"+port)
				if err != nil {
					t.Fatal(err)
				}
				l.Close()
			}
		})
	}
	waitFor(t, func() bool { return runtime.NumGoroutine() <= before })
}

// TestFailedEndpoint wants the others to end with one that can't be served.
func TestFailedEndpoint(t *testing.T) {
	s := newServer(t)
	url := s.add(t, http.NotFoundHandler(), nil)
	s.endpoints[0].listener.Close()
	if err := s.Run(t.Context()); err == nil {
		t.Error("no error")
	}
	if _, err := http.Get(url); err == nil {
		t.Error("the other endpoint is still served")
	}
}

// TestLogLevel changes the level while the server runs.
func TestLogLevel(t *testing.T) {
	log := new(logBuffer)
	o := options(t, log)
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	ts := serve(t, s)
	ts.get(t, "/health")
	if strings.Contains(log.String(), "request started") {
		t.Error("debug lines at level info")
	}
	if err := o.LogLevel.UnmarshalText([]byte("debug")); err != nil {
		t.Fatal(err)
	}
	ts.get(t, "/health")
	if !strings.Contains(log.String(), "request started") {
		t.Error("no debug lines after the change")
	}
}
