package contract

import (
	"encoding/json"
	"errors"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/document"
	"github.com/NVIDIA/cloud-native-stack/internal/requestbody"
)

// contentHeaders checks what the headers say of the body: whether there may be one, its format and
// its encoding.
func (c *Contract) contentHeaders(op *operation, _ http.ResponseWriter, r *http.Request) error {
	if op.consumes == nil {
		if r.ContentLength != 0 {
			return apierror.Invalidf(apierror.Details{}, "%s %s takes no body", op.route.Method, op.route.Path)
		}
		return nil
	}
	if n := len(r.Header.Values("Content-Type")); n > 1 {
		return apierror.Invalidf(apierror.Details{}, "Content-Type is given %d times, it takes one value", n)
	}
	refuse := func(name, value string, allowed ...string) error {
		details := apierror.Details{Requested: apierror.Clip(value), Allowed: allowed}
		return apierror.New(apierror.UnsupportedMediaType, details,
			"unsupported %s %s: must be %s", name, quote(value), apierror.OneOf(allowed))
	}
	contentType := r.Header.Get("Content-Type")
	if most := c.Limits.HeaderItems; strings.Count(contentType, ";") > most {
		return apierror.Invalidf(apierror.Details{Parameter: "Content-Type", Limit: float64(most)},
			"Content-Type has more than %d parameters", most)
	}
	mediaType, parameters, err := mime.ParseMediaType(contentType)
	if err != nil || op.consumes[mediaType] == nil {
		return refuse("Content-Type", contentType, slices.SortedFunc(maps.Keys(op.consumes), usualFirst)...)
	}
	if charset := parameters["charset"]; charset != "" && !strings.EqualFold(charset, "utf-8") {
		return refuse("charset", charset, "utf-8")
	}
	encoding := strings.Join(r.Header.Values("Content-Encoding"), ", ")
	if encoding != "" && !strings.EqualFold(encoding, "identity") {
		return refuse("Content-Encoding", encoding, "identity")
	}
	r.Header.Set("Content-Type", mediaType)
	return nil
}

// body replaces the body by its validated form in JSON.
func (c *Contract) body(op *operation, _ http.ResponseWriter, r *http.Request) error {
	if op.consumes == nil {
		return nil
	}
	body, ok := requestbody.Of(r)
	if !ok {
		return errors.New("a body is to be validated that hasn't been received")
	}
	mediaType := r.Header.Get("Content-Type")
	valid, err := c.validBody(op.consumes[mediaType], mediaType, body)
	if err != nil {
		return err
	}
	requestbody.Set(r, valid)
	r.Header.Set("Content-Type", "application/json")
	return r.Context().Err()
}

// validBody returns a body in JSON, with criteria in their canonical spelling.
func (c *Contract) validBody(schema *openapi3.Schema, mediaType string, data []byte) ([]byte, error) {
	decode := document.YAML
	if isJSON(mediaType) {
		decode = document.JSON
	}
	value, err := decode(data, c.Limits.Body())
	if err != nil {
		return nil, apierror.Invalidf(apierror.Details{}, "body: %v", err)
	}
	if schema, err = discriminate(schema, value); err != nil {
		return nil, err
	}
	c.canonicalize(schema, value)
	if err := c.describe(schema.VisitJSON(value, openapi3.EnableFormatValidation())); err != nil {
		return nil, err
	}
	return json.Marshal(value)
}

// discriminate returns the schema of a oneOf that the value's discriminator names, so that errors
// speak of that one alone.
func discriminate(schema *openapi3.Schema, value any) (*openapi3.Schema, error) {
	d := schema.Discriminator
	if d == nil {
		return schema, nil
	}
	names := slices.Sorted(maps.Keys(d.Mapping))
	object, ok := value.(map[string]any)
	if !ok {
		return nil, apierror.Invalidf(apierror.Details{},
			"the body must be an object of %s %s", d.PropertyName, strings.Join(names, " or "))
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
	return nil, apierror.Invalidf(apierror.Details{Field: field, Requested: apierror.Clip(name), Allowed: names},
		"invalid %s: must be %s", field, apierror.OneOf(names))
}

// canonicalize brings the criteria in a body to their canonical spelling.
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
