package server

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	chimiddleware "github.com/go-chi/chi/v5/middleware"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/admission"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
	"github.com/NVIDIA/cloud-native-stack/internal/middleware"
)

// lingerTime is how long a client that still sends has to see its answer.
const lingerTime = time.Second

// handler lists what every request passes through, in order: what runs before the operation is
// known, and what after that.
func (s *Server) handler(operations gen.StrictServerInterface) chi.Router {
	fail := contract.Fail(s.log)
	limits := s.config.Limits
	router := chi.NewRouter()
	router.Use(
		admission.Linger(int64(s.contract.Limits.BodyBytes), lingerTime),
		normalize,
		s.closeWhenDraining,
		s.metrics.Observe,
		middleware.RequestID,
		middleware.Recover(s.log, s.registry, fail),
		admission.NewRate(limits.Rate, limits.Burst, s.contract.RateLimited, s.registry, fail).Handler,
		middleware.Log(s.log, s.contract.QueryParameters()),
		chimiddleware.GetHead,
	)
	router.NotFound(func(w http.ResponseWriter, r *http.Request) { fail(w, r, errNotFound(r.URL.Path)) })
	router.MethodNotAllowed(func(w http.ResponseWriter, r *http.Request) {
		fail(w, r, errMethodNotAllowed(w.Header(), router, r.URL.Path))
	})
	router.Group(func(routed chi.Router) {
		routed.Use(
			s.contract.Negotiate(fail),
			s.contract.AdmitBody(fail),
			s.connections.Receive(s.contract, s.contract.Limits.BodyBytes, s.config.Timeouts.Read, s.registry, fail),
			s.answers.Handler,
			middleware.Deadline(s.config.Timeouts.Request), // a kept answer needs none
			s.contract.Examine(fail),
			admission.Work(s.contract.Laborious(), fail),
			s.contract.ValidateBody(fail),
		)
		routed.Method(http.MethodGet, "/metrics", promhttp.HandlerFor(s.registry, promhttp.HandlerOpts{
			DisableCompression: true, // which would take longer than all else
		}))
		strict := gen.NewStrictHandlerWithOptions(operations, nil, gen.StrictHTTPServerOptions{
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

// normalize spells a request's path in one way, so that all of the chain sees the same: / where
// there is none, as in "GET http://host HTTP/1.1" (RFC 9112, section 3.2.2), and nothing escaped in
// it but slashes (RFC 3986, section 6.2.2.2; the contract's paths have no other reserved
// characters). A query without a parameter, as in ?&, is none. What isn't of HTTP, as in "GET
// mailto:a@b HTTP/1.1", stays as it is and finds no route.
func normalize(next http.Handler) http.Handler {
	escaped := strings.NewReplacer("%2F", "%252F", "%2f", "%252F", "%25", "%2525")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u := r.URL
		if strings.Trim(u.RawQuery, "&") == "" {
			u.RawQuery = ""
		}
		switch isOther := u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https"; {
		case isOther || u.Opaque != "":
			u.Path, u.RawPath = r.RequestURI, ""
		case u.Path == "":
			u.Path = "/"
		case u.RawPath != "":
			if path, err := url.PathUnescape(escaped.Replace(u.RawPath)); err == nil {
				u.Path, u.RawPath = path, ""
			}
		}
		next.ServeHTTP(w, r)
	})
}

// closeWhenDraining makes clients leave by themselves, each after its next answer: closing an idle
// connection could lose a request that is already on its way. Those who speak HTTP/1.0, or send a
// body in chunks, leave always: together with a Content-Length, which net/http drops without a
// word, it has no sure end, and a proxy may see another one (RFC 9112, section 6.1).
func (s *Server) closeWhenDraining(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.ready.Load() || !r.ProtoAtLeast(1, 1) || len(r.TransferEncoding) > 0 {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

func errNotFound(path string) error {
	if !strings.HasPrefix(path, "/") && path != "*" {
		return apierror.Invalidf(apierror.Details{},
			"malformed request target %q: must be a path or an http URL", apierror.Clip(path))
	}
	return apierror.New(apierror.NotFound, apierror.Details{},
		"no such path: %s (GET / lists the routes)", apierror.Clip(path))
}

// errMethodNotAllowed sets Allow.
func errMethodNotAllowed(header http.Header, routes chi.Routes, path string) error {
	allowed := allowedMethods(routes, path)
	if len(allowed) == 0 { // chi says so of a method that it doesn't know, whatever the path
		return errNotFound(path)
	}
	allow := strings.Join(allowed, ", ")
	header.Set("Allow", allow)
	return apierror.New(apierror.MethodNotAllowed, apierror.Details{Allowed: allowed},
		"%s takes %s", apierror.Clip(path), allow)
}

// allowedMethods lists the methods of a path; HEAD works wherever GET does.
func allowedMethods(routes chi.Routes, path string) []string {
	var allowed []string
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
