package authoring_test

import (
	"strings"
	"testing"

	"github.com/NVIDIA/cloud-native-stack/internal/authoring"
)

func TestVerified(t *testing.T) {
	d := minimal().With("components/spare/paths/v1.2.2.txt", "a")
	d["components/spare/component.yaml"] += "pathsFrom: v1.2.2\n"
	c := load(t, d)
	const stands = "could not be had, another version stands for it: v1.2.2 for spare v1.2.3."
	for _, tt := range []struct {
		rendered      string
		want, without []string
	}{
		{"", []string{stands, "Not rendered: driver v1.2.3, monitor v1.2.3, spare v1.2.3."}, []string{"Helm"}},
		{"driver v1.2.3\nmonitor v1.2.2\nspare v1.2.2\n",
			[]string{"with the sources of driver v1.2.3, spare v1.2.2.", "Not rendered: monitor v1.2.3."}, nil},
		{"driver v1.2.3\nmonitor v1.2.3\nspare v1.2.3\n",
			[]string{"with the sources of driver v1.2.3, monitor v1.2.3, spare v1.2.3."}, []string{"Not rendered"}},
	} {
		got := authoring.Verified(c, tt.rendered)
		for line := range strings.Lines(got) {
			if len(line) > 101 {
				t.Errorf("long line %q", line)
			}
		}
		text := strings.Join(strings.Fields(got), " ")
		for _, want := range append(tt.want, "**Checked**", "**Not checked**") {
			if !strings.Contains(text, want) {
				t.Errorf("no %q in %s", want, got)
			}
		}
		for _, without := range tt.without {
			if strings.Contains(text, without) {
				t.Errorf("%q in %s", without, got)
			}
		}
	}
}
