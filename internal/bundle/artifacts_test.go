package bundle

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/attest"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/archive"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/bundletest"
)

func jsonOf(t *testing.T, b Bundle, name string) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(file(t, b, name), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// Equal requests give equal files, in whatever order the body and its mappings are; others give
// another SBOM number and another statement.
func TestFilesFollowFromTheRequest(t *testing.T) {
	type m = map[string]any
	helm := gen.CreateBundleParams{Deployer: gen.DeployerHelm}
	build := func(version string, set ...string) Bundle {
		other := otherRef()
		other.Version = version
		params := helm
		params.Set, params.Accept, params.Format = set, "application/gzip", gen.FormatTarGz
		return mustBuild(t, imageCatalog(t), recipeOf(other, netRef(m{"a": "b", "c": "d"})), params)
	}
	first := build("1.0.0")
	again := mustBuild(t, imageCatalog(t), recipeOf(netRef(m{"c": "d", "a": "b"}), otherRef()), helm)
	sameFiles := cmp.Comparer(func(a, b archive.File) bool {
		return a.Path == b.Path && a.Executable == b.Executable && bytes.Equal(a.Data(), b.Data())
	})
	if diff := cmp.Diff(first.Files, again.Files, sameFiles); diff != "" {
		t.Errorf("equal requests: %s", diff)
	}
	for name, other := range map[string]Bundle{
		"another version": build("1.0.1"), "another value": build("1.0.0", "net:side.enabled=true"),
	} {
		for _, f := range []string{"sbom.cdx.json", "provenance.json", "checksums.txt"} {
			if bytes.Equal(file(t, first, f), file(t, other, f)) {
				t.Errorf("%s: the same %s", name, f)
			}
		}
	}
	other := jsonOf(t, build("1.0.0", "net:main.image=x"), "sbom.cdx.json")
	if jsonOf(t, first, "sbom.cdx.json")["serialNumber"] == other["serialNumber"] {
		t.Error("two SBOMs have one number")
	}
}

// A server on another day gives the same bytes, signatures included.
func TestArchivesDontTellTheDay(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, params := range bundletest.EveryDeployer() {
		t.Run(name, func(t *testing.T) {
			catalog := imageCatalog(t)
			synctest.Test(t, func(t *testing.T) {
				var archives [][]byte
				for range 2 {
					signer, err := attest.NewSigner(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
					if err != nil {
						t.Fatal(err)
					}
					o := testOptions()
					o.Signer = signer
					builder := NewBuilder(nil, o)
					b, err := bundleOf(t.Context(), builder, catalog, recipeOf(netRef(nil), otherRef()), params)
					if err != nil {
						t.Fatal(err)
					}
					for _, pack := range []packer{builder.zipper.Zip, archive.TarGz} {
						archives = append(archives, packed(t, pack, b.Files))
					}
					time.Sleep(400 * 24 * time.Hour)
				}
				if !bytes.Equal(archives[0], archives[2]) || !bytes.Equal(archives[1], archives[3]) {
					t.Error("the bytes differ")
				}
			})
		})
	}
}

func TestProvenance(t *testing.T) {
	type m = map[string]any
	const git = "https://git.example.com/clusters.git//gpu?ref=prod"
	params := gen.CreateBundleParams{Deployer: gen.DeployerFlux, Repo: git, Set: []string{"web:a=b"}}
	predicateOf := func(params gen.CreateBundleParams) m {
		return jsonOf(t, mustBuild(t, testCatalog(), chain(), params), "provenance.json")["predicate"].(m)
	}
	predicate := predicateOf(params)
	definition := predicate["buildDefinition"].(m)
	parameters := definition["externalParameters"].(m)
	options := m{"deployer": "flux", "repo": git, "set": []any{"web:a=b"}}
	if diff := cmp.Diff(options, parameters["options"]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]any{parameters["recipe"]}, definition["resolvedDependencies"]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(m{"cnsd": "v1.2.3"}, predicate["runDetails"].(m)["builder"].(m)["version"]); diff != "" {
		t.Error(diff)
	}
	// The recipe is what was asked for, before options: they are beside it.
	other := predicateOf(gen.CreateBundleParams{Deployer: gen.DeployerHelm})["buildDefinition"].(m)
	if diff := cmp.Diff(parameters["recipe"], other["externalParameters"].(m)["recipe"]); diff != "" {
		t.Error(diff)
	}
}

func TestZarfVariables(t *testing.T) {
	const warning = "values or manifests hold ###ZARF_, where Zarf puts variables and constants of its own"
	for name, params := range bundletest.EveryDeployer() {
		ref := foreign("podinfo")
		ref.Values = map[string]any{"a": "x ###ZARF_REGISTRY_AUTH_PUSH###"}
		b := mustBuild(t, testCatalog(), recipeOf(ref), params)
		hasZarf := slices.ContainsFunc(b.Files, func(f archive.File) bool { return f.Path == "zarf.yaml" })
		warned := slices.Contains(b.Warnings, warning)
		if warned != hasZarf || hasZarf != (params.Deployer == gen.DeployerHelm) {
			t.Errorf("%s: warned %t, has zarf.yaml %t", name, warned, hasZarf)
		}
	}
}
