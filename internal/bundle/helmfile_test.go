package bundle

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
)

func TestHelmfileFiles(t *testing.T) {
	const before, after = "03-web/manifests/before-chart/", "03-web/manifests/after-chart/"
	b := mustBuild(t, chain(), gen.CreateBundleParams{Deployer: gen.DeployerHelmfile})
	want := []string{
		"01-crd/values.yaml", "02-api/values.yaml", after + "01-policy.yaml", after + "03-secret.yaml", after + "Chart.yaml", after + "templates/manifests.yaml",
		before + "02-configmap.yaml", before + "Chart.yaml", before + "templates/manifests.yaml", "03-web/values.yaml", "helmfile.yaml",
	}
	if diff := cmp.Diff(want, deployed(b)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff("of: web\n", string(file(t, b, "03-web/values.yaml"))); diff != "" {
		t.Error(diff)
	}
}

func TestHelmfileReleases(t *testing.T) {
	type m = map[string]any
	long := strings.Repeat("x", 53)
	r := chain()
	last := foreign(long)
	last.DependencyRefs = []string{"web", "crd"}
	last.Manifests = []gen.KubernetesObject{manifest(beforeChart, "A", "a")}
	r.ComponentRefs = append(r.ComponentRefs, last)
	b := mustBuild(t, r, gen.CreateBundleParams{Deployer: gen.DeployerHelmfile})
	chart := func(name, chart, version, folder string, needs ...any) m {
		return m{"name": name, "namespace": name + "-ns", "chart": chart, "version": version, "values": []any{folder + "/values.yaml"},
			"needs": append([]any{}, needs...), "disableValidationOnInstall": true}
	}
	objects := func(name, namespace, folder string, needs ...any) m {
		return m{"name": name, "namespace": namespace, "chart": "./" + folder, "needs": needs, "disableValidationOnInstall": true}
	}
	longest := chart(long, "oci://example.com/"+long, "2.0.0", "04-"+long, "demo/manifests.4.before-chart")
	longest["namespace"] = "demo"
	checkAt(t, b, "helmfile.yaml", []any{
		chart("crd", "cns-crd/crd-chart", "1.0.0+b.1", "01-crd"),
		chart("api", "cns-api/api-chart", "1.0.0+b.1", "02-api", "crd-ns/crd"),
		objects("web.before-chart", "web-ns", "03-web/manifests/before-chart", "api-ns/api"),
		chart("web", "oci://ghcr.io/org/web-chart", "1.0.0+b.1", "03-web", "web-ns/web.before-chart"),
		objects("web.after-chart", "web-ns", "03-web/manifests/after-chart", "web-ns/web"),
		objects("manifests.4.before-chart", "demo", "04-"+long+"/manifests/before-chart", "web-ns/web.after-chart", "crd-ns/crd"),
		longest,
	}, 0, "releases")
	checkAt(t, b, "helmfile.yaml", []any{
		m{"name": "cns-crd", "url": "http://charts.example.com"}, m{"name": "cns-api", "url": "https://charts.example.com/a/"},
	}, 0, "repositories")
}

func TestHelmfileRefusesNamespaces(t *testing.T) {
	for _, when := range []string{beforeChart, afterChart} {
		r := chain()
		r.ComponentRefs[0].Manifests = append(r.ComponentRefs[0].Manifests, manifest(when, "Namespace", "web-ns"))
		_, err := Build(t.Context(), testCatalog(), testOptions, r, gen.CreateBundleParams{Deployer: gen.DeployerHelmfile})
		checkInvalid(t, errors.Unwrap(err), "web brings its namespace web-ns as a manifest, which Helm has made by then and refuses to take over: use another deployer",
			apierror.Details{Parameter: "deployer", Requested: "helmfile"})
	}
	r := chain()
	r.ComponentRefs[0].Manifests = append(r.ComponentRefs[0].Manifests, manifest(beforeChart, "Namespace", "another"))
	mustBuild(t, r, gen.CreateBundleParams{Deployer: gen.DeployerHelmfile})
}
