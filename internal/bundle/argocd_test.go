package bundle

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/gen"
)

func TestArgoCDFiles(t *testing.T) {
	objects := []string{
		"03-web/manifests/after-chart/01-policy.yaml", "03-web/manifests/after-chart/03-secret.yaml", "03-web/manifests/before-chart/02-configmap.yaml",
	}
	charts := []string{"applications/api.yaml", "applications/crd.yaml", "applications/web.yaml"}
	stages := []string{"applications/api.yaml", "applications/crd.yaml", "applications/web.after-chart.yaml", "applications/web.before-chart.yaml", "applications/web.yaml"}
	for name, tt := range map[string]struct {
		repo string
		want [][]string
	}{
		"no repository": {"", [][]string{objects, charts, {"deploy.sh", "releases.tsv"}}},
		"Git":           {git, [][]string{{"01-crd/values.yaml", "02-api/values.yaml"}, objects, {"03-web/values.yaml", "app-of-apps.yaml"}, stages, {"argocd-cm.yaml"}}},
		"OCI":           {oci, [][]string{objects, {"app-of-apps.yaml"}, stages, {"argocd-cm.yaml"}}},
	} {
		t.Run(name, func(t *testing.T) {
			var want []string
			for _, part := range tt.want {
				want = append(want, part...)
			}
			got := deployed(mustBuild(t, chain(), gen.CreateBundleParams{Deployer: gen.DeployerArgocd, Repo: tt.repo}))
			if diff := cmp.Diff(want, got); diff != "" {
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
	const gitURL, ociURL = "https://git.example.com/clusters.git", "oci://example.com/bundles"
	for _, tt := range []struct {
		name, repo, file, key string
		want                  any
	}{
		{"values in the Application", "", "applications/web.yaml", "source", chart(helm())},
		{"values in Git", git, "applications/web.yaml", "sources", []any{chart(helm("$values/gpu/03-web/values.yaml")), m{"repoURL": gitURL, "targetRevision": "prod", "ref": "values"}}},
		{"values beside Git's root", "https://git.example.com/a", "applications/web.yaml", "sources",
			[]any{chart(helm("$values/03-web/values.yaml")), m{"repoURL": "https://git.example.com/a", "targetRevision": "main", "ref": "values"}}},
		{"values beside an OCI artifact", oci, "applications/web.yaml", "source", chart(helm())},
		{"before in Git", git, "applications/web.before-chart.yaml", "source", folder(gitURL, "prod", "gpu/03-web/manifests/before-chart")},
		{"after in OCI", oci, "applications/web.after-chart.yaml", "source", folder(ociURL, "7", "gpu/03-web/manifests/after-chart")},
		{"all in Git", git, "app-of-apps.yaml", "source", folder(gitURL, "prod", "gpu/applications")},
		{"all in OCI", oci, "app-of-apps.yaml", "source", folder(ociURL, "7", "gpu/applications")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := mustBuild(t, chain(), gen.CreateBundleParams{Deployer: gen.DeployerArgocd, Repo: tt.repo})
			checkAt(t, b, tt.file, tt.want, 0, "spec", tt.key)
			for _, key := range []string{"source", "sources"} {
				if _, ok := at(t, b, tt.file, 0, "spec").(m)[key]; ok && key != tt.key {
					t.Errorf("%s too", key)
				}
			}
		})
	}
	b := mustBuild(t, chain(), gen.CreateBundleParams{Deployer: gen.DeployerArgocd})
	checkAt(t, b, "applications/api.yaml", "https://charts.example.com/a/", 0, "spec", "source", "repoURL")
	checkAt(t, b, "applications/crd.yaml", "http://charts.example.com", 0, "spec", "source", "repoURL")
}

// Waves are all different and follow the install order; a chart's is between those of the manifests before and after it.
func TestArgoCDApplications(t *testing.T) {
	b := mustBuild(t, chain(), gen.CreateBundleParams{Deployer: gen.DeployerArgocd, Repo: git})
	for _, tt := range []struct{ file, name, namespace, wave string }{
		{"crd", "crd", "crd-ns", "3"}, {"api", "api", "api-ns", "6"}, {"web.before-chart", "web.before-chart", "web-ns", "9"},
		{"web", "web", "web-ns", "10"}, {"web.after-chart", "web.after-chart", "web-ns", "11"},
	} {
		file := "applications/" + tt.file + ".yaml"
		checkAt(t, b, file, map[string]any{
			"name": tt.name, "namespace": "argocd", "finalizers": []any{"resources-finalizer.argocd.argoproj.io"},
			"annotations": map[string]any{"argocd.argoproj.io/sync-wave": tt.wave},
		}, 0, "metadata")
		checkAt(t, b, file, map[string]any{"server": "https://kubernetes.default.svc", "namespace": tt.namespace}, 0, "spec", "destination")
	}
	checkAt(t, b, "app-of-apps.yaml", "cns-bundle", 0, "metadata", "name")
	checkAt(t, b, "argocd-cm.yaml", "argocd-cm", 0, "metadata", "name")
}
