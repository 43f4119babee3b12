package component

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/gen"
)

type m = map[string]any

const (
	main = "nvcr.io/nvidia/net:v1"
	side = "docker.io/grafana/side:1"
)

// drivers are the images for what nodes run.
func drivers(systems ...string) []string {
	list := []string{main}
	for _, system := range systems {
		for _, arch := range []string{"amd64", "arm64"} {
			list = append(list, "nvcr.io/nvidia/driver:580-"+system+"-"+arch)
		}
	}
	slices.Sort(list)
	return list
}

func TestImages(t *testing.T) {
	digest := strings.Repeat("0123456789abcdef", 4)
	driver := netRef(m{"driver": m{"enabled": true}})
	image := func(registry, name, version string) gen.KubernetesObject {
		return policy(m{"repository": registry, "image": name, "version": version})
	}
	const (
		malformed = "images.txt lacks an image of net, because its name is malformed: "
		unknownOS = ", which ends in what the nodes run: not known for os cos"
	)
	tests := []struct {
		name     string
		ref      gen.ComponentRef
		os       map[string]string // constraints
		want     []string
		warnings []string
	}{
		{"defaults", netRef(nil), nil, []string{main}, nil},
		{"recipe's values", netRef(m{"main": m{"registry": "example.com", "tag": "v2"}}), nil,
			[]string{"example.com/nvidia/net:v2"}, nil},
		{"numbers as tags", netRef(m{"main": m{"tag": int64(7)}}), nil, []string{"nvcr.io/nvidia/net:7"}, nil},
		{"empty tag falls back", netRef(m{"main": m{"tag": ""}, "app": m{"version": "v3"}}), nil,
			[]string{"nvcr.io/nvidia/net:v3"}, nil},
		{"null takes a default away", netRef(m{"main": m{"registry": nil}}), nil, nil, nil},
		{"null above takes it away too", netRef(m{"main": nil}), nil, nil, nil},
		{"Docker Hub", netRef(m{"side": m{"enabled": true}}), nil, []string{side, main}, nil},
		{"only one condition", netRef(m{"side": m{"enabled": true, "hook": m{"enabled": false}}}), nil,
			[]string{main}, nil},
		{"true as text", netRef(m{"side": m{"enabled": "true"}}), nil, []string{side, main}, nil},
		{"digest", netRef(m{"side": m{"enabled": true, "digest": digest}}), nil,
			[]string{side + "@sha256:" + digest, main}, nil},
		{"digest with its algorithm", netRef(m{"side": m{"enabled": true, "digest": "sha256:" + digest}}), nil,
			[]string{side + "@sha256:" + digest, main}, nil},
		{"Docker Hub by name", netRef(m{"side": m{"enabled": true, "repository": "busybox"}}), nil,
			[]string{"docker.io/library/busybox:1", main}, nil},
		{"any system", driver, nil, drivers("rhel10", "rhel8.10", "ubuntu22.04", "ubuntu24.04"), nil},
		{"one version", driver, map[string]string{"id": "rhel", "version": "10"}, drivers("rhel10"), nil},
		{"range of versions", driver, map[string]string{"id": "rhel", "version": ">=8.10"},
			drivers("rhel10", "rhel8.10"), nil},
		{"list of versions", driver, map[string]string{"id": "rhel", "version": "9.4 || 10.1"},
			drivers("rhel10"), nil},
		{"version without its system", driver, map[string]string{"version": "24.04"}, drivers("ubuntu24.04"), nil},
		{"version that is more than numbers", driver, map[string]string{"id": "ubuntu", "version": "24.04-lts"},
			drivers("ubuntu22.04", "ubuntu24.04"), nil},
		{"version without an image", driver, map[string]string{"id": "rhel", "version": "<8"}, []string{main},
			[]string{`images.txt lacks "nvcr.io/nvidia/driver:580", which ends in what the nodes run: not known ` +
				"for os rhel <8"}},
		{"unknown system", driver, map[string]string{"id": "cos"}, []string{main},
			[]string{`images.txt lacks "nvcr.io/nvidia/driver:580"` + unknownOS}},
		{"unknown system and a line break", netRef(m{"driver": m{"enabled": true, "tag": "a\nb: ü"}}),
			map[string]string{"id": "cos"}, []string{main},
			[]string{`images.txt lacks "nvcr.io/nvidia/driver:a\nb: \u00fc"` + unknownOS}},
		{"object", netRef(nil, image("nvcr.io/a", "b", "1")), nil, []string{"nvcr.io/a/b:1", main}, nil},
		{"two objects", netRef(nil, image("a.io", "b", "1"), image("c.io", "d", "2")), nil,
			[]string{"a.io/b:1", "c.io/d:2", main}, nil},
		{"object of another kind", netRef(nil, gen.KubernetesObject{
			"kind": "Other", "spec": m{"repository": "a.io", "image": "b", "version": "1"}}), nil, []string{main}, nil},
		{"condition on an object", netRef(nil, policy(m{"init": m{}})), nil,
			[]string{"docker.io/library/init:1", main}, nil},
		{"null in an object", netRef(nil, policy(m{"init": nil})), nil, []string{main}, nil},
		{"nothing in an object", netRef(nil, policy(nil)), nil, []string{main}, nil},
		{"malformed", netRef(m{"main": m{"image": "A B\nnvcr.io/evil:1"}}), nil, nil,
			[]string{malformed + `"nvcr.io/A B\nnvcr.io/evil:1:v1"`}},
		{"mapping for text", netRef(m{"main": m{"image": m{"a": "b"}}}), nil, nil,
			[]string{malformed + `"nvcr.io/map[a:b]:v1"`}},
		{"huge", netRef(m{"main": m{"image": strings.Repeat("x", 1000)}}), nil, nil,
			[]string{malformed + `"nvcr.io/` + strings.Repeat("x", 248) + `\u2026"`}},
		{"malformed twice", netRef(nil, image("a.io", "A", "1"), image("a.io", "A", "1")), nil, []string{main},
			[]string{malformed + `"a.io/A:1"`}},
		{"another version", gen.ComponentRef{Name: "net", Version: "2.0.0", Chart: "net-chart"}, nil, nil,
			[]string{"images.txt lacks the images of net 2.0.0, which this server doesn't know"}},
		{"another chart", gen.ComponentRef{Name: "net", Version: "1.0.0", Chart: "mine"}, nil, nil,
			[]string{"images.txt lacks the images of net 1.0.0, which this server doesn't know"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			known := KnownImages(testCatalog(t), tt.ref)
			got := ImagesOf(tt.ref, known, tt.os, nil)
			if diff := cmp.Diff(tt.want, got.Names); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tt.warnings, got.Warnings); diff != "" {
				t.Errorf("warnings: %s", diff)
			}
			if ImagesOf(tt.ref, known, tt.os, got) != got {
				t.Error("the same images are others the second time")
			}
		})
	}
}

