// Package bundletest has what the tests of bundles and of their parts have in common.
package bundletest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
	helmyaml "sigs.k8s.io/yaml"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/archive"
)

// EveryDeployer is each deployer with what it can be combined with.
func EveryDeployer() map[string]gen.CreateBundleParams {
	const git, oci = "https://git.example.com/a.git//b/c?ref=no", "oci://example.com/bundles//b?ref=1e3"
	return map[string]gen.CreateBundleParams{
		"helm":       {Deployer: gen.DeployerHelm},
		"helmfile":   {Deployer: gen.DeployerHelmfile},
		"argocd":     {Deployer: gen.DeployerArgocd},
		"argocd git": {Deployer: gen.DeployerArgocd, Repo: git},
		"argocd oci": {Deployer: gen.DeployerArgocd, Repo: oci},
		"flux":       {Deployer: gen.DeployerFlux},
		"flux git":   {Deployer: gen.DeployerFlux, Repo: git},
		"flux oci":   {Deployer: gen.DeployerFlux, Repo: oci},
	}
}

// CheckInvalid wants an error that tells a client what is wrong with a request.
func CheckInvalid(t *testing.T, err error, message string, details apierror.Details) {
	t.Helper()
	var p *apierror.Error
	if !errors.As(err, &p) {
		t.Fatalf("error %v, want %s", err, message)
	}
	if p.Kind != apierror.Invalid {
		t.Errorf("kind %d", p.Kind)
	}
	if diff := cmp.Diff(message, p.Message); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(details, p.Details); diff != "" {
		t.Error(diff)
	}
}

// separator is where Helm cuts files. kubectl does so in fewer places.
var separator = regexp.MustCompile(`(?:^|\s*\n)---\s*`)

// DecodeYAML reads a file by YAML 1.2 rules, then as kubectl and Helm do, which must agree.
func DecodeYAML(t *testing.T, f archive.File) []any {
	t.Helper()
	var modern, classic []any
	for dec := yaml.NewDecoder(bytes.NewReader(f.Data())); ; {
		var v any
		if err := dec.Decode(&v); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("%s: %v", f.Path, err)
		}
		modern = append(modern, PlainJSON(t, v))
	}
	for _, text := range separator.Split(string(f.Data()), -1) {
		var v any
		if err := helmyaml.UnmarshalStrict([]byte(text), &v); err != nil {
			t.Fatalf("%s: %v", f.Path, err)
		}
		classic = append(classic, PlainJSON(t, v))
	}
	if diff := cmp.Diff(modern, classic); diff != "" {
		t.Errorf("%s: readers disagree: %s", f.Path, diff)
	}
	return modern
}

// PlainJSON returns what v is to a JSON reader.
func PlainJSON(t *testing.T, v any) any {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var plain any
	if err := json.Unmarshal(data, &plain); err != nil {
		t.Fatal(err)
	}
	return plain
}
