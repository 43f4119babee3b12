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
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/attest"
)

func jsonOf(t *testing.T, b Bundle, name string) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(file(t, b, name), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestSBOM(t *testing.T) {
	type m = map[string]any
	digest := strings.Repeat("0123456789abcdef", 4)
	mine := gen.ComponentRef{Name: "mine", Version: "2.0.0+b", Repository: "oci://ghcr.io/org/", Chart: "web", Namespace: "demo"}
	again := mine // the same chart under another name
	again.Name = "again"
	net := netRef(m{"side": m{"enabled": true, "digest": digest}})
	r := gen.Recipe{Metadata: gen.RecipeMetadata{Created: "2026-01-27T12:00:00Z"}, ComponentRefs: []gen.ComponentRef{net, mine, again}}
	b, err := Build(t.Context(), imageCatalog(t), testOptions, r, gen.CreateBundleParams{Deployer: gen.DeployerHelm})
	if err != nil {
		t.Fatal(err)
	}
	got := jsonOf(t, b, "sbom.cdx.json")
	const web, side, main = "pkg:oci/web?repository_url=ghcr.io%2Forg%2Fweb&tag=2.0.0_b", "docker.io/grafana/side", "nvcr.io/nvidia/net"
	sideRef := side + ":1@sha256:" + digest
	want := m{
		"components": []any{
			m{"type": "application", "bom-ref": "release:again", "name": "web", "version": "2.0.0+b", "purl": web},
			m{"type": "application", "bom-ref": "release:mine", "name": "web", "version": "2.0.0+b", "purl": web},
			m{"type": "application", "bom-ref": "release:net", "name": "net-chart", "version": "1.0.0", "purl": "pkg:helm/net-chart@1.0.0?repository_url=https:%2F%2Fcharts.example.com"},
			m{"type": "container", "bom-ref": sideRef, "name": side, "version": "1", "hashes": []any{m{"alg": "SHA-256", "content": digest}},
				"purl": "pkg:oci/side@sha256:" + digest + "?repository_url=docker.io%2Fgrafana%2Fside&tag=1"},
			m{"type": "container", "bom-ref": main + ":v1", "name": main, "version": "v1", "purl": "pkg:oci/net?repository_url=nvcr.io%2Fnvidia%2Fnet&tag=v1"},
		},
		"dependencies": []any{
			m{"ref": "release:again", "dependsOn": []any{}}, m{"ref": "release:mine", "dependsOn": []any{}}, m{"ref": "release:net", "dependsOn": []any{sideRef, main + ":v1"}},
			m{"ref": "bundle", "dependsOn": []any{"release:again", "release:mine", "release:net"}},
		},
		"metadata": m{"timestamp": "2026-01-27T12:00:00Z", "lifecycles": []any{m{"phase": "pre-build"}}, "component": m{"type": "application", "bom-ref": "bundle", "name": "cns-bundle"}},
	}
	for key, want := range want {
		if diff := cmp.Diff(want, got[key]); diff != "" {
			t.Errorf("%s: %s", key, diff)
		}
	}
}

// Equal requests give equal files, in whatever order the body and its mappings are; others give another SBOM number and another statement.
func TestSuppliesFollowFromTheRequest(t *testing.T) {
	made := func(version string, set ...string) Bundle {
		refs := []gen.ComponentRef{netRef(map[string]any{"a": "b", "c": "d"}), otherRef()}
		refs[1].Version = version
		slices.Reverse(refs)
		b, err := Build(t.Context(), imageCatalog(t), testOptions, gen.Recipe{ComponentRefs: refs},
			gen.CreateBundleParams{Deployer: gen.DeployerHelm, Set: set, Accept: "application/gzip", Format: gen.FormatTarGz})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	first := made("1.0.0")
	again, err := Build(t.Context(), imageCatalog(t), testOptions, gen.Recipe{ComponentRefs: []gen.ComponentRef{netRef(map[string]any{"c": "d", "a": "b"}), otherRef()}},
		gen.CreateBundleParams{Deployer: gen.DeployerHelm})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first.Files, again.Files, cmpopts.IgnoreUnexported(File{})); diff != "" {
		t.Errorf("equal requests: %s", diff)
	}
	for name, other := range map[string]Bundle{"another version": made("1.0.1"), "another value": made("1.0.0", "net:side.enabled=true")} {
		for _, f := range []string{"sbom.cdx.json", "provenance.json", "checksums.txt"} {
			if bytes.Equal(file(t, first, f), file(t, other, f)) {
				t.Errorf("%s: the same %s", name, f)
			}
		}
	}
	if jsonOf(t, first, "sbom.cdx.json")["serialNumber"] == jsonOf(t, made("1.0.0", "net:main.image=x"), "sbom.cdx.json")["serialNumber"] {
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
	for name, params := range everyDeployer() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var archives [][]byte
				for range 2 {
					signer, err := attest.NewSigner(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
					if err != nil {
						t.Fatal(err)
					}
					o := Options{Limits: testOptions.Limits, Version: "v1.2.3", Signer: signer, Cache: NewCache()}
					b, err := Build(t.Context(), imageCatalog(t), o, gen.Recipe{ComponentRefs: []gen.ComponentRef{netRef(nil), otherRef()}}, params)
					if err != nil {
						t.Fatal(err)
					}
					for _, pack := range []packer{o.Cache.Zip, TarGz} {
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
	b := mustBuild(t, chain(), gen.CreateBundleParams{Deployer: gen.DeployerFlux, Repo: git, Set: []string{"web:a=b"}})
	got := jsonOf(t, b, "provenance.json")
	predicate := got["predicate"].(m)
	parameters := predicate["buildDefinition"].(m)["externalParameters"].(m)
	if diff := cmp.Diff(m{"deployer": "flux", "repo": git, "set": []any{"web:a=b"}}, parameters["options"]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]any{parameters["recipe"]}, predicate["buildDefinition"].(m)["resolvedDependencies"]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(m{"cnsd": "v1.2.3"}, predicate["runDetails"].(m)["builder"].(m)["version"]); diff != "" {
		t.Error(diff)
	}
	// The recipe is what was asked for, before options: they are beside it.
	other := jsonOf(t, mustBuild(t, chain(), gen.CreateBundleParams{Deployer: gen.DeployerHelm}), "provenance.json")
	if diff := cmp.Diff(parameters["recipe"], other["predicate"].(m)["buildDefinition"].(m)["externalParameters"].(m)["recipe"]); diff != "" {
		t.Error(diff)
	}
}

func TestZarfVariables(t *testing.T) {
	ref := foreign("podinfo")
	ref.Values = map[string]any{"a": "x ###ZARF_REGISTRY_AUTH_PUSH###"}
	const warning = "values or manifests hold ###ZARF_, where Zarf puts variables and constants of its own"
	for name, params := range everyDeployer() {
		b := mustBuild(t, gen.Recipe{ComponentRefs: []gen.ComponentRef{ref}}, params)
		hasZarf := slices.ContainsFunc(b.Files, func(f File) bool { return f.Path == "zarf.yaml" })
		if warned := slices.Contains(b.Warnings, warning); warned != hasZarf || hasZarf != (params.Deployer == gen.DeployerHelm) {
			t.Errorf("%s: warned %t, has zarf.yaml %t", name, warned, hasZarf)
		}
	}
}
