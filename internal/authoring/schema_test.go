package authoring_test

import (
	"encoding/json"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/NVIDIA/cloud-native-stack/internal/authoring"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/document"
	"github.com/NVIDIA/cloud-native-stack/recipes"
	"github.com/NVIDIA/cloud-native-stack/test/catalogtest"
)

func schema(t *testing.T, kind string) *jsonschema.Resolved {
	t.Helper()
	text, err := authoring.Schema(kind, catalogtest.Spec(t))
	if err != nil {
		t.Fatal(err)
	}
	var s jsonschema.Schema
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	resolved, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	return resolved
}

func validate(t *testing.T, s *jsonschema.Resolved, text []byte) error {
	t.Helper()
	plain, err := document.YAML(text, document.Limits{Bytes: 1 << 20, Values: 1 << 16, Levels: 64})
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(plain)
}

func TestSchemaAcceptsRecipeData(t *testing.T) {
	for pattern, kind := range map[string]string{
		"base.yaml": "overlay", "overlays/*.yaml": "overlay", "components/*/component.yaml": "component",
		"components/*/images.yaml": "images",
	} {
		files, err := fs.Glob(recipes.FS, pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, %v", pattern, files, err)
		}
		s := schema(t, kind)
		for _, file := range files {
			text, err := fs.ReadFile(recipes.FS, file)
			if err != nil {
				t.Fatal(err)
			}
			if err := validate(t, s, text); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
}

func TestSchemaRefuses(t *testing.T) {
	overlays, components, images := schema(t, "overlay"), schema(t, "component"), schema(t, "images")
	tests := []struct {
		name   string
		schema *jsonschema.Resolved
		text   string
	}{
		{"unknown field", overlays, "component: {driver: {}}"},
		{"unknown criterion", overlays, "criteria: {gpu: h100}"},
		{"criteria value", overlays, "criteria: {service: EKS}"},
		{"list of criteria values", overlays, "criteria: {service: [eks]}"},
		{"offered value", overlays, "offers: {os: [ubuntu, debian]}"},
		{"single offered value", overlays, "offers: {os: ubuntu}"},
		{"constraint group", overlays, "constraints: {gpu: {version: 1.0.0}}"},
		{"constraint name", overlays, "constraints: {kubernetes: {versions: 1.2.3}}"},
		{"constraint expression", overlays, "constraints: {kubernetes: {version: at least 1.32!}}"},
		{"constraint that YAML takes for a number", overlays, "constraints: {os: {version: 24.10}}"},
		{"component name", overlays, "components: {Driver: {}}"},
		{"list of components", overlays, "components: [driver]"},
		{"component that is a version", overlays, "components: {driver: v1.2.3}"},
		{"field of a use", overlays, "components: {driver: {value: {a: 1}}}"},
		{"version of a use", overlays, "components: {driver: {version: latest}}"},
		{"values that are a list", overlays, "components: {driver: {values: [a]}}"},
		{"single manifest", overlays, "components: {driver: {manifests: a.yaml}}"},
		{"precondition's name", overlays, "preconditions: {A: {text: t, why: w, source: s}}"},
		{"precondition without a source", overlays, "preconditions: {a: {text: t, why: w}}"},
		{"precondition's empty text", overlays, "preconditions: {a: {text: '', why: w, source: s}}"},
		{"precondition's check of two lines", components, component("driver",
			`preconditions: {a: {text: t, why: w, source: s, check: "a\nb"}}`)},
		{"no version", components, "repository: https://charts.example.com\nchart: a\nnamespace: b"},
		{"unknown field of a component", components, component("driver", "depends: [monitor]")},
		{"field that only the code has", components, component("driver", "values: {}")},
		{"repository", components, strings.Replace(component("driver", ""), "https://", "", 1)},
		{"version range", components, strings.Replace(component("driver", ""), "v1.2.3", `">=1.2.3"`, 1)},
		{"namespace", components, strings.Replace(component("driver", ""), "driver-system", "Driver", 1)},
		{"dependency", components, component("driver", "dependsOn: [Monitor]")},
		{"single alias", components, component("driver", "aliases: drv")},
		{"field of scheduling", components, component("driver", "scheduling: {control: {}}")},
		{"field of a placement", components, component("driver", "scheduling: {system: {nodeSelector: [a]}}")},
		{"images of no version", images, "images: []"},
		{"version range of images", images, "version: '>=1.2.3'\nimages: []"},
		{"unknown field of images", images, "version: v1.2.3\nimages: []\nmirror: []"},
		{"unknown field of an image", images, "version: v1.2.3\nimages: [{repository: [a], name: b}]"},
		{"image without a repository", images, "version: v1.2.3\nimages: [{tag: [a]}]"},
		{"single repository", images, "version: v1.2.3\nimages: [{repository: a}]"},
		{"registry that is a path alone", images, "version: v1.2.3\nimages: []\nregistries: [a]"},
		{"single system", images, "version: v1.2.3\nimages: []\nsystems: {ubuntu: ubuntu24.04}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := validate(t, tt.schema, []byte(tt.text)); err == nil {
				t.Errorf("accepted:\n%s", tt.text)
			}
		})
	}
}

// The loader goes by tags for YAML, the schema by tags for JSON: both have to know the same fields.
func TestSchemaHasTheFieldsOfTheLoader(t *testing.T) {
	overlays, components := schema(t, "overlay").Schema(), schema(t, "component").Schema()
	images := schema(t, "images").Schema()
	image := images.Properties["images"].Items
	scheduling := components.Properties["scheduling"]
	d := minimal()
	tests := []struct {
		name   string
		data   data
		schema *jsonschema.Schema
	}{
		{"overlay", d.With(eks, "no: 1"), overlays},
		{"use", d.With(eks, "components: {driver: {no: 1}}"), overlays.Properties["components"].AdditionalProperties},
		{"precondition", d.With(eks, "preconditions: {a: {no: 1}}"),
			overlays.Properties["preconditions"].AdditionalProperties},
		{"component", d.With(driver, "no: 1"), components},
		{"own precondition", d.With(driver, "preconditions: {a: {no: 1}}"),
			components.Properties["preconditions"].AdditionalProperties},
		{"scheduling", d.With(driver, "scheduling: {no: 1}"), scheduling},
		{"system", d.With(driver, "scheduling: {system: {no: 1}}"), scheduling.Properties["system"]},
		{"accelerated", d.With(driver, "scheduling: {accelerated: {no: 1}}"), scheduling.Properties["accelerated"]},
		{"hints", d.With(driver, "hints: {no: 1}"), components.Properties["hints"]},
		{"images", d.With(imagesFile, "no: 1"), images},
		{"image", d.With(imagesFile, "images: [{no: 1}]"), image},
		{"registry", d.With(imagesFile, "registries: [{no: 1}]"), images.Properties["registries"].Items},
		{"object", d.With(imagesFile, "images: [{with: {no: 1}}]"), image.Properties["with"]},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := catalog.Load(tt.data.FS(), catalogtest.Spec(t))
			if err == nil {
				t.Fatal("loaded")
			}
			_, loaded, _ := strings.Cut(err.Error(), `unknown field "no": must be one of `)
			want := strings.Split(loaded, ", ")
			if diff := cmp.Diff(want, slices.Sorted(maps.Keys(tt.schema.Properties))); diff != "" {
				t.Errorf("loader against schema:\n%s", diff)
			}
		})
	}
}

func TestSchemaOfUnknownKind(t *testing.T) {
	_, err := authoring.Schema("values", catalogtest.Spec(t))
	if want := `unknown kind of recipe file "values": must be one of component, images, overlay`; err == nil ||
		err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}
