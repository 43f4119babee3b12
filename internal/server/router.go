package server

import (
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"
	chimiddleware "github.com/go-chi/chi/v5/middleware"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/admission"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/config"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
	"github.com/NVIDIA/cloud-native-stack/internal/httpcache"
	"github.com/NVIDIA/cloud-native-stack/internal/middleware"
)

// newRouter builds the whole chain: what every request passes through, in order, and the operations.
func newRouter(
	c *contract.Contract, ops gen.StrictServerInterface, kept *httpcache.Cache, cfg config.Config,
	metrics *middleware.Metrics, registry *prometheus.Registry, log *slog.Logger,
) chi.Router {
	fail := contract.Fail(log)
	router := chi.NewRouter()
	router.Use(
		metrics.Observe,
		middleware.RequestID,
		middleware.Recover(log, registry, fail),
		admission.RateLimit(cfg.Limits.Rate, cfg.Limits.Burst, registry, fail),
		middleware.Log(log, c.Sensitive()),
		chimiddleware.GetHead,
	)
	router.NotFound(func(w http.ResponseWriter, r *http.Request) { fail(w, r, errNotFound(r.URL.Path)) })
	router.MethodNotAllowed(func(w http.ResponseWriter, r *http.Request) {
		allowed := allowedMethods(router, r.URL)
		if len(allowed) == 0 { // chi says so of a method that it doesn't know, whatever the path
			fail(w, r, errNotFound(r.URL.Path))
			return
		}
		allow := strings.Join(allowed, ", ")
		w.Header().Set("Allow", allow)
		fail(w, r, apierror.New(apierror.MethodNotAllowed, apierror.Details{Allowed: allowed}, "%s takes %s", apierror.Clip(r.URL.Path), allow))
	})
	router.Group(func(routed chi.Router) {
		routed.Use(
			middleware.Drain(c.Limits.BodyBytes),
			kept.Handler,
			middleware.Deadline(cfg.Timeouts.Request), // a kept answer needs none
			admission.Bulkhead(c.RoutesWithBody(), c.Limits.BodyBytes, registry, fail),
			c.Examine(fail),
			admission.Work(c.Laborious(), fail),
			c.ValidateBody(fail),
		)
		routed.Method(http.MethodGet, "/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
		strict := gen.NewStrictHandlerWithOptions(ops, nil, gen.StrictHTTPServerOptions{
			RequestErrorHandlerFunc: fail, ResponseErrorHandlerFunc: fail,
		})
		gen.HandlerWithOptions(strict, gen.ChiServerOptions{BaseRouter: routed, ErrorHandlerFunc: func(w http.ResponseWriter, r *http.Request, err error) {
			fail(w, r, apierror.Invalidf(apierror.Details{}, "%v", err)) // a parameter that can't be bound
		}})
	})
	return router
}

func errNotFound(path string) error {
	return apierror.New(apierror.NotFound, apierror.Details{}, "no such path: %s (GET / lists the routes)", apierror.Clip(path))
}

// allowedMethods lists the methods of a path; HEAD works wherever GET does.
func allowedMethods(routes chi.Routes, u *url.URL) []string {
	var allowed []string
	path := u.Path
	if u.RawPath != "" {
		path = u.RawPath // as chi routes
	}
	for _, method := range []string{http.MethodDelete, http.MethodGet, http.MethodPatch, http.MethodPost, http.MethodPut} {
		if routes.Match(chi.NewRouteContext(), method, path) {
			allowed = append(allowed, method)
		}
	}
	if slices.Contains(allowed, http.MethodGet) {
		allowed = append(allowed, http.MethodHead)
	}
	slices.Sort(allowed)
	return allowed
}
