package deployer

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/NVIDIA/cloud-native-stack/api"
	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/bundletest"
)

// The contract's deployers are those that there are.
func TestAll(t *testing.T) {
	var contract struct {
		Components struct {
			Schemas struct {
				Deployer struct{ Enum []gen.Deployer } `yaml:"Deployer"`
			}
		}
	}
	if err := yaml.Unmarshal(api.Spec, &contract); err != nil {
		t.Fatal(err)
	}
	want := slices.Sorted(slices.Values(contract.Components.Schemas.Deployer.Enum))
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(All()))); diff != "" || len(want) == 0 {
		t.Error(diff)
	}
	tested := map[gen.Deployer]bool{}
	for _, params := range bundletest.EveryDeployer() {
		tested[params.Deployer] = true
	}
	if len(tested) != len(want) {
		t.Errorf("tests know %d deployers of %d", len(tested), len(want))
	}
}

func TestReservedNames(t *testing.T) {
	for _, tt := range []struct {
		name    string
		refused map[gen.Deployer]bool
	}{
		{"cns-bundle", map[gen.Deployer]bool{gen.DeployerArgocd: true, gen.DeployerFlux: true}},
		{"flux-system", map[gen.Deployer]bool{gen.DeployerFlux: true}},
		{"argocd", nil},
	} {
		for name, params := range bundletest.EveryDeployer() {
			t.Run(tt.name+"/"+name, func(t *testing.T) {
				_, err := layOut(params, []gen.ComponentRef{foreign(tt.name, 1)})
				if !tt.refused[params.Deployer] {
					if err != nil {
						t.Fatal(err)
					}
					return
				}
				const message = "component %q would replace an object of that name that %s needs: " +
					"rename it or use another deployer"
				bundletest.CheckInvalid(t, err, fmt.Sprintf(message, tt.name, params.Deployer),
					apierror.Details{Parameter: "deployer", Requested: string(params.Deployer)})
			})
		}
	}
}
