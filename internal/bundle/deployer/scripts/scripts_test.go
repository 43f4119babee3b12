package scripts_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/NVIDIA/cloud-native-stack/internal/bundle/deployer/scripts"
)

const (
	header = "# folder\trelease\tnamespace\trepository\tchart\tversion\n"
	tsv    = header +
		"01-cert-manager\tcert-manager\tcert-ns\thttps://charts.jetstack.io\tcert-manager\tv1.17.2\n" +
		"02-gpu-operator\tgpu-operator\tgpu-ns\thttps://helm.ngc.nvidia.com/nvidia\tgpu-operator\tv26.3.3\n" +
		"03-nvsentinel\tnvsentinel\tsentinel-ns\toci://ghcr.io/nvidia/\tnvsentinel-chart\tv1.19.0\n"

	before = "02-gpu-operator/manifests/before-chart"
	after  = "02-gpu-operator/manifests/after-chart"
)

// stub stands in for helm and kubectl. It logs each call as NUL-terminated fields: the number of
// words, then the words.
const stub = `#!/usr/bin/env bash
tool=${0##*/}
printf '%s\0' $(($# + 1)) "$tool" "$@" >>"$STUB_LOG"
last=
for last in "$@"; do :; done
stdin=/dev/null # a tool that reads stdin must not swallow the list of releases
[[ $last != --filename=- ]] || stdin=$STUB_LOG.stdin
cat >|"$stdin"
case "$tool $1" in
  "helm pull")
    for word in "$@"; do [[ $word != --destination=* ]] || echo >"${word#*=}/chart-1.0.0.tgz"; done ;;
  "helm template") printf -- '%s---\n# chart of %s\n' "${STUB_CRDS:-}" "$last" ;;
  "kubectl get")
    if [[ $2 == --raw=/version ]]; then printf '{\n  "gitVersion": "%s"\n}' "${STUB_VERSION-v1.33.1-eks-1}"
    else printf '%s' "${STUB_NAMESPACE:-}"; fi ;;
  "kubectl delete") printf '%s' "${STUB_DELETE_STDERR:-}" >&2; exit "${STUB_DELETE_STATUS:-0}" ;;
esac
for word in "$tool $1" "$@"; do [[ $word != "${STUB_FAIL:-}" ]] || exit 1; done
`

// mktemp stands in for the tool. The folder is always the same, so the one before has to be gone.
const mktemp = `#!/usr/bin/env bash
mkdir "$STUB_LOG.d" && echo "$STUB_LOG.d"
`

// scratch stands for that folder in calls.
const scratch = "SCRATCH"

// The calls that the releases of tsv lead to.
var (
	getVersion  = call("kubectl get --raw=/version")
	installCert = call("helm upgrade --install --create-namespace --wait --timeout=10m --version=v1.17.2 " +
		"--repo=https://charts.jetstack.io --namespace=cert-ns --values=01-cert-manager/values.yaml " +
		"-- cert-manager cert-manager")
	getNamespace    = call("kubectl get namespace --ignore-not-found --output=name -- gpu-ns")
	createNamespace = call("kubectl create namespace -- gpu-ns")
	applyBefore     = call("kubectl apply --server-side --force-conflicts --filename=" + before)
	labelCert       = call("kubectl apply --server-side --force-conflicts --field-manager=cns-bundle " +
		"--filename=namespaces/namespace-cert-ns.yaml")
	installGPU = call("helm upgrade --install --create-namespace --wait --timeout=10m --version=v26.3.3 " +
		"--repo=https://helm.ngc.nvidia.com/nvidia --namespace=gpu-ns --values=02-gpu-operator/values.yaml " +
		"-- gpu-operator gpu-operator")
	applyAfter      = call("kubectl apply --server-side --force-conflicts --filename=" + after)
	installSentinel = call("helm upgrade --install --create-namespace --wait --timeout=10m --version=v1.19.0 " +
		"--namespace=sentinel-ns --values=03-nvsentinel/values.yaml " +
		"-- nvsentinel oci://ghcr.io/nvidia/nvsentinel-chart")

	removeSentinel = call("helm uninstall --ignore-not-found --wait --timeout=10m " +
		"--namespace=sentinel-ns -- nvsentinel")
	deleteAfter  = call("kubectl delete --ignore-not-found --timeout=10m --filename=" + after)
	removeGPU    = call("helm uninstall --ignore-not-found --wait --timeout=10m --namespace=gpu-ns -- gpu-operator")
	deleteBefore = call("kubectl delete --ignore-not-found --timeout=10m --filename=" + before)
	removeCert   = call("helm uninstall --ignore-not-found --wait --timeout=10m --namespace=cert-ns -- cert-manager")

	deployAll = [][]string{
		getVersion, fetch(installCert), render(installCert), installCert,
		getNamespace, createNamespace, fetch(installGPU), render(installGPU), applyBefore, installGPU, applyAfter,
		fetch(installSentinel), render(installSentinel), installSentinel,
	}
	undeployAll = [][]string{removeSentinel, deleteAfter, removeGPU, deleteBefore, removeCert}
)

