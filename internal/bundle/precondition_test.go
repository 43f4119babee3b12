package bundle

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
)

func precondition(name, component string) gen.Precondition {
	return gen.Precondition{Name: name, Component: component, Text: name + " is so.", Why: "w", Source: "s"}
}

// A recipe that states no preconditions gets those of its components; what it states wins.
func TestPreconditions(t *testing.T) {
	c := testCatalog()
	c["db"].Preconditions = map[string]*catalog.Precondition{
		"disk": {Component: "db", Text: "disk is so.", Why: "w", Source: "s"},
	}
	other := ref("db", "1.0.0")
	other.Chart = "another"
	a, disk := precondition("a", ""), precondition("disk", "db")
	db := []gen.ComponentRef{ref("db", "1.0.0")}
	both := append(slices.Clone(db), ref("app", "1.0.0"))
	for name, tt := range map[string]struct {
		refs         []gen.ComponentRef
		stated, want []gen.Precondition
	}{
		"unstated":             {both, nil, []gen.Precondition{disk}},
		"of other charts":      {[]gen.ComponentRef{other}, nil, nil},
		"of none":              {db, []gen.Precondition{}, nil},
		"stated":               {db, []gen.Precondition{a}, []gen.Precondition{a}},
		"stated, in its order": {db, []gen.Precondition{disk, a}, []gen.Precondition{disk, a}},
	} {
		r := recipeOf(tt.refs...)
		r.Preconditions = tt.stated
		b := mustBuild(t, c, r, gen.CreateBundleParams{Deployer: gen.DeployerHelm})
		checkPreconditions(t, name, b, tt.want...)
	}
	r := recipeOf(both...)
	r.Preconditions = []gen.Precondition{a, precondition("b", "app"), disk}
	b := mustBuild(t, c, r, gen.CreateBundleParams{Deployer: gen.DeployerHelm, Bundlers: []string{"db"}})
	checkPreconditions(t, "without app", b, a, disk)
}

// checkPreconditions wants these in recipe.yaml and in the README, and no others.
func checkPreconditions(t *testing.T, name string, b Bundle, want ...gen.Precondition) {
	t.Helper()
	recipe, readme := string(file(t, b, "recipe.yaml")), string(file(t, b, "README.md"))
	if n := strings.Count(recipe, " is so."); n != len(want) {
		t.Errorf("%s: recipe.yaml has %d preconditions, want %d", name, n, len(want))
	}
	if n := strings.Count(readme, " is so."); n != len(want) {
		t.Errorf("%s: the README has %d preconditions, want %d", name, n, len(want))
	}
	for _, p := range want {
		if !strings.Contains(recipe, "text: "+p.Text) || !strings.Contains(readme, "\n- "+p.Text) {
			t.Errorf("%s: no %s", name, p.Name)
		}
	}
}

func TestPreconditionsRefused(t *testing.T) {
	helm := gen.CreateBundleParams{Deployer: gen.DeployerHelm}
	a := precondition("a", "")
	for want, list := range map[string][]gen.Precondition{
		`precondition "a" is in preconditions twice`:                            {a, precondition("a", "db")},
		`precondition "a" is of component "app", which the recipe doesn't have`: {precondition("a", "app")},
	} {
		r := recipeOf(ref("db", "1.0.0"))
		r.Preconditions = list
		_, err := bundleOf(t.Context(), testBuilder, testCatalog(), r, helm)
		var e *apierror.Error
		if !errors.As(err, &e) || e.Message != want {
			t.Errorf("error %v, want %s", err, want)
		} else if diff := cmp.Diff(apierror.Details{Field: "/preconditions", Requested: "a"}, e.Details); diff != "" {
			t.Error(diff)
		}
	}
}
