package authoring_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/internal/authoring"
	"github.com/NVIDIA/cloud-native-stack/internal/authoring/chart"
)

func imagesChart(t *testing.T) *chart.Chart {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"Chart.yaml": "name: driver\nversion: v1.2.4\ndependencies: [{name: side}, {name: far}]\n",
		"values.yaml": "image: {repository: registry.example.com/new, tag: '', digest: null}\nenabled: false\nside: " +
			"{image: over}\n" +
			"list: []\nport: 8080\nword: 'yes'\n",
		"charts/side/Chart.yaml":  "name: side\nversion: 1.0.0\n",
		"charts/side/values.yaml": "image: under\ntag: 1.50\n",
	} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755),
			os.WriteFile(file, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	c, err := chart.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// What a chart's values say replaces what they said before; all else stays, comments included.
func TestUpdateImages(t *testing.T) {
	const rest = `registries:
  - {path: image.repository}
  - {path: side.image}
  - {path: spec.repository, kind: Policy}
images:
  # The driver.
  - repository: [image.repository]
    tag: [image.tag]
    digest: image.digest
    when: [enabled]
  - repository: [side.image, word, port]
    tag: [side.tag]
  - repository: [spec.repository]
    kind: Policy
`
	const before = `# From somewhere.
version: v1.2.3
# What the chart has.
defaults:
  image.repository: registry.example.com/old
  image.tag: v1.2.3
  image.digest: ''
  enabled: true # by default
  side.tag: '1'
` + rest
	const after = `# From somewhere.
version: v1.2.4
# What the chart has.
defaults:
  image.repository: registry.example.com/new
  image.tag: v1.2.3 # not in the chart's values: its templates decide
  image.digest: ''
  enabled: false
  side.tag: 1.5
  side.image: over
  word: "yes"
  port: 8080
` + rest
	for _, text := range []string{before, after} {
		got, err := authoring.UpdateImages([]byte(text), imagesChart(t))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(after, string(got)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestUpdateImagesRefuses(t *testing.T) {
	const start = "version: v1\ndefaults: {}\nimages: "
	for _, tt := range []struct{ text, want string }{
		{"images: []\n",
			"it has no version or no defaults: write version: v1.2.4 and defaults: {} where they should be"},
		{"version: v1\ndefaults: []\nimages: []\n", "line 2: defaults: want a mapping"},
		{"version: v1\nimagse: []\n",
			`line 2: unknown field "imagse": must be one of defaults, images, registries, systems, version`},
		{start + "[{repository: [list]}]\n", "list: the chart has no text there, but a mapping or list"},
		{start + "[{repository: [far.image]}]\n",
			"far.image: the subchart far isn't in charts/, where helm pull has it"},
	} {
		if got, err := authoring.UpdateImages([]byte(tt.text), imagesChart(t)); err == nil || err.Error() != tt.want {
			t.Errorf("%q: %q, error %v, want %s", tt.text, got, err, tt.want)
		}
	}
}
