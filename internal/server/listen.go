package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"

	"github.com/NVIDIA/cloud-native-stack/internal/config"
)

// writeBuffer is what the system holds of answers that a client doesn't read. By itself it takes
// megabytes for each connection.
const writeBuffer = 128 << 10 // bytes

// headerSlack is what net/http admits above its MaxHeaderBytes.
const headerSlack = 4096 // bytes

// resolveTimeout bounds the look-up of a host name to listen on.
const resolveTimeout = 5 * time.Second

// endpoint is a port and what answers there.
type endpoint struct {
	listener net.Listener
	http     *http.Server
}

// serve answers until the endpoint is closed. The error is never nil.
func (e endpoint) serve() error {
	if e.http.TLSConfig != nil {
		return e.http.ServeTLS(e.listener, "", "")
	}
	return e.http.Serve(e.listener)
}

// listen opens a port for a handler: plain HTTP/1.1, or HTTP/1.1 and HTTP/2 over TLS if that is
// configured. It has to come before Run. The error is the system's.
func (s *Server) listen(address string, handler http.Handler, secure *tls.Config) error {
	timeouts := s.config.Timeouts
	listening := net.ListenConfig{KeepAlive: -1} // timeouts end connections of clients that are gone
	ctx, cancel := context.WithTimeout(context.Background(), resolveTimeout)
	defer cancel()
	network := "tcp"
	if ip, err := netip.ParseAddrPort(address); err == nil && ip.Addr().Is4() {
		network = "tcp4" // or else 0.0.0.0 would be IPv6's addresses, too
	}
	l, err := listening.Listen(ctx, network, address)
	if err != nil {
		return err
	}
	e := endpoint{s.connections.Listener(listener{l.(*net.TCPListener)}), &http.Server{
		Handler:           handler,
		TLSConfig:         secure,
		MaxHeaderBytes:    s.contract.Limits.HeaderBytes - headerSlack,
		ReadHeaderTimeout: timeouts.ReadHeader,
		ReadTimeout:       timeouts.Read,
		WriteTimeout:      timeouts.Write,
		IdleTimeout:       timeouts.Idle,
		ConnContext:       s.connections.ConnContext,
		ConnState: func(conn net.Conn, state http.ConnState) {
			s.metrics.ConnState(conn, state)
			s.connections.ConnState(conn, state)
		},
		// OPTIONS * gets an answer in the contract's shape.
		DisableGeneralOptionsHandler: true,
		ErrorLog:                     slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}}
	if secure == nil {
		e.http.Protocols = new(http.Protocols)
		e.http.Protocols.SetHTTP1(true)
	}
	s.endpoints = append(s.endpoints, e)
	return nil
}

// explainListen says which variable an error of listen is about.
func explainListen(host config.Host, err error) error {
	if host == "" || errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, syscall.EACCES) {
		return fmt.Errorf("PORT: %w", err)
	}
	return fmt.Errorf("CNS_ADDRESS: %w: must be an address or a name of this machine, such as 127.0.0.1", err)
}

// listener accepts connections that take little memory.
type listener struct{ *net.TCPListener }

// Accept implements [net.Listener].
func (l listener) Accept() (net.Conn, error) {
	conn, err := l.AcceptTCP()
	if err != nil {
		return nil, err
	}
	_ = conn.SetWriteBuffer(writeBuffer)
	return conn, nil
}