const noMatch = `resource mapping not found for name: "p" namespace: "" from "p.yaml": ` +
	`no matches for kind "P" in version "x/v1"` + "\nensure CRDs are installed first\n"

func TestScripts(t *testing.T) {
	tests := []struct {
		name   string
		script string
		args   []string
		env    []string
		calls  [][]string
		status int
		stderr []string // each is part of it
	}{
		{name: "all", script: "deploy.sh", calls: deployAll,
			stderr: []string{"[2/3] gpu-operator v26.3.3 -> namespace gpu-ns\n"}},
		{name: "namespace exists", script: "deploy.sh", args: []string{"gpu-operator"},
			env:    []string{"STUB_NAMESPACE=namespace/gpu-ns"},
			calls:  slices.Concat([][]string{getVersion}, deployAll[4:5], deployAll[6:11]),
			stderr: []string{"[1/1] gpu-operator"}},
		{name: "two, in the bundle's order", script: "deploy.sh", args: []string{"nvsentinel", "cert-manager"},
			calls: slices.Concat(deployAll[:4], deployAll[11:])},
		{name: "timeout", script: "undeploy.sh", args: []string{"cert-manager"}, env: []string{"CNS_TIMEOUT=90s"},
			calls: [][]string{call("helm uninstall --ignore-not-found --wait --timeout=90s " +
				"--namespace=cert-ns -- cert-manager")}},
		{name: "Helm's context is kubectl's too", script: "undeploy.sh", args: []string{"gpu-operator"},
			env: []string{"HELM_KUBECONTEXT=my cluster"},
			calls: [][]string{
				slices.Insert(slices.Clone(deleteAfter), 1, "--context=my cluster"), removeGPU,
				slices.Insert(slices.Clone(deleteBefore), 1, "--context=my cluster")}},

		{name: "unknown component", script: "deploy.sh", args: []string{"cert-manager", "gpu"}, status: 2,
			stderr: []string{"unknown component gpu;", "cert-manager gpu-operator nvsentinel"}},
		{name: "unknown component", script: "undeploy.sh", args: []string{"*"}, status: 2,
			stderr: []string{`unknown component \*;`, "cert-manager gpu-operator nvsentinel"}},
		{name: "empty component", script: "deploy.sh", args: []string{""}, status: 2,
			stderr: []string{"unknown component ''"}},
		{name: "unknown option", script: "deploy.sh", args: []string{"cert-manager", "--dryrun"}, status: 2,
			stderr: []string{"Usage: deploy.sh", "unknown option --dryrun"}},
		{name: "unknown option", script: "undeploy.sh", args: []string{"-n"}, status: 2,
			stderr: []string{"Usage: undeploy.sh", "unknown option -n"}},
		{name: "relative KUBECONFIG", script: "deploy.sh", env: []string{"KUBECONFIG=/etc/one:two"}, status: 2,
			stderr: []string{"KUBECONFIG has a relative path"}},
		{name: "absolute KUBECONFIG", script: "deploy.sh", args: []string{"cert-manager"},
			env:   []string{"KUBECONFIG=/etc/one:/etc/two"},
			calls: [][]string{getVersion, fetch(installCert), render(installCert), installCert}},

		{name: "second chart fails", script: "deploy.sh", env: []string{"STUB_FAIL=--namespace=gpu-ns"}, status: 1,
			calls: deployAll[:10],
			stderr: []string{
				"gpu-operator failed; nothing after it was started", "/deploy.sh gpu-operator nvsentinel\n"}},
		{name: "charts that need a cluster", script: "deploy.sh", env: []string{"STUB_FAIL=helm template"},
			calls: deployAll, stderr: []string{"gpu-operator: Helm renders it with a cluster only"}},
		{name: "registry fails", script: "deploy.sh", env: []string{"STUB_FAIL=helm pull"}, status: 1,
			calls: deployAll[:2], stderr: []string{"cert-manager failed"}},
		{name: "no version", script: "deploy.sh", env: []string{"STUB_VERSION="}, status: 1,
			calls: deployAll[:1], stderr: []string{"the cluster doesn't say its version"}},
		{name: "namespace look-up fails", script: "deploy.sh", env: []string{"STUB_FAIL=--output=name"}, status: 1,
			calls: deployAll[:5], stderr: []string{"gpu-operator failed"}},
		{name: "manifests fail", script: "deploy.sh", env: []string{"STUB_FAIL=--filename=" + after}, status: 1,
			calls: deployAll[:11], stderr: []string{"gpu-operator failed"}},
		{name: "dry run fails", script: "deploy.sh", args: []string{"--dry-run", "cert-manager"},
			env: []string{"STUB_FAIL=cert-manager"}, status: 1, calls: [][]string{asTemplate(installCert)},
			stderr: []string{"cert-manager failed"}},

		{name: "all", script: "undeploy.sh", calls: undeployAll,
			stderr: []string{"[2/3] gpu-operator v26.3.3 <- namespace gpu-ns\n", "Kept: the namespaces"}},
		{name: "chart fails", script: "undeploy.sh", env: []string{"STUB_FAIL=gpu-operator"}, status: 1,
			calls: undeployAll[:3], stderr: []string{"gpu-operator failed; nothing after it was removed"}},
		{name: "CRDs are gone", script: "undeploy.sh", calls: undeployAll,
			env: []string{"STUB_DELETE_STATUS=1",
				"STUB_DELETE_STDERR=Warning: x is deprecated\nerror: " + noMatch + noMatch}},
		{name: "CRDs are gone, and something else is wrong", script: "undeploy.sh", calls: undeployAll[:2], status: 1,
			env: []string{"STUB_DELETE_STATUS=1",
				"STUB_DELETE_STDERR=" + noMatch + "Error from server (Forbidden): no\n"},
			stderr: []string{"Error from server (Forbidden)", "gpu-operator failed"}},
		{name: "delete fails without a word", script: "undeploy.sh", calls: undeployAll[:2], status: 7,
			env: []string{"STUB_DELETE_STATUS=7"}, stderr: []string{"gpu-operator failed"}},
	}
	for _, tt := range tests {
		t.Run(tt.script+"/"+tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBundle(t, "bundle", tsv)
			got := b.run(t, tt.script, tt.env, tt.args...)
			got.check(t, tt.status, tt.calls)
			for _, want := range tt.stderr {
				if !strings.Contains(got.stderr, want) {
					t.Errorf("stderr has no %q:\n%s", want, got.stderr)
				}
			}
		})
	}
}

