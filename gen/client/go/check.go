// Package cnsd is a client of the Cloud Native Stack API: recipes and bundles for GPU Kubernetes
// clusters. README.md shows how it is used.
package cnsd

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// Response is what each operation of [ClientWithResponses] returns.
type Response interface {
	StatusCode() int
	Status() string
	ContentType() string
	GetBody() []byte
}

// Check turns a response that is an error into a Go error, an [*Error] if the server sent one. It
// is put around a call:
//
//	recipe, err := cnsd.Check(client.GetRecipeWithResponse(ctx, params))
//
// Then JSON200, or the body, is there when err is nil, except after a 304, which has neither.
func Check[R Response](response R, err error) (R, error) {
	if err != nil {
		return response, err
	}
	_, isDocs := any(response).(*GetDocsResponse)
	expected := isDocs || !strings.HasPrefix(response.ContentType(), "text/html")
	if status := response.StatusCode(); status == http.StatusNotModified || status/100 == 2 && expected {
		return response, nil
	}
	var e Error
	if err := json.Unmarshal(response.GetBody(), &e); err != nil || e.Code == "" {
		return response, fmt.Errorf("%s, which is no answer of this API: %.200q", response.Status(), response.GetBody())
	}
	return response, &e
}

// Error implements the interface error.
func (e *Error) Error() string {
	return fmt.Sprintf("%s: %s (request %s)", e.Code, e.Message, e.RequestID)
}
