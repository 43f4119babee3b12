package docs

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/NVIDIA/cloud-native-stack/test/harness"
)

// stubs are the tools that don't run for real, and why. Each call is logged, and fails if a file
// that it names isn't there. Any other command of a page runs as it is.
var stubs = map[string]string{
	"cosign":   "make e2e has the real one check signatures",
	"docker":   "needs a daemon",
	"flux":     "needs a registry",
	"go":       "would write into this repository, or test anew",
	"hauler":   "needs registries",
	"helm":     "needs a cluster and chart repositories; the real Helm checks commands and flags",
	"helmfile": "needs a cluster; make e2e has the real one read bundles",
	"kubectl":  "needs a cluster",
	"make":     "would build and test anew; the real make says what it would do",
	"pidof":    "would find servers of others; it names the page's",
	"sudo":     "would change this machine",
	"zarf":     "needs a cluster and registries",
}

// stub is the text of all of them. Tools that scripts call in a loop must not read the loop's data.
const stub = `#!/usr/bin/env bash
set -euo pipefail
tool=${0##*/}
{ printf %s "$tool"; [[ $# -eq 0 ]] || printf ' %q' "$@"; echo; } >>"$STUB_LOG"
missing() { printf '%s: no %s\n' "$tool" "$1" >&2; exit 1; }
case "$tool ${1:-} ${2:-} ${3:-}" in
  'hauler store save '*) touch "$4" ;;
  'zarf package create '*)
    touch zarf-package-cns-bundle-amd64.tar.zst
    [[ -f $3/zarf.yaml ]] || missing "$3/zarf.yaml" ;;
  'helm pull --version='*)
    for word in "$@"; do [[ $word != --destination=* ]] || echo >"${word#*=}/chart.tgz"; done ;;
  'helm pull '*)
    mkdir "$2"
    printf 'apiVersion: v2\nname: %s\nversion: 1.0.0\n' "$2" >"$2/Chart.yaml"
    echo 'a: 1' >"$2/values.yaml"
    tar czf "$2-$6.tgz" "$2" ;;
  'docker build '*)
    while read -r _ source _; do
      [[ -f $source ]] || missing "$source"
    done < <(grep '^COPY' Dockerfile) ;;
  'kubectl get --raw=/version '*) echo '{"gitVersion": "v1.35.1"}' ;;
  'kubectl apply -k '*) [[ -f $3/kustomization.yaml ]] || missing "$3/kustomization.yaml" ;;
  'flux push artifact '*) path=${4#--path=}; [[ -d $path ]] || missing "$path" ;;
esac
case $tool in
  helm) "$REAL_HELM" "$1" --help "${@:2}" >/dev/null ;;
  make) "$REAL_MAKE" --no-print-directory --dry-run --directory="$REPOSITORY" "$@" >/dev/null ;;
  pidof) echo "$SERVER_PID" ;;
esac
for word in "$@"; do
  word=${word#--*=}
  case $word in
    *://* | /*) ;;
    *.yaml | *.json | *.txt | *.pem | *.pub | *.tgz | *.tar.zst | *.service) [[ -f $word ]] || missing "$word" ;;
    */manifests/* | */release) [[ -d $word ]] || missing "$word" ;;
  esac
done
`

// install puts stubs, the server's program and what pages use of the repository where the page's
// commands find them, and returns their environment.
func (p *page) install(t *testing.T) []string {
	t.Helper()
	bin, home := t.TempDir(), t.TempDir()
	for tool := range stubs {
		write(t, filepath.Join(bin, tool), stub, 0o755)
	}
	root, err := filepath.Abs(harness.Repository)
	if err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{
		filepath.Join(bin, "cnsd"):       p.binary,
		filepath.Join(p.dir, "bin/cnsd"): p.binary,
		filepath.Join(p.dir, "docs"):     filepath.Join(root, "docs"),
	} {
		if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
	}
	helm := filepath.Join(root, ".tools/bin/helm")
	if _, err := os.Stat(helm); err != nil {
		t.Fatal("helm is missing: run make tools")
	}
	realMake, err := exec.LookPath("make")
	if err != nil {
		t.Fatal(err)
	}
	write(t, p.log(), "", 0o644)
	p.gitServer(t, home)
	return []string{
		"PATH=" + bin + ":" + os.Getenv("PATH"), "HOME=" + home, "LC_ALL=C", "PORT=0", "STUB_LOG=" + p.log(),
		"REAL_HELM=" + helm, "REAL_MAKE=" + realMake, "REPOSITORY=" + root,
	}
}

// log is where stubs write what they were called with; no page has a file of that name.
func (p *page) log() string { return filepath.Join(p.dir, ".calls") }

// gitServer gives Git an empty repository instead of the one at git.example.com.
func (p *page) gitServer(t *testing.T, home string) {
	t.Helper()
	init := exec.CommandContext(t.Context(), "git", "init", "--quiet", "--bare", "--initial-branch=main",
		filepath.Join(home, "clusters.git"))
	if out, err := init.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	config := fmt.Sprintf("[user]\nname = Reader\nemail = reader@example.com\n"+
		"[url %q]\ninsteadOf = https://git.example.com/\n", home+"/")
	write(t, filepath.Join(home, ".gitconfig"), config, 0o644)
}

func write(t *testing.T, file, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}
