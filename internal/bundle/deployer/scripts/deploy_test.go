package scripts_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestDeployDryRun(t *testing.T) {
	t.Parallel()
	b := newBundle(t, "bundle", tsv)
	b.without(t, "kubectl")
	b.list(t, after+"/02-unended.yml", "kind: Unended")
	b.list(t, after+"/README.txt", "not for kubectl\n")
	got := b.run(t, "deploy.sh", nil, "--dry-run")
	got.check(t, 0, [][]string{asTemplate(installCert), asTemplate(installGPU), asTemplate(installSentinel)})
	const want = "---\n# chart of cert-manager\n" +
		"---\nkind: Before\n" +
		"---\n# chart of gpu-operator\n" +
		"---\nkind: After\n" +
		"---\nkind: Unended\n" +
		"---\n# chart of oci://ghcr.io/nvidia/nvsentinel-chart\n"
	if got.stdout != want {
		t.Errorf("stdout:\n%s\nwant:\n%s", got.stdout, want)
	}
}

// Helm never changes what is in a chart's crds folder after it was created; templates it does.
func TestDeployCRDs(t *testing.T) {
	t.Parallel()
	b := newBundle(t, "bundle", tsv)
	crds := "STUB_CRDS=---\n# Source: a/crds/one.yaml\nkind: One\n---\nkind: Two\n" +
		"---\n# Source: a/charts/crds/crds/three.yaml\nkind: Three\n" +
		"---\n# Source: a/charts/crds/templates/job.yaml\nkind: Job\n"
	got := b.run(t, "deploy.sh", []string{crds}, "cert-manager")
	apply := call("kubectl apply --server-side --force-conflicts --filename=-")
	got.check(t, 0, [][]string{getVersion, fetch(installCert), render(installCert), apply, installCert})
	const want = "# Source: a/crds/one.yaml\nkind: One\n---\nkind: Two\n---\n" +
		"# Source: a/charts/crds/crds/three.yaml\nkind: Three\n---\n"
	if stdin, err := os.ReadFile(b.log + ".stdin"); err != nil || string(stdin) != want {
		t.Errorf("applied %q, want %q: %v", stdin, want, err)
	}
}

// A bundle's folder namespaces has those that need labels.
func TestDeployNamespaces(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		script string
		calls  [][]string
	}{
		{"deploy.sh", [][]string{getVersion, labelCert, fetch(installCert), render(installCert), installCert}},
		{"hand-over.sh", slices.Concat([][]string{labelCert},
			handOvers[1].handOver("01-cert-manager", "cert-manager", "20m"))},
	} {
		t.Run(tt.script, func(t *testing.T) {
			t.Parallel()
			b := newProgramBundle(t, strings.SplitAfter(tsv, "v1.17.2\n")[0])
			b.list(t, "namespaces/namespace-cert-ns.yaml", "kind: Namespace\n")
			b.run(t, tt.script, nil).check(t, 0, tt.calls)
			if tt.script == "deploy.sh" {
				got := b.run(t, tt.script, nil, "--dry-run")
				if want := "---\nkind: Namespace\n---\n# chart of cert-manager\n"; got.stdout != want {
					t.Errorf("a dry run printed\n%s", got.stdout)
				}
			}
			b.write(t, "namespaces/namespace-kube-system.yaml", "kind: Evil\n")
			if got := b.run(t, tt.script, nil); got.status != 1 || !strings.Contains(got.stderr, "checksums.txt") {
				t.Errorf("with a file of someone else: %+v", got)
			}
		})
	}
}

// Without a cluster, Helm takes a Kubernetes version of its own, which a chart may refuse.
func TestDryRunKubeVersion(t *testing.T) {
	for _, tt := range []struct {
		name, want string
		environ    []string
	}{
		{"the bundle's", "--kube-version=1.32.4", nil},
		{"chosen", "--kube-version=1.34.2", []string{"CNS_KUBE_VERSION=1.34.2"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBundle(t, "bundle", tsv)
			writeFile(t, filepath.Join(b.dir, "kube-version.txt"), "1.32.4\n")
			got := b.run(t, "deploy.sh", tt.environ, "--dry-run", "cert-manager")
			want := asTemplate(installCert)
			want = slices.Insert(slices.Clone(want), slices.Index(want, "--skip-tests")+1, tt.want)
			got.check(t, 0, [][]string{want})
		})
	}
}
