package acceptance

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"sigs.k8s.io/yaml"
)

// artifacts has the schemas of the files that list images and charts.
type artifacts struct{ cycloneDX, zarf *jsonschema.Schema }

func loadArtifacts(t *testing.T) artifacts {
	t.Helper()
	dir := filepath.Join(module(t, "github.com/CycloneDX/cyclonedx-go@v0.12.0"), "schema")
	return artifacts{
		cycloneDX: compile(t, map[string]string{
			"http://cyclonedx.org/schema/bom-1.6.schema.json":  filepath.Join(dir, "bom-1.6.schema.json"),
			"http://cyclonedx.org/schema/spdx.schema.json":     filepath.Join(dir, "spdx.schema.json"),
			"http://cyclonedx.org/schema/jsf-0.82.schema.json": filepath.Join(dir, "jsf-0.82.schemax.json"),
		}, "http://cyclonedx.org/schema/bom-1.6.schema.json"),
		zarf: compile(t, map[string]string{
			"file:///zarf.schema.json": filepath.Join(module(t, "github.com/zarf-dev/zarf@v0.84.0"),
				"zarf.schema.json"),
		}, "file:///zarf.schema.json"),
	}
}

// compile reads JSON schemas from files, given by URL, and returns one.
func compile(t *testing.T, files map[string]string, url string) *jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	for url, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if err := compiler.AddResource(url, schema); err != nil {
			t.Fatal(err)
		}
	}
	schema, err := compiler.Compile(url)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// validate checks JSON or YAML.
func validate(t *testing.T, schema *jsonschema.Schema, data []byte) error {
	t.Helper()
	text, err := yaml.YAMLToJSONStrict(data)
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(v)
}

// TestBadArtifacts proves that the schemas refuse something.
func TestBadArtifacts(t *testing.T) {
	s := loadArtifacts(t)
	const (
		bom = `{"bomFormat": "CycloneDX", "specVersion": "1.6", `
		pkg = "{kind: ZarfPackageConfig, apiVersion: zarf.dev/v1alpha1, "
	)
	for _, tt := range []struct {
		schema     *jsonschema.Schema
		text, want string
	}{
		{s.cycloneDX, bom + `"serialNumbr": "x"}`, "serialNumbr"},
		{s.cycloneDX, bom + `"metadata": {"timestamp": "yesterday"}}`, "date-time"},
		{s.cycloneDX, bom + `"components": [{"name": "x"}]}`, "missing property 'type'"},
		{s.zarf, pkg + "metadata: {name: x}, components: [{name: x, imagse: []}]}", "imagse"},
		{s.zarf, pkg + "metadata: {name: A_b}, components: [{name: x}]}", "does not match pattern"},
	} {
		if err := validate(t, tt.schema, []byte(tt.text)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %s", tt.text, err, tt.want)
		}
	}
}

func (s artifacts) checkBundle(t *testing.T, b bundle) {
	images := strings.Fields(string(b.file(t, "images.txt")))
	if !slices.IsSorted(images) || b.query != nil && len(images) == 0 ||
		len(slices.Compact(slices.Clone(images))) < len(images) {
		t.Errorf("images.txt: %q", images)
	}
	var charts [][]string
	for _, c := range b.recipe.ComponentRefs {
		charts = append(charts, []string{c.Repository, c.Chart, c.Version})
	}
	equal(t, b.table(t, "charts.txt"), charts)

	bom := b.file(t, "sbom.cdx.json")
	if err := validate(t, s.cycloneDX, bom); err != nil {
		t.Errorf("sbom.cdx.json: %v", err)
	}
	checkSBOM(t, bom, b.recipe, images)
	checkHauler(t, b, images)
	if b.deployer != "helm" {
		if b.has("zarf.yaml") {
			t.Error("Zarf can't deploy this")
		}
	} else {
		if err := validate(t, s.zarf, b.file(t, "zarf.yaml")); err != nil {
			t.Errorf("zarf.yaml: %v", err)
		}
		checkZarf(t, b, images)
	}
}

// checkSBOM compares the components with charts and images, and checks that references between them
// lead somewhere.
func checkSBOM(t *testing.T, data []byte, r recipe, images []string) {
	bom := decode[struct {
		Metadata struct {
			Component struct {
				Ref string `json:"bom-ref"`
			}
		}
		Components []struct {
			Ref                       string `json:"bom-ref"`
			Type, Name, Version, Purl string
		}
		Dependencies []struct {
			Ref       string
			DependsOn []string
		}
	}](t, data)
	refs := map[string]bool{bom.Metadata.Component.Ref: true}
	var containers, charts, want []string
	for _, c := range bom.Components {
		if refs[c.Ref] {
			t.Errorf("sbom.cdx.json has %s twice", c.Ref)
		}
		refs[c.Ref] = true
		if c.Type == "container" {
			containers = append(containers, c.Ref)
		} else {
			charts = append(charts, c.Name+" "+c.Version)
		}
		if !strings.HasPrefix(c.Purl, "pkg:") {
			t.Errorf("%s has no package URL", c.Ref)
		}
	}
	slices.Sort(containers)
	equal(t, append([]string{}, containers...), append([]string{}, images...))
	for _, c := range r.ComponentRefs {
		want = append(want, c.Chart+" "+c.Version)
	}
	equal(t, charts, want)
	isDescribed := map[string]bool{}
	for _, d := range bom.Dependencies {
		if isDescribed[d.Ref] {
			t.Errorf("sbom.cdx.json has the dependencies of %s twice", d.Ref)
		}
		isDescribed[d.Ref] = true
		for _, ref := range append(d.DependsOn, d.Ref) {
			if !refs[ref] {
				t.Errorf("sbom.cdx.json refers to %s, which it lacks", ref)
			}
		}
	}
}

// checkHauler decodes the two documents strictly: Hauler itself ignores what it doesn't know. The
// fields are those of its v1 API.
func checkHauler(t *testing.T, b bundle, images []string) {
	type chart struct{ Name, RepoURL, Version, Rewrite string }
	type document struct {
		APIVersion, Kind string
		Metadata         struct{ Name string }
		Spec             struct {
			Images []struct{ Name string }
			Charts []chart
		}
	}
	list := documents(t, b.file(t, "hauler-manifest.yaml"))
	if len(list) != 2 {
		t.Fatalf("hauler-manifest.yaml has %d documents", len(list))
	}
	first, second := decodeKnown[document](t, list[0]), decodeKnown[document](t, list[1])
	equal(t, []string{first.APIVersion, first.Kind, second.APIVersion, second.Kind},
		[]string{"content.hauler.cattle.io/v1", "Images", "content.hauler.cattle.io/v1", "Charts"})
	names := []string{}
	for _, image := range first.Spec.Images {
		names = append(names, image.Name)
	}
	equal(t, names, append([]string{}, images...))
	var charts []chart
	for _, c := range b.recipe.ComponentRefs {
		tag := strings.ReplaceAll(c.Version, "+", "_")
		repository := strings.TrimSuffix(c.Repository, "/")
		charts = append(charts, chart{c.Chart, repository, c.Version, "charts/" + c.Chart + ":" + tag})
	}
	equal(t, second.Spec.Charts, charts)
}
