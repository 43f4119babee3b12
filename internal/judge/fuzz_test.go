package judge_test

import (
	"context"
	"encoding/json"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/NVIDIA/cloud-native-stack/api"
	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
	"github.com/NVIDIA/cloud-native-stack/internal/document"
	"github.com/NVIDIA/cloud-native-stack/internal/document/yamlenc"
	"github.com/NVIDIA/cloud-native-stack/internal/judge"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
	"github.com/NVIDIA/cloud-native-stack/test/catalogtest"
)

// FuzzRecipeTree finds trees of files that make loading or judging panic or take long, and such
// that pass although a request for one of their bundles fails.
func FuzzRecipeTree(f *testing.F) {
	tree := recipeTree(f)
	f.Fuzz(rapid.MakeFuzz(tree))
}

func TestRecipeTrees(t *testing.T) { rapid.Check(t, recipeTree(t)) }

// odd is text that means something in files of recipe data, in most places something wrong.
func odd() []string {
	return []string{
		"repository: oci://registry.example.com/charts", "chart: Own", "version: 1.2.3", "namespace: a-system",
		"  namespace: a-system", "  name: own", "kind: Namespace", "apiVersion: v1", "dependsOn: [a]",
		"aliases: [a, b]", "manifests: [own.yaml, more.yaml]", "base: m", "criteria: {service: eks}",
		"scheduling: {system: {nodeSelectors: [a.b], tolerations: [a]}}",
		"hints: {nodes: [a.b.c], storageClass: [b], storageSize: [c]}", "criteria: {accelerator: gb200, os: any}",
		"offers: {os: [ubuntu, any]}", "components: {a: null}", "components: {}",
		"constraints: {kubernetes: {version: \">=1.30\"}}", "{}", "null", "[]", "- a", "a: &a {b: *a}", "<<: {a: 1}",
		"a: 1e400", "a: 9007199254740993", "a: 0x10", "\t", "a: \"\\u0000\"", "? {a: 1}", "a.b.*",
		"a: " + strings.Repeat("x", 600), "a: " + strings.Repeat("[", 61) + strings.Repeat("]", 61),
		"version: 6.9.0\ndefaults: {a: b}\nimages: []",
	}
}

// edits are lines that load in files of a name, and may keep bundles from being made.
func edits() []edit {
	return []edit{
		{"component.yaml", "repository: https://charts.example.com", "repository: oci://registry.example.com/Charts"},
		{"own.yaml", "  name: own", "  name: own\n  namespace: a-system"},
		{"more.yaml", "  name: more", "  name: own"},
		{"component.yaml", "version: v1.2.3", "version: v1.2.3\nhints: {nodes: [a.b.c, b.c], storageSize: [c.a]}"},
		{"component.yaml", "version: v1.2.3", "version: v1.2.3\nscheduling: {system: {tolerations: [a, b.c]}}"},
	}
}

// edit is a text in whose place another one comes.
type edit struct{ name, before, after string }

// mutate changes some of the files.
func mutate(t *rapid.T, d data) {
	for _, e := range rapid.SliceOfN(rapid.SampledFrom(edits()), 0, 2).Draw(t, "edits") {
		for file := range d {
			if path.Base(file) == e.name {
				d[file] = strings.Replace(d[file], e.before, e.after, 1)
			}
		}
	}
	names := []string{"base.yaml", "overlays/m.yaml", "overlays/<a>.yaml", "components/cns-bundle/component.yaml",
		"components/a/images.yaml", "components/a/paths/1.2.3.txt", "components/a/manifests/own.yaml"}
	names = append(names, slices.Sorted(maps.Keys(d))...)
	for range rapid.IntRange(0, 3).Draw(t, "mutations") {
		file := rapid.SampledFrom(names).Draw(t, "file")
		how, at := rapid.IntRange(0, 4).Draw(t, "how"), rapid.IntRange(0, 8).Draw(t, "line")
		line := rapid.SampledFrom(odd()).Draw(t, "odd") + "\n"
		files := []string{file}
		if rapid.Bool().Draw(t, "all") { // that are called so, in each component
			isOther := func(name string) bool { return path.Base(name) != path.Base(file) }
			files = slices.DeleteFunc(slices.Sorted(maps.Keys(d)), isOther)
		}
		for _, file := range files {
			lines := strings.SplitAfter(d[file], "\n")
			i := min(at, len(lines)-1)
			switch how {
			case 0:
				delete(d, file)
				continue
			case 1:
				lines = slices.Delete(lines, i, i+1)
			case 2:
				lines[i] = line
			default:
				lines = slices.Insert(lines, i, line)
			}
			d[file] = strings.Join(lines, "")
		}
	}
}

