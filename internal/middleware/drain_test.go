package middleware

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestDrain refuses bodies unread. The client gets the answer, not a closed connection, whether it
// waits for leave to send the body or not.
func TestDrain(t *testing.T) {
	const most = 4 << 20
	refuse := http.HandlerFunc(func(w http.ResponseWriter,
		_ *http.Request) {
		w.WriteHeader(http.StatusUnsupportedMediaType)
	})
	server := httptest.NewServer(Drain(most)(refuse))
	defer server.Close()
	server.Client().Transport.(*http.Transport).ExpectContinueTimeout = time.Minute
	for range 20 {
		for _, expect := range []string{"", "100-continue"} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL,
				strings.NewReader(strings.Repeat("x", most)))
			if err != nil {
				t.Fatal(err)
			}
			if expect != "" {
				r.Header.Set("Expect", expect)
			}
			resp, err := server.Client().Do(r)
			if err != nil {
				t.Fatalf("Expect %q: %v", expect, err)
			}
			resp.Body.Close()
			if resp.StatusCode != http.StatusUnsupportedMediaType {
				t.Errorf("Expect %q: %d", expect, resp.StatusCode)
			}
		}
	}
}
