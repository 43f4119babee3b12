package scripts_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/NVIDIA/cloud-native-stack/internal/bundle/deployer/scripts"
)

// bundle is an unpacked bundle with a PATH of its own, on which nothing is but the stubs and what
// the scripts may use.
type bundle struct{ root, dir, bin, log string }

func newBundle(t *testing.T, folder, releases string) bundle {
	t.Helper()
	root := t.TempDir()
	b := bundle{root: root, dir: filepath.Join(root, folder), bin: t.TempDir()}
	b.log = filepath.Join(b.bin, "log")
	for _, name := range []string{"helm", "kubectl"} {
		writeFile(t, filepath.Join(b.bin, name), stub)
	}
	writeFile(t, filepath.Join(b.bin, "mktemp"), mktemp)
	for _, name := range []string{"bash", "env", "dirname", "cat", "awk", "grep", "touch", "mkdir", "rm"} {
		path, err := exec.LookPath(name)
		// BUNDLE_TEST_BASH is how to run these tests with another bash, such as the 3.2 of macOS.
		if other := os.Getenv("BUNDLE_TEST_BASH"); other != "" && name == "bash" {
			path, err = other, nil
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(b.bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	b.write(t, "deploy.sh", scripts.Deploy)
	b.write(t, "undeploy.sh", scripts.Undeploy)
	b.write(t, "releases.tsv", releases)
	b.list(t, before+"/01-configmap.yaml", "kind: Before\n")
	b.list(t, after+"/01-clusterpolicy.yaml", "kind: After\n")
	return b
}

func (b bundle) write(t *testing.T, name, content string) {
	t.Helper()
	writeFile(t, filepath.Join(b.dir, name), content)
}

// list writes a file that checksums.txt names.
func (b bundle) list(t *testing.T, name, content string) {
	t.Helper()
	b.write(t, name, content)
	sums := filepath.Join(b.dir, "checksums.txt")
	listed, err := os.ReadFile(sums)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	writeFile(t, sums, fmt.Sprintf("%s%x  %s\n", listed, sha256.Sum256([]byte(content)), name))
}

func (b bundle) without(t *testing.T, tool string) {
	t.Helper()
	if err := os.Remove(filepath.Join(b.bin, tool)); err != nil {
		t.Fatal(err)
	}
}

// result is what a command wrote, and all calls to the stubs so far.
type result struct {
	stdout, stderr string
	status         int
	calls          [][]string
}

// run starts one of the bundle's scripts, from another folder.
func (b bundle) run(t *testing.T, script string, env []string, args ...string) result {
	t.Helper()
	return b.exec(t, env, filepath.Join(b.dir, script), args...)
}

func (b bundle) exec(t *testing.T, env []string, name string, args ...string) result {
	t.Helper()
	if name == "bash" {
		name = filepath.Join(b.bin, name)
	}
	var stdout, stderr strings.Builder
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = b.root, &stdout, &stderr
	cmd.Env = append([]string{"PATH=" + b.bin, "STUB_LOG=" + b.log, "HOME=" + b.root}, env...)
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	for _, dir := range []string{b.root, b.dir} {
		if _, err := os.Lstat(filepath.Join(dir, "pwned")); err == nil {
			t.Error("data was run as a command")
		}
	}
	return result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode(), readCalls(t, b.log)}
}

func (r result) check(t *testing.T, status int, calls [][]string) {
	t.Helper()
	if r.status != status {
		t.Errorf("exit status %d, want %d; stderr:\n%s", r.status, status, r.stderr)
	}
	if strings.ContainsRune(r.stderr, '\x1b') {
		t.Errorf("a terminal would obey %q", r.stderr)
	}
	if !slices.EqualFunc(r.calls, calls, slices.Equal) {
		t.Errorf("calls:\n%q\nwant:\n%q", r.calls, calls)
	}
}

func readCalls(t *testing.T, log string) (calls [][]string) {
	t.Helper()
	data, err := os.ReadFile(log)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	} else if err != nil {
		t.Fatal(err)
	}
	for words := strings.Split(strings.TrimSuffix(string(data), "\x00"), "\x00"); len(words) > 0; {
		n, err := strconv.Atoi(words[0])
		if err != nil || n >= len(words) {
			t.Fatalf("unreadable log %q", data)
		}
		for i := range words[1 : n+1] {
			words[1+i] = strings.ReplaceAll(words[1+i], log+".d", scratch)
		}
		calls = append(calls, words[1:n+1])
		words = words[n+1:]
	}
	return calls
}

// writeFile writes a file that can be run, and the folders above it.
func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	// A child forked meanwhile would hold the file open for writing, and nobody could run it:
	// https://go.dev/issue/22315.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := os.WriteFile(path, []byte(content), 0o755); err != nil {
		t.Fatal(err)
	}
}

// call splits a command at its spaces.
func call(command string) []string { return strings.Fields(command) }

// fetch is what is done before an installation to have the chart as a file.
func fetch(install []string) []string {
	from, chart := install[6:len(install)-5], install[len(install)-1] // up to the namespace
	return slices.Concat(call("helm pull"), from, []string{"--destination=" + scratch, "--", chart})
}

// render is what is done then to find out the chart's CRDs.
func render(install []string) []string {
	options := install[len(install)-5 : len(install)-1] // up to the release
	return slices.Concat(call("helm template --include-crds --skip-tests --kube-version=v1.33.1-eks-1"),
		options, []string{scratch + "/chart-1.0.0.tgz"})
}

// asTemplate is what a dry run does instead of an installation.
func asTemplate(install []string) []string {
	return append(call("helm template --include-crds --skip-tests"), install[6:]...)
}
