package cnsd

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// Answer is what each operation of [ClientWithResponses] returns.
type Answer interface {
	StatusCode() int
	Status() string
	GetBody() []byte
}

// Check turns an answer that is an error into a Go error, an [*Error] if the server sent one. It is put around a call:
//
//	recipe, err := cnsd.Check(client.GetRecipeWithResponse(ctx, params))
//
// Then JSON200, or the body, is there when err is nil, except after a 304, which has neither.
func Check[A Answer](answer A, err error) (A, error) {
	if err != nil {
		return answer, err
	}
	if status := answer.StatusCode(); status/100 == 2 || status == http.StatusNotModified {
		return answer, nil
	}
	var e Error
	if err := json.Unmarshal(answer.GetBody(), &e); err != nil || e.Code == "" {
		return answer, fmt.Errorf("%s, which is no answer of this API: %.200q", answer.Status(), answer.GetBody())
	}
	return answer, &e
}

// Error implements the interface error.
func (e *Error) Error() string {
	return fmt.Sprintf("%s: %s (request %s)", e.Code, e.Message, e.RequestID)
}
