package contract

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"gopkg.in/yaml.v3"

	"github.com/NVIDIA/cloud-native-stack/internal/document"
)

// specLimits bound the project's own document.
var specLimits = document.Limits{Bytes: 16 << 20, Values: 1 << 20, Levels: 64}

// Document is an OpenAPI document as it is shipped.
type Document struct {
	text []byte
	doc  *openapi3.T
}

// Allowlist says how an operator narrows an enum. It follows from a schema with the extension
// x-allowlist. Names other than that of the variable are in x-allowlist-help and x-allowlist-log.
type Allowlist struct {
	Variable string // of the environment, with the values to admit
	Help     string // what these are, as in "operating systems"
	LogKey   string // their attribute in the log
	schema   string
}

// Parse reads an OpenAPI document. The error says what keeps it from being one.
func Parse(spec []byte) (*Document, error) {
	doc, err := openapi3.NewLoader().LoadFromData(spec)
	if err != nil {
		return nil, fmt.Errorf("openapi document: %w", err)
	}
	if doc.Components == nil {
		return nil, errors.New("openapi document: it has no components")
	}
	return &Document{spec, doc}, nil
}

// Allowlists returns those that the document has, sorted by variable.
func (d *Document) Allowlists() []Allowlist {
	var all []Allowlist
	for name, ref := range d.doc.Components.Schemas {
		extension := func(name, otherwise string) string {
			text, _ := ref.Value.Extensions[name].(string)
			return cmp.Or(text, otherwise)
		}
		if variable := extension("x-allowlist", ""); variable != "" {
			noun := strings.ToLower(strings.TrimPrefix(variable, "CNS_ALLOWED_"))
			all = append(all, Allowlist{
				variable, extension("x-allowlist-help", noun), extension("x-allowlist-log", noun), name,
			})
		}
	}
	slices.SortFunc(all, func(a, b Allowlist) int { return cmp.Compare(a.Variable, b.Variable) })
	return all
}

// Variables returns what each allowlist's variable admits, as in "operating systems".
func (d *Document) Variables() map[string]string {
	variables := map[string]string{}
	for _, a := range d.Allowlists() {
		variables[a.Variable] = a.Help
	}
	return variables
}

// Narrow returns the effective document, in which the enum of an allowlist's schema has the values
// that allowlists hold under its variable. An empty list, or none at all, allows every value. The
// error for a value that the document doesn't know names variable, value and the valid ones. The
// caller must not use d afterwards.
func (d *Document) Narrow(allowlists map[string][]string) (*Contract, error) {
	c := &Contract{Doc: d.doc, YAML: d.text, shipped: map[*openapi3.Schema][]string{}}
	narrowed := false
	for _, a := range d.Allowlists() {
		schema := d.doc.Components.Schemas[a.schema].Value
		c.shipped[schema] = enum(schema)
		if list := allowlists[a.Variable]; len(list) > 0 {
			if err := narrow(schema, c.shipped[schema], list); err != nil {
				return nil, fmt.Errorf("%s: %w", a.Variable, err)
			}
			narrowed = true
		}
	}
	var err error
	if narrowed {
		if c.YAML, err = d.rewrite(); err != nil {
			return nil, err
		}
	}
	// Tests see to the examples.
	if err := d.doc.Validate(context.Background(), openapi3.DisableExamplesValidation()); err != nil {
		return nil, fmt.Errorf("openapi document: %w", err)
	}
	// Not before someone asks, because the start has to be fast.
	c.JSON = sync.OnceValues(func() ([]byte, error) {
		value, err := document.YAML(c.YAML, specLimits)
		if err != nil {
			return nil, fmt.Errorf("openapi document: %w", err)
		}
		return json.Marshal(value)
	})
	c.operations = operations(d.doc)
	c.Limits, err = limits(d.doc)
	return c, err
}

func enum(schema *openapi3.Schema) []string {
	values := make([]string, len(schema.Enum))
	for i, v := range schema.Enum {
		values[i] = fmt.Sprint(v)
	}
	return values
}

// narrow removes what isn't in the list from a schema's enum.
func narrow(schema *openapi3.Schema, shipped, list []string) error {
	allowed := []string{Any}
	for _, value := range list {
		i := slices.IndexFunc(shipped, func(s string) bool { return strings.EqualFold(s, value) })
		if i < 0 {
			return fmt.Errorf("%q is not valid: must be one of %s", value, strings.Join(shipped, ", "))
		}
		allowed = append(allowed, shipped[i])
	}
	schema.Enum = slices.DeleteFunc(schema.Enum, func(v any) bool { return !slices.Contains(allowed, fmt.Sprint(v)) })
	return nil
}

// rewrite drops the examples that narrowed enums make wrong. It returns the text of the document
// that results.
func (d *Document) rewrite() ([]byte, error) {
	root, err := document.Node(d.text, specLimits)
	if err != nil {
		return nil, err
	}
	root = expand(root)
	components := child(root, "components")
	for _, a := range d.Allowlists() {
		keepEnum(child(child(components, "schemas"), a.schema), enum(d.doc.Components.Schemas[a.schema].Value))
	}
	for name, ref := range d.doc.Components.RequestBodies {
		dropExamples(child(child(components, "requestBodies"), name), ref.Value.Content)
	}
	for name, ref := range d.doc.Components.Responses {
		dropExamples(child(child(components, "responses"), name), ref.Value.Content)
	}
	var buf bytes.Buffer
	enc := yaml.NewEncoder(&buf)
	enc.SetIndent(2)
	if err := enc.Encode(root); err != nil {
		return nil, fmt.Errorf("openapi document: %w", err)
	}
	return buf.Bytes(), nil
}

// keepEnum removes the enum values that are not in keep, and the generators' names for them.
func keepEnum(schema *yaml.Node, keep []string) {
	values, names := child(schema, "enum"), child(schema, "x-enum-varnames")
	for i := len(values.Content) - 1; i >= 0; i-- {
		if slices.Contains(keep, values.Content[i].Value) {
			continue
		}
		values.Content = slices.Delete(values.Content, i, i+1)
		if names != nil {
			names.Content = slices.Delete(names.Content, i, i+1)
		}
	}
}

// dropExamples removes the named examples that their schema no longer admits.
func dropExamples(node *yaml.Node, content openapi3.Content) {
	for mediaType, mt := range content {
		examples := child(child(child(node, "content"), mediaType), "examples")
		for name, ref := range mt.Examples {
			if mt.Schema.Value.VisitJSON(ref.Value.Value) == nil {
				continue
			}
			delete(mt.Examples, name)
			i := slices.IndexFunc(examples.Content, func(n *yaml.Node) bool { return n.Value == name })
			examples.Content = slices.Delete(examples.Content, i, i+2)
		}
	}
}

// child returns the value of a mapping's key, nil if there is none.
func child(mapping *yaml.Node, key string) *yaml.Node {
	if mapping == nil {
		return nil
	}
	for i := 0; i < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return mapping.Content[i+1]
		}
	}
	return nil
}

// expand returns a copy of the node in which each alias is a copy of what it stands for.
func expand(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return expand(n.Alias)
	}
	c := *n
	c.Anchor = ""
	c.Content = make([]*yaml.Node, len(n.Content))
	for i, child := range n.Content {
		c.Content[i] = expand(child)
	}
	return &c
}
