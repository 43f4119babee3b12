package cnsd

import (
	"net/http"
	"strconv"
	"time"
)

// RetryAfter is an [http.RoundTripper] that sends a request again when the server says when to: as
// long as the answer is a 429 or a 503 with Retry-After. The last answer is returned as it is.
type RetryAfter struct {
	Base     http.RoundTripper // nil means [http.DefaultTransport]
	Attempts int               // in all; 0 means 5
	MaxWait  time.Duration     // a longer Retry-After is not waited for; 0 means a minute
}

// RoundTrip implements [http.RoundTripper].
func (r *RetryAfter) RoundTrip(req *http.Request) (*http.Response, error) {
	base, attempts, maxWait := r.Base, r.Attempts, r.MaxWait
	if base == nil {
		base = http.DefaultTransport
	}
	if attempts == 0 {
		attempts = 5
	}
	if maxWait == 0 {
		maxWait = time.Minute
	}
	for {
		resp, err := base.RoundTrip(req)
		attempts--
		if err != nil || attempts <= 0 {
			return resp, err
		}
		wait, ok := retryAfter(resp)
		again := rewound(req)
		if !ok || wait > maxWait || again == nil {
			return resp, nil
		}
		select {
		case <-req.Context().Done():
			return resp, nil
		case <-time.After(wait):
		}
		_ = resp.Body.Close()
		req = again
	}
}

// retryAfter returns how long the server asks to wait.
func retryAfter(resp *http.Response) (time.Duration, bool) {
	if resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode != http.StatusServiceUnavailable {
		return 0, false
	}
	value := resp.Header.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil {
		return time.Duration(max(seconds, 0)) * time.Second, true
	}
	date, err := http.ParseTime(value) // a proxy may write one
	return time.Until(date), err == nil
}

// rewound returns the request with its body at the start, nil if there is no way back.
func rewound(req *http.Request) *http.Request {
	again := req.Clone(req.Context())
	if req.Body == nil || req.Body == http.NoBody {
		return again
	}
	if req.GetBody == nil {
		return nil
	}
	body, err := req.GetBody()
	if err != nil {
		return nil
	}
	again.Body = body
	return again
}
