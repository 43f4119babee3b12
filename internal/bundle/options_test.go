package bundle

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/gen"
)

// images.txt, sbom.cdx.json and the manifests for Hauler and Zarf name the same images, whatever
// values hold.
func TestImageLists(t *testing.T) {
	side := map[string]any{"enabled": true, "repository": "evil\nlist: x"}
	b := mustBuild(t, imageCatalog(t), recipeOf(netRef(map[string]any{"side": side})),
		gen.CreateBundleParams{Deployer: gen.DeployerHelm})
	const list = "nvcr.io/nvidia/net:v1\n"
	if diff := cmp.Diff(list, string(file(t, b, "images.txt"))); diff != "" {
		t.Error(diff)
	}
	for _, name := range []string{"sbom.cdx.json", "hauler-manifest.yaml", "zarf.yaml"} {
		text := string(file(t, b, name))
		if !strings.Contains(text, "nvcr.io/nvidia/net") || strings.Contains(text, "evil") {
			t.Errorf("%s:\n%s", name, text)
		}
	}
	if len(b.Warnings) != 1 || strings.Contains(b.Warnings[0], "\n") {
		t.Errorf("warnings %q", b.Warnings)
	}
}

// TestImagesOfSet compares set, which finds images anew only where they may follow from a value,
// with force-set, which always does.
func TestImagesOfSet(t *testing.T) {
	for _, set := range [][]string{
		{"main.registry=a.example.com"}, {"main=null"}, {"main.registry=null"}, {"side.enabled=true"},
		{"side.enabled=true", "annotations.a=b"}, {"annotations.a=b", "side.enabled=true"},
		{"annotations.a=b,side.enabled=true"}, {"side=null"}, {"side.list={a}"}, {"annotations.a=b"},
		{"side.enabled=true", "side.repository=x", "side.enabled=false"},
	} {
		for i := range set {
			set[i] = "net:" + set[i]
		}
		build := func(params gen.CreateBundleParams) Bundle {
			params.Deployer = gen.DeployerHelm
			return mustBuild(t, imageCatalog(t), recipeOf(netRef(nil), otherRef()), params)
		}
		checked, forced := build(gen.CreateBundleParams{Set: set}), build(gen.CreateBundleParams{ForceSet: set})
		for _, path := range []string{"images.txt", "zarf.yaml", "recipe.yaml"} {
			if diff := cmp.Diff(string(file(t, forced, path)), string(file(t, checked, path))); diff != "" {
				t.Errorf("%q: %s", set, diff)
			}
		}
	}
}

// A bundle with a mirror names it everywhere, set has the last word, and neither the catalog nor
// what the caller still holds changes.
func TestMirrorInBundle(t *testing.T) {
	type m = map[string]any
	object := func() gen.KubernetesObject {
		return policy(m{"repository": "nvcr.io/a", "image": "b", "version": "1", "init": m{}})
	}
	held, values := object(), m{"main": m{"registry": "nvcr.io"}}
	for range 2 {
		b := mustBuild(t, imageCatalog(t), recipeOf(netRef(values, held)), gen.CreateBundleParams{
			Deployer: gen.DeployerHelm, Mirror: "reg.example.com/gpu",
			Set: []string{"net:side.enabled=true,side.repository=mine.io/side"},
		})
		for path, want := range map[string]string{
			"images.txt": "mine.io/side:1\nreg.example.com/gpu/a/b:1\nreg.example.com/gpu/library/init:1\n" +
				"reg.example.com/gpu/nvidia/net:v1\n",
			"charts.txt": "# repository\tchart\tversion\noci://reg.example.com/gpu/charts\tnet-chart\t1.0.0\n",
			"01-net/manifests/after-chart/01-policy.yaml": "apiVersion: x/v1\nkind: Policy\nmetadata:\n  name: p\n" +
				"spec:\n  image: b\n  init: {}\n  repository: reg.example.com/gpu/a\n  version: \"1\"\n",
		} {
			if diff := cmp.Diff(want, string(file(t, b, path))); diff != "" {
				t.Errorf("%s: %s", path, diff)
			}
		}
		for _, f := range b.Files {
			if f.Path == "zarf.yaml" || f.Path == "hauler-manifest.yaml" {
				t.Errorf("%s, which goes without a mirror", f.Path)
			}
		}
	}
	if diff := cmp.Diff(object(), held); diff != "" {
		t.Errorf("the caller's object: %s", diff)
	}
	if diff := cmp.Diff(m{"main": m{"registry": "nvcr.io"}}, values); diff != "" {
		t.Errorf("the caller's values: %s", diff)
	}
}
