package scripts_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/NVIDIA/cloud-native-stack/internal/bundle/deployer/scripts"
)

// programs are the scripts of bundles, as they are called here, with the calls that they make.
func programs() map[string][][]string {
	return map[string][][]string{
		"deploy.sh": deployAll, "undeploy.sh": undeployAll, "hand-over.sh": handOvers[1].all("20m"),
	}
}

func newProgramBundle(t *testing.T, releases string) bundle {
	b := newBundle(t, "bundle", releases)
	b.write(t, "hand-over.sh", scripts.HandOver)
	return b
}

// What a shell takes from its environment, whoever put it there, changes nothing of what the
// scripts do. Only noexec and onecmd can't be undone: with them, bash runs no script.
func TestEnvironment(t *testing.T) {
	for _, variable := range []string{
		"SHELLOPTS=noglob", "SHELLOPTS=noclobber:posix", "SHELLOPTS=keyword:allexport:monitor", "SHELLOPTS=physical",
		"BASHOPTS=failglob", "BASHOPTS=nocasematch", "BASHOPTS=nocaseglob:extglob:globstar:xpg_echo:lastpipe",
		"BASHOPTS=cdable_vars:compat31:execfail:expand_aliases:inherit_errexit:localvar_inherit", "BASH_COMPAT=3.2",
		"GLOBIGNORE=*", "GLOBSORT=-name", "IFS=/-.", "TMOUT=1", "GREP_OPTIONS=--invert-match", "POSIXLY_CORRECT=1",
		"BASH_ENV=options",
	} {
		for script, calls := range programs() {
			t.Run(script+"/"+variable, func(t *testing.T) {
				t.Parallel()
				env := []string{variable, "STUB_DELETE_STATUS=1", "STUB_DELETE_STDERR=" + noMatch}
				b := newProgramBundle(t, tsv)
				const options = "set -f\nshopt -s failglob nocasematch\nIFS=/-\nGLOBIGNORE='*'\n"
				writeFile(t, filepath.Join(b.root, "options"), options)
				b.run(t, script, env).check(t, 0, calls)
				b.write(t, before+"/01-ConfigMap.yaml", "kind: Evil\n")
				b.run(t, script, env).check(t, 1, calls)
			})
		}
	}
	b := newBundle(t, "bundle", tsv)
	b.run(t, "deploy.sh", []string{"BASHOPTS=nocasematch"}, "GPU-Operator").check(t, 2, nil)
	b.without(t, "kubectl")
	got := b.run(t, "deploy.sh", []string{"SHELLOPTS=noglob", "GLOBIGNORE=*"}, "--dry-run")
	if !strings.Contains(got.stdout, "---\nkind: Before\n---\n# chart of gpu-operator\n---\nkind: After\n") {
		t.Errorf("a dry run without manifests:\n%s", got.stdout)
	}
}

// kubectl reads none of Helm's variables. The two must not talk to different clusters.
func TestHelmVariables(t *testing.T) {
	for _, script := range []string{"deploy.sh", "undeploy.sh"} {
		for _, name := range []string{"HELM_KUBEAPISERVER", "HELM_KUBETOKEN", "HELM_KUBEASUSER"} {
			env := []string{"HELM_KUBECONTEXT=", name + "=x"}
			b := newBundle(t, "bundle", tsv)
			got := b.run(t, script, env)
			got.check(t, 2, nil)
			want := script + ": kubectl doesn't read " + name + ": put what it says into a kubeconfig, and unset it\n"
			if got.stderr != want {
				t.Error(got.stderr)
			}
			withoutKubectl := [][]string{{"--dry-run"}}
			if script == "undeploy.sh" {
				withoutKubectl = append(withoutKubectl, []string{"cert-manager"})
			}
			for _, args := range withoutKubectl {
				if got := b.run(t, script, env, args...); got.status != 0 {
					t.Errorf("%s %s: %s", script, args, got.stderr)
				}
			}
			if got := b.run(t, script, []string{name + "="}); got.status != 0 {
				t.Error(got.stderr)
			}
		}
	}
}

// A link would take its own folder for that of the bundle.
func TestLink(t *testing.T) {
	for script := range programs() {
		b := newProgramBundle(t, tsv)
		for link, to := range map[string]string{"link": "bundle/" + script, "bundle/link": script} {
			if err := os.Symlink(to, filepath.Join(b.root, link)); err != nil {
				t.Fatal(err)
			}
			got := b.exec(t, nil, filepath.Join(b.root, link))
			got.check(t, 2, nil)
			const want = ": this is a link to a bundle's script: run the script itself, in the folder of the bundle\n"
			if got.stderr != "link"+want {
				t.Errorf("%s: %s", script, got.stderr)
			}
		}
		if err := os.Symlink("bundle", filepath.Join(b.root, "folder")); err != nil {
			t.Fatal(err)
		}
		b.exec(t, nil, filepath.Join(b.root, "folder", script)).check(t, 0, programs()[script])
	}
}

