package bundle

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/gen"
)

func TestReadme(t *testing.T) {
	one := gen.ComponentRef{Name: "db", Version: "1.2.3", Order: 1, Namespace: "db-system", Chart: "db-chart", Repository: "https://charts.example.com"}
	const (
		row         = "|---|---|---|---|---|\n| 1 | db | 1.2.3 | db-system | db-chart of https://charts.example.com |\n\n"
		constraints = "\n## Cluster requirements\n"
		warnings    = "\n## Warnings\n"
	)
	tests := []struct {
		name     string
		recipe   gen.Recipe
		warnings []string
		want     []string
		without  []string
	}{
		{"least", gen.Recipe{ComponentRefs: []gen.ComponentRef{one}}, nil,
			[]string{"\nMade from a recipe.\n", row + "## Check\n"}, []string{constraints, warnings, " of cnsd", "for service"}},
		{"version", gen.Recipe{ComponentRefs: []gen.ComponentRef{one}, Metadata: gen.RecipeMetadata{Version: "v9.8.7"}}, nil,
			[]string{"\nMade from a recipe of cnsd v9.8.7.\n"}, nil},
		{"criteria", gen.Recipe{Criteria: gen.Criteria{Service: "eks", Accelerator: "gb200", Intent: "training", OS: "any"}}, nil,
			[]string{"\nMade from a recipe for service eks, accelerator gb200, intent training, os any.\n"}, nil},
		{"constraints", gen.Recipe{ComponentRefs: []gen.ComponentRef{one}, Constraints: gen.Constraints{
			"os": {"version": "24.04", "id": "ubuntu"}, "kubernetes": {"version": ">=1.34.2 <1.37.0"}}}, nil,
			[]string{constraints + "\n- kubernetes.version: `>=1.34.2 <1.37.0`\n- os.id: `ubuntu`\n- os.version: `24.04`\n\nNothing here checks them.\n\n## Check\n"}, []string{warnings}},
		{"warnings", gen.Recipe{ComponentRefs: []gen.ComponentRef{one}}, []string{"first", "second"},
			[]string{warnings + "\n- first\n- second\n\n## Check\n"}, []string{constraints}},
		{"nothing is taken for HTML", gen.Recipe{}, []string{"a < b & c > \"d\""}, []string{"- a < b & c > \"d\"\n"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file, err := plan{recipe: tt.recipe, cache: NewCache(), params: gen.CreateBundleParams{Deployer: gen.DeployerHelm}}.readme(tt.warnings)
			if err != nil {
				t.Fatal(err)
			}
			text := string(file.Data())
			for _, want := range append(tt.want, "# Cloud Native Stack bundle\n", "./deploy.sh --dry-run", "./undeploy.sh") {
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
	kept := testOptions
	kept.Cache = NewCache()
	for name, tt := range map[string]struct {
		constraints gen.Constraints
		params      gen.CreateBundleParams
	}{
		"plain":             {},
		"constraints":       {constraints: gen.Constraints{"kubernetes": {"version": ">=1.34"}}},
		"other constraints": {constraints: gen.Constraints{"kubernetes": {"version": ">=1.35"}}},
		"mirror":            {params: gen.CreateBundleParams{Mirror: "registry.example.com/a"}},
		"other mirror":      {params: gen.CreateBundleParams{Mirror: "registry.example.com/b"}},
	} {
		readme := func(o Options) string {
			tt.params.Deployer = gen.DeployerHelm
			r := gen.Recipe{ComponentRefs: []gen.ComponentRef{ref("db", "1.0.0")}, Constraints: tt.constraints}
			b, err := Build(t.Context(), testCatalog(), o, r, tt.params)
			if err != nil {
				t.Fatal(err)
			}
			return string(file(t, b, "README.md"))
		}
		alone := testOptions
		alone.Cache = NewCache()
		if diff := cmp.Diff(readme(alone), readme(kept)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
