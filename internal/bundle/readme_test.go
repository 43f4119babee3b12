package bundle

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/component"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/deployer"
)

func TestReadme(t *testing.T) {
	one := component.New(gen.ComponentRef{
		Name: "db", Version: "1.2.3", Order: 1, Namespace: "db-system", Chart: "db-chart",
		Repository: "https://charts.example.com",
	}, &component.Images{})
	const (
		row = "|---|---|---|---|---|\n" +
			"| 1 | db | 1.2.3 | db-system | db-chart of `https://charts.example.com` |\n\n"
		requirements = "\n## Cluster requirements\n"
		warnings     = "\n## Warnings\n"
		before       = "\n## Before you install\n"
	)
	constraints := gen.Constraints{
		"os": {"version": "24.04", "id": "ubuntu"}, "kubernetes": {"version": ">=1.34.2 <1.37.0"},
	}
	criteria := gen.Criteria{Service: "eks", Accelerator: "gb200", Intent: "training", OS: "any"}
	tests := []struct {
		name     string
		recipe   gen.Recipe
		warnings []string
		want     []string
		without  []string
	}{
		{"least", gen.Recipe{}, nil,
			[]string{"\nMade from a recipe.\n", row + "## What was checked, and what wasn't\n\n**Checked** of "},
			[]string{requirements, warnings, before, " of cnsd", "for service"}},
		{"version", gen.Recipe{Metadata: gen.RecipeMetadata{Version: "v9.8.7"}}, nil,
			[]string{"\nMade from a recipe of cnsd v9.8.7.\n"}, nil},
		{"criteria", gen.Recipe{Criteria: criteria}, nil,
			[]string{"\nMade from a recipe for service eks, accelerator gb200, intent training, os any.\n"}, nil},
		{"constraints", gen.Recipe{Constraints: constraints}, nil,
			[]string{requirements + "\n- kubernetes.version: `>=1.34.2 <1.37.0`\n- os.id: `ubuntu`\n" +
				"- os.version: `24.04`\n\nNothing here checks them.\n\n## Check\n"}, []string{warnings}},
		{"warnings", gen.Recipe{}, []string{"first", "second"},
			[]string{warnings + "\n- first\n- second\n\n## Check\n"}, []string{requirements}},
		{"preconditions", gen.Recipe{Preconditions: []gen.Precondition{
			{Name: "a", Text: "Pools are made with --no-driver.", Why: "There is one.", Source: "NVIDIA/x#1",
				Command: "kubectl apply -f https://example.com/a.yaml && b", Check: "kubectl get nodes -L a,b"},
			{Name: "b", Text: "- Add-on x is off.", Why: "w", Source: "https://example.com"},
		}}, nil, []string{before + "\nNothing here brings this about or checks it:\n\n" +
			"- Pools are made with --no-driver.\n  - why: There is one.\n  - source: `NVIDIA/x#1`\n" +
			"  - command: `kubectl apply -f https://example.com/a.yaml && b`\n" +
			"  - check: `kubectl get nodes -L a,b`\n" +
			"- `-` Add-on x is off.\n  - why: w\n  - source: `https://example.com`\n\n## Install\n"},
			[]string{requirements, warnings}},
		{"nothing is taken for HTML", gen.Recipe{}, []string{"a < b & c > \"d\""},
			[]string{"- a `<` b `&` c `>` \"d\"\n"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := base{recipe: tt.recipe, params: gen.CreateBundleParams{Deployer: gen.DeployerHelm}}
			b.plan = deployer.Plan{Releases: component.Releases([]*component.Component{one})}
			r, err := b.newReadme(tt.warnings)
			if err != nil {
				t.Fatal(err)
			}
			text := string(r.file.Data())
			for _, want := range append(tt.want,
				"# Cloud Native Stack bundle\n", "./deploy.sh --dry-run", "./undeploy.sh") {
				if !strings.Contains(text, want) {
					t.Errorf("no %q in\n%s", want, text)
				}
			}
			for _, unwanted := range append(tt.without, "<no value>", "\n\n\n") {
				if strings.Contains(text, unwanted) {
					t.Errorf("%q in\n%s", unwanted, text)
				}
			}
		})
	}
}

// A bundle has the README that it would have by itself, whatever other bundles had before.
func TestReadmeOfEachBundle(t *testing.T) {
	shared := newBuilder(nil)
	for name, tt := range map[string]struct {
		constraints gen.Constraints
		params      gen.CreateBundleParams
	}{
		"plain":             {},
		"constraints":       {constraints: gen.Constraints{"kubernetes": {"version": ">=1.34"}}},
		"other constraints": {constraints: gen.Constraints{"kubernetes": {"version": ">=1.35"}}},
		"mirror":            {params: gen.CreateBundleParams{Mirror: "registry.example.com/a"}},
		"other mirror":      {params: gen.CreateBundleParams{Mirror: "registry.example.com/b"}},
		"warnings":          {params: gen.CreateBundleParams{Set: []string{"db:a=b"}}},
	} {
		readmeOf := func(b *Builder) string {
			tt.params.Deployer = gen.DeployerHelm
			r := recipeOf(ref("db", "1.0.0"))
			r.Constraints = tt.constraints
			bundle, err := bundleOf(t.Context(), b, testCatalog(), r, tt.params)
			if err != nil {
				t.Fatal(err)
			}
			return string(file(t, bundle, "README.md"))
		}
		if diff := cmp.Diff(readmeOf(newBuilder(nil)), readmeOf(shared)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// One base has the README of each bundle's own warnings.
func TestReadmeOfWarnings(t *testing.T) {
	helm := gen.CreateBundleParams{Deployer: gen.DeployerHelm}
	from, err := testBuilder.newBase(t.Context(), testCatalog(), recipeOf(ref("db", "1.0.0")), helm)
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range [][]string{nil, {"db:a=b"}, nil} {
		helm.Set = set
		b, err := testBuilder.build(t.Context(), testCatalog(), from, helm)
		if err != nil {
			t.Fatal(err)
		}
		const warning = "- set is not checked for db 1.0.0: the value paths of this chart version are not known\n"
		if has := strings.Contains(string(file(t, b, "README.md")), warning); has != (set != nil) {
			t.Errorf("%q: the README has the warning: %t", set, has)
		}
	}
}
