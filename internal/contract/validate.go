package contract

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/go-chi/chi/v5"

	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/turn"
)

// Validate lets only requests through that the contract admits, in the form that the generated server binds: criteria in their
// canonical spelling, the body as JSON, Accept as the one media type to answer with. It has to run where chi has routed the request
// already (in a Group), because the route pattern is the document's path. Errors go to fail. Requests with a body, and those for pure operations,
// which are laborious, share a few slots of their operation, large ones fewer of all operations. [FreeSlot] gives them back.
func (c *Contract) Validate(turns *turn.Turns, fail func(http.ResponseWriter, *http.Request, error)) func(http.Handler) http.Handler {
	operations := c.operations(turns)
	large := newSlots(turns, max(1, runtime.GOMAXPROCS(0)-1))
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rc := chi.RouteContext(r.Context())
			op := operations[rc.RouteMethod+" "+rc.RoutePattern()]
			if op == nil {
				fail(w, r, fmt.Errorf("the openapi document has no %s %s", rc.RouteMethod, rc.RoutePattern()))
				return
			}
			body, err := c.examine(op, w, r)
			for _, s := range op.slotsFor(len(r.URL.RawQuery)+len(body), large) {
				if err == nil {
					ctx, release, full := s.acquire(r.Context())
					defer release() // where FreeSlot doesn't come to it
					r, err = r.WithContext(ctx), full
				}
			}
			if err == nil && op.consumes != nil {
				err = c.body(op, r, body)
			}
			if err != nil {
				fail(w, r, err)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// examine checks all that needs little work, and returns the body that is still to be checked.
func (c *Contract) examine(op *operation, w http.ResponseWriter, r *http.Request) ([]byte, error) {
	joinHeaders(op, r.Header)
	for _, check := range []func(*operation, *http.Request) error{c.parameters, accept, contentHeaders} {
		if err := check(op, r); err != nil {
			return nil, err
		}
	}
	if op.consumes == nil {
		return nil, nil
	}
	return c.read(w, r)
}

// joinHeaders makes one line of header parameters that come in several (RFC 9110, section 5.3), because the generated server takes one.
func joinHeaders(op *operation, header http.Header) {
	for _, name := range op.headers {
		if values := header.Values(name); len(values) > 1 {
			header.Set(name, strings.Join(values, ", "))
		}
	}
}

// operation is what Validate has to know of an operation, looked up once.
type operation struct {
	route    *routers.Route
	queries  []*openapi3.Parameter // in the document's order
	headers  []string
	produces []string // media types of the answers that are no errors, JSON first
	consumes map[string]*openapi3.Schema
	bodies   *bodies
	slots    *slots // nil for those that neither consume nor are pure
}

// largeRequest is from how many bytes of query and body on a request may keep a processor for many milliseconds.
const largeRequest = 16 << 10

// slotsFor returns where a request waits that has so many bytes.
func (op *operation) slotsFor(size int, large *slots) []*slots {
	switch {
	case op.slots == nil:
		return nil
	case size >= largeRequest:
		return []*slots{large, op.slots}
	}
	return []*slots{op.slots}
}

func (c *Contract) operations(turns *turn.Turns) map[string]*operation {
	operations := map[string]*operation{}
	for path, item := range c.Doc.Paths.Map() {
		for method, o := range item.Operations() {
			op := &operation{route: &routers.Route{Spec: c.Doc, Path: path, PathItem: item, Method: method, Operation: o}}
			for _, p := range o.Parameters {
				switch p.Value.In {
				case openapi3.ParameterInQuery:
					op.queries = append(op.queries, p.Value)
				case openapi3.ParameterInHeader:
					op.headers = append(op.headers, p.Value.Name)
				}
			}
			for status, response := range o.Responses.Map() {
				if status < "4" {
					op.produces = slices.AppendSeq(op.produces, maps.Keys(response.Value.Content))
				}
			}
			slices.SortFunc(op.produces, jsonFirst)
			if preferred, ok := o.Extensions["x-preferred-media-type"].(string); ok {
				op.produces = slices.DeleteFunc(op.produces, func(mediaType string) bool { return mediaType == preferred })
				op.produces = append([]string{preferred}, op.produces...)
			}
			if o.RequestBody != nil {
				op.consumes, op.bodies = map[string]*openapi3.Schema{}, newBodies()
				for mediaType, mt := range o.RequestBody.Value.Content {
					op.consumes[mediaType] = mt.Schema.Value
				}
			}
			if op.consumes != nil || c.IsPure(method, path) {
				op.slots = newSlots(turns, runtime.GOMAXPROCS(0)+1) // one more, for the time that it takes to hand a slot on
			}
			operations[method+" "+path] = op
		}
	}
	return operations
}

func jsonFirst(a, b string) int {
	if isJSON(a) != isJSON(b) {
		if isJSON(a) {
			return -1
		}
		return 1
	}
	return strings.Compare(a, b)
}

func isJSON(mediaType string) bool { return mediaType == "application/json" }

// parameters checks the query, brings criteria to their canonical spelling and adds defaults.
func (c *Contract) parameters(op *operation, r *http.Request) error {
	// Unlike r.URL.Query, ParseQuery reports what it can't read.
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return apierror.Invalidf(apierror.Details{}, "malformed query: %v", err)
	}
	if err := known(op, query); err != nil {
		return err
	}
	for name, values := range query {
		if slices.ContainsFunc(values, func(v string) bool { return !utf8.ValidString(v) }) {
			return apierror.Invalidf(apierror.Details{Parameter: name}, "parameter %q is not valid UTF-8", name)
		}
	}
	changed := false
	input := &openapi3filter.RequestValidationInput{
		Request: r, QueryParams: query, Route: op.route, Options: &openapi3filter.Options{SkipSettingDefaults: true},
	}
	for _, p := range op.queries {
		values, ok := query[p.Name]
		if !ok {
			if p.Schema.Value.Default != nil {
				query.Set(p.Name, fmt.Sprint(p.Schema.Value.Default))
				changed = true
			}
			continue
		}
		explode := p.Explode == nil || *p.Explode
		if isList := p.Schema.Value.Type.Is(openapi3.TypeArray); len(values) > 1 && (!isList || !explode) {
			return apierror.Invalidf(apierror.Details{Parameter: p.Name}, "parameter %q is given %d times, it takes one value", p.Name, len(values))
		}
		if canonical := c.canonical(p.Schema.Value, values[0]); canonical != values[0] {
			values[0], changed = canonical, true
		}
		if p.Schema.Value.Type.Is(openapi3.TypeBoolean) && values[0] != "true" && values[0] != "false" { // Go's parser takes more
			return apierror.Invalidf(apierror.Details{Parameter: p.Name, Requested: apierror.Clip(values[0])},
				"invalid %s: %s must be true or false", p.Name, quote(values[0]))
		}
		if err := openapi3filter.ValidateParameter(r.Context(), input, p); err != nil {
			return c.parameterProblem(err)
		}
	}
	if changed {
		r.URL.RawQuery = query.Encode()
	}
	return nil
}

func known(op *operation, query url.Values) error {
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if slices.ContainsFunc(op.queries, func(p *openapi3.Parameter) bool { return p.Name == name }) {
			continue
		}
		names := make([]string, len(op.queries))
		for i, p := range op.queries {
			names[i] = p.Name
		}
		details := apierror.Details{Parameter: apierror.Clip(name)}
		takes := op.route.Method + " " + op.route.Path + " takes no query parameters"
		if len(names) > 0 {
			details.Allowed = names
			takes = "must be " + apierror.OneOf(names)
		}
		if op.consumes != nil {
			takes += "; all else is in the body"
		}
		return apierror.Invalidf(details, "unknown query parameter %s: %s", quote(name), takes)
	}
	return nil
}

// canonical returns the spelling of a criterion's value that the document ships, or the value itself.
func (c *Contract) canonical(schema *openapi3.Schema, value string) string {
	for _, shipped := range c.shipped[schema] {
		if len(shipped) == len(value) && strings.EqualFold(shipped, value) { // of equal length, so that no other alphabet folds to ASCII
			return shipped
		}
	}
	return value
}

// accept leaves in Accept the one media type to answer with.
func accept(op *operation, r *http.Request) error {
	header := strings.Join(r.Header.Values("Accept"), ", ")
	mediaType, ok := negotiate(header, op.produces)
	if !ok {
		return apierror.New(apierror.NotAcceptable, apierror.Details{Requested: apierror.Clip(header), Allowed: op.produces},
			"no acceptable representation: Accept must admit one of %s", strings.Join(op.produces, ", "))
	}
	r.Header.Set("Accept", mediaType)
	return nil
}
