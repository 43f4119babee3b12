package recipes_test

import "testing"

func TestCheck(t *testing.T) {
	catalog, spec := load(t)
	for _, finding := range catalog.Check(spec.Criteria()).Findings {
		t.Error(finding)
	}
}
