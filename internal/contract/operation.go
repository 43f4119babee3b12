package contract

import (
	"cmp"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
)

// operation is what follows from the document for the requests of one operation.
type operation struct {
	route    *routers.Route
	queries  []*openapi3.Parameter       // in the document's order
	mostIn   int                         // parameters that a query is looked at with
	produces []string                    // media types of the answers that are no errors, the preferred one first
	codings  []string                    // content codings of its answer, the preferred one first; nil if it has none
	vary     []string                    // the request headers that choose among these
	consumes map[string]*openapi3.Schema // by media type; nil if it takes no body

	isPure     bool
	isConstant bool
	isLimited  bool
}

// operations returns them by method and path, as in "GET /v1/recipe".
func operations(doc *openapi3.T) map[string]*operation {
	all := map[string]*operation{}
	for path, item := range doc.Paths.Map() {
		for method, o := range item.Operations() {
			route := &routers.Route{Spec: doc, Path: path, PathItem: item, Method: method, Operation: o}
			all[method+" "+path] = newOperation(route, o)
		}
	}
	return all
}

func newOperation(route *routers.Route, o *openapi3.Operation) *operation {
	const mistakes = 100 // that are named one by one
	op := &operation{route: route, mostIn: mistakes}
	for _, p := range o.Parameters {
		if p.Value.In == openapi3.ParameterInQuery {
			op.queries = append(op.queries, p.Value)
			if most := p.Value.Schema.Value.MaxItems; most != nil {
				op.mostIn += int(*most)
			}
		}
	}
	for status, response := range o.Responses.Map() {
		if status < "4" {
			op.produces = slices.AppendSeq(op.produces, maps.Keys(response.Value.Content))
		}
	}
	slices.SortFunc(op.produces, usualFirst)
	if preferred, ok := o.Extensions["x-preferred-media-type"].(string); ok {
		op.produces = slices.DeleteFunc(op.produces, func(t string) bool { return t == preferred })
		op.produces = append([]string{preferred}, op.produces...)
	}
	if o.RequestBody != nil {
		op.consumes = map[string]*openapi3.Schema{}
		for mediaType, mt := range o.RequestBody.Value.Content {
			op.consumes[mediaType] = mt.Schema.Value
		}
	}
	if ok := o.Responses.Value("200"); ok != nil {
		op.isPure = ok.Value.Headers["ETag"] != nil
		op.isConstant = op.isPure && len(op.queries) == 0 && op.consumes == nil
		op.codings = headerValues(ok.Value, "Content-Encoding")
		op.vary = headerValues(ok.Value, "Vary")
	}
	if op.codings != nil {
		op.codings = append(op.codings, identity)
	}
	op.isLimited = o.Responses.Value("429") != nil
	return op
}

// headerValues returns the values that the document admits for a header of an answer.
func headerValues(response *openapi3.Response, name string) []string {
	header := response.Headers[name]
	if header == nil {
		return nil
	}
	return enum(header.Value.Schema.Value)
}

// usualFirst sorts media types: JSON before others, and these before their unregistered spellings.
func usualFirst(a, b string) int {
	rank := func(mediaType string) int {
		switch {
		case isJSON(mediaType):
			return 0
		case strings.Contains(mediaType, "/x-"):
			return 2
		}
		return 1
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), strings.Compare(a, b))
}

func isJSON(mediaType string) bool { return mediaType == "application/json" }

// IsPure reports whether the answers of an operation follow from the request and the recipe data
// alone: those that have an entity tag do.
func (c *Contract) IsPure(method, path string) bool {
	op := c.operations[method+" "+path]
	return op != nil && op.isPure
}

// IsConstant reports whether an operation is pure and takes nothing but a path, so that its answers
// are few.
func (c *Contract) IsConstant(method, path string) bool {
	op := c.operations[method+" "+path]
	return op != nil && op.isConstant
}

// RateLimited reports whether a request counts against the rate limit, before it is routed: the
// operation has a 429. If there is no such operation, those of the same path or beside it decide.
func (c *Contract) RateLimited(method, requested string) bool {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	if op, ok := c.operations[method+" "+requested]; ok {
		return op.isLimited
	}
	for _, op := range c.operations {
		isBeside := op.route.Path == requested || strings.HasPrefix(requested, path.Dir(op.route.Path)+"/")
		if op.isLimited && isBeside {
			return true
		}
	}
	return false
}

// Laborious returns the operations that may take too long by the document, as in "GET /v1/recipe",
// sorted: those that have a 504. Their requests are to be worked on a few at a time.
func (c *Contract) Laborious() []string {
	return c.list(func(op *operation) (string, bool) {
		return op.route.Method + " " + op.route.Path, op.route.Operation.Responses.Value("504") != nil
	})
}

// RoutesWithBody returns the paths whose operations take a body, sorted.
func (c *Contract) RoutesWithBody() []string {
	return c.list(func(op *operation) (string, bool) { return op.route.Path, op.consumes != nil })
}

// Routes returns every path of the document, sorted.
func (c *Contract) Routes() []string {
	return c.list(func(op *operation) (string, bool) { return op.route.Path, true })
}

// list returns the different names that operations have, of those that belong in it, sorted.
func (c *Contract) list(name func(*operation) (name string, belongs bool)) []string {
	var names []string
	for _, op := range c.operations {
		if name, belongs := name(op); belongs {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