// Images are those from before only if nothing differs, and what was found before stays right.
func TestImagesFromBefore(t *testing.T) {
	known := KnownImages(testCatalog(t), netRef(nil))
	refs := []gen.ComponentRef{
		netRef(nil), netRef(m{"main": m{"registry": "a.io"}}), netRef(m{"side": m{"enabled": true}}),
		netRef(m{"main": nil}), netRef(m{"main": m{"image": "A"}}), netRef(m{"main": m{"image": "B"}}),
		netRef(nil, policy(m{"init": m{}})),
	}
	for i, first := range refs {
		before := ImagesOf(first, known, nil, nil)
		for j, second := range refs {
			alone, got := ImagesOf(second, known, nil, nil), ImagesOf(second, known, nil, before)
			if diff := cmp.Diff(alone, got, cmp.AllowUnexported(Images{})); diff != "" {
				t.Errorf("%d after %d: %s", j, i, diff)
			}
			if (got == before) != (i == j) {
				t.Errorf("%d after %d: the same images: %t", j, i, got == before)
			}
		}
		changed := first
		changed.Values = m{"nothing": "of images"}
		for key, value := range first.Values {
			changed.Values[key] = value
		}
		if ImagesOf(changed, known, nil, before) != before {
			t.Errorf("%d: other images with a value of no image", i)
		}
	}
}
