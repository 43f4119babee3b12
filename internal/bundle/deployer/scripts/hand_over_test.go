package scripts_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/NVIDIA/cloud-native-stack/internal/bundle/deployer/scripts"
)

// tool is what a deploy.sh hands releases over to.
type tool struct {
	name     string
	handOver func(folder, release, timeout string) [][]string
}

const apply = "kubectl apply --server-side --force-conflicts --filename="

var handOvers = []tool{
	{"argocd", func(folder, release, timeout string) [][]string {
		wait := func(status string) []string {
			return []string{"kubectl", "wait", "--namespace=argocd", "--for=jsonpath=" + status, "--timeout=" + timeout,
				"--", "application.argoproj.io/" + release}
		}
		forget := []string{"kubectl", "patch", "--namespace=argocd", "--type=merge",
			`--patch={"status":{"sync":null,"health":null}}`, "--", "application.argoproj.io/" + release}
		return [][]string{call(apply + "applications/" + folder[3:] + ".yaml"), forget,
			wait("{.status.sync.status}=Synced"), wait("{.status.health.status}=Healthy")}
	}},
	{"flux", func(folder, release, timeout string) [][]string {
		return [][]string{call(apply + folder + "/release"), {
			"kubectl", "wait", "--namespace=flux-system", "--for=condition=Ready", "--timeout=" + timeout,
			"--", "helmrelease.helm.toolkit.fluxcd.io/" + release}}
	}},
}

// bundle unpacks the tool's bundle. It needs no helm.
func (tt tool) bundle(t *testing.T, folder, releases string) bundle {
	t.Helper()
	b := newBundle(t, folder, releases)
	b.write(t, "deploy.sh", scripts.HandOver)
	if tt.name == "argocd" {
		b.write(t, "applications/cert-manager.yaml", "kind: Application\n")
	}
	b.without(t, "helm")
	return b
}

// all are the calls that the releases of tsv lead to.
func (tt tool) all(timeout string) [][]string {
	get := func(namespace string) []string {
		return call("kubectl get namespace --ignore-not-found --output=name -- " + namespace)
	}
	create := func(namespace string) []string { return call("kubectl create namespace -- " + namespace) }
	return slices.Concat(
		[][]string{get("cert-ns"), create("cert-ns")}, tt.handOver("01-cert-manager", "cert-manager", timeout),
		[][]string{get("gpu-ns"), create("gpu-ns"), call(apply + before)},
		tt.handOver("02-gpu-operator", "gpu-operator", timeout),
		[][]string{call(apply + after), get("sentinel-ns"), create("sentinel-ns")},
		tt.handOver("03-nvsentinel", "nvsentinel", timeout),
	)
}

// until cuts calls off after the first that has a word.
func until(calls [][]string, word string) [][]string {
	return calls[:1+slices.IndexFunc(calls, func(c []string) bool { return slices.Contains(c, word) })]
}

func TestHandOver(t *testing.T) {
	for _, tool := range handOvers {
		all := tool.all("20m")
		last := func(words []string) string { return words[len(words)-1] }
		inCluster := slices.DeleteFunc(slices.Clone(all), func(c []string) bool { return c[1] == "create" })
		gpu := tool.handOver("02-gpu-operator", "gpu-operator", "20m")
		taken, ready, lastReady := gpu[0][4], last(gpu[1]), last(all[len(all)-1])
		tests := []struct {
			name   string
			args   []string
			env    []string
			calls  [][]string
			status int
			stderr string // part of it
		}{
			{name: "all", calls: all, stderr: "[2/3] gpu-operator v26.3.3 -> namespace gpu-ns\n"},
			{name: "namespaces exist", env: []string{"STUB_NAMESPACE=namespace/x"}, calls: inCluster},
			{name: "timeout", env: []string{"CNS_TIMEOUT=90s"}, calls: tool.all("90s")},
			{name: "absolute KUBECONFIG", env: []string{"KUBECONFIG=/etc/one:/etc/two"}, calls: all},
			{name: "relative KUBECONFIG", env: []string{"KUBECONFIG=/etc/one:two"}, status: 2,
				stderr: "deploy.sh: KUBECONFIG has a relative path"},
			{name: "relative KUBECONFIG first", env: []string{"KUBECONFIG=one:/etc/two"}, status: 2,
				stderr: "KUBECONFIG has a relative path"},
			{name: "unknown option", args: []string{"--dry-run"}, status: 2,
				stderr: "deploy.sh: unknown argument --dry-run\n"},
			{name: "component", args: []string{"$(touch pwned)"}, status: 2,
				stderr: `deploy.sh: unknown argument \$\(touch\ pwned\)` + "\n"},
			{name: "second argument", args: []string{"", "gpu-operator"}, status: 2, stderr: "unknown argument"},
			{name: "look-up fails", env: []string{"STUB_FAIL=get"}, status: 1, calls: all[:1]},
			{name: "namespace can't be made", env: []string{"STUB_FAIL=create"}, status: 1, calls: all[:2]},
			{name: "manifests before fail", env: []string{"STUB_FAIL=--filename=" + before}, status: 1,
				calls: until(all, "--filename="+before)},
			{name: "release isn't taken", env: []string{"STUB_FAIL=" + taken}, status: 1, calls: until(all, taken)},
			{name: "release isn't ready", env: []string{"STUB_FAIL=" + ready}, status: 1, calls: until(all, ready),
				stderr: "\ngpu-operator failed; nothing after it was started. " +
					"After fixing this, run the script again.\n"},
			{name: "manifests after fail", env: []string{"STUB_FAIL=--filename=" + after}, status: 1,
				calls: until(all, "--filename="+after)},
			{name: "last isn't ready", env: []string{"STUB_FAIL=" + lastReady}, status: 1,
				calls: until(all, lastReady)},
		}
		for _, tt := range tests {
			t.Run(tool.name+"/"+tt.name, func(t *testing.T) {
				t.Parallel()
				got := tool.bundle(t, "bundle", tsv).run(t, "deploy.sh", tt.env, tt.args...)
				got.check(t, tt.status, tt.calls)
				if !strings.Contains(got.stderr, tt.stderr) {
					t.Errorf("stderr has no %q:\n%s", tt.stderr, got.stderr)
				}
			})
		}
	}
}

