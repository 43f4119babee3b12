// Package apierror is the one error type that reaches an API user.
package apierror

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/gen"
)

// Kind is what kind of thing went wrong. It decides the status and the code of the answer.
type Kind int

// The kinds of errors. All but Internal are the caller's to understand.
const (
	Invalid Kind = iota
	NotFound
	MethodNotAllowed
	NotAcceptable
	PreconditionFailed
	PayloadTooLarge
	UnsupportedMediaType
	RequestTimeout // the request didn't arrive in time
	RateLimited
	Internal
	Unavailable
	DeadlineExceeded // the answer wasn't ready in time
)

// answer is how a kind of error is answered.
type answer struct {
	status    int
	code      gen.ErrorCode
	retryable bool // whether the same request may succeed later
}

// answers is the one table from kinds to statuses and codes.
func answers() [DeadlineExceeded + 1]answer {
	return [...]answer{
		Invalid:              {http.StatusBadRequest, gen.ErrorCodeInvalidRequest, false},
		NotFound:             {http.StatusNotFound, gen.ErrorCodeNotFound, false},
		MethodNotAllowed:     {http.StatusMethodNotAllowed, gen.ErrorCodeMethodNotAllowed, false},
		NotAcceptable:        {http.StatusNotAcceptable, gen.ErrorCodeNotAcceptable, false},
		PreconditionFailed:   {http.StatusPreconditionFailed, gen.ErrorCodePreconditionFailed, false},
		PayloadTooLarge:      {http.StatusRequestEntityTooLarge, gen.ErrorCodePayloadTooLarge, false},
		UnsupportedMediaType: {http.StatusUnsupportedMediaType, gen.ErrorCodeUnsupportedMediaType, false},
		RequestTimeout:       {http.StatusRequestTimeout, gen.ErrorCodeTimeout, true},
		RateLimited:          {http.StatusTooManyRequests, gen.ErrorCodeRateLimitExceeded, true},
		Internal:             {http.StatusInternalServerError, gen.ErrorCodeInternalError, true},
		Unavailable:          {http.StatusServiceUnavailable, gen.ErrorCodeServiceUnavailable, true},
		DeadlineExceeded:     {http.StatusGatewayTimeout, gen.ErrorCodeTimeout, true},
	}
}

// Details are an error's facts for programs, as the contract has them.
type Details = gen.ErrorDetails

// Error is an error whose text is meant for the API's user. Any other error is answered as an
// internal one, and its text goes to the log alone.
type Error struct {
	Kind       Kind
	Message    string
	Details    Details
	Path       []string // to what is wrong in a document, where there is one; for the recipe files' authors
	RetryAfter int      // seconds until the request may be sent again; 0 says nothing about it
}

func (e *Error) Error() string { return e.Message }

// Status is the HTTP status of the answer.
func (e *Error) Status() int { return answers()[e.Kind].status }

// Code is the contract's code of the answer.
func (e *Error) Code() gen.ErrorCode { return answers()[e.Kind].code }

// Retryable reports whether the same request may succeed later.
func (e *Error) Retryable() bool { return answers()[e.Kind].retryable }

// Responder answers a request with an error.
type Responder = func(http.ResponseWriter, *http.Request, error)

// New reports an error of a kind.
func New(kind Kind, details Details, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...), Details: details}
}

// Invalidf reports a request that has to be changed.
func Invalidf(details Details, format string, args ...any) *Error {
	return New(Invalid, details, format, args...)
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
