package deployer

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/bundletest"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/component"
)

func TestHelmfileFiles(t *testing.T) {
	const before, after = "03-web/manifests/before-chart/", "03-web/manifests/after-chart/"
	f := mustLayOut(t, gen.DeployerHelmfile, "", chain())
	want := []string{
		"01-crd/values.yaml", "02-api/values.yaml", after + "01-policy.yaml", after + "03-secret.yaml",
		after + "Chart.yaml", after + "templates/manifests.yaml", before + "02-configmap.yaml", before + "Chart.yaml",
		before + "templates/manifests.yaml", "03-web/values.yaml", "helmfile.yaml",
	}
	if diff := cmp.Diff(want, f.paths()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff("of: web\n", string(f["03-web/values.yaml"].Data())); diff != "" {
		t.Error(diff)
	}
}

func TestHelmfileReleases(t *testing.T) {
	type m = map[string]any
	long := strings.Repeat("x", 53)
	last := foreign(long, 4, "web", "crd")
	last.Manifests = []gen.KubernetesObject{manifest(component.BeforeChart, "A", "a")}
	f := mustLayOut(t, gen.DeployerHelmfile, "", append(chain(), last))
	chart := func(name, chart, version, folder string, needs ...any) m {
		return m{
			"name": name, "namespace": name + "-ns", "chart": chart, "version": version,
			"values": []any{folder + "/values.yaml"}, "needs": append([]any{}, needs...),
			"disableValidationOnInstall": true,
		}
	}
	objects := func(name, namespace, folder string, needs ...any) m {
		return m{
			"name": name, "namespace": namespace, "chart": "./" + folder, "needs": needs,
			"disableValidationOnInstall": true,
		}
	}
	longest := chart(long, "oci://example.com/"+long, "2.0.0", "04-"+long, "demo/manifests.4.before-chart")
	longest["namespace"] = "demo"
	checkAt(t, f, "helmfile.yaml", []any{
		chart("crd", "cns-crd/crd-chart", "1.0.0+b.1", "01-crd"),
		chart("api", "cns-api/api-chart", "1.0.0+b.1", "02-api", "crd-ns/crd"),
		objects("web.before-chart", "web-ns", "03-web/manifests/before-chart", "api-ns/api"),
		chart("web", "oci://ghcr.io/org/web-chart", "1.0.0+b.1", "03-web", "web-ns/web.before-chart"),
		objects("web.after-chart", "web-ns", "03-web/manifests/after-chart", "web-ns/web"),
		objects("manifests.4.before-chart", "demo", "04-"+long+"/manifests/before-chart",
			"web-ns/web.after-chart", "crd-ns/crd"),
		longest,
	}, 0, "releases")
	checkAt(t, f, "helmfile.yaml", []any{
		m{"name": "cns-crd", "url": "http://charts.example.com"},
		m{"name": "cns-api", "url": "https://charts.example.com/a/"},
	}, 0, "repositories")
}

func TestHelmfileRefusesNamespaces(t *testing.T) {
	with := func(object gen.KubernetesObject) []gen.ComponentRef {
		refs := chain()
		refs[2].Manifests = append(refs[2].Manifests, object)
		return refs
	}
	params := gen.CreateBundleParams{Deployer: gen.DeployerHelmfile}
	for _, when := range []component.Stage{component.BeforeChart, component.AfterChart} {
		_, err := layOut(params, with(manifest(when, "Namespace", "web-ns")))
		const message = "web brings the namespace web-ns of web as a manifest, " +
			"which Helm may have made by then and refuses to take over: use another deployer"
		bundletest.CheckInvalid(t, err, message, apierror.Details{Parameter: "deployer", Requested: "helmfile"})
	}
	mustLayOut(t, gen.DeployerHelmfile, "", with(manifest(component.BeforeChart, "Namespace", "another")))

	_, err := layOut(params, with(manifest(component.BeforeChart, "Namespace", "api-ns"))) // api is before web
	const message = "web brings the namespace api-ns of api as a manifest, " +
		"which Helm may have made by then and refuses to take over: use another deployer"
	bundletest.CheckInvalid(t, err, message, apierror.Details{Parameter: "deployer", Requested: "helmfile"})
	refs := chain()
	refs[0].Manifests = []gen.KubernetesObject{manifest(component.AfterChart, "Namespace", "web-ns")}
	mustLayOut(t, gen.DeployerHelmfile, "", refs) // web waits for api, and that for crd
}

// Helmfile would resolve references to secrets wherever values hold one.
func TestHelmfileRefusesReferences(t *testing.T) {
	const reference = "ref+file:///etc/passwd"
	for name, values := range map[string]map[string]any{
		"value":      {"a": reference},
		"key":        {reference: "a"},
		"in a list":  {"a": []any{map[string]any{"b": []any{reference}}}},
		"in a text":  {"a": "x\n  \"" + reference + "\"\ny"},
		"long text":  {"a": strings.Repeat("word ", 100) + reference},
		"old form":   {"a": "secretref+file:///etc/passwd"},
		"with a nul": {"a": "\x00" + reference},
	} {
		t.Run(name, func(t *testing.T) {
			ref := foreign("podinfo", 1)
			ref.Values = values
			_, err := layOut(gen.CreateBundleParams{Deployer: gen.DeployerHelmfile}, []gen.ComponentRef{ref})
			const message = "the values of podinfo hold «ref+», " +
				"which helmfile would resolve on the machine of whoever deploys: use another deployer"
			bundletest.CheckInvalid(t, err, message, apierror.Details{Parameter: "deployer", Requested: "helmfile"})
		})
	}
}
