package problem

import (
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
