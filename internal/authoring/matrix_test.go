package authoring_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/internal/authoring"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
)

func TestMatrix(t *testing.T) {
	c := load(t, minimal().With(eks, "criteria: {service: eks}", "offers: {accelerator: [h100]}",
		"constraints: {driver: {version: '1 || 2'}}", "components: {spare: {}}").
		With(base, "components: {monitor: {}, driver: {}}", "constraints: {kubernetes: {version: '>=1.32 <1.37'}}").
		With("overlays/h100.yaml", "criteria: {accelerator: h100}").
		With("overlays/a100.yaml", "criteria: {accelerator: a100}").
		With("overlays/l40.yaml", "criteria: {accelerator: l40}", "components: {driver: {version: v2.0.0}}").
		With(driver, component("driver", "pathsFrom: v1.2.2\nbehind: v2 || v3 is out.")).
		With("components/driver/paths/v1.2.2.txt", "pods.limit").
		With("components/driver/paths/v2.0.0.txt", "pods.limit").
		With("components/monitor/paths/v1.2.3.txt", "a").
		With("overlays/ubuntu.yaml", "criteria: {os: ubuntu}").
		With("overlays/more.yaml", "criteria: {service: eks, os: ubuntu}"))
	criteria := []contract.Criterion{
		{Name: "service", Values: []string{"eks", "gke", "any"}, Any: "self-managed cluster"},
		{Name: "os", Values: []string{"ubuntu", "rhel", "any"}},
		{Name: "accelerator", Values: []string{"h100", "a100", "l40", "any"}},
	}
	want := `| service | os | accelerator | kubernetes | driver | components beside those in all |
|---|---|---|---|---|---|
| eks | ubuntu | h100 | ` + "`>=1.32 <1.37` | `1 \\|\\| 2`" + ` | driver v1.2.3, spare |
| any | ubuntu | h100, a100 | ` + "`>=1.32 <1.37`" + ` |  | driver v1.2.3 |
| any | ubuntu | l40 | ` + "`>=1.32 <1.37`" + ` |  | driver v2.0.0 |

| component | version | chart | in | value paths of | newer |
|---|---|---|---|---|---|
| driver | v1.2.3 | driver of ` + "`https://charts.example.com`" + ` | 2 of 3 rows | v1.2.2 | v2 \|\| v3 is out. |
| driver | v2.0.0 | driver of ` + "`https://charts.example.com`" + ` | 1 of 3 rows | v2.0.0 |  |
| monitor | v1.2.3 | monitor of ` + "`https://charts.example.com`" + ` | all | v1.2.3 | none known |
| spare | v1.2.3 | spare of ` + "`https://charts.example.com`" + ` | 1 of 3 rows | not known |  |
`
	if diff := cmp.Diff(want, authoring.Matrix(c, criteria)); diff != "" {
		t.Error(diff)
	}
}

// A criterion that the contract gains later has its column too.
func TestMatrixOfOtherCriteria(t *testing.T) {
	c := load(t, minimal())
	cluster := contract.Criterion{Name: "service", Values: []string{"any"}, Any: "self-managed cluster"}
	const end = " kubernetes | driver | components beside those in all |\n"
	want := "| service |" + end + "|---|---|---|---|\n| any |  |  |  |\n\n"
	if got := authoring.Matrix(c, []contract.Criterion{cluster}); !strings.HasPrefix(got, want) {
		t.Errorf("%s\nwant %s", got, want)
	}
	want = "| service | intent | zone |" + end + "|---|---|---|---|---|---|\n\n" +
		"| component | version | chart | in | value paths of | newer |\n|---|---|---|---|---|---|\n"
	intent := contract.Criterion{Name: "intent", Values: []string{"any"}}
	zone := contract.Criterion{Name: "zone", Values: []string{"a"}}
	if diff := cmp.Diff(want, authoring.Matrix(c, []contract.Criterion{cluster, intent, zone})); diff != "" {
		t.Error(diff)
	}
}
