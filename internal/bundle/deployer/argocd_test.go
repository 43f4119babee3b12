package deployer

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/gen"
)

func TestArgoCDFiles(t *testing.T) {
	objects := []string{
		"03-web/manifests/after-chart/01-policy.yaml", "03-web/manifests/after-chart/03-secret.yaml",
		"03-web/manifests/before-chart/02-configmap.yaml",
	}
	charts := []string{"applications/api.yaml", "applications/crd.yaml", "applications/web.yaml"}
	stages := []string{
		"applications/api.yaml", "applications/crd.yaml", "applications/web.after-chart.yaml",
		"applications/web.before-chart.yaml", "applications/web.yaml",
	}
	for name, tt := range map[string]struct {
		repo string
		want []string
	}{
		"no repository": {"", slices.Concat(objects, charts, []string{"deploy.sh", "releases.tsv"})},
		"Git": {git, slices.Concat([]string{"01-crd/values.yaml", "02-api/values.yaml"}, objects,
			[]string{"03-web/values.yaml", "app-of-apps.yaml"}, stages, []string{"argocd-cm.yaml"})},
		"OCI": {oci, slices.Concat(objects, []string{"app-of-apps.yaml"}, stages, []string{"argocd-cm.yaml"})},
	} {
		t.Run(name, func(t *testing.T) {
			got := mustLayOut(t, gen.DeployerArgocd, tt.repo, chain()).paths()
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestArgoCDSources(t *testing.T) {
	type m = map[string]any
	helm := func(values ...any) m {
		h := m{"releaseName": "web", "skipTests": true, "valuesObject": m{"of": "web"}}
		if len(values) > 0 {
			delete(h, "valuesObject")
			h["valueFiles"] = values
		}
		return h
	}
	chart := func(helm m) m {
		return m{"repoURL": "ghcr.io/org", "chart": "web-chart", "targetRevision": "1.0.0+b.1", "helm": helm}
	}
	folder := func(url, revision, path string) m {
		return m{"repoURL": url, "targetRevision": revision, "path": path, "directory": m{}}
	}
	values := func(url, revision string) m { return m{"repoURL": url, "targetRevision": revision, "ref": "values"} }
	const (
		gitURL, atRoot = "https://git.example.com/clusters.git", "https://git.example.com/a"
		ociURL         = "oci://example.com/bundles"
		web, all       = "applications/web.yaml", "app-of-apps.yaml"
	)
	for _, tt := range []struct {
		name, repo, file, key string
		want                  any
	}{
		{"values in the Application", "", web, "source", chart(helm())},
		{"values in Git", git, web, "sources",
			[]any{chart(helm("$values/gpu/03-web/values.yaml")), values(gitURL, "prod")}},
		{"values beside Git's root", atRoot, web, "sources",
			[]any{chart(helm("$values/03-web/values.yaml")), values(atRoot, "main")}},
		{"values beside an OCI artifact", oci, web, "source", chart(helm())},
		{"before in Git", git, "applications/web.before-chart.yaml", "source",
			folder(gitURL, "prod", "gpu/03-web/manifests/before-chart")},
		{"after in OCI", oci, "applications/web.after-chart.yaml", "source",
			folder(ociURL, "7", "gpu/03-web/manifests/after-chart")},
		{"all in Git", git, all, "source", folder(gitURL, "prod", "gpu/applications")},
		{"all in OCI", oci, all, "source", folder(ociURL, "7", "gpu/applications")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := mustLayOut(t, gen.DeployerArgocd, tt.repo, chain())
			checkAt(t, f, tt.file, tt.want, 0, "spec", tt.key)
			for _, key := range []string{"source", "sources"} {
				if _, ok := at(t, f, tt.file, 0, "spec").(m)[key]; ok && key != tt.key {
					t.Errorf("%s too", key)
				}
			}
		})
	}
	f := mustLayOut(t, gen.DeployerArgocd, "", chain())
	checkAt(t, f, "applications/api.yaml", "https://charts.example.com/a/", 0, "spec", "source", "repoURL")
	checkAt(t, f, "applications/crd.yaml", "http://charts.example.com", 0, "spec", "source", "repoURL")
}

// Waves are all different and follow the install order; a chart's is between those of the manifests
// before and after it.
func TestArgoCDApplications(t *testing.T) {
	f := mustLayOut(t, gen.DeployerArgocd, git, chain())
	for _, tt := range []struct{ name, namespace, wave string }{
		{"crd", "crd-ns", "3"}, {"api", "api-ns", "6"}, {"web.before-chart", "web-ns", "9"}, {"web", "web-ns", "10"},
		{"web.after-chart", "web-ns", "11"},
	} {
		file := "applications/" + tt.name + ".yaml"
		checkAt(t, f, file, map[string]any{
			"name": tt.name, "namespace": "argocd", "finalizers": []any{"resources-finalizer.argocd.argoproj.io"},
			"annotations": map[string]any{"argocd.argoproj.io/sync-wave": tt.wave},
		}, 0, "metadata")
		destination := map[string]any{"server": "https://kubernetes.default.svc", "namespace": tt.namespace}
		checkAt(t, f, file, destination, 0, "spec", "destination")
	}
	checkAt(t, f, "app-of-apps.yaml", "cns-bundle", 0, "metadata", "name")
	checkAt(t, f, "argocd-cm.yaml", "argocd-cm", 0, "metadata", "name")
}
