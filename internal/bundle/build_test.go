package bundle

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/NVIDIA/cloud-native-stack/api"
	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/archive"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/bundletest"
)

// buildOf makes a bundle of components of the test catalog, given in this order.
func buildOf(t *testing.T, names ...string) Bundle {
	t.Helper()
	r := gen.Recipe{APIVersion: gen.APIVersionV1Alpha1, Kind: gen.RecipeKindRecipe}
	for _, name := range names {
		r.ComponentRefs = append(r.ComponentRefs, ref(name, "1.0.0"))
	}
	params := gen.CreateBundleParams{Deployer: gen.DeployerHelm, Set: []string{"db:half=0.5"}}
	return mustBuild(t, testCatalog(), r, params)
}

func TestBuildFiles(t *testing.T) {
	b := buildOf(t, "app", "crd", "db")
	var paths, executable []string
	for _, f := range b.Files {
		paths = append(paths, f.Path)
		if f.Executable {
			executable = append(executable, f.Path)
		}
	}
	want := []string{
		"01-crd/values.yaml", "02-db/values.yaml", "03-app/values.yaml", "README.md", "charts.txt", "checksums.txt",
		"deploy.sh", "hauler-manifest.yaml", "images.txt", "namespaces/namespace-db-system.yaml", "provenance.json",
		"recipe.yaml", "releases.tsv", "sbom.cdx.json", "undeploy.sh", "zarf.yaml",
	}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Error(diff)
	}
	if !slices.IsSorted(paths) {
		t.Error("the files are not sorted")
	}
	if diff := cmp.Diff([]string{"deploy.sh", "undeploy.sh"}, executable); diff != "" {
		t.Error(diff)
	}
	const values = "half: \"0.5\"\nlist:\n  - a: b\nsize: 1000000\n"
	if diff := cmp.Diff(values, string(file(t, b, "02-db/values.yaml"))); diff != "" {
		t.Error(diff)
	}
}

func TestBuildIgnoresTheBodysOrder(t *testing.T) {
	first := packed(t, new(archive.Zipper).Zip, buildOf(t, "app", "db", "crd").Files)
	for _, names := range [][]string{{"crd", "db", "app"}, {"db", "app", "crd"}} {
		if again := packed(t, new(archive.Zipper).Zip, buildOf(t, names...).Files); !bytes.Equal(first, again) {
			t.Errorf("%v gives another archive", names)
		}
	}
}

// Each deployer in the contract makes bundles, and their README says how they are installed and
// removed.
func TestEveryDeployer(t *testing.T) {
	var contract struct {
		Components struct {
			Schemas struct {
				Deployer struct{ Enum []gen.Deployer } `yaml:"Deployer"`
			}
		}
	}
	if err := yaml.Unmarshal(api.Spec, &contract); err != nil {
		t.Fatal(err)
	}
	names := contract.Components.Schemas.Deployer.Enum
	if len(names) == 0 {
		t.Fatal("the contract has no deployers")
	}
	for _, name := range names {
		b := mustBuild(t, testCatalog(), chain(), gen.CreateBundleParams{Deployer: name})
		text := string(file(t, b, "README.md"))
		for _, title := range []string{"## Install", "## Remove"} {
			_, after, _ := strings.Cut(text, title+"\n\n")
			if after == "" || strings.HasPrefix(after, "#") || strings.HasPrefix(after, "\n") {
				t.Errorf("%s: nothing below %q in\n%s", name, title, text)
			}
		}
	}
}

func TestBuildRefuses(t *testing.T) {
	r := recipeOf(ref("crd", "1.0.0"))
	params := gen.CreateBundleParams{Deployer: "ansible"}
	_, err := bundleOf(t.Context(), testBuilder, testCatalog(), r, params)
	if err == nil || err.Error() != `no deployer "ansible"` {
		t.Errorf("unknown deployer: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	params.Deployer = gen.DeployerHelm
	if _, err := bundleOf(ctx, testBuilder, testCatalog(), r, params); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// patience is a context that is done once it has been asked a number of times whether it is.
type patience struct {
	context.Context
	left *atomic.Int64
}

func (p patience) Err() error {
	if p.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// patienceFor returns how often a function asks whether its context is done. It wants the function
// to stop whenever the answer is yes.
func patienceFor(t *testing.T, do func(context.Context) error) int {
	t.Helper()
	const most = 1000
	for n := range most {
		left := &atomic.Int64{}
		left.Store(int64(n))
		if err := do(patience{t.Context(), left}); err == nil {
			return n
		} else if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	t.Fatalf("not done after %d times", most)
	return most
}

// Work on a bundle stops when nobody waits for it any more, between any two components.
func TestBuildStops(t *testing.T) {
	const count = 20
	large := func() gen.Recipe {
		var r gen.Recipe
		for i := range count {
			r.ComponentRefs = append(r.ComponentRefs, foreign(fmt.Sprint("c", i)))
		}
		return r
	}
	for name, params := range bundletest.EveryDeployer() {
		b := newBuilder(nil)
		var from *base
		if n := patienceFor(t, func(ctx context.Context) (err error) {
			from, err = b.newBase(ctx, testCatalog(), large(), params)
			return err
		}); n < count {
			t.Errorf("%s: newBase can be stopped at %d points", name, n)
		}
		params.ForceSet = []string{"c0:a=b"}
		if n := patienceFor(t, func(ctx context.Context) error {
			_, err := b.build(ctx, testCatalog(), from, params)
			return err
		}); n < count {
			t.Errorf("%s: build can be stopped at %d points", name, n)
		}
	}
}

func TestChecksums(t *testing.T) {
	b := buildOf(t, "app", "db", "crd")
	want := map[string]string{}
	for _, f := range b.Files {
		if f.Path != "checksums.txt" && f.Path != "provenance.json" { // which states those of checksums.txt
			sum := sha256.Sum256(f.Data())
			want[f.Path] = hex.EncodeToString(sum[:])
		}
	}
	got := map[string]string{}
	var order []string
	for line := range strings.Lines(string(file(t, b, "checksums.txt"))) {
		sum, path, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		if !ok || got[path] != "" {
			t.Errorf("line %q", line)
		}
		got[path] = sum
		order = append(order, path)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !slices.IsSorted(order) {
		t.Errorf("order %v", order)
	}
}