// Git for Windows converts line ends unless it is told not to.
func TestWindowsLineEnds(t *testing.T) {
	for script := range programs() {
		for _, file := range []string{"releases.tsv", "checksums.txt"} {
			b := newProgramBundle(t, tsv)
			text, err := os.ReadFile(filepath.Join(b.dir, file))
			if err != nil {
				t.Fatal(err)
			}
			b.write(t, file, strings.ReplaceAll(string(text), "\n", "\r\n"))
			got := b.run(t, script, nil)
			got.check(t, 1, nil)
			const want = "releases.tsv or checksums.txt has line ends of Windows (CRLF): " +
				"unpack the bundle anew, as it is\n"
			if got.stderr != script+": "+want {
				t.Errorf("%s: %s", file, got.stderr)
			}
		}
	}
}

// Helm takes a path for a chart where there is one: Helm 3 even if it is given a repository.
func TestChartsInTheFolder(t *testing.T) {
	for path, chart := range map[string]string{
		"gpu-operator/Chart.yaml": "gpu-operator", "gpu-operator": "gpu-operator",
		"oci:/ghcr.io/nvidia/nvsentinel-chart/Chart.yaml": "oci://ghcr.io/nvidia/nvsentinel-chart",
	} {
		b := newBundle(t, "a bundle", tsv)
		b.write(t, path, "name: evil\n")
		for _, args := range [][]string{nil, {"--dry-run"}} {
			got := b.run(t, "deploy.sh", nil, args...)
			got.check(t, 1, nil)
			want := "deploy.sh: Helm would take " + strings.ReplaceAll(b.dir, " ", `\ `) + "/" + chart +
				" for the chart: move it out of the bundle's folder\n"
			if got.stderr != want {
				t.Errorf("%s, want %s", got.stderr, want)
			}
		}
		installed := [][]string{getVersion, fetch(installCert), render(installCert), installCert}
		b.run(t, "deploy.sh", nil, "cert-manager").check(t, 0, installed)
		b.run(t, "undeploy.sh", nil, "cert-manager").check(t, 0, append(installed, removeCert))
	}
}

// newer finds what bash 3.2, which macOS has, doesn't know, or what it knows in another form.
var newer = regexp.MustCompile(`\b(mapfile|readarray|coproc|globstar|lastpipe|nameref)\b|&>>|\|&|;&|;;&` +
	`|\b(declare|local|typeset) -[a-zA-Z]*[Aglnu]|\bwait -n|\[\[ -[vR] |\bread -[a-zA-Z]*[iN]|\bprintf '%\(` +
	`|\$\{[A-Za-z_]+(\[[^]]*\])?(,|\^|@[A-Za-z]\}|: -)|\bEPOCH|\bBASHPID\b|\$'\\u|\{[a-z_]+\}[<>]|test -v`)

// list finds the items of a list. One without items counts as unset before bash 4.4, so a line that
// asks for them has to look first, but for lists that always have some.
var (
	list      = regexp.MustCompile(`"\$\{([a-z]+)\[@\]`)
	neverNone = []string{"kubectl", "helm", "from", "options", "delete", "uninstall", "known", "selected", "names",
		"lines", "apply", "render"}
)

func TestOldBash(t *testing.T) {
	for name, text := range map[string]string{
		"deploy.sh": scripts.Deploy, "undeploy.sh": scripts.Undeploy, "hand-over.sh": scripts.HandOver,
	} {
		for i, line := range strings.Split(text, "\n") {
			if found := newer.FindString(line); found != "" {
				t.Errorf("%s, line %d: bash 3.2 has no %q", name, i+1, found)
			}
			for _, found := range list.FindAllStringSubmatch(line, -1) {
				isSeen := strings.Contains(line, "${#"+found[1]+"[@]}") || strings.Contains(line, "${"+found[1]+"[@]+")
				if !isSeen && !slices.Contains(neverNone, found[1]) {
					t.Errorf("%s, line %d: bash 3.2 fails if %s is empty", name, i+1, found[1])
				}
			}
		}
	}
	for _, line := range []string{
		"mapfile -t a", "declare -A m", "local -n x=y", "echo ${a,,}", "${a[0]^}", "${a@Q}", "x &>> y", "a |& b",
		"[[ -v a ]]", "wait -n", "exec {fd}>x", "${a: -1}", "printf '%(%s)T'",
	} {
		if !newer.MatchString(line) {
			t.Errorf("%q isn't found", line)
		}
	}
}
