package deployer

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/gen"
)

func TestHelmFiles(t *testing.T) {
	const before, after = "03-web/manifests/before-chart/", "03-web/manifests/after-chart/"
	f := mustLayOut(t, gen.DeployerHelm, "", chain())
	want := []string{
		"01-crd/values.yaml", "02-api/values.yaml", after + "01-policy.yaml", after + "03-secret.yaml",
		before + "02-configmap.yaml", "03-web/values.yaml", "deploy.sh", "releases.tsv", "undeploy.sh",
	}
	if diff := cmp.Diff(want, f.paths()); diff != "" {
		t.Error(diff)
	}
	const table = "# folder\trelease\tnamespace\trepository\tchart\tversion\n" +
		"01-crd\tcrd\tcrd-ns\thttp://charts.example.com\tcrd-chart\t1.0.0+b.1\n" +
		"02-api\tapi\tapi-ns\thttps://charts.example.com/a/\tapi-chart\t1.0.0+b.1\n" +
		"03-web\tweb\tweb-ns\toci://ghcr.io/org/\tweb-chart\t1.0.0+b.1\n"
	if diff := cmp.Diff(table, string(f["releases.tsv"].Data())); diff != "" {
		t.Error(diff)
	}
	for path, file := range f {
		if file.Executable != (path == "deploy.sh" || path == "undeploy.sh") {
			t.Errorf("%s can be run: %t", path, file.Executable)
		}
	}
}

// A dry run renders charts for the lowest Kubernetes version that the recipe admits.
func TestHelmKubeVersion(t *testing.T) {
	for constraint, want := range map[string]string{
		">=1.32.4 <1.36": "1.32.4\n", ">=1.34": "1.34\n", "<1.36": "", "": "", ">=1.34.x": "", "=1.34": "",
	} {
		plan := Plan{Constraints: gen.Constraints{"kubernetes": {"version": constraint}}}
		list, err := newHelm().Common(plan)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, f := range list {
			if f.Path == "kube-version.txt" {
				got = string(f.Data())
			}
		}
		if got != want {
			t.Errorf("%q gives %q, want %q", constraint, got, want)
		}
	}
}
