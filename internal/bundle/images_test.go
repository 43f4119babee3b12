package bundle

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/api"
	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
)

const netImages = `
version: 1.0.0
systems: {ubuntu: [ubuntu22.04, ubuntu24.04], rhel: [rhel8.10, rhel10]}
defaults:
  main.registry: nvcr.io
  main.image: nvidia/net
  main.tag: ""
  app.version: v1
  side.repository: grafana/side
  side.tag: "1"
  side.digest: ""
  side.enabled: false
  side.hook.enabled: true
  driver.repository: nvcr.io/nvidia/driver
  driver.tag: "580"
  driver.enabled: false
  init.repository: docker.io/init
  init.tag: "1"
registries: [{path: main.registry}, {path: side.repository}, {path: driver.repository}, {path: init.repository}, {path: spec.repository, kind: Policy}]
images:
  - {repository: [main.registry, main.image], tag: [main.tag, app.version]}
  - {repository: [side.repository], tag: [side.tag], digest: side.digest, when: [side.enabled, side.hook.enabled]}
  - {repository: [driver.repository], tag: [driver.tag], suffix: "-{os}-{arch}", when: [driver.enabled]}
  - {repository: [init.repository], tag: [init.tag], with: {path: spec.init, kind: Policy}}
  - {repository: [spec.repository, spec.image], tag: [spec.version], kind: Policy}
`

// imageCatalog knows the images and value paths of net, and nothing but the name of other, whose chart takes no values.
func imageCatalog(t testing.TB) *catalog.Catalog {
	t.Helper()
	catalog, err := loadImageCatalog()
	if err != nil {
		t.Fatal(err)
	}
	return catalog
}

var loadImageCatalog = sync.OnceValues(makeImageCatalog)

