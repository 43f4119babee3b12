//go:build e2e

package acceptance

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// Helmfile and cosign take a quarter of an hour to build, each, so the tests that run them are apart: make e2e.

// toolsDir is where the Makefile installs tools.
func toolsDir(t *testing.T) string {
	t.Helper()
	bin, err := filepath.Abs(repository + "/.tools/bin")
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

// TestCosign lets cosign check signatures by the command that README.md has, and by the one for plain files.
func TestCosign(t *testing.T) {
	key := newKey(t)
	s := start(t, build(t), key)
	dir := s.bundle(t, requests(t)[0], form{deployer: "helm"}).write(t)
	for name, key := range map[string]signingKey{"cosign.pub": key, "other.pub": newKey(t)} {
		der, err := x509.MarshalPKIXPublicKey(key.public)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, command := range [][]string{{"verify-blob-attestation", "--type", "slsaprovenance1"}, {"verify-blob"}} {
		for _, tt := range []struct {
			key, file string
			isValid   bool
		}{{"cosign.pub", "checksums.txt", true}, {"other.pub", "checksums.txt", false}, {"cosign.pub", "recipe.yaml", false}} {
			args := append(command, "--key", tt.key, "--bundle", "provenance.sigstore.json", "--insecure-ignore-tlog", tt.file)
			cmd := exec.Command(toolsDir(t)+"/cosign", args...)
			cmd.Dir, cmd.Env = dir, []string{"HOME=" + t.TempDir()}
			if out, err := cmd.CombinedOutput(); (err == nil) != tt.isValid {
				t.Errorf("cosign %q: %v\n%s", args, err, out)
			}
		}
	}
}

// TestHelmfileList lets helmfile itself read the bundles.
func TestHelmfileList(t *testing.T) {
	bin := toolsDir(t)
	s := start(t, build(t), newKey(t))
	for _, r := range requests(t) {
		t.Run(r.name, func(t *testing.T) {
			b := s.bundle(t, r, form{deployer: "helmfile"})
			cmd := exec.Command(bin+"/helmfile", "list", "--output=json")
			cmd.Dir, cmd.Env = b.write(t), []string{"PATH=" + bin, "HOME=" + t.TempDir()}
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v: %s", err, &stderr)
			}
			type release struct{ Name, Namespace, Chart, Version string }
			names := func(list []release) (all []string) {
				for _, r := range list {
					all = append(all, r.Namespace+"/"+r.Name+" "+r.Chart+" "+r.Version)
				}
				slices.Sort(all)
				return all
			}
			want := decode[struct{ Releases []release }](t, b.file(t, "helmfile.yaml"))
			equal(t, names(decode[[]release](t, out)), names(want.Releases))
		})
	}
}
