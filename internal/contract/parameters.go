package contract

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"

	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
)

// parameters checks the query, brings criteria to their canonical spelling, gives aliases
// their parameters' names and adds defaults.
func (c *Contract) parameters(op *operation, _ http.ResponseWriter, r *http.Request) error {
	if n := 1 + strings.Count(r.URL.RawQuery, "&"); n > op.mostIn {
		return apierror.Invalidf(apierror.Details{Limit: float64(op.mostIn)},
			"the query has %d parameters: %s %s takes at most %d", n, op.route.Method, op.route.Path, op.mostIn)
	}
	// Unlike r.URL.Query, ParseQuery reports what it can't read.
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return apierror.Invalidf(apierror.Details{}, "malformed query: %v", err)
	}
	if err := known(op, query); err != nil {
		return err
	}
	input := &openapi3filter.RequestValidationInput{
		Request: r, QueryParams: query, Route: op.route,
		Options: &openapi3filter.Options{SkipSettingDefaults: true},
	}
	changed := false
	for _, p := range op.queries {
		if values, ok := query[p.Name]; ok {
			canonical := c.canonical(p.Schema.Value, values[0])
			changed = changed || canonical != values[0]
			values[0] = canonical
			if err := c.parameter(p, values, input); err != nil {
				return err
			}
		}
	}
	for _, p := range op.queries {
		if name, ok := p.Extensions["x-alias-of"].(string); ok && query.Has(p.Name) {
			if err := unalias(query, p.Name, name); err != nil {
				return err
			}
			changed = true
		}
	}
	for _, p := range op.queries {
		if p.Schema.Value.Default != nil && !query.Has(p.Name) {
			query.Set(p.Name, fmt.Sprint(p.Schema.Value.Default))
			changed = true
		}
	}
	if changed {
		r.URL.RawQuery = query.Encode()
	}
	return nil
}

// unalias gives an alias its parameter's name. Both at once are refused, unless they agree.
func unalias(query url.Values, alias, name string) error {
	value := query.Get(alias)
	if query.Has(name) && query.Get(name) != value {
		return apierror.Invalidf(apierror.Details{Parameter: alias},
			"%s=%s contradicts %s=%s: they are two names of one criterion, give one of them",
			alias, value, name, query.Get(name))
	}
	query.Set(name, value)
	query.Del(alias)
	return nil
}

// parameter checks the values of one parameter, which the input holds, too.
func (c *Contract) parameter(
	p *openapi3.Parameter, values []string, input *openapi3filter.RequestValidationInput,
) error {
	explode := p.Explode == nil || *p.Explode
	isList := p.Schema.Value.Type.Is(openapi3.TypeArray)
	if len(values) > 1 && (!isList || !explode) {
		return apierror.Invalidf(apierror.Details{Parameter: p.Name},
			"parameter %q is given %d times, it takes one value", p.Name, len(values))
	}
	isBoolean := p.Schema.Value.Type.Is(openapi3.TypeBoolean)
	if isBoolean && values[0] != "true" && values[0] != "false" { // Go's parser takes more
		return apierror.Invalidf(apierror.Details{Parameter: p.Name, Requested: apierror.Clip(values[0])},
			"invalid %s: %s must be true or false", p.Name, quote(values[0]))
	}
	if err := openapi3filter.ValidateParameter(input.Request.Context(), input, p); err != nil {
		return c.parameterProblem(err)
	}
	return nil
}

// known refuses parameters that the operation doesn't have, and those that are no text.
func known(op *operation, query url.Values) error {
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if !slices.ContainsFunc(op.queries, func(p *openapi3.Parameter) bool { return p.Name == name }) {
			return unknownParameter(op, name)
		}
	}
	for name, values := range query {
		if slices.ContainsFunc(values, func(v string) bool { return !utf8.ValidString(v) }) {
			return apierror.Invalidf(apierror.Details{Parameter: name}, "parameter %q is not valid UTF-8", name)
		}
	}
	return nil
}

func unknownParameter(op *operation, name string) error {
	details := apierror.Details{Parameter: apierror.Clip(name)}
	takes := op.route.Method + " " + op.route.Path + " takes no query parameters"
	if len(op.queries) > 0 {
		for _, p := range op.queries {
			details.Allowed = append(details.Allowed, p.Name)
		}
		takes = "must be " + apierror.OneOf(details.Allowed)
	}
	if op.consumes != nil {
		takes += "; all else is in the body"
	}
	return apierror.Invalidf(details, "unknown query parameter %s: %s", quote(name), takes)
}

// canonical returns the spelling of a criterion's value that the document ships, or the value.
func (c *Contract) canonical(schema *openapi3.Schema, value string) string {
	for _, shipped := range c.shipped[schema] {
		// Of equal length, so that no other alphabet folds to ASCII.
		if len(shipped) == len(value) && strings.EqualFold(shipped, value) {
			return shipped
		}
	}
	return value
}
