package recipes_test

import (
	"testing"

	"github.com/NVIDIA/cloud-native-stack/internal/authoring"
)

func TestCheck(t *testing.T) {
	c, spec := load(t)
	report := authoring.Check(c, spec.Criteria())
	for _, fault := range append(report.Findings, report.Warnings...) {
		t.Error(fault)
	}
}
