// Package server wires the contract, the middleware and the services to one HTTP server.
package server

import (
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"

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

// Options are what a server is made of. All fields are required but the last two.
type Options struct {
	Config   config.Config
	Document *contract.Document // nothing else may use it
	Recipes  fs.FS              // the recipe data, below those of the configured directory
	Build    recipe.Build
	Commit   string
	Log      *slog.Logger
	LogLevel *slog.LevelVar // what Log writes; New sets it as configured

	Reload     <-chan os.Signal       // each signal reloads the configured directory and signing key
	Collectors []prometheus.Collector // metrics of what was made before the server
}

// operations implements every operation of the contract.
type operations struct {
	*recipe.Resolver
	*bundle.Builder
	*system
}

var _ gen.StrictServerInterface = operations{}

// New loads the contract and the recipes and opens the port. The caller runs the server or closes
// it. An error names the variable that is to be changed.
func New(o Options) (*Server, error) {
	o.LogLevel.Set(o.Config.Server.LogLevel)
	c, err := o.Document.Narrow(o.Config.Allowlists)
	if err != nil {
		return nil, err
	}
	logAllowlists(o.Log, o.Document.Allowlists(), o.Config.Allowlists)
	if err := fitConnections(&o.Config.Limits, openFiles(), o.Log); err != nil {
		return nil, err
	}
	registry := newRegistry(o.Build.Version, o.Commit)
	registry.MustRegister(o.Collectors...)
	s := &Server{
		config: o.Config, contract: c, answers: httpcache.New(c, registry, contract.Fail(o.Log)),
		registry:    registry,
		connections: admission.NewConnections(o.Config.Limits.Connections), metrics: middleware.NewMetrics(registry),
		reload: o.Reload, log: o.Log,
	}
	operations, err := s.newOperations(o)
	if err != nil {
		return nil, err
	}
	address := net.JoinHostPort(string(o.Config.Server.Address), strconv.Itoa(o.Config.Server.Port))
	if err := s.listen(address, s.handler(operations), nil); err != nil {
		return nil, explainListen(o.Config.Server.Address, err)
	}
	return s, nil
}

// newOperations loads the recipe data and what else the services need.
func (s *Server) newOperations(o Options) (gen.StrictServerInterface, error) {
	catalog, err := s.loadRecipes(o)
	if err != nil {
		return nil, err
	}
	var signer *attest.Signer
	if file := o.Config.Signing.KeyFile; file != "" {
		if s.key, err = newKeyReloader(file, s.answers, o.Log); err != nil {
			return nil, fmt.Errorf("CNS_SIGNING_KEY_FILE: %w", err)
		}
		signer = s.key.signer
	}
	recipes := recipe.NewResolver(catalog, o.Build, o.Config.Recipes.MaxAge, s.registry)
	if s.reloader != nil {
		s.reloader.start(recipes, s.registry)
	}
	options := bundle.Options{Build: o.Build, Limits: s.contract.Limits.Body(), Signer: signer, Spec: s.contract}
	bundles := bundle.NewBuilder(recipes, options)
	return operations{recipes, bundles, &system{s.contract, o.Build.Version, &s.ready}}, nil
}

func newRegistry(version, commit string) *prometheus.Registry {
	registry := prometheus.NewRegistry()
	promauto.With(registry).NewGauge(prometheus.GaugeOpts{
		Name: "build_info", Help: "Always 1; the labels tell which build this is.",
		ConstLabels: prometheus.Labels{"version": version, "commit": commit},
	}).Set(1)
	registry.MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
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
