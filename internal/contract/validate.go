package contract

import (
	"fmt"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
)

// AdmitBody checks what the headers say of a request's body, before it is received: whether there
// may be one, its format and its encoding. As all middleware of a contract it has to run where chi
// has routed the request already (in a Group), because the route pattern is the document's path.
// Errors go to fail.
func (c *Contract) AdmitBody(fail apierror.Responder) func(http.Handler) http.Handler {
	return c.middleware(c.contentHeaders, fail)
}

// Examine checks the query. What gets through is in the form that the generated server binds:
// criteria in their canonical spelling, defaults added.
func (c *Contract) Examine(fail apierror.Responder) func(http.Handler) http.Handler {
	return c.middleware(c.parameters, fail)
}

// ValidateBody checks the body of a request, if its operation takes one, and leaves it as JSON.
// That work grows with the body, so what bounds work comes before it. The body has to be received.
func (c *Contract) ValidateBody(fail apierror.Responder) func(http.Handler) http.Handler {
	return c.middleware(c.body, fail)
}

// middleware lets those requests through which satisfy a check of their operation.
func (c *Contract) middleware(
	check func(*operation, http.ResponseWriter, *http.Request) error, fail apierror.Responder,
) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rc := chi.RouteContext(r.Context())
			name := rc.RouteMethod + " " + rc.RoutePattern()
			op := c.operations[name]
			if op == nil {
				fail(w, r, fmt.Errorf("the openapi document has no %s", name))
			} else if err := check(op, w, r); err != nil {
				fail(w, r, err)
			} else {
				next.ServeHTTP(w, r)
			}
		})
	}
}
