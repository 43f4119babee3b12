package recipe_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/internal/contract"
)

func TestMatrix(t *testing.T) {
	c := load(t, minimal().with(eks, "criteria: {service: eks}", "offers: {accelerator: [h100]}").
		with("overlays/h100.yaml", "criteria: {accelerator: h100}").
		with("overlays/a100.yaml", "criteria: {accelerator: a100}").
		with("overlays/ubuntu.yaml", "criteria: {os: ubuntu}").
		with("overlays/more.yaml", "criteria: {service: eks, os: ubuntu}"))
	criteria := []contract.Criterion{
		{Name: "service", Values: []string{"eks", "gke", "any"}, Any: "self-managed cluster"},
		{Name: "os", Values: []string{"ubuntu", "rhel", "any"}},
		{Name: "accelerator", Values: []string{"h100", "a100", "any"}},
	}
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
	cluster := contract.Criterion{Name: "service", Values: []string{"any"}, Any: "self-managed cluster"}
	want := "| service | overlays |\n|---|---|\n| any |  |\n"
	if diff := cmp.Diff(want, c.Matrix([]contract.Criterion{cluster})); diff != "" {
		t.Error(diff)
	}
	want = "| service | intent | zone | overlays |\n|---|---|---|---|\n"
	intent := contract.Criterion{Name: "intent", Values: []string{"any"}}
	zone := contract.Criterion{Name: "zone", Values: []string{"a"}}
	if diff := cmp.Diff(want, c.Matrix([]contract.Criterion{cluster, intent, zone})); diff != "" {
		t.Error(diff)
	}
}
