package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/go-chi/chi/v5"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/document"
	"github.com/NVIDIA/cloud-native-stack/internal/problem"
)

// Validate lets only requests through that the contract admits, in the form that the generated server binds: criteria in their
// canonical spelling, the body as JSON, Accept as the one media type to answer with. It has to run where chi has routed the request
// already (in a Group), because the route pattern is the document's path. Errors go to fail.
func (c *Contract) Validate(fail func(http.ResponseWriter, *http.Request, error)) func(http.Handler) http.Handler {
	operations := c.operations()
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rc := chi.RouteContext(r.Context())
			op := operations[rc.RouteMethod+" "+rc.RoutePattern()]
			if op == nil {
				fail(w, r, fmt.Errorf("the openapi document has no %s %s", rc.RouteMethod, rc.RoutePattern()))
				return
			}
			r.Body = http.MaxBytesReader(w, r.Body, int64(c.Limits.BodyBytes))
			for _, step := range []func(*operation, *http.Request) error{c.parameters, accept, c.body} {
				if err := step(op, r); err != nil {
					fail(w, r, err)
					return
				}
			}
			next.ServeHTTP(w, r)
		})
	}
}

// operation is what Validate has to know of an operation, looked up once.
type operation struct {
	route    *routers.Route
	queries  []*openapi3.Parameter // in the document's order
	produces []string              // media types of the answers that are no errors, JSON first
	consumes map[string]*openapi3.Schema
}

func (c *Contract) operations() map[string]*operation {
	operations := map[string]*operation{}
	for path, item := range c.Doc.Paths.Map() {
		for method, o := range item.Operations() {
			op := &operation{route: &routers.Route{Spec: c.Doc, Path: path, PathItem: item, Method: method, Operation: o}}
			for _, p := range o.Parameters {
				if p.Value.In == openapi3.ParameterInQuery {
					op.queries = append(op.queries, p.Value)
				}
			}
			for status, response := range o.Responses.Map() {
				if status < "4" {
					op.produces = slices.AppendSeq(op.produces, maps.Keys(response.Value.Content))
				}
			}
			slices.SortFunc(op.produces, jsonFirst)
			if o.RequestBody != nil {
				op.consumes = map[string]*openapi3.Schema{}
				for mediaType, mt := range o.RequestBody.Value.Content {
					op.consumes[mediaType] = mt.Schema.Value
				}
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
		return problem.Invalid(nil, "malformed query: %v", err)
	}
	if err := known(op, query); err != nil {
		return err
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
			return problem.Invalid(map[string]any{"parameter": p.Name}, "parameter %q is given %d times, it takes one value", p.Name, len(values))
		}
		if canonical := c.canonical(p.Schema.Value, values[0]); canonical != values[0] {
			values[0], changed = canonical, true
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
		details := map[string]any{"parameter": name}
		if len(op.queries) == 0 {
			return problem.Invalid(details, "unknown query parameter %s: %s takes none", quote(name), op.route.Path)
		}
		names := make([]string, len(op.queries))
		for i, p := range op.queries {
			names[i] = p.Name
		}
		details["allowed"] = names
		return problem.Invalid(details, "unknown query parameter %s: must be one of %s", quote(name), strings.Join(names, ", "))
	}
	return nil
}

// canonical returns the spelling of a criterion's value that the document ships, or the value itself.
func (c *Contract) canonical(schema *openapi3.Schema, value string) string {
	for _, shipped := range c.shipped[schema] {
		if strings.EqualFold(shipped, value) {
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
		return problem.New(http.StatusNotAcceptable, gen.ErrorCodeNotAcceptable, map[string]any{"requested": header, "allowed": op.produces},
			"no acceptable representation: Accept must admit one of %s", strings.Join(op.produces, ", "))
	}
	r.Header.Set("Accept", mediaType)
	return nil
}

// body replaces the body by its validated form in JSON.
func (c *Contract) body(op *operation, r *http.Request) error {
	if op.consumes == nil {
		if r.ContentLength != 0 {
			return problem.Invalid(nil, "%s %s takes no body", op.route.Method, op.route.Path)
		}
		return nil
	}
	contentType := r.Header.Get("Content-Type")
	mediaType, _, err := mime.ParseMediaType(contentType)
	schema := op.consumes[mediaType]
	if err != nil || schema == nil {
		allowed := slices.SortedFunc(maps.Keys(op.consumes), jsonFirst)
		return problem.New(http.StatusUnsupportedMediaType, gen.ErrorCodeUnsupportedMediaType, map[string]any{"requested": contentType, "allowed": allowed},
			"unsupported Content-Type %s: must be one of %s", quote(contentType), strings.Join(allowed, ", "))
	}
	value, err := c.read(r.Body, isJSON(mediaType))
	if err != nil {
		return err
	}
	if schema, err = discriminate(schema, value); err != nil {
		return err
	}
	c.canonicalize(schema, value)
	if err := c.describe(schema.VisitJSON(value, openapi3.EnableFormatValidation())); err != nil {
		return err
	}
	data, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode body: %w", err)
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(data)), int64(len(data))
	r.Header.Set("Content-Type", "application/json")
	return nil
}

func (c *Contract) read(body io.Reader, asJSON bool) (any, error) {
	data, err := io.ReadAll(body)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, problem.New(http.StatusRequestEntityTooLarge, gen.ErrorCodePayloadTooLarge, map[string]any{"limit": c.Limits.BodyBytes},
			"the body is larger than %d bytes", c.Limits.BodyBytes)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, problem.New(http.StatusRequestTimeout, gen.ErrorCodeTimeout, nil, "the body did not arrive in time")
	case err != nil:
		return nil, problem.Invalid(nil, "read body: %v", err)
	}
	read := document.YAML
	if asJSON {
		read = document.JSON
	}
	value, err := read(data, document.Limits{Bytes: c.Limits.BodyBytes, Levels: c.Limits.NestingLevels})
	if err != nil {
		return nil, problem.Invalid(nil, "body: %v", err)
	}
	return value, nil
}

// discriminate returns the schema of a oneOf that the value's discriminator names, so that errors speak of that one alone.
func discriminate(schema *openapi3.Schema, value any) (*openapi3.Schema, error) {
	d := schema.Discriminator
	if d == nil {
		return schema, nil
	}
	names := slices.Sorted(maps.Keys(d.Mapping))
	object, ok := value.(map[string]any)
	if !ok {
		return nil, problem.Invalid(nil, "the body must be an object of %s %s", d.PropertyName, strings.Join(names, " or "))
	}
	name, _ := object[d.PropertyName].(string)
	if target, ok := d.Mapping[name]; ok {
		for _, option := range schema.OneOf {
			if option.Ref == target.Ref {
				return option.Value, nil
			}
		}
	}
	field := "/" + d.PropertyName
	return nil, problem.Invalid(map[string]any{"field": field, "allowed": names}, "invalid %s: must be one of %s", field, strings.Join(names, ", "))
}

// canonicalize brings the criteria in a body to their canonical spelling, in place.
func (c *Contract) canonicalize(schema *openapi3.Schema, value any) {
	object, _ := value.(map[string]any)
	for name, ref := range schema.Properties {
		switch v := object[name].(type) {
		case string:
			object[name] = c.canonical(ref.Value, v)
		case map[string]any:
			c.canonicalize(ref.Value, v)
		}
	}
}