// recipeTree returns the property of trees. The operator admits few environments, so that many
// trees can be tried.
func recipeTree(tb testing.TB) func(*rapid.T) {
	const bound = 20 * time.Second // on a machine that has much else to do
	spec, err := contract.Load(api.Spec, map[string][]string{
		"CNS_ALLOWED_SERVICES": {"eks"}, "CNS_ALLOWED_ACCELERATORS": {"h100"},
		"CNS_ALLOWED_INTENTS": {"training"}, "CNS_ALLOWED_OS": {"ubuntu"},
	})
	if err != nil {
		tb.Fatal(err)
	}
	return func(t *rapid.T) {
		d := catalogtest.Worlds().Draw(t, "world").Data
		mutate(t, d)
		start := time.Now()
		c, err := catalog.Load(d.FS(), spec)
		if err != nil {
			return
		}
		_, err = judge.Judge{Spec: spec}.Catalog(context.Background(), c)
		if took := time.Since(start); took > bound {
			t.Fatalf("it took %v", took)
		}
		if err == nil {
			request(t, c, spec)
		}
	}
}

// request asks for everything that the data have to answer.
func request(t *rapid.T, c *catalog.Catalog, spec *contract.Contract) {
	builder := bundle.NewBuilder(only{c}, bundle.Options{Limits: spec.Limits.Body(), Spec: spec})
	seen := map[string]bool{}
	for _, environment := range catalog.Environments(spec.Criteria()) {
		criteria := recipe.CriteriaOf(environment)
		if spec.Check("Criteria", catalogtest.Convert[map[string]any](t, criteria)) != nil {
			continue
		}
		r, err := recipe.Resolve(t.Context(), c, criteria, recipe.Build{})
		if err != nil {
			t.Fatalf("%v: %v", environment, err)
		}
		recipe.Explain(c, r)
		for mediaType, text := range map[string][]byte{
			"application/json": document.Must(document.EncodeJSON(r)),
			"application/yaml": document.Must(yamlenc.Encode(r)),
		} {
			valid, err := spec.ValidBody("RecipeOrCriteria", mediaType, text)
			if err != nil {
				t.Fatalf("%v as %s: %v", environment, mediaType, err)
			}
			if overlays := strings.Join(r.Metadata.AppliedOverlays, " ") + mediaType; !seen[overlays] {
				seen[overlays] = true
				makeBundles(t, builder, valid)
			}
		}
	}
}

type only struct{ catalog *catalog.Catalog }

func (o only) Catalog() *catalog.Catalog { return o.catalog }

func (o only) Resolve(ctx context.Context, c *catalog.Catalog, criteria gen.Criteria) (gen.Recipe, error) {
	return recipe.Resolve(ctx, c, criteria, recipe.Build{})
}

func makeBundles(t *rapid.T, b *bundle.Builder, text []byte) {
	var body gen.RecipeOrCriteria
	if err := json.Unmarshal(text, &body); err != nil {
		t.Fatal(err)
	}
	label, taint := []string{"a=b"}, []string{"a=b:NoSchedule"}
	for _, d := range []gen.Deployer{gen.DeployerHelm, gen.DeployerHelmfile, gen.DeployerArgocd, gen.DeployerFlux} {
		for _, params := range []gen.CreateBundleParams{{Deployer: d}, {
			Deployer: d, SystemNodeSelector: label, AcceleratedNodeSelector: label,
			SystemNodeToleration: taint, AcceleratedNodeToleration: taint,
		}} {
			if _, err := b.Build(t.Context(), body, params); err != nil {
				t.Fatalf("%v: %v", params, err)
			}
		}
	}
}
