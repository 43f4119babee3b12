package catalog_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
)

func TestImages(t *testing.T) {
	c := load(t, minimal().With(imagesFile, "version: v1.2.3", "systems: {ubuntu: [ubuntu24.04]}",
		"defaults: {image.repository: registry.example.com/driver, image.tag: v1, image.sha: sha256:1, on: true}",
		"registries: [{path: image.repository}, {path: spec.image, kind: Policy}]",
		"images:",
		"  - {repository: [image.repository], tag: [image.tag], digest: image.sha, suffix: '-{os}', when: [on], "+
			"with: {path: spec, kind: Policy}}",
		"  - {repository: [spec.image], kind: Policy}"))
	driver, _ := c.Component("driver")
	want := &catalog.Images{
		Version: "v1.2.3", Systems: map[string][]string{"ubuntu": {"ubuntu24.04"}},
		Defaults: map[string]any{"image.repository": "registry.example.com/driver", "image.tag": "v1",
			"image.sha": "sha256:1", "on": true},
		Registries: []catalog.ValuePath{{Path: "image.repository"}, {Path: "spec.image", Kind: "Policy"}},
		Images: []catalog.Image{
			{Repository: []string{"image.repository"}, Tag: []string{"image.tag"}, Digest: "image.sha", Suffix: "-{os}",
				When: []string{"on"},
				With: catalog.ValuePath{Path: "spec", Kind: "Policy"}},
			{Repository: []string{"spec.image"}, Kind: "Policy"},
		},
	}
	got := driver.Images("v1.2.3")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for path, want := range map[string]bool{
		"image": true, "image.tag": true, "image.sha": true, "image.tag.x": true, "on": true, "images": false,
		"o": false, "image.tags": false, "spec": false, "spec.image": false,
	} {
		if got.Concerns(strings.Split(path, ".")) != want {
			t.Errorf("concerns %s: want %t", path, want)
		}
	}
	if other := driver.Images("v1.2.4"); other != nil {
		t.Errorf("images of another version: %v", other)
	}
	if monitor, _ := c.Component("monitor"); monitor.Images("v1.2.3") != nil {
		t.Error("images of a component without images.yaml")
	}
}

func TestPaths(t *testing.T) {
	driver, _ := load(t, minimal().With(pathsFile, "# From somewhere.", "pods.limit", "env.*")).Component("driver")
	known := driver.Paths("v1.2.3")
	for _, tt := range []struct {
		keys []string
		want bool
	}{
		{[]string{"pods", "limit"}, true}, {[]string{"env", "A", "B"}, true}, {[]string{"pods", "limits"}, false},
	} {
		if got := known.Takes(tt.keys); got != tt.want {
			t.Errorf("takes %v: %v", tt.keys, got)
		}
	}
	if driver.Paths("v1.2.4") != nil {
		t.Error("paths of another version")
	}
}

func TestPathsFromAnotherVersion(t *testing.T) {
	d := minimal().With("components/driver/paths/v1.2.2.txt", "pods.limit")
	d[driver] += "pathsFrom: v1.2.2\n"
	c, _ := load(t, d).Component("driver")
	if c.Paths("v1.2.3") == nil || c.Paths("v1.2.3") != c.Paths("v1.2.2") {
		t.Errorf("paths of v1.2.3: %v, want those of v1.2.2", c.Paths("v1.2.3"))
	}
	if c.Paths("v1.2.4") != nil {
		t.Error("paths of another version than the component's own")
	}
	own := minimal().With(pathsFile, "pods.limit")
	own[driver] += "pathsFrom: v1.2.2\n"
	runLoadCases(t, []loadCase{
		{"needless, and not there", own,
			driver + ":7: needless: paths has v1.2.3.txt, the value paths of this very version\n" + driver +
				`:7: no value paths of version "v1.2.2": components/driver/paths has v1.2.3`},
	})
}

func TestLoadRefusesImages(t *testing.T) {
	d := minimal()
	const unmirrored = "components/driver/images.yaml:1: image is missing, with which the name of an image begins"
	const version, repository = "version: v1.2.3", "images: [{repository: [image]}]"
	runLoadCases(t, []loadCase{
		{"unknown field", d.With(imagesFile, version, "registry: [image]", repository),
			`components/driver/images.yaml:2: unknown field "registry": must be one of defaults, images, registries, ` +
				`systems, version`},
		{"unknown field of an image", d.With(imagesFile, version, "images: [{repo: [image]}]"),
			`components/driver/images.yaml:2: unknown field "repo": must be one of digest, kind, repository, suffix, ` +
				`tag, when, with`},
		{"no version, and more", d.With(imagesFile, repository),
			"components/driver/images.yaml:1: no version: say which one of the chart these images are of\n" +
				"components/driver/images.yaml:1: no default for image, which an image names\n" + unmirrored},
		{"no repository", d.With(imagesFile, version, "images: [{tag: [tag]}]"),
			`components/driver/images.yaml:2: an image has no repository`},
		{"no default", d.With(imagesFile, version, "defaults:", "  imag: a", repository),
			"components/driver/images.yaml:2: no default for image, which an image names\n" + unmirrored},
		{"no default of a condition", d.With(imagesFile, version, "defaults: {image: a}",
			"images: [{repository: [image], when: [on]}]"),
			"components/driver/images.yaml:2: no default for on, which an image names\n" + unmirrored},
		{"no default of a registry", d.With(imagesFile, version, "defaults: {image: a}",
			"registries: [{path: image}, {path: imag}]", repository),
			`components/driver/images.yaml:3: no default for imag, which holds a registry`},
		{"out of a mirror's reach", d.With(imagesFile, version, "defaults: {image: a}",
			"registries: [{path: image, kind: Policy}]", repository),
			`components/driver/images.yaml:3: image is missing, with which the name of an image begins`},
		{"object of any kind", d.With(imagesFile, version, "defaults: {image: a}", "registries: [{path: image}]",
			"images: [{repository: [image], with: {path: spec}}]"),
			`components/driver/images.yaml:4: no kind of object that spec has to be in`},
		{"paths of no version", d.With("components/driver/paths/v1.2.3", "a"),
			`components/driver/paths/v1.2.3: unexpected: value paths are files named <chart version>.txt`},
		{"malformed path", d.With(pathsFile, "# one", "a.b", "a..b"),
			`components/driver/paths/v1.2.3.txt:3: "a..b" is not a value path: write keys separated by dots`},
	})
}