// What a dry run of undeploy.sh prints is a script that does what undeploy.sh does.
func TestUndeployDryRun(t *testing.T) {
	t.Parallel()
	b := newBundle(t, "it's a bundle", tsv)
	got := b.run(t, "undeploy.sh", nil, "--dry-run")
	got.check(t, 0, nil)
	if lines := strings.Count(got.stdout, "\n"); lines != 1+len(undeployAll) {
		t.Errorf("%d lines:\n%s", lines, got.stdout)
	}
	printed := filepath.Join(t.TempDir(), "printed.sh")
	writeFile(t, printed, got.stdout)
	b.exec(t, nil, "bash", printed).check(t, 0, undeployAll)
}

func TestUndeployTwice(t *testing.T) {
	t.Parallel()
	b := newBundle(t, "bundle", tsv)
	b.run(t, "undeploy.sh", nil).check(t, 0, undeployAll)
	again := []string{"STUB_DELETE_STATUS=1", "STUB_DELETE_STDERR=" + noMatch}
	b.run(t, "undeploy.sh", again).check(t, 0, append(slices.Clone(undeployAll), undeployAll...))
}

func TestAnyFolder(t *testing.T) {
	for _, folder := range []string{"a b", "-rf", "a,b", "*", "$(touch pwned)", `"'`, "ü"} {
		t.Run(folder, func(t *testing.T) {
			t.Parallel()
			b := newBundle(t, folder, tsv)
			// CDPATH would send a careless cd to this namesake.
			elsewhere := t.TempDir()
			if err := os.Mkdir(filepath.Join(elsewhere, folder), 0o755); err != nil {
				t.Fatal(err)
			}
			b.exec(t, []string{"CDPATH=" + elsewhere}, "bash", "--", folder+"/deploy.sh").check(t, 0, deployAll)

			got := b.run(t, "deploy.sh", []string{"CDPATH=" + elsewhere, "STUB_FAIL=helm upgrade"}, "nvsentinel")
			sentinel := [][]string{getVersion, fetch(installSentinel), render(installSentinel), installSentinel}
			got.check(t, 1, slices.Concat(deployAll, sentinel))
			_, rerun, _ := strings.Cut(got.stderr, "continue with:\n")
			again := slices.Concat(deployAll, sentinel, sentinel)
			b.exec(t, nil, "bash", "-c", rerun).check(t, 0, again)
		})
	}
}

