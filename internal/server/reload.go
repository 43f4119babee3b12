package server

import (
	"context"
	"log/slog"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/httpcache"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
)

// reloadInterval is how often the directory of recipe data is asked for its state: a few system
// calls.
const reloadInterval = time.Second

// reloader replaces the recipe data when its source says something new, such as a mounted ConfigMap
// that was updated. Data that can't be loaded leave the last good ones in use.
type reloader struct {
	source  catalog.Source
	state   string // of the source when it was loaded last
	recipes *recipe.Resolver
	answers *httpcache.Cache
	log     *slog.Logger
	reloads *prometheus.CounterVec
	lastOK  prometheus.Gauge
}

// register has the metrics of the reloader gathered.
func (r *reloader) register(registry prometheus.Registerer) {
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

// run reloads on each signal and on each change of the source's state, until ctx is done.
func (r *reloader) run(ctx context.Context, signals <-chan os.Signal) {
	tick := time.NewTicker(reloadInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-signals:
			r.reload()
		case <-tick.C:
			if r.source.State() != r.state {
				r.reload()
			}
		}
	}
}

func (r *reloader) reload() {
	catalog, state, err := r.source.Load()
	r.state = state
	if err != nil {
		r.reloads.WithLabelValues("failure").Inc()
		r.lastOK.Set(0)
		r.log.Error("recipes not reloaded, the last good ones stay in use", "directory", r.source.Dir, "error", err)
		return
	}
	r.recipes.Replace(catalog)
	r.answers.Reset()
	r.reloads.WithLabelValues("success").Inc()
	r.lastOK.Set(1)
	r.log.Info("recipes reloaded", "directory", r.source.Dir)
}
