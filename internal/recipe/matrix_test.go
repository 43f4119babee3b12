package recipe_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMatrix(t *testing.T) {
	c := load(t, minimal().with(eks, "criteria: {service: eks}", "offers: {accelerator: [h100]}").
		with("overlays/h100.yaml", "criteria: {accelerator: h100}").with("overlays/a100.yaml", "criteria: {accelerator: a100}").
		with("overlays/ubuntu.yaml", "criteria: {os: ubuntu}").with("overlays/more.yaml", "criteria: {service: eks, os: ubuntu}"))
	criteria := map[string][]string{"os": {"ubuntu", "rhel", "any"}, "accelerator": {"h100", "a100", "any"}, "service": {"eks", "gke", "any"}}
	want := `| service | os | accelerator | overlays |
|---|---|---|---|
| eks | ubuntu | h100 | eks, h100, ubuntu, more |
| any | ubuntu | h100 | h100, ubuntu |
| any | ubuntu | a100 | a100, ubuntu |
`
	if diff := cmp.Diff(want, c.Matrix(criteria)); diff != "" {
		t.Error(diff)
	}
}

// A criterion that the contract gains later has its column too.
func TestMatrixOfOtherCriteria(t *testing.T) {
	c := load(t, minimal())
	want := "| service | overlays |\n|---|---|\n| any |  |\n"
	if diff := cmp.Diff(want, c.Matrix(map[string][]string{"service": {"any"}})); diff != "" {
		t.Error(diff)
	}
	want = "| service | intent | zone | overlays |\n|---|---|---|---|\n"
	if diff := cmp.Diff(want, c.Matrix(map[string][]string{"zone": {"a"}, "intent": {"any"}, "service": {"any"}})); diff != "" {
		t.Error(diff)
	}
}
