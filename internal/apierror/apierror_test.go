package apierror

import (
	"net/http"
	"strings"
	"testing"
)

func TestClip(t *testing.T) {
	for _, tt := range []struct{ name, input, want string }{
		{"empty", "", ""},
		{"at the limit", strings.Repeat("x", 256), strings.Repeat("x", 256)},
		{"over the limit", strings.Repeat("x", 257), strings.Repeat("x", 256) + "…"},
		{"no half letter", strings.Repeat("x", 255) + "éé", strings.Repeat("x", 255) + "…"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Clip(tt.input); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// Every kind has a row in the table.
func TestAnswers(t *testing.T) {
	for kind, a := range answers() {
		if !a.code.Valid() || http.StatusText(a.status) == "" || a.status < 400 {
			t.Errorf("kind %d is answered with %d %q", kind, a.status, a.code)
		}
	}
}
