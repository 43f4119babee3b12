package server

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/httpcache"
	"github.com/NVIDIA/cloud-native-stack/internal/judge"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
)

// reloadInterval is how often the directory of recipe data is asked for its state: a few system
// calls.
const reloadInterval = time.Second

// reloader replaces the recipe data when its source says something new, such as a mounted ConfigMap
// that was updated. Data that can't be loaded, or from which some environment gets no bundle, leave
// the last good ones in use.
type reloader struct {
	source  catalog.Source
	judge   judge.Judge
	state   string // of the source when it was loaded last
	recipes *recipe.Resolver
	answers *httpcache.Cache
	log     *slog.Logger
	reloads *prometheus.CounterVec
	lastOK  prometheus.Gauge
}

// loadRecipes returns the recipe data to start with. Tests have judged those in the program.
func (s *Server) loadRecipes(o Options) (*catalog.Catalog, error) {
	source := catalog.Source{Embedded: o.Recipes, Dir: o.Config.Recipes.Dir, Spec: s.contract}
	if source.Dir == "" {
		c, _, err := source.Load(context.Background())
		if err != nil {
			return nil, fmt.Errorf("recipes: %w", err)
		}
		return c, nil
	}
	s.reloader = &reloader{
		source: source, judge: judge.Judge{Spec: s.contract, Build: o.Build}, answers: s.answers, log: o.Log,
	}
	c, read, err := s.reloader.load(context.Background())
	if err != nil {
		return nil, fmt.Errorf("CNS_RECIPES_DIR: %w", err)
	}
	o.Log.Info("recipes loaded", read...)
	return c, nil
}

// start begins to replace the recipe data of a resolver. The metrics go to registry.
func (r *reloader) start(recipes *recipe.Resolver, registry prometheus.Registerer) {
	r.recipes = recipes
	auto := promauto.With(registry)
	r.reloads = auto.NewCounterVec(prometheus.CounterOpts{
		Name: "cns_recipes_reloads_total", Help: "Attempts to reload CNS_RECIPES_DIR, by result.",
	}, []string{"result"})
	r.lastOK = auto.NewGauge(prometheus.GaugeOpts{
		Name: "cns_recipes_last_reload_successful",
		Help: "1 if the recipe data in use are those of CNS_RECIPES_DIR, 0 if these are broken.",
	})
	r.lastOK.Set(1)
	for _, result := range []string{"success", "failure"} {
		r.reloads.WithLabelValues(result)
	}
}

// watch replaces the signing key and the recipe data on each signal, and each of them when it
// changes, until ctx is done.
func (s *Server) watch(ctx context.Context) {
	tick := time.NewTicker(reloadInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case signal := <-s.reload:
			if s.key != nil {
				s.key.reload()
			}
			if s.reloader == nil {
				s.log.Warn("no recipes to reload: CNS_RECIPES_DIR is not set", "signal", signal.String())
				continue
			}
			s.log.Info("reading the recipes; what variables say is read at the start alone",
				"directory", s.reloader.source.Dir, "signal", signal.String())
			s.reloader.reload(ctx)
		case <-tick.C:
			if s.key != nil && s.key.hasChanged() {
				s.key.reload()
			}
			if s.reloader != nil && s.reloader.hasChanged() {
				s.reloader.reload(ctx)
			}
		}
	}
}

func (r *reloader) hasChanged() bool { return r.source.State() != r.state }

// load loads and judges the recipe data. It returns what was read, for the log.
func (r *reloader) load(ctx context.Context) (c *catalog.Catalog, read []any, err error) {
	c, r.state, err = r.source.Load(ctx)
	if err != nil {
		return nil, nil, err
	}
	start := time.Now()
	environments, err := r.judge.Catalog(ctx, c)
	judged := float64(time.Since(start).Microseconds()) / 1000
	return c, []any{
		"directory", r.source.Dir, "components", len(c.Names()), "overlays", len(c.Overlays()),
		"environments", environments, "judged_ms", judged,
	}, err
}

func (r *reloader) reload(ctx context.Context) {
	c, read, err := r.load(ctx)
	switch {
	case ctx.Err() != nil: // the server stops
	case err != nil:
		r.reloads.WithLabelValues("failure").Inc()
		r.lastOK.Set(0)
		r.log.Error("recipes not reloaded, the last good ones stay in use", "directory", r.source.Dir, "error", err)
	default:
		r.recipes.Replace(c)
		r.answers.Reset()
		r.reloads.WithLabelValues("success").Inc()
		r.lastOK.Set(1)
		r.log.Info("recipes reloaded", read...)
	}
}
