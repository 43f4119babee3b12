package contract

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/google/uuid"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/document"
)

// statusClientClosedRequest is what nginx logs when the client has gone: no one reads it, but logs
// and metrics shouldn't say 200.
const statusClientClosedRequest = 499

// Fail returns the function that turns any error of a request into an answer. What is not an
// [apierror.Error] is a fault of the server: it is logged, and the user learns no more than that.
func Fail(log *slog.Logger) apierror.Responder {
	return func(w http.ResponseWriter, r *http.Request, err error) {
		var p *apierror.Error
		switch {
		case errors.As(err, &p):
		case errors.Is(err, context.DeadlineExceeded):
			p = apierror.New(apierror.DeadlineExceeded, apierror.Details{},
				"the answer took longer than this server's deadline for a request")
		case errors.Is(err, context.Canceled):
			w.WriteHeader(statusClientClosedRequest)
			return
		case errors.Is(r.Context().Err(), context.Canceled): // as where an answer can't be sent to it
			log.InfoContext(r.Context(), "request failed, its client has gone", "error", err)
			w.WriteHeader(statusClientClosedRequest)
			return
		default:
			log.ErrorContext(r.Context(), "request failed", "error", err)
			p = apierror.New(apierror.Internal, apierror.Details{}, "internal error")
		}
		writeError(w, p)
	}
}

// writeError answers with the contract's error shape. The request ID is the one that the answer's
// X-Request-Id already carries.
func writeError(w http.ResponseWriter, p *apierror.Error) {
	h := w.Header()
	id, _ := uuid.Parse(h.Get("X-Request-Id"))
	body, err := document.EncodeJSON(gen.Error{
		Code: p.Code(), Message: p.Message, Details: p.Details,
		RequestID: id, Timestamp: time.Now().UTC(), Retryable: p.Retryable(),
	})
	if err != nil {
		panic(fmt.Errorf("encode error %q: %w", p.Message, err))
	}
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if p.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(p.RetryAfter))
	}
	w.WriteHeader(p.Status())
	_, _ = w.Write(body)
}

// parameterProblem words what kin-openapi says about a parameter.
func (c *Contract) parameterProblem(err error) *apierror.Error {
	var re *openapi3filter.RequestError
	var pe *openapi3filter.ParseError
	var se *openapi3.SchemaError
	if !errors.As(err, &re) {
		return apierror.Invalidf(apierror.Details{}, "%v", err)
	}
	name := re.Parameter.Name
	details := apierror.Details{Parameter: name}
	switch {
	case errors.As(err, &se):
		return c.schemaProblem(se, name, details)
	case errors.As(err, &pe):
		want := "of type " + strings.Join(re.Parameter.Schema.Value.Type.Slice(), " or ")
		if re.Parameter.Schema.Value.Type.Is(openapi3.TypeInteger) {
			want = "a whole number"
		}
		details.Requested = apierror.Clip(fmt.Sprint(pe.Value))
		return apierror.Invalidf(details, "invalid %s: %s must be %s", name, quote(pe.Value), want)
	}
	return apierror.Invalidf(details, "invalid %s: %s", name, re.Reason)
}

// describe words a schema violation in a body; nil stays nil.
func (c *Contract) describe(err error) error {
	if err == nil {
		return nil
	}
	var se *openapi3.SchemaError
	if !errors.As(err, &se) {
		return apierror.Invalidf(apierror.Details{}, "%v", err)
	}
	field := apierror.Clip("/" + strings.Join(se.JSONPointer(), "/"))
	p := c.schemaProblem(se, field, apierror.Details{Field: field})
	p.Path = se.JSONPointer()
	if unknown, ok := p.Details.Requested.(string); ok && se.SchemaField == "properties" {
		p.Path = append(p.Path, unknown)
	}
	return p
}

// schemaProblem says what is wrong with a parameter or field, and what would be right.
func (c *Contract) schemaProblem(se *openapi3.SchemaError, name string, details apierror.Details) *apierror.Error {
	switch se.SchemaField {
	case "properties":
		known := slices.Sorted(maps.Keys(se.Schema.Properties))
		object, _ := se.Value.(map[string]any)
		for _, key := range slices.Sorted(maps.Keys(object)) {
			if !slices.Contains(known, key) {
				details.Requested, details.Allowed = apierror.Clip(key), known
				return apierror.Invalidf(details,
					"unknown field %s in %s: must be one of %s", quote(key), name, strings.Join(known, ", "))
			}
		}
	case "required":
		return apierror.Invalidf(details, "missing field %s", name)
	}
	switch v := se.Value.(type) {
	case string:
		if len(v) <= apierror.MaxRepeated {
			details.Requested = v
		}
	case int64, float64, bool:
		details.Requested = v
	}
	switch se.SchemaField {
	case "enum":
		return c.enumProblem(se, name, details)
	case "format":
		return apierror.Invalidf(details, "invalid %s: %s is no %s", name, quote(se.Value), se.Schema.Format)
	case "pattern":
		want := strings.TrimSpace(se.Schema.Description)
		if want == "" {
			want = se.Schema.Pattern
		}
		return apierror.Invalidf(details, "invalid %s: %s is malformed; want: %s", name, quote(se.Value), want)
	}
	return apierror.Invalidf(details, "invalid %s: %s", name, se.Reason)
}

// enumProblem tells a value that the operator excluded from one that there isn't.
func (c *Contract) enumProblem(se *openapi3.SchemaError, name string, details apierror.Details) *apierror.Error {
	if se.Schema.Title != "" {
		name = se.Schema.Title
	}
	details.Allowed = enum(se.Schema)
	if s, ok := se.Value.(string); ok && slices.Contains(c.shipped[se.Schema], s) {
		details.Parameter, details.Field = "", ""
		details.Allowed = slices.DeleteFunc(details.Allowed, func(allowed string) bool { return allowed == Any })
		return apierror.Invalidf(details, "%s not allowed", name)
	}
	return apierror.Invalidf(details, "invalid %s: must be %s", name, apierror.OneOf(details.Allowed))
}

// quote shows a value in a message.
func quote(v any) string { return fmt.Sprintf("%q", apierror.Clip(fmt.Sprint(v))) }
