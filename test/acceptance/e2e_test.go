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
	"strings"
	"testing"

	"github.com/NVIDIA/cloud-native-stack/test/harness"
)

// Helmfile and cosign take a quarter of an hour to build, each, so the tests that run them are
// apart: make e2e.

// toolsDir is where the Makefile installs tools.
func toolsDir(t *testing.T) string {
	t.Helper()
	bin, err := filepath.Abs(harness.Repository + "/.tools/bin")
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

// TestCosign lets cosign check signatures by the command that README.md has, and by the one for
// plain files.
func TestCosign(t *testing.T) {
	key := newKey(t)
	s := start(t, harness.Binary(t), key)
	dir := s.bundle(t, requests(t)[0], form{deployer: "helm"}).write(t)
	for name, key := range map[string]signingKey{"cosign.pub": key, "other.pub": newKey(t)} {
		der, err := x509.MarshalPKIXPublicKey(key.public)
		if err != nil {
			t.Fatal(err)
		}
		public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
		if err := os.WriteFile(filepath.Join(dir, name), public, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, command := range [][]string{{"verify-blob-attestation", "--type", "slsaprovenance1"}, {"verify-blob"}} {
		for _, tt := range []struct {
			key, file string
			isValid   bool
		}{
			{"cosign.pub", "checksums.txt", true},
			{"other.pub", "checksums.txt", false},
			{"cosign.pub", "recipe.yaml", false},
		} {
			args := append(command, "--key", tt.key,
				"--bundle", "provenance.sigstore.json", "--insecure-ignore-tlog", tt.file)
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
	s := start(t, harness.Binary(t), newKey(t))
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

// helmStub records what it is to install, in order, and fetches charts that are empty.
const helmStub = `#!/usr/bin/env bash
set -euo pipefail
case $1 in
  version) echo v4.1.0+g0000000 ;;
  pull)
    mkdir -p "$4/${2##*/}"
    printf 'apiVersion: v2\nname: %s\nversion: 1.0.0\n' "${2##*/}" >"$4/${2##*/}/Chart.yaml" ;;
  upgrade)
    call=$(printf '%s/%03d' "$STUB_LOG" "$(ls "$STUB_LOG" | wc -l)")
    mkdir "$call" && printf '%s\n' "$@" >"$call/arguments"
    while [[ $# -gt 0 ]]; do [[ $1 != --values ]] || cp "$2" "$call/values.yaml"; shift; done ;;
esac
`

// TestHelmfileSync lets helmfile install bundles by way of the stub: each release after those that
// it needs, and with the recipe's values.
func TestHelmfileSync(t *testing.T) {
	s := start(t, harness.Binary(t), newKey(t))
	for _, r := range requests(t) {
		t.Run(r.name, func(t *testing.T) {
			b := s.bundle(t, r, form{deployer: "helmfile"})
			bin, log := t.TempDir(), t.TempDir()
			if err := os.WriteFile(bin+"/helm", []byte(helmStub), 0o755); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(toolsDir(t)+"/helmfile", "sync", "--concurrency=1")
			cmd.Dir = b.write(t)
			cmd.Env = []string{"PATH=" + bin + ":" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "STUB_LOG=" + log}
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			calls, err := filepath.Glob(log + "/*")
			if err != nil {
				t.Fatal(err)
			}
			isDone := map[string]bool{}
			steps := wanted(b.recipe)
			for _, call := range calls {
				b.checkInstall(t, call, steps, isDone)
			}
			if len(calls) != len(steps) {
				t.Errorf("%d releases were installed, want %d", len(calls), len(steps))
			}
		})
	}
}

// checkInstall compares a call of the stub with the step that it is for, which it marks as done.
func (b bundle) checkInstall(t *testing.T, call string, steps []step, isDone map[string]bool) {
	t.Helper()
	data, err := os.ReadFile(call + "/arguments")
	if err != nil {
		t.Fatal(err)
	}
	arguments := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	after := func(flag string) string {
		if i := slices.Index(arguments, flag); i >= 0 {
			return arguments[i+1]
		}
		return ""
	}
	name, chart := arguments[2], arguments[3]
	i := slices.IndexFunc(steps, func(s step) bool {
		return s.Component == name && s.Stage == theChart ||
			s.Stage != theChart && strings.HasSuffix(chart, "-"+s.Component+"/manifests/"+s.Stage)
	})
	if i < 0 {
		t.Fatalf("%q is no step of the recipe", arguments)
	}
	s := steps[i]
	equal(t, []string{after("--namespace"), after("--version")}, []string{s.Namespace, s.Version})
	if s.Stage == theChart {
		values, err := os.ReadFile(call + "/values.yaml")
		if err != nil {
			t.Fatal(err)
		}
		equal(t, decode[object](t, values), s.Values)
	}
	for _, id := range s.WaitsFor {
		if !isDone[id] {
			t.Errorf("%s is installed before %s", name, id)
		}
	}
	isDone[s.id()] = true
}
