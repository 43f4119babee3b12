// Package acceptance checks the bundles of a running server against the schemas and the code of the
// tools that read them. It is a module of its own, so that the product depends on none of those
// tools.
package acceptance

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/NVIDIA/cloud-native-stack/test/harness"
)

// form is a kind of bundle: for a deployer, perhaps by way of a repository.
type form struct {
	deployer            string
	url, path, revision string // of the repository
	mirror              string
}

// forms are all there are.
func forms() []form {
	const git, artifact = "https://github.com/example/clusters.git", "oci://ghcr.io/example/clusters"
	return []form{
		{deployer: "helm"},
		{deployer: "helmfile"},
		{deployer: "argocd"},
		{deployer: "flux"},
		{deployer: "argocd", url: git, path: "gpu/a", revision: "prod"},
		{deployer: "argocd", url: artifact, revision: "v1"},
		{deployer: "flux", url: git, path: "gpu/a", revision: "prod"},
		{deployer: "flux", url: artifact, path: "gpu", revision: "v1"},
	}
}

func (f form) String() string {
	if f.url == "" {
		return f.deployer
	}
	scheme, _, _ := strings.Cut(f.url, ":")
	return f.deployer + " by " + scheme
}

func (f form) options() url.Values {
	options := url.Values{"deployer": {f.deployer}}
	if f.mirror != "" {
		options.Set("mirror", f.mirror)
	}
	if f.url != "" {
		repo := f.url
		if f.path != "" {
			repo += "//" + f.path
		}
		options.Set("repo", repo+"?ref="+f.revision)
	}
	return options
}

// request is what bundles are made from.
type request struct {
	name  string
	body  []byte
	query url.Values // that GET /v1/recipe answers with the same recipe
}

// requests are for clusters that differ as much as can be, and for a recipe with everything in it
// that is odd but valid.
func requests(t *testing.T) []request {
	t.Helper()
	var list []request
	for _, c := range [][4]string{
		{"eks", "gb200", "training", "ubuntu"},
		{"gke", "gb200", "inference", "cos"},
		{"aks", "h100", "training", "ubuntu"},
		{"oke", "l40", "inference", "ubuntu"},
		{"any", "a100", "training", "rhel"},
	} {
		list = append(list, request{
			name: c[0] + " " + c[1],
			body: fmt.Appendf(nil, `{"apiVersion": "cns.nvidia.com/v1alpha1", "kind": "recipeCriteria",
				"spec": {"service": %q, "accelerator": %q, "intent": %q, "os": %q}}`, c[0], c[1], c[2], c[3]),
			query: url.Values{"service": {c[0]}, "accelerator": {c[1]}, "intent": {c[2]}, "os": {c[3]}},
		})
	}
	odd, err := os.ReadFile("testdata/recipe.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return append(list, request{name: "odd", body: odd})
}

// bundle is an answer of the server.
type bundle struct {
	form
	request
	header  http.Header
	archive []byte
	files   map[string]file
	recipe  recipe // in recipe.yaml
}

func TestBundles(t *testing.T) {
	key := newKey(t)
	s := start(t, harness.Binary(t), key)
	tools := []struct {
		name  string
		check func(*testing.T, bundle)
	}{
		{"recipe", s.checkRecipe},
		{"objects", loadSchemas(t).checkBundle},
		{"steps", checkSteps},
		{"kustomize", checkKustomize},
		{"argocd", checkArgoCD},
		{"helmfile", loadHelmfile(t).checkBundle},
		{"helm", checkManifestCharts},
		{"artifacts", loadArtifacts(t).checkBundle},
		{"provenance", key.checkBundle},
	}
	for _, r := range requests(t) {
		for _, f := range forms() {
			t.Run(r.name+"/"+f.String(), func(t *testing.T) {
				b := s.bundle(t, r, f)
				for _, tool := range tools {
					t.Run(tool.name, func(t *testing.T) { tool.check(t, b) })
				}
			})
		}
	}
}

// TestMirroredBundles checks that nothing of a bundle comes from elsewhere, and that the tools
// still take it.
func TestMirroredBundles(t *testing.T) {
	const mirror = "registry.example.com:5000/gpu"
	s := start(t, harness.Binary(t), newKey(t))
	schemas, helmfile := loadSchemas(t), loadHelmfile(t)
	for _, r := range requests(t)[:2] {
		for _, f := range forms() {
			t.Run(r.name+"/"+f.String(), func(t *testing.T) {
				f.mirror = mirror
				b := s.bundle(t, r, f)
				schemas.checkBundle(t, b)
				checkSteps(t, b)
				checkKustomize(t, b)
				checkArgoCD(t, b)
				helmfile.checkBundle(t, b)
				checkManifestCharts(t, b)
				for _, chart := range b.table(t, "charts.txt") {
					if chart[0] != "oci://"+mirror+"/charts" {
						t.Errorf("the chart %s comes from %s", chart[1], chart[0])
					}
				}
				images := strings.Fields(string(b.file(t, "images.txt")))
				for _, image := range images {
					if !strings.HasPrefix(image, mirror+"/") {
						t.Errorf("the image %s isn't the mirror's", image)
					}
				}
				if len(images) == 0 || b.has("zarf.yaml") || b.has("hauler-manifest.yaml") {
					t.Errorf("%d images; what Zarf and Hauler fetch isn't in the mirror yet", len(images))
				}
			})
		}
	}
}

// checkRecipe compares recipe.yaml with what the server answers, or what it was sent.
func (s server) checkRecipe(t *testing.T, b bundle) {
	want := b.body
	if b.query != nil {
		want = s.Get(t, "/v1/recipe?"+b.query.Encode())
		checkResolved(t, b.file(t, "provenance.json"), want)
	}
	type withoutMetadata struct{ Criteria, ComponentRefs, Constraints, Preconditions any }
	equal(t, decode[withoutMetadata](t, b.file(t, "recipe.yaml")), decode[withoutMetadata](t, want))
}