func makeImageCatalog() (*catalog.Catalog, error) {
	c, err := contract.Load(api.Spec, nil)
	if err != nil {
		return nil, err
	}
	component := "repository: https://charts.example.com\nchart: %s-chart\nversion: 1.0.0\nnamespace: demo\n"
	fsys := fstest.MapFS{}
	for name, text := range map[string]string{
		"base.yaml": "components: {net: {}, other: {}}\n", "overlays/eks.yaml": "criteria: {service: eks}\n",
		"components/net/component.yaml": fmt.Sprintf(component, "net"), "components/net/images.yaml": netImages,
		"components/net/paths/1.0.0.txt":  "main.registry\nmain.image\nside.enabled\nside.repository\nside.list.*\nannotations.*\na\\.b\n",
		"components/other/component.yaml": fmt.Sprintf(component, "other"), "components/other/paths/1.0.0.txt": "",
	} {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return catalog.Load(fsys, c)
}

func netRef(values map[string]any, manifests ...gen.KubernetesObject) gen.ComponentRef {
	if values == nil {
		values = map[string]any{}
	}
	return gen.ComponentRef{Name: "net", Version: "1.0.0", Repository: "https://charts.example.com", Chart: "net-chart", Namespace: "demo", Values: values, Manifests: manifests}
}

func policy(spec map[string]any) gen.KubernetesObject {
	return gen.KubernetesObject{"apiVersion": "x/v1", "kind": "Policy", "metadata": map[string]any{"name": "p"}, "spec": spec}
}

func TestImages(t *testing.T) {
	type m = map[string]any
	const main = "nvcr.io/nvidia/net:v1"
	digest := strings.Repeat("0123456789abcdef", 4)
	tests := []struct {
		name        string
		ref         gen.ComponentRef
		constraints map[string]string // os
		want        []string
		warnings    []string
	}{
		{"defaults", netRef(nil), nil, []string{main}, nil},
		{"recipe's values", netRef(m{"main": m{"registry": "example.com", "tag": "v2"}}), nil, []string{"example.com/nvidia/net:v2"}, nil},
		{"numbers as tags", netRef(m{"main": m{"tag": int64(7)}}), nil, []string{"nvcr.io/nvidia/net:7"}, nil},
		{"empty tag falls back", netRef(m{"main": m{"tag": ""}, "app": m{"version": "v3"}}), nil, []string{"nvcr.io/nvidia/net:v3"}, nil},
		{"null takes a default away", netRef(m{"main": m{"registry": nil}}), nil, nil, nil},
		{"null above takes it away too", netRef(m{"main": nil}), nil, nil, nil},
		{"Docker Hub", netRef(m{"side": m{"enabled": true}}), nil, []string{"docker.io/grafana/side:1", main}, nil},
		{"only one condition", netRef(m{"side": m{"enabled": true, "hook": m{"enabled": false}}}), nil, []string{main}, nil},
		{"true as text", netRef(m{"side": m{"enabled": "true"}}), nil, []string{"docker.io/grafana/side:1", main}, nil},
		{"digest", netRef(m{"side": m{"enabled": true, "digest": digest}}), nil, []string{"docker.io/grafana/side:1@sha256:" + digest, main}, nil},
		{"digest with its algorithm", netRef(m{"side": m{"enabled": true, "digest": "sha256:" + digest}}), nil, []string{"docker.io/grafana/side:1@sha256:" + digest, main}, nil},
		{"Docker Hub by name", netRef(m{"side": m{"enabled": true, "repository": "busybox"}}), nil, []string{"docker.io/library/busybox:1", main}, nil},
		{"any system", netRef(m{"driver": m{"enabled": true}}), nil, []string{
			"nvcr.io/nvidia/driver:580-rhel10-amd64", "nvcr.io/nvidia/driver:580-rhel10-arm64", "nvcr.io/nvidia/driver:580-rhel8.10-amd64", "nvcr.io/nvidia/driver:580-rhel8.10-arm64",
			"nvcr.io/nvidia/driver:580-ubuntu22.04-amd64", "nvcr.io/nvidia/driver:580-ubuntu22.04-arm64", "nvcr.io/nvidia/driver:580-ubuntu24.04-amd64",
			"nvcr.io/nvidia/driver:580-ubuntu24.04-arm64", main}, nil},
		{"one version", netRef(m{"driver": m{"enabled": true}}), map[string]string{"id": "rhel", "version": "10"},
			[]string{"nvcr.io/nvidia/driver:580-rhel10-amd64", "nvcr.io/nvidia/driver:580-rhel10-arm64", main}, nil},
		{"range of versions", netRef(m{"driver": m{"enabled": true}}), map[string]string{"id": "rhel", "version": ">=8.10"}, []string{
			"nvcr.io/nvidia/driver:580-rhel10-amd64", "nvcr.io/nvidia/driver:580-rhel10-arm64", "nvcr.io/nvidia/driver:580-rhel8.10-amd64", "nvcr.io/nvidia/driver:580-rhel8.10-arm64", main}, nil},
		{"unknown system", netRef(m{"driver": m{"enabled": true}}), map[string]string{"id": "cos"}, []string{main},
			[]string{`images.txt lacks "nvcr.io/nvidia/driver:580", which ends in what the nodes run: not known for os cos`}},
		{"unknown system and a line break", netRef(m{"driver": m{"enabled": true, "tag": "a\nb: ü"}}), map[string]string{"id": "cos"}, []string{main},
			[]string{`images.txt lacks "nvcr.io/nvidia/driver:a\nb: \u00fc", which ends in what the nodes run: not known for os cos`}},
		{"object", netRef(nil, policy(m{"repository": "nvcr.io/a", "image": "b", "version": "1"})), nil, []string{"nvcr.io/a/b:1", main}, nil},
		{"two objects", netRef(nil, policy(m{"repository": "a.io", "image": "b", "version": "1"}), policy(m{"repository": "c.io", "image": "d", "version": "2"})), nil,
			[]string{"a.io/b:1", "c.io/d:2", main}, nil},
		{"object of another kind", netRef(nil, gen.KubernetesObject{"kind": "Other", "spec": m{"repository": "a.io", "image": "b", "version": "1"}}), nil, []string{main}, nil},
		{"condition on an object", netRef(nil, policy(m{"init": m{}})), nil, []string{"docker.io/library/init:1", main}, nil},
		{"null in an object", netRef(nil, policy(m{"init": nil})), nil, []string{main}, nil},
		{"nothing in an object", netRef(nil, policy(nil)), nil, []string{main}, nil},
		{"malformed", netRef(m{"main": m{"image": "A B\nnvcr.io/evil:1"}}), nil, nil,
			[]string{`images.txt lacks an image of net, because its name is malformed: "nvcr.io/A B\nnvcr.io/evil:1:v1"`}},
		{"mapping for text", netRef(m{"main": m{"image": m{"a": "b"}}}), nil, nil,
			[]string{`images.txt lacks an image of net, because its name is malformed: "nvcr.io/map[a:b]:v1"`}},
		{"huge", netRef(m{"main": m{"image": strings.Repeat("x", 1000)}}), nil, nil,
			[]string{`images.txt lacks an image of net, because its name is malformed: "nvcr.io/` + strings.Repeat("x", 248) + `\u2026"`}},
		{"another version", gen.ComponentRef{Name: "net", Version: "2.0.0", Chart: "net-chart"}, nil, nil,
			[]string{"images.txt lacks the images of net 2.0.0, which this server doesn't know"}},
		{"another chart", gen.ComponentRef{Name: "net", Version: "1.0.0", Chart: "mine"}, nil, nil,
			[]string{"images.txt lacks the images of net 1.0.0, which this server doesn't know"}},
	}
	catalog := imageCatalog(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := builderOf(catalog, gen.Recipe{Constraints: gen.Constraints{"os": tt.constraints}})
			got := b.images(tt.ref)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			b.images(tt.ref) // warns once
			checkWarnings(t, b, tt.warnings...)
		})
	}
}

