// Package server wires the contract, the middleware and the services to one HTTP server.
package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/admission"
	"github.com/NVIDIA/cloud-native-stack/internal/attest"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle"
	"github.com/NVIDIA/cloud-native-stack/internal/config"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
	"github.com/NVIDIA/cloud-native-stack/internal/httpcache"
	"github.com/NVIDIA/cloud-native-stack/internal/middleware"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
)

// Options are what a server is made of. All fields are required but Reload.
type Options struct {
	Config   config.Config
	Document *contract.Document // nothing else may use it
	Recipes  fs.FS              // the recipe data, below those of the configured directory
	Build    recipe.Build
	Commit   string
	Log      *slog.Logger
	Reload   <-chan os.Signal // each signal reloads the configured directory
}

// Server answers the contract's operations. Its port is open as soon as it exists, so that a taken port is an error of New.
type Server struct {
	config   config.Config
	log      *slog.Logger
	http     *http.Server
	listener net.Listener
	ready    *atomic.Bool
	reloader *reloader // nil without a directory of recipe data
	reload   <-chan os.Signal
}

// operations implements every operation of the contract.
type operations struct {
	*recipeService
	*bundleService
	*system
}

// Two embedded types can't both be called Service.
type (
	recipeService = recipe.Service
	bundleService = bundle.Service
)

var _ gen.StrictServerInterface = operations{}

// New loads the contract and the recipes and opens the port.
func New(o Options) (*Server, error) {
	c, err := o.Document.Narrow(o.Config.Allowlists)
	if err != nil {
		return nil, err
	}
	logAllowlists(o.Log, o.Document.Allowlists(), o.Config.Allowlists)
	source := recipe.Source{Embedded: o.Recipes, Dir: o.Config.Recipes.Dir, Spec: c}
	catalog, state, err := source.Load()
	if err != nil && source.Dir != "" {
		return nil, fmt.Errorf("CNS_RECIPES_DIR: %w", err)
	}
	if err != nil {
		return nil, fmt.Errorf("recipes: %w", err)
	}
	signer, err := newSigner(o.Config.Signing.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("CNS_SIGNING_KEY_FILE: %w", err)
	}
	registry := newRegistry(o.Build.Version, o.Commit)
	metrics := middleware.NewMetrics(registry)
	recipes := recipe.NewService(catalog, o.Build, o.Config.Recipes.MaxAge, registry)
	kept, err := httpcache.New(c.IsPure, registry)
	if err != nil {
		return nil, err
	}
	s := &Server{config: o.Config, log: o.Log, ready: new(atomic.Bool), reload: o.Reload}
	if source.Dir != "" {
		o.Log.Info("recipes loaded", "directory", source.Dir)
		s.reloader = newReloader(source, recipes, kept, state, o.Log, registry)
	}
	ops := operations{
		recipes, bundle.NewService(recipes, o.Build, bundle.Options{
			Limits: c.Limits.Body(), Version: o.Build.Version, Signer: signer, Cache: bundle.NewCache(),
		}), &system{contract: c, version: o.Build.Version, ready: s.ready},
	}
	connections := admission.NewConnections(o.Config.Limits.Connections)
	s.http = &http.Server{
		Handler:           rooted(closeWhenDraining(s.ready, newRouter(c, ops, kept, o.Config, metrics, registry, o.Log))),
		MaxHeaderBytes:    c.Limits.HeaderBytes - headerSlack,
		ReadHeaderTimeout: o.Config.Timeouts.ReadHeader,
		ReadTimeout:       o.Config.Timeouts.Read,
		WriteTimeout:      o.Config.Timeouts.Write,
		IdleTimeout:       o.Config.Timeouts.Idle,
		ConnState: func(conn net.Conn, state http.ConnState) {
			flushIdle(conn, state, o.Config.Timeouts.Write)
			metrics.ConnState(conn, state)
			connections.ConnState(conn, state)
		},
		// OPTIONS * gets an answer in the contract's shape.
		DisableGeneralOptionsHandler: true,
		ErrorLog:                     slog.NewLogLogger(o.Log.Handler(), slog.LevelWarn),
	}
	if s.listener, err = listen(":" + strconv.Itoa(o.Config.Server.Port)); err != nil {
		return nil, fmt.Errorf("PORT: %w", err)
	}
	return s, nil
}

// newSigner reads a key; none if file is empty.
func newSigner(file string) (*attest.Signer, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return attest.NewSigner(text)
}

// Addr is the address that the server listens on.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Run serves until ctx is done. Then it turns not ready, serves on for the drain delay, finishes the requests in flight and returns nil.
// Requests that outlast the shutdown timeout are an error.
func (s *Server) Run(ctx context.Context) error {
	s.ready.Store(true)
	if s.reloader != nil {
		go s.reloader.run(ctx, s.reload)
	}
	failed := make(chan error, 1)
	go func() { failed <- s.http.Serve(s.listener) }()
	s.log.Info("server ready", "address", s.Addr())
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
	deadline, cancel := context.WithTimeout(context.Background(), s.config.Timeouts.Shutdown)
	defer cancel()
	if err := s.http.Shutdown(deadline); err != nil {
		return fmt.Errorf("shutdown: %w", errors.Join(err, s.http.Close()))
	}
	s.log.Info("server stopped")
	return nil
}

// headerSlack is what net/http admits above its MaxHeaderBytes.
const headerSlack = 4096

// rooted is outside the chain, because chi routes by the path before the chain runs. It gives the path / to requests without one, as in
// «GET http://host HTTP/1.1» (RFC 9112, section 3.2.2), so that every part of the chain sees the same.
func rooted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "" {
			r.URL.Path = "/"
		}
		next.ServeHTTP(w, r)
	})
}

// closeWhenDraining makes clients leave by themselves, each after its next answer: closing an idle connection could lose a request that
// is already on its way.
func closeWhenDraining(ready *atomic.Bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !ready.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

func newRegistry(version, commit string) *prometheus.Registry {
	registry := prometheus.NewRegistry()
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "build_info", Help: "Always 1; the labels tell which build this is.",
		ConstLabels: prometheus.Labels{"version": version, "commit": commit},
	})
	build.Set(1)
	registry.MustRegister(build, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return registry
}

// logAllowlists says what the operator admits, if that isn't everything.
func logAllowlists(log *slog.Logger, allowlists []contract.Allowlist, values map[string][]string) {
	var counts, lists []any
	total := 0
	for _, a := range allowlists {
		list := values[a.Variable]
		total += len(list)
		counts = append(counts, a.LogKey, len(list))
		lists = append(lists, a.LogKey, list)
	}
	if total == 0 {
		return
	}
	log.Info("criteria allowlists configured", counts...)
	log.Debug("criteria allowlists loaded", lists...)
}
