// Package contract makes the OpenAPI document work: it narrows it by the operator's allowlists, checks requests against it and
// answers errors in its one shape. No route, parameter, enum or limit is written down here.
package contract

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/NVIDIA/cloud-native-stack/internal/document"
)

// Any is the enum value that stands for every other one. Allowlists can't take it away.
const Any = "any"

// Contract is the effective document: what this server enforces and serves. It is immutable.
type Contract struct {
	Doc    *openapi3.T
	YAML   []byte                 // the document as it is served at /openapi.yaml
	JSON   func() ([]byte, error) // returns the same as JSON
	Limits Limits

	operations map[endpoint]*operation
	shipped    map[*openapi3.Schema][]string // enums before the allowlists, of the schemas that have one
}

// Limits are the bounds of a request that the document states in x-limits.
type Limits struct {
	HeaderBytes   int
	BodyBytes     int
	BodyValues    int
	NestingLevels int
}

// Body returns the bounds of one body.
func (l Limits) Body() document.Limits {
	return document.Limits{Bytes: l.BodyBytes, Values: l.BodyValues, Levels: l.NestingLevels}
}

// Load reads an OpenAPI document and narrows the enum of each schema that carries the extension x-allowlist to the values that
// allowlists holds under the variable named there. An empty list, or none at all, allows every value. The error for a value that the
// document doesn't know names variable, value and the valid ones.
func Load(spec []byte, allowlists map[string][]string) (*Contract, error) {
	doc, err := load(spec)
	if err != nil {
		return nil, err
	}
	shipped := map[string][]string{}
	narrowed := map[string][]string{}
	for name, ref := range doc.Components.Schemas {
		variable, ok := ref.Value.Extensions["x-allowlist"].(string)
		if !ok {
			continue
		}
		shipped[name] = enum(ref.Value)
		if list := allowlists[variable]; len(list) > 0 {
			if narrowed[name], err = narrow(shipped[name], list); err != nil {
				return nil, fmt.Errorf("%s: %w", variable, err)
			}
		}
	}
	if len(narrowed) > 0 {
		if spec, err = rewrite(spec, narrowed); err != nil {
			return nil, err
		}
		if doc, err = load(spec); err != nil {
			return nil, err
		}
	}
	if err := doc.Validate(context.Background(), openapi3.DisableExamplesValidation()); err != nil { // tests see to the examples
		return nil, fmt.Errorf("openapi document: %w", err)
	}
	inJSON := sync.OnceValues(func() ([]byte, error) { return toJSON(spec) }) // not before someone asks, because the start has to be fast
	c := &Contract{Doc: doc, YAML: spec, JSON: inJSON, operations: operations(doc), shipped: map[*openapi3.Schema][]string{}}
	for name, values := range shipped {
		c.shipped[doc.Components.Schemas[name].Value] = values
	}
	c.Limits, err = limits(doc)
	return c, err
}

// CriteriaValues returns the shipped values of each criterion: those that recipe data may speak of on any server.
func (c *Contract) CriteriaValues() map[string][]string {
	values := map[string][]string{}
	for name, ref := range c.Doc.Components.Schemas["Criteria"].Value.Properties {
		if shipped, ok := c.shipped[ref.Value]; ok {
			values[name] = shipped
		}
	}
	return values
}

// Sensitive returns the query parameters that the document marks with the extension x-sensitive, sorted: they may hold secrets.
func (c *Contract) Sensitive() []string {
	var names []string
	for _, ref := range c.Doc.Components.Parameters {
		if ref.Value.Extensions["x-sensitive"] == true {
			names = append(names, ref.Value.Name)
		}
	}
	slices.Sort(names)
	return names
}

// Check validates a value against a schema of the document. The value holds the types that package document returns.
func (c *Contract) Check(schema string, value any) error {
	ref, ok := c.Doc.Components.Schemas[schema]
	if !ok {
		return fmt.Errorf("the openapi document has no schema %s", schema)
	}
	return c.describe(ref.Value.VisitJSON(value, openapi3.EnableFormatValidation()))
}

func load(spec []byte) (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromData(spec)
	if err != nil {
		return nil, fmt.Errorf("openapi document: %w", err)
	}
	if doc.Components == nil {
		return nil, errors.New("openapi document: it has no components")
	}
	return doc, nil
}

func enum(schema *openapi3.Schema) []string {
	values := make([]string, len(schema.Enum))
	for i, v := range schema.Enum {
		values[i] = fmt.Sprint(v)
	}
	return values
}

func narrow(shipped, list []string) ([]string, error) {
	allowed := []string{Any}
	for _, value := range list {
		i := slices.IndexFunc(shipped, func(s string) bool { return strings.EqualFold(s, value) })
		if i < 0 {
			return nil, fmt.Errorf("%q is not valid: must be one of %s", value, strings.Join(shipped, ", "))
		}
		allowed = append(allowed, shipped[i])
	}
	return slices.DeleteFunc(slices.Clone(shipped), func(s string) bool { return !slices.Contains(allowed, s) }), nil
}

func limits(doc *openapi3.T) (Limits, error) {
	var l Limits
	raw, err := json.Marshal(doc.Extensions["x-limits"])
	if err == nil {
		err = json.Unmarshal(raw, &l)
	}
	if err != nil || min(l.HeaderBytes, l.BodyBytes, l.BodyValues, l.NestingLevels) <= 0 {
		return Limits{}, fmt.Errorf("openapi document: x-limits must state headerBytes, bodyBytes, bodyValues and nestingLevels")
	}
	return l, nil
}