// images.txt, sbom.cdx.json and the manifests for Hauler and Zarf name the same images, whatever values hold.
func TestImageLists(t *testing.T) {
	r := gen.Recipe{ComponentRefs: []gen.ComponentRef{netRef(map[string]any{"side": map[string]any{"enabled": true, "repository": "evil\nlist: x"}})}}
	b, err := Build(t.Context(), imageCatalog(t), testOptions, r, gen.CreateBundleParams{Deployer: gen.DeployerHelm})
	if err != nil {
		t.Fatal(err)
	}
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

// TestImagesOfSet compares set, which works images out anew only where they may follow from a value, with force-set, which always does.
func TestImagesOfSet(t *testing.T) {
	for _, set := range [][]string{
		{"main.registry=a.example.com"}, {"main=null"}, {"main.registry=null"}, {"side.enabled=true"}, {"side.enabled=true", "annotations.a=b"},
		{"annotations.a=b", "side.enabled=true"}, {"annotations.a=b,side.enabled=true"}, {"side=null"}, {"side.list={a}"}, {"annotations.a=b"},
		{"side.enabled=true", "side.repository=x", "side.enabled=false"},
	} {
		made := func(params gen.CreateBundleParams) Bundle {
			params.Deployer = gen.DeployerHelm
			b, err := Build(t.Context(), imageCatalog(t), testOptions, gen.Recipe{ComponentRefs: []gen.ComponentRef{netRef(nil), otherRef()}}, params)
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		for i := range set {
			set[i] = "net:" + set[i]
		}
		checked, forced := made(gen.CreateBundleParams{Set: set}), made(gen.CreateBundleParams{ForceSet: set})
		for _, path := range []string{"images.txt", "zarf.yaml", "recipe.yaml"} {
			if diff := cmp.Diff(string(file(t, forced, path)), string(file(t, checked, path))); diff != "" {
				t.Errorf("%q: %s", set, diff)
			}
		}
	}
}
