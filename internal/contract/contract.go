// Package contract makes the OpenAPI document work: it narrows it by the operator's allowlists,
// checks requests against it and answers errors in its one shape. No route, parameter, enum or
// limit is written down here.
package contract

import (
	"encoding/json"
	"fmt"

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

	operations map[string]*operation         // by method and path
	shipped    map[*openapi3.Schema][]string // enums before the allowlists, of those that have one
}

// Limits are the bounds of a request that the document states in x-limits.
type Limits struct {
	HeaderBytes   int
	HeaderItems   int
	BodyBytes     int
	BodyValues    int
	NestingLevels int
}

// Body returns the bounds of one body.
func (l Limits) Body() document.Limits {
	return document.Limits{Bytes: l.BodyBytes, Values: l.BodyValues, Levels: l.NestingLevels}
}

// Load reads an OpenAPI document and narrows it by allowlists: see [Document.Narrow].
func Load(spec []byte, allowlists map[string][]string) (*Contract, error) {
	d, err := Parse(spec)
	if err != nil {
		return nil, err
	}
	return d.Narrow(allowlists)
}

// QueryParameters returns the names of all operations' query parameters, and whether the document
// marks them with the extension x-sensitive: they may hold secrets.
func (c *Contract) QueryParameters() map[string]bool {
	isSensitive := map[string]bool{}
	for _, op := range c.operations {
		for _, p := range op.queries {
			isSensitive[p.Name] = isSensitive[p.Name] || p.Extensions["x-sensitive"] == true
		}
	}
	return isSensitive
}

// Check validates a value against a schema of the document. The value holds the types that package
// document returns. The error is an [apierror.Error] if the value is to blame.
func (c *Contract) Check(schema string, value any) error {
	s, err := c.schema(schema)
	if err != nil {
		return err
	}
	return c.describe(s.VisitJSON(value, openapi3.EnableFormatValidation()))
}

// CheckCriteria validates criteria, by name, as Check does.
func (c *Contract) CheckCriteria(criteria map[string]string) error {
	value := make(map[string]any, len(criteria))
	for name, criterion := range criteria {
		value[name] = criterion
	}
	return c.Check("Criteria", value)
}

// ValidBody returns a body of a media type as [Contract.ValidateBody] leaves it, if a schema of the
// document admits it. It doesn't look at the length. The error is an [apierror.Error] if the body
// is to blame.
func (c *Contract) ValidBody(schema, mediaType string, data []byte) ([]byte, error) {
	s, err := c.schema(schema)
	if err != nil {
		return nil, err
	}
	return c.validBody(s, mediaType, data)
}

func (c *Contract) schema(name string) (*openapi3.Schema, error) {
	ref, ok := c.Doc.Components.Schemas[name]
	if !ok {
		return nil, fmt.Errorf("the openapi document has no schema %s", name)
	}
	return ref.Value, nil
}

func limits(doc *openapi3.T) (Limits, error) {
	var l Limits
	raw, err := json.Marshal(doc.Extensions["x-limits"])
	if err == nil {
		err = json.Unmarshal(raw, &l)
	}
	if err != nil || min(l.HeaderBytes, l.HeaderItems, l.BodyBytes, l.BodyValues, l.NestingLevels) <= 0 {
		return Limits{}, fmt.Errorf(
			"openapi document: x-limits must state headerBytes, headerItems, bodyBytes, bodyValues and nestingLevels")
	}
	return l, nil
}