func TestMissingTools(t *testing.T) {
	for _, tt := range []struct {
		without, script string
		args            []string
		status          int
		stderr          string
		calls           [][]string
	}{
		{"helm", "deploy.sh", nil, 1, "helm is not on PATH", nil},
		{"helm", "deploy.sh", []string{"--dry-run"}, 1, "helm is not on PATH", nil},
		{"helm", "undeploy.sh", nil, 1, "helm is not on PATH", nil},
		{"helm", "undeploy.sh", []string{"--dry-run"}, 0, "", nil},
		{"kubectl", "deploy.sh", nil, 1, "kubectl is not on PATH", nil},
		{"kubectl", "undeploy.sh", nil, 1, "kubectl is not on PATH", nil},
		{"kubectl", "deploy.sh", []string{"cert-manager"}, 1, "kubectl is not on PATH", nil},
		{"kubectl", "undeploy.sh", []string{"cert-manager"}, 0, "", [][]string{removeCert}},
	} {
		t.Run(strings.Join(append([]string{tt.script, "without", tt.without}, tt.args...), " "), func(t *testing.T) {
			t.Parallel()
			b := newBundle(t, "bundle", tsv)
			b.without(t, tt.without)
			got := b.run(t, tt.script, nil, tt.args...)
			got.check(t, tt.status, tt.calls)
			if !strings.Contains(got.stderr, tt.stderr) {
				t.Errorf("stderr has no %q:\n%s", tt.stderr, got.stderr)
			}
		})
	}
}

