package server

import (
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"

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

// chain is what every request passes through, and what it needs.
type chain struct {
	contract   *contract.Contract
	config     config.Config
	operations gen.StrictServerInterface
	answers    *httpcache.Cache
	metrics    *middleware.Metrics
	registry   *prometheus.Registry
	ready      *atomic.Bool
	log        *slog.Logger
}

// handler lists the chain, in order: what runs before the operation is known, and what after that.
func (c chain) handler() chi.Router {
	fail := contract.Fail(c.log)
	router := chi.NewRouter()
	router.Use(
		rooted,
		closeWhenDraining(c.ready),
		c.metrics.Observe,
		middleware.RequestID,
		middleware.Recover(c.log, c.registry, fail),
		c.limiter(fail).Handler,
		middleware.Log(c.log, c.contract.Sensitive()),
		chimiddleware.GetHead,
	)
	router.NotFound(func(w http.ResponseWriter, r *http.Request) { fail(w, r, errNotFound(r.URL.Path)) })
	router.MethodNotAllowed(func(w http.ResponseWriter, r *http.Request) {
		fail(w, r, errMethodNotAllowed(w.Header(), router, r.URL))
	})
	router.Group(func(routed chi.Router) {
		routed.Use(
			middleware.Drain(c.contract.Limits.BodyBytes),
			c.answers.Handler,
			middleware.Deadline(c.config.Timeouts.Request), // a kept answer needs none
			admission.Bulkhead(c.contract.RoutesWithBody(), c.contract.Limits.BodyBytes, c.registry, fail),
			c.contract.Examine(fail),
			admission.Work(c.contract.Laborious(), fail),
			c.contract.ValidateBody(fail),
		)
		routed.Method(http.MethodGet, "/metrics", promhttp.HandlerFor(c.registry, promhttp.HandlerOpts{}))
		strict := gen.NewStrictHandlerWithOptions(c.operations, nil, gen.StrictHTTPServerOptions{
			RequestErrorHandlerFunc: fail, ResponseErrorHandlerFunc: fail,
		})
		gen.HandlerWithOptions(strict, gen.ChiServerOptions{
			BaseRouter: routed,
			ErrorHandlerFunc: func(w http.ResponseWriter, r *http.Request, err error) {
				fail(w, r, apierror.Invalidf(apierror.Details{}, "%v", err)) // a parameter that can't be bound
			},
		})
	})
	return router
}

func (c chain) limiter(fail admission.Fail) *admission.Rate {
	limits := c.config.Limits
	return admission.NewRate(limits.Rate, limits.Burst, c.contract.RateLimited, c.registry, fail)
}

// rooted gives the path / to requests without one, as in "GET http://host HTTP/1.1" (RFC 9112,
// section 3.2.2), so that all of the chain sees the same.
func rooted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "" {
			r.URL.Path = "/"
		}
		next.ServeHTTP(w, r)
	})
}

// closeWhenDraining makes clients leave by themselves, each after its next answer: closing an idle
// connection could lose a request that is already on its way.
func closeWhenDraining(ready *atomic.Bool) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !ready.Load() {
				w.Header().Set("Connection", "close")
			}
			next.ServeHTTP(w, r)
		})
	}
}

func errNotFound(path string) error {
	return apierror.New(apierror.NotFound, apierror.Details{},
		"no such path: %s (GET / lists the routes)", apierror.Clip(path))
}

// errMethodNotAllowed sets Allow.
func errMethodNotAllowed(header http.Header, routes chi.Routes, u *url.URL) error {
	allowed := allowedMethods(routes, u)
	if len(allowed) == 0 { // chi says so of a method that it doesn't know, whatever the path
		return errNotFound(u.Path)
	}
	allow := strings.Join(allowed, ", ")
	header.Set("Allow", allow)
	return apierror.New(apierror.MethodNotAllowed, apierror.Details{Allowed: allowed},
		"%s takes %s", apierror.Clip(u.Path), allow)
}

// allowedMethods lists the methods of a path; HEAD works wherever GET does.
func allowedMethods(routes chi.Routes, u *url.URL) []string {
	var allowed []string
	path := u.Path
	if u.RawPath != "" {
		path = u.RawPath // as chi routes
	}
	for _, method := range []string{
		http.MethodDelete, http.MethodGet, http.MethodPatch, http.MethodPost, http.MethodPut,
	} {
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
