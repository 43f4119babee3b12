// Package problem is the one error type that reaches an API user.
package problem

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/gen"
)

// Error is an error whose text is meant for the API's user. Any other error is answered as an internal one, its text kept in the log.
type Error struct {
	Status  int // HTTP status
	Code    gen.ErrorCode
	Message string
	Details map[string]any

	RetryAfter int // seconds until the request may be sent again; 0 says nothing about it
}

func (e *Error) Error() string { return e.Message }

// Retryable says whether the same request may succeed later.
func (e *Error) Retryable() bool {
	switch e.Code {
	case gen.ErrorCodeRateLimitExceeded, gen.ErrorCodeInternalError, gen.ErrorCodeServiceUnavailable, gen.ErrorCodeTimeout:
		return true
	}
	return false
}

// MaxRepeated is how many bytes of what a client sent an answer or a log line repeats.
const MaxRepeated = 256

// Clip shortens what a client sent, so that neither an answer nor the log repeats a whole request.
func Clip(s string) string {
	if len(s) > MaxRepeated {
		return strings.ToValidUTF8(s[:MaxRepeated], "") + "…"
	}
	return s
}

// OneOf lists what a value must be.
func OneOf(values []string) string {
	if len(values) == 1 {
		return values[0]
	}
	return "one of " + strings.Join(values, ", ")
}

// Invalid reports a request that has to be changed. Details may be nil.
func Invalid(details map[string]any, format string, args ...any) *Error {
	return New(http.StatusBadRequest, gen.ErrorCodeInvalidRequest, details, format, args...)
}

// New reports any other error with its status. Details may be nil.
func New(status int, code gen.ErrorCode, details map[string]any, format string, args ...any) *Error {
	return &Error{Status: status, Code: code, Message: fmt.Sprintf(format, args...), Details: details}
}