func TestHandOverTwice(t *testing.T) {
	for _, tool := range handOvers {
		t.Run(tool.name, func(t *testing.T) {
			t.Parallel()
			b := tool.bundle(t, "bundle", tsv)
			b.run(t, "deploy.sh", nil).check(t, 0, tool.all("20m"))
			b.run(t, "deploy.sh", nil).check(t, 0, slices.Concat(tool.all("20m"), tool.all("20m")))
		})
	}
}

func TestHandOverAnyFolder(t *testing.T) {
	for _, tool := range handOvers {
		for _, folder := range []string{"a b", "-rf", "a,b", "*", "$(touch pwned)", `"'`, "ü"} {
			t.Run(tool.name+"/"+folder, func(t *testing.T) {
				t.Parallel()
				b := tool.bundle(t, folder, tsv)
				elsewhere := t.TempDir() // CDPATH would send a careless cd to this namesake
				if err := os.Mkdir(filepath.Join(elsewhere, folder), 0o755); err != nil {
					t.Fatal(err)
				}
				got := b.exec(t, []string{"CDPATH=" + elsewhere}, "bash", "--", folder+"/deploy.sh")
				got.check(t, 0, tool.all("20m"))
			})
		}
	}
}

func TestHandOverWithoutKubectl(t *testing.T) {
	for _, tool := range handOvers {
		t.Run(tool.name, func(t *testing.T) {
			t.Parallel()
			b := tool.bundle(t, "bundle", tsv)
			b.without(t, "kubectl")
			got := b.run(t, "deploy.sh", nil)
			got.check(t, 1, nil)
			if got.stderr != "deploy.sh: kubectl is not on PATH\n" {
				t.Error(got.stderr)
			}
		})
	}
}

// Whatever stands in releases.tsv arrives as it is, within one word.
func TestHandOverHostileData(t *testing.T) {
	for _, tool := range handOvers {
		for _, evil := range hostileData {
			t.Run(tool.name+"/"+evil, func(t *testing.T) {
				t.Parallel()
				row := []string{"01-x", evil, evil, evil, evil, evil}
				b := tool.bundle(t, "bundle", header+strings.Join(row, "\t")) // no newline at the end
				want := slices.Concat([][]string{
					append(call("kubectl get namespace --ignore-not-found --output=name --"), evil),
					append(call("kubectl create namespace --"), evil),
				}, tool.handOver("01-x", evil, evil))
				b.run(t, "deploy.sh", []string{"CNS_TIMEOUT=" + evil}).check(t, 0, want)
			})
		}
	}
}

func TestHandOverMalformedReleases(t *testing.T) {
	for _, tool := range handOvers {
		for name, line := range malformedLines {
			t.Run(tool.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				got := tool.bundle(t, "bundle", tsv+line).run(t, "deploy.sh", nil)
				got.check(t, 1, nil)
				if !strings.HasPrefix(got.stderr, "deploy.sh: malformed line in releases.tsv: ") {
					t.Error(got.stderr)
				}
			})
		}
		for name, data := range map[string]string{"nothing": "", "header alone": header} {
			t.Run(tool.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				got := tool.bundle(t, "bundle", data).run(t, "deploy.sh", nil)
				got.check(t, 1, nil)
				if got.stderr != "deploy.sh: releases.tsv lists no release\n" {
					t.Error(got.stderr)
				}
			})
		}
	}
}

func TestHandOverHelp(t *testing.T) {
	for _, tool := range handOvers {
		for _, option := range []string{"-h", "--help"} {
			b := tool.bundle(t, "bundle", "")
			b.without(t, "kubectl")
			got := b.run(t, "deploy.sh", nil, option)
			got.check(t, 0, nil)
			if !strings.HasPrefix(got.stdout, "Usage: deploy.sh\n") || !pointsToReadme(got.stdout) || got.stderr != "" {
				t.Errorf("%s %s: %+v", tool.name, option, got)
			}
		}
	}
}
