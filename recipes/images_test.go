package recipes_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/distribution/reference"
	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/constraint"
	"github.com/NVIDIA/cloud-native-stack/internal/document"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
)

func sorted(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }

func TestImagesAreKnown(t *testing.T) {
	c, spec := load(t)
	for _, e := range environments(t, c, spec) {
		for _, ref := range e.ComponentRefs {
			if component, _ := c.Component(ref.Name); component.Images(ref.Version) == nil {
				t.Errorf("%v: images of %s %s are not known", e.Metadata.AppliedOverlays, ref.Name, ref.Version)
			}
		}
	}
}

// source is one catalog.
type source struct{ catalog *catalog.Catalog }

func (s source) Catalog() *catalog.Catalog { return s.catalog }

func (source) Resolve(ctx context.Context, c *catalog.Catalog, criteria gen.Criteria) (gen.Recipe, error) {
	return recipe.Resolve(ctx, c, criteria, recipe.Build{})
}

// imagesOf returns the images of a recipe's bundle.
func imagesOf(t *testing.T, c *catalog.Catalog, e *environment, mirror string) []string {
	t.Helper()
	o := bundle.Options{Limits: document.Limits{Bytes: 1 << 20, Values: 1 << 16, Levels: 64}}
	var body gen.RecipeOrCriteria
	if err := body.FromRecipeCriteria(gen.RecipeCriteria{Spec: e.criteria[0]}); err != nil {
		t.Fatal(err)
	}
	params := gen.CreateBundleParams{Deployer: gen.DeployerHelm, Mirror: mirror}
	b, err := bundle.NewBuilder(source{c}, o).Build(t.Context(), body, params)
	if err != nil {
		t.Fatalf("%v: %v", e.Metadata.AppliedOverlays, err)
	}
	for _, warning := range b.Warnings {
		if strings.Contains(warning, "image") {
			t.Errorf("%v: %s", e.Metadata.AppliedOverlays, warning)
		}
	}
	for _, f := range b.Files {
		if f.Path == "images.txt" {
			return strings.Fields(string(f.Data()))
		}
	}
	t.Fatalf("%v: no images.txt", e.Metadata.AppliedOverlays)
	return nil
}

// TestImages wants every image of every recipe to be a whole name that begins with a registry, and
// to be at the mirror under the rest of its name if there is one.
func TestImages(t *testing.T) {
	const mirror = "mirror.example.com:5000/gpu"
	c, spec := load(t)
	for _, e := range environments(t, c, spec) {
		var mirrored []string
		for _, image := range imagesOf(t, c, e, "") {
			named, err := reference.ParseNamed(image) // not normalized: it has to be complete
			if err != nil {
				t.Errorf("%v: %s: %v", e.Metadata.AppliedOverlays, image, err)
				continue
			}
			if reference.IsNameOnly(named) || !strings.ContainsAny(reference.Domain(named), ".:") {
				t.Errorf("%v: %s has no registry, or neither tag nor digest", e.Metadata.AppliedOverlays, image)
			}
			mirrored = append(mirrored, mirror+strings.TrimPrefix(image, reference.Domain(named)))
		}
		if len(mirrored) == 0 {
			t.Errorf("%v: no images", e.Metadata.AppliedOverlays)
		}
		slices.Sort(mirrored)
		if diff := cmp.Diff(slices.Compact(mirrored), imagesOf(t, c, e, mirror)); diff != "" {
			t.Errorf("%v: with a mirror (-want +got)\n%s", e.Metadata.AppliedOverlays, diff)
		}
	}
}

// The operator asks for a driver image by the release that a node runs, so a recipe that admits
// another release than those with an image leaves nodes without a driver.
func TestDriverImages(t *testing.T) {
	c, spec := load(t)
	for _, e := range environments(t, c, spec) {
		if operator(e) == nil || !ownDriver(e) || e.Constraints["os"]["id"] == "" {
			continue
		}
		admitted := parseConstraint(t, e.Constraints["os"]["version"])
		component, _ := c.Component("gpu-operator")
		id := e.Constraints["os"]["id"]
		var tags []constraint.Constraint
		for _, system := range component.Images(operator(e).Version).Systems[id] {
			tags = append(tags, parseConstraint(t, "~"+strings.TrimPrefix(system, id)))
		}
		for major := 1; major <= 30; major++ {
			for minor := range 13 {
				release := fmt.Sprintf("%d.%d", major, minor)
				is := parseConstraint(t, release)
				hasImage := slices.ContainsFunc(tags, is.Meets)
				if admitted.Meets(is) && !hasImage {
					t.Errorf("%v: %s %s has no driver image", e.Metadata.AppliedOverlays, id, release)
				}
			}
		}
	}
}

func parseConstraint(t *testing.T, text string) constraint.Constraint {
	t.Helper()
	c, err := constraint.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// An image's conditions are paths that nobody would miss if they led nowhere.
func TestImageConditions(t *testing.T) {
	c, spec := load(t)
	objects := map[string][]gen.KubernetesObject{} // by component
	for _, e := range environments(t, c, spec) {
		for _, ref := range e.ComponentRefs {
			objects[ref.Name] = append(objects[ref.Name], ref.Manifests...)
		}
	}
	for _, name := range c.Names() {
		component, _ := c.Component(name)
		known := component.Images(component.Version)
		if known == nil {
			continue // as TestImagesAreKnown says
		}
		for _, problem := range aimless(known, objects[name]) {
			t.Errorf("%s: %s", name, problem)
		}
	}
}

// aimless names the paths of images that lead nowhere.
func aimless(known *catalog.Images, objects []gen.KubernetesObject) []string {
	problems := map[string]bool{}
	leads := func(path, kind string) {
		holds := func(object gen.KubernetesObject) bool {
			return object["kind"] == kind && value(&gen.ComponentRef{Values: object}, path) != nil
		}
		if !slices.ContainsFunc(objects, holds) {
			problems[fmt.Sprintf("no %s has %s", kind, path)] = true
		}
	}
	for _, registry := range known.Registries {
		if registry.Kind != "" {
			leads(registry.Path, registry.Kind)
		}
	}
	for _, image := range known.Images {
		if image.With.Path != "" {
			leads(image.With.Path, image.With.Kind)
		}
		if image.Kind != "" {
			for _, path := range slices.Concat(image.Repository, image.Tag) {
				leads(path, image.Kind)
			}
		}
		for _, path := range image.When {
			if _, ok := known.Defaults[path].(bool); !ok {
				problems[fmt.Sprintf("%s is %v by default, neither true nor false", path, known.Defaults[path])] = true
			}
		}
		if len(known.Systems) == 0 && strings.Contains(image.Suffix, "{os}") {
			problems["systems are missing for the suffix "+image.Suffix] = true
		}
	}
	return sorted(problems)
}
