package authoring_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/internal/authoring"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
)

func TestMatrix(t *testing.T) {
	c := load(t, minimal().With(eks, "criteria: {service: eks}", "offers: {accelerator: [h100]}").
		With("overlays/h100.yaml", "criteria: {accelerator: h100}").
		With("overlays/a100.yaml", "criteria: {accelerator: a100}").
		With("overlays/ubuntu.yaml", "criteria: {os: ubuntu}").
		With("overlays/more.yaml", "criteria: {service: eks, os: ubuntu}"))
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
	if diff := cmp.Diff(want, authoring.Matrix(c, criteria)); diff != "" {
		t.Error(diff)
	}
}

// A criterion that the contract gains later has its column too.
func TestMatrixOfOtherCriteria(t *testing.T) {
	c := load(t, minimal())
	cluster := contract.Criterion{Name: "service", Values: []string{"any"}, Any: "self-managed cluster"}
	want := "| service | overlays |\n|---|---|\n| any |  |\n"
	if diff := cmp.Diff(want, authoring.Matrix(c, []contract.Criterion{cluster})); diff != "" {
		t.Error(diff)
	}
	want = "| service | intent | zone | overlays |\n|---|---|---|---|\n"
	intent := contract.Criterion{Name: "intent", Values: []string{"any"}}
	zone := contract.Criterion{Name: "zone", Values: []string{"a"}}
	if diff := cmp.Diff(want, authoring.Matrix(c, []contract.Criterion{cluster, intent, zone})); diff != "" {
		t.Error(diff)
	}
}
