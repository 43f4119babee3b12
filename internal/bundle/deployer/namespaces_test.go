package deployer

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/component"
)

// privileged are the components of chain, of which api and crd need a namespace that admits them.
func privileged() []gen.ComponentRef {
	refs := chain()
	refs[0].PodSecurity, refs[1].PodSecurity = gen.PodSecurityBaseline, gen.PodSecurityPrivileged
	refs[2].Namespace = refs[1].Namespace
	return refs
}

func labels(level string) object {
	return object{
		"pod-security.kubernetes.io/enforce": level, "pod-security.kubernetes.io/audit": level,
		"pod-security.kubernetes.io/warn": level,
	}
}

func TestNamespaces(t *testing.T) {
	for _, tt := range []struct {
		deployer    gen.Deployer
		repo        string
		annotations any
	}{
		{gen.DeployerHelm, "", nil},
		{gen.DeployerHelmfile, "", object{"helm.sh/resource-policy": "keep"}},
		{gen.DeployerArgocd, "", nil},
		{gen.DeployerFlux, "", nil},
		{gen.DeployerFlux, git, object{
			"kustomize.toolkit.fluxcd.io/prune": "disabled", "kustomize.toolkit.fluxcd.io/ssa": "Merge"}},
	} {
		t.Run(string(tt.deployer)+tt.repo, func(t *testing.T) {
			f := mustLayOut(t, tt.deployer, tt.repo, privileged())
			for namespace, level := range map[string]string{"api-ns": "privileged", "crd-ns": "baseline"} {
				file := "namespaces/namespace-" + namespace + ".yaml"
				checkAt(t, f, file, "Namespace", 0, "kind")
				checkAt(t, f, file, namespace, 0, "metadata", "name")
				checkAt(t, f, file, labels(level), 0, "metadata", "labels")
				checkAt(t, f, file, tt.annotations, 0, "metadata", "annotations")
			}
		})
	}
}

// What a namespace is called must not make its file one that Helm or Kustomize takes for its own.
func TestNamespacesCalledLikeFiles(t *testing.T) {
	for _, name := range []string{"values", "chart", "kustomization"} {
		refs := privileged()[:1]
		refs[0].Namespace = name
		for deployer, repo := range map[gen.Deployer]string{gen.DeployerHelmfile: "", gen.DeployerFlux: git} {
			f := mustLayOut(t, deployer, repo, refs)
			checkAt(t, f, "namespaces/namespace-"+name+".yaml", name, 0, "metadata", "name")
		}
	}
}

func TestNamespacesOfArgoCD(t *testing.T) {
	for _, repo := range []string{"", git} {
		f := mustLayOut(t, gen.DeployerArgocd, repo, privileged())
		checked := []any{0, "spec", "syncPolicy", "managedNamespaceMetadata"}
		checkAt(t, f, "applications/api.yaml", object{"labels": labels("privileged")}, checked...)
		checkAt(t, f, "applications/web.yaml", object{"labels": labels("privileged")}, checked...)
		if repo != "" {
			checkAt(t, f, "applications/web.before-chart.yaml", object{"labels": labels("privileged")}, checked...)
		}
	}
}

// The namespaces come first, and once each: Flux and Helm know one owner of an object.
func TestNamespacesComeFirst(t *testing.T) {
	f := mustLayOut(t, gen.DeployerFlux, git, privileged())
	stages := kustomizations(t, f)
	want := fluxStage{"cns-bundle.namespaces", "./gpu/namespaces", false, nil}
	if diff := cmp.Diff(want, stages[0]); diff != "" {
		t.Error(diff)
	}
	for _, s := range stages {
		isFirst := s.Name == "crd" || s.Name == "api" || s.Name == "web.before-chart"
		if slices.Contains(s.DependsOn, want.Name) != isFirst {
			t.Errorf("%s depends on %v", s.Name, s.DependsOn)
		}
	}
	if _, ok := f["03-web/manifests/before-chart/00-namespace.yaml"]; ok {
		t.Error("the namespace is there twice")
	}

	f = mustLayOut(t, gen.DeployerHelmfile, "", privileged())
	checkAt(t, f, "helmfile.yaml", object{
		"name": "cns-bundle.namespaces", "namespace": "default", "chart": "./namespaces", "needs": []any{},
		"takeOwnership": true,
	}, 0, "releases", 0)
	checkAt(t, f, "helmfile.yaml", []any{"default/cns-bundle.namespaces"}, 0, "releases", 1, "needs")
	checkAt(t, f, "helmfile.yaml", []any{"default/cns-bundle.namespaces", "crd-ns/crd"}, 0, "releases", 2, "needs")
	checkAt(t, f, "namespaces/Chart.yaml", "manifests", 0, "name")
}

// A namespace that any component brings is left alone.
func TestNamespacesThatAComponentBrings(t *testing.T) {
	refs := privileged()
	refs[0].Manifests = []gen.KubernetesObject{manifest(component.BeforeChart, "Namespace", "api-ns")}
	for _, tt := range []struct {
		deployer gen.Deployer
		repo     string
	}{
		{gen.DeployerHelm, ""}, {gen.DeployerHelmfile, ""}, {gen.DeployerFlux, ""}, {gen.DeployerFlux, git},
		{gen.DeployerArgocd, ""}, {gen.DeployerArgocd, git},
	} {
		for path, file := range mustLayOut(t, tt.deployer, tt.repo, refs) {
			if file.Contains("pod-security.kubernetes.io/enforce: privileged") {
				t.Errorf("%s %s: %s has labels", tt.deployer, tt.repo, path)
			}
		}
	}
}