var hostileData = []string{
	"$(touch pwned)", "`touch pwned`", "; touch pwned", "&& touch pwned #", "| touch pwned", "a\"$(touch pwned)\"",
	"it's", "--post-renderer=./pwn", "-f", "--", "*", "?", "[a-z]", "{a,b}", "~", "~root", "$HOME", "${IFS}",
	`\`, `\n`, `a\`, "%s%n", "!!", " a  b ", "ü☃", "\a\x1b[31m", "a=b", "#a",
}

// Whatever stands in releases.tsv arrives as it is, and where it belongs.
func TestHostileData(t *testing.T) {
	for _, evil := range hostileData {
		t.Run(evil, func(t *testing.T) {
			t.Parallel()
			for _, repository := range []string{evil, "oci://" + evil} {
				chart, repo := evil, []string{"--repo=" + evil}
				if repository != evil {
					chart, repo = repository+"/"+evil, nil
				}
				row := []string{"01-x", evil, evil, repository, evil, evil}
				b := newBundle(t, "bundle", header+strings.Join(row, "\t")) // no newline at the end
				b.list(t, "01-x/manifests/before-chart/01-x.yaml", "kind: X\n")

				from := append([]string{"--version=" + evil}, repo...)
				common := append(from, "--namespace="+evil, "--values=01-x/values.yaml", "--", evil, chart)
				install := append(call("helm upgrade --install --create-namespace --wait --timeout=10m"), common...)
				manifests := "--filename=01-x/manifests/before-chart"
				want := [][]string{
					getVersion,
					append(call("kubectl get namespace --ignore-not-found --output=name --"), evil),
					append(call("kubectl create namespace --"), evil),
					fetch(install), render(install),
					append(call("kubectl apply --server-side --force-conflicts"), manifests),
					install,
				}
				b.run(t, "deploy.sh", nil).check(t, 0, want)
				want = append(want, append(call("helm template --include-crds --skip-tests"), common...))
				b.run(t, "deploy.sh", nil, "--dry-run").check(t, 0, want)
				remove := [][]string{
					append(call("helm uninstall --ignore-not-found --wait --timeout=10m"),
						"--namespace="+evil, "--", evil),
					append(call("kubectl delete --ignore-not-found --timeout=10m"), manifests),
				}
				want = append(want, remove...)
				b.run(t, "undeploy.sh", nil).check(t, 0, want)
				printed := b.run(t, "undeploy.sh", nil, "--dry-run")
				printed.check(t, 0, want)
				b.exec(t, nil, "bash", "-c", printed.stdout).check(t, 0, append(want, remove...))
			}
		})
	}
}

// rest is a line after its folder.
const rest = "\ta\tb\thttps://c\td\te\n"

var malformedLines = map[string]string{
	"parent":        "../02-x" + rest,
	"absolute":      "/01-x" + rest,
	"hidden":        "01-../x" + rest,
	"comma":         "01-a,b" + rest,
	"option":        "--help" + rest,
	"substitution":  "01-$(touch pwned)" + rest,
	"few fields":    "01-x\ta\tb\thttps://c\td\n",
	"empty field":   "01-x\ta\t\thttps://c\td\te\n",
	"many fields":   "01-x" + strings.TrimSuffix(rest, "\n") + "\tf\n",
	"split by line": "01-x\ta\tb\thttps://c\td\te\ntouch pwned\n",
}

// The folder alone becomes a path: anything but a plain name stops both scripts before they start,
// as does half a line.
func TestMalformedReleases(t *testing.T) {
	for name, line := range malformedLines {
		for _, script := range []string{"deploy.sh", "undeploy.sh"} {
			t.Run(script+"/"+name, func(t *testing.T) {
				t.Parallel()
				got := newBundle(t, "bundle", tsv+line).run(t, script, nil)
				got.check(t, 1, nil)
				if !strings.Contains(got.stderr, "malformed line in releases.tsv") {
					t.Error(got.stderr)
				}
			})
		}
	}
	for name, data := range map[string]string{"nothing": "", "header alone": header} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			newBundle(t, "bundle", data).run(t, "deploy.sh", nil).check(t, 1, nil)
		})
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	b := newBundle(t, "bundle", "")
	for _, script := range []string{"deploy.sh", "undeploy.sh"} {
		for _, option := range []string{"-h", "--help"} {
			got := b.run(t, script, nil, option)
			got.check(t, 0, nil)
			if !strings.HasPrefix(got.stdout, "Usage: "+script+" [--dry-run] [component ...]\n") || got.stderr != "" {
				t.Errorf("%s %s: %+v", script, option, got)
			}
			if pointsToReadme(got.stdout) != (script == "deploy.sh") {
				t.Errorf("%s %s: where it says what has to be true before: %s", script, option, got.stdout)
			}
		}
	}
}

// pointsToReadme reports whether a script's help says where preconditions are.
func pointsToReadme(help string) bool {
	return strings.Contains(help, `README.md, "Before you install"`)
}

// A bundle has no room for a third script that both would need: what they share, they repeat.
func TestSharedPart(t *testing.T) {
	t.Parallel()
	shared := func(script string) string {
		_, rest, _ := strings.Cut(script, "\n# --- The same in deploy.sh and undeploy.sh, from here\n")
		part, _, found := strings.Cut(rest, "\n# --- to here\n")
		if !found {
			t.Fatal("the marks around the shared part are missing")
		}
		return part
	}
	if shared(scripts.Deploy) != shared(scripts.Undeploy) {
		t.Error("the shared part of deploy.sh and undeploy.sh differs")
	}
}
