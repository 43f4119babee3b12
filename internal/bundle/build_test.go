package bundle

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/NVIDIA/cloud-native-stack/api"
	"github.com/NVIDIA/cloud-native-stack/gen"
)

// build makes a bundle of all components of the test catalog, given in this order.
func build(t *testing.T, names ...string) Bundle {
	t.Helper()
	r := gen.Recipe{APIVersion: gen.APIVersionV1Alpha1, Kind: gen.RecipeKindRecipe}
	for _, name := range names {
		r.ComponentRefs = append(r.ComponentRefs, ref(name, "1.0.0"))
	}
	b, err := Build(t.Context(), testCatalog(), testOptions, r, gen.CreateBundleParams{Deployer: gen.DeployerHelm, Set: []string{"db:half=0.5"}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBuildFiles(t *testing.T) {
	b := build(t, "app", "crd", "db")
	var paths, executable []string
	for _, f := range b.Files {
		paths = append(paths, f.Path)
		if f.Executable {
			executable = append(executable, f.Path)
		}
	}
	want := []string{
		"01-crd/values.yaml", "02-db/values.yaml", "03-app/values.yaml", "README.md", "charts.txt", "checksums.txt", "deploy.sh",
		"hauler-manifest.yaml", "images.txt", "provenance.json", "recipe.yaml", "releases.tsv", "sbom.cdx.json", "undeploy.sh", "zarf.yaml",
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
	if diff := cmp.Diff("half: \"0.5\"\nlist:\n  - a: b\nsize: 1000000\n", string(file(t, b, "02-db/values.yaml"))); diff != "" {
		t.Error(diff)
	}
}

func TestBuildIgnoresTheBodysOrder(t *testing.T) {
	first := packed(t, NewCache().Zip, build(t, "app", "db", "crd").Files)
	for _, names := range [][]string{{"crd", "db", "app"}, {"db", "app", "crd"}} {
		if again := packed(t, NewCache().Zip, build(t, names...).Files); !bytes.Equal(first, again) {
			t.Errorf("%v gives another archive", names)
		}
	}
}

// Each deployer in the contract makes bundles, and their README says how they are installed and removed.
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
		b := mustBuild(t, chain(), gen.CreateBundleParams{Deployer: name})
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
	r := gen.Recipe{ComponentRefs: []gen.ComponentRef{ref("crd", "1.0.0")}}
	if _, err := Build(t.Context(), testCatalog(), testOptions, r, gen.CreateBundleParams{Deployer: "ansible"}); err == nil || err.Error() != `no deployer "ansible"` {
		t.Errorf("unknown deployer: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Build(ctx, testCatalog(), testOptions, r, gen.CreateBundleParams{Deployer: gen.DeployerHelm}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestChecksums(t *testing.T) {
	b := build(t, "app", "db", "crd")
	want := map[string]string{}
	for _, f := range b.Files {
		if f.Path != "checksums.txt" && f.Path != "provenance.json" { // which is about checksums.txt
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

func file(t *testing.T, b Bundle, path string) []byte {
	t.Helper()
	i := slices.IndexFunc(b.Files, func(f File) bool { return f.Path == path })
	if i < 0 {
		t.Fatalf("no %s", path)
	}
	return b.Files[i].Data()
}
