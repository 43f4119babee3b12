package recipes_test

import (
	"testing"

	"github.com/NVIDIA/cloud-native-stack/internal/authoring"
)

func TestCheck(t *testing.T) {
	c, spec := load(t)
	for _, finding := range authoring.Check(c, spec.Criteria()).Findings {
		t.Error(finding)
	}
}
