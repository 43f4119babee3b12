package deployer

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/component"
)

func TestFluxFiles(t *testing.T) {
	const before, after = "03-web/manifests/before-chart/", "03-web/manifests/after-chart/"
	for name, tt := range map[string]struct {
		repo string
		want []string
	}{
		"no repository": {"", []string{
			"01-crd/release/release.yaml", "02-api/release/release.yaml", after + "01-policy.yaml",
			after + "03-secret.yaml", before + "02-configmap.yaml", "03-web/release/release.yaml", "deploy.sh",
			"releases.tsv"}},
		"Git": {git, []string{
			"01-crd/release/release.yaml", "02-api/release/release.yaml", after + "01-policy.yaml",
			after + "03-secret.yaml", before + "00-namespace.yaml", before + "02-configmap.yaml",
			"03-web/release/release.yaml", "kustomization.yaml", "sync.yaml"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, mustLayOut(t, gen.DeployerFlux, tt.repo, chain()).paths()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFluxReleases(t *testing.T) {
	type m = map[string]any
	f := mustLayOut(t, gen.DeployerFlux, "", chain())
	helm := func(name string) m {
		return m{"spec": m{
			"chart": name + "-chart", "version": "1.0.0+b.1", "sourceRef": m{"kind": "HelmRepository", "name": name}}}
	}
	for _, tt := range []struct {
		file         string
		source, kind string
		spec, chart  m // of the source, and how the release refers to it
		dependsOn    []any
	}{
		{"01-crd", "HelmRepository", "chart", m{"interval": "1h", "url": "http://charts.example.com"}, helm("crd"),
			[]any{}},
		{"02-api", "HelmRepository", "chart", m{"interval": "1h", "url": "https://charts.example.com/a/"}, helm("api"),
			[]any{m{"name": "crd"}}},
		{"03-web", "OCIRepository", "chartRef", m{
			"interval": "1h", "url": "oci://ghcr.io/org/web-chart", "ref": m{"tag": "1.0.0_b.1"},
			"layerSelector": m{
				"mediaType": "application/vnd.cncf.helm.chart.content.v1.tar+gzip", "operation": "copy"}},
			m{"kind": "OCIRepository", "name": "web-1.0.0-b.1"}, []any{m{"name": "api"}}},
	} {
		t.Run(tt.file, func(t *testing.T) {
			file, name := tt.file+"/release/release.yaml", tt.file[3:]
			checkAt(t, f, file, tt.source, 0, "kind")
			source := name
			if tt.source == "OCIRepository" {
				source = tt.chart["name"].(string)
			}
			checkAt(t, f, file, m{"name": source, "namespace": "flux-system"}, 0, "metadata")
			checkAt(t, f, file, tt.spec, 0, "spec")
			checkAt(t, f, file, m{"name": name, "namespace": "flux-system"}, 1, "metadata")
			checkAt(t, f, file, tt.chart, 1, "spec", tt.kind)
			for key, want := range map[string]any{
				"releaseName": name, "targetNamespace": name + "-ns", "storageNamespace": name + "-ns",
				"dependsOn": tt.dependsOn, "values": m{"of": name},
			} {
				checkAt(t, f, file, want, 1, "spec", key)
			}
		})
	}
}

// fluxStage has the fields that differ between Kustomizations.
type fluxStage struct {
	Name, Path string
	Wait       bool
	DependsOn  []string
}

func kustomizations(t *testing.T, f files) (list []fluxStage) {
	t.Helper()
	for _, object := range at(t, f, "sync.yaml").([]any)[1:] {
		object := object.(map[string]any)
		spec := object["spec"].(map[string]any)
		if _, ok := spec["postBuild"]; ok || object["kind"] != "Kustomization" {
			t.Errorf("%v", object) // with postBuild Flux would replace ${…} in values
		}
		metadata := object["metadata"].(map[string]any)
		s := fluxStage{Name: metadata["name"].(string), Path: spec["path"].(string), Wait: spec["wait"].(bool)}
		for _, d := range spec["dependsOn"].([]any) {
			s.DependsOn = append(s.DependsOn, d.(map[string]any)["name"].(string))
		}
		list = append(list, s)
	}
	return list
}

func TestFluxSync(t *testing.T) {
	type m = map[string]any
	f := mustLayOut(t, gen.DeployerFlux, git, chain())
	want := []fluxStage{
		{"crd", "./gpu/01-crd/release", true, nil},
		{"api", "./gpu/02-api/release", true, []string{"crd"}},
		{"web.before-chart", "./gpu/03-web/manifests/before-chart", false, []string{"api"}},
		{"web", "./gpu/03-web/release", true, []string{"web.before-chart"}},
		{"web.after-chart", "./gpu/03-web/manifests/after-chart", false, []string{"web"}},
	}
	if diff := cmp.Diff(want, kustomizations(t, f)); diff != "" {
		t.Error(diff)
	}
	checkAt(t, f, "kustomization.yaml", []any{"sync.yaml"}, 0, "resources")
	checkAt(t, f, "sync.yaml", "GitRepository", 0, "kind")
	spec := m{"interval": "10m", "url": "https://git.example.com/clusters.git", "ref": m{"branch": "prod"}}
	checkAt(t, f, "sync.yaml", spec, 0, "spec")

	f = mustLayOut(t, gen.DeployerFlux, "https://git.example.com/a?ref=refs/tags/v1", chain())
	checkAt(t, f, "sync.yaml", m{"name": "refs/tags/v1"}, 0, "spec", "ref")

	f = mustLayOut(t, gen.DeployerFlux, oci, chain())
	checkAt(t, f, "sync.yaml", "OCIRepository", 0, "kind")
	spec = m{"interval": "10m", "url": "oci://example.com/bundles", "ref": m{"tag": "7"}}
	checkAt(t, f, "sync.yaml", spec, 0, "spec")
	checkAt(t, f, "sync.yaml", m{"kind": "OCIRepository", "name": "cns-bundle"}, 1, "spec", "sourceRef")
}

// What depends on a component waits for its last stage.
func TestFluxSyncWaitsForManifests(t *testing.T) {
	refs := append(chain(), foreign("zz", 4, "crd", "web"))
	list := kustomizations(t, mustLayOut(t, gen.DeployerFlux, "https://example.com/a", refs))
	want := fluxStage{"zz", "./04-zz/release", true, []string{"crd", "web.after-chart"}}
	if diff := cmp.Diff(want, list[len(list)-1]); diff != "" {
		t.Error(diff)
	}
}

func TestFluxNamespace(t *testing.T) {
	const file = "03-web/manifests/before-chart/00-namespace.yaml"
	checkAt(t, mustLayOut(t, gen.DeployerFlux, git, chain()), file, map[string]any{
		"name": "web-ns", "annotations": map[string]any{
			"kustomize.toolkit.fluxcd.io/prune": "disabled", "kustomize.toolkit.fluxcd.io/ssa": "IfNotPresent",
		},
	}, 0, "metadata")
	for name, tt := range map[string]struct {
		object gen.KubernetesObject
		has    bool
	}{
		"own before the chart":   {manifest(component.BeforeChart, "Namespace", "web-ns"), false},
		"own after the chart":    {manifest(component.AfterChart, "Namespace", "web-ns"), true},
		"another":                {manifest(component.BeforeChart, "Namespace", "other"), true},
		"another kind, so named": {manifest(component.BeforeChart, "Secret", "web-ns"), true},
	} {
		t.Run(name, func(t *testing.T) {
			refs := chain()
			refs[2].Manifests = append(refs[2].Manifests, tt.object)
			if _, has := mustLayOut(t, gen.DeployerFlux, git, refs)[file]; has != tt.has {
				t.Errorf("has %s: %t", file, has)
			}
		})
	}
}
