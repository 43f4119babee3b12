package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/NVIDIA/cloud-native-stack/internal/admission"
	"github.com/NVIDIA/cloud-native-stack/internal/config"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
	"github.com/NVIDIA/cloud-native-stack/internal/httpcache"
	"github.com/NVIDIA/cloud-native-stack/internal/middleware"
)

// Server is a list of endpoints with one life. Their ports are open as soon as it exists, so that a
// taken port is an error of New.
type Server struct {
	endpoints   []endpoint
	config      config.Config
	contract    *contract.Contract
	answers     *httpcache.Cache
	connections *admission.Connections // of all endpoints
	metrics     *middleware.Metrics
	registry    *prometheus.Registry
	ready       atomic.Bool
	reloader    *reloader    // nil without a directory of recipe data
	key         *keyReloader // nil without a signing key
	reload      <-chan os.Signal
	log         *slog.Logger
}

// Addr is the address that the first endpoint listens on.
func (s *Server) Addr() string { return s.endpoints[0].listener.Addr().String() }

// Run serves all endpoints until ctx is done. Then it turns not ready, serves on for the drain
// delay, finishes the requests in flight and returns nil. Requests that outlast the shutdown
// timeout are an error, and so is an endpoint that can't be served, as after Close. In any case it
// closes the server, so it can be called once.
func (s *Server) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	defer s.Close()
	defer s.ready.Store(false)
	s.ready.Store(true)
	running.Go(func() { s.watch(ctx) })
	failed := make(chan error, len(s.endpoints))
	for _, e := range s.endpoints {
		running.Go(func() { failed <- e.serve() })
		s.log.Info("server ready", "address", e.listener.Addr().String())
	}
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	s.ready.Store(false)
	s.log.Info("server draining", "delay", s.config.Timeouts.DrainDelay.String())
	select {
	case err := <-failed:
		return err
	case <-time.After(s.config.Timeouts.DrainDelay):
	}
	if err := s.shutdown(); err != nil {
		return fmt.Errorf("shutdown: %w", err)
	}
	s.log.Info("server stopped")
	return nil
}

// shutdown finishes the requests in flight of all endpoints, within one timeout.
func (s *Server) shutdown() error {
	ctx, cancel := context.WithTimeout(context.Background(), s.config.Timeouts.Shutdown)
	defer cancel()
	var stopping errgroup.Group
	for _, e := range s.endpoints {
		stopping.Go(func() error { return e.http.Shutdown(ctx) })
	}
	return stopping.Wait()
}

// Close gives all ports back and cuts what is in flight. It may come before, during, after and
// without Run, and more than once.
func (s *Server) Close() error {
	var errs []error
	for _, e := range s.endpoints {
		for _, err := range []error{e.http.Close(), e.listener.Close()} {
			if !errors.Is(err, net.ErrClosed) {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}
