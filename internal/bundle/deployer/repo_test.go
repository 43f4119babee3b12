package deployer

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/bundletest"
)

func TestParseRepo(t *testing.T) {
	const github, registry = "github.com/example/clusters", "registry.example.com"
	for s, want := range map[string]Repo{
		"https://" + github:                          {"https://" + github, "", "main"},
		"https://" + github + ".git//gpu?ref=v1":     {"https://" + github + ".git", "gpu", "v1"},
		"https://" + github + "/":                    {"https://" + github, "", "main"},
		"https://" + github + ".git/?ref=x":          {"https://" + github + ".git", "", "x"},
		"https://example.com:8443/a//b/c/":           {"https://example.com:8443/a", "b/c", "main"},
		"https://example.com/a//b?ref=feature/x":     {"https://example.com/a", "b", "feature/x"},
		"https://example.com/a//...?ref=1.0":         {"https://example.com/a", "...", "1.0"},
		"https://example.com/a?ref=refs/tags/v1.0-a": {"https://example.com/a", "", "refs/tags/v1.0-a"},
		"https://example.com/a?ref=a./b.lock.c":      {"https://example.com/a", "", "a./b.lock.c"},
		"ssh://git@a-1.example.com:65535/a":          {"ssh://git@a-1.example.com:65535/a", "", "main"},
		"https://example.com/a//.cns/b":              {"https://example.com/a", ".cns/b", "main"},
		"https://gitlab.com/tree/a":                  {"https://gitlab.com/tree/a", "", "main"},
		"https://example.com/a?ref=":                 {"https://example.com/a", "", "main"},
		"ssh://git@" + github + ".git//gpu?ref=dev":  {"ssh://git@" + github + ".git", "gpu", "dev"},
		"ssh://git@github.com:22/example/a.git":      {"ssh://git@github.com:22/example/a.git", "", "main"},
		"oci://" + registry + "/b__c/d.e-f_g":        {"oci://" + registry + "/b__c/d.e-f_g", "", "latest"},
		"oci://" + registry + "/bundles":             {"oci://" + registry + "/bundles", "", "latest"},
		"oci://" + registry + ":5000/b//gpu?ref=1.2": {"oci://" + registry + ":5000/b", "gpu", "1.2"},
	} {
		got, err := parseRepo(s)
		if err != nil {
			t.Errorf("%s: %v", s, err)
		} else if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", s, diff)
		}
	}
}

func TestParseRepoRefuses(t *testing.T) {
	const (
		dots  = "neither . nor .. may stand in the path"
		other = "what follows the question mark must be ref=<revision>"
		page  = "that is a page about the repository: write "
	)
	port := func(s string) string { return fmt.Sprintf("port %q is none: ports go from 1 to 65535", s) }
	host := func(s string) string {
		return fmt.Sprintf("%q is no host: one has up to 253 characters, in parts of 1 to 63 letters, digits and "+
			"dashes between dots, with a letter or digit at either end", s)
	}
	artifact := func(s string) string {
		return s + " is no repository in a registry: behind the registry's slash stand small letters and digits, " +
			"with /, ., _, __ or dashes between them"
	}
	ref := func(s string) string {
		return "ref " + s + " is none that Git takes: the parts between its slashes aren't empty, begin with no dot " +
			"and don't end in .lock, and no two dots stand together, nor one at the end"
	}
	long := strings.Repeat("x", 64)
	for s, want := range map[string]string{
		"https://example.com/a//..":                dots,
		"https://example.com/a//../b":              dots,
		"https://example.com/a//b/../c":            dots,
		"https://example.com/a//b/..":              dots,
		"https://example.com/a//.":                 dots,
		"https://example.com/a//b/./c":             dots,
		"https://example.com/a//b//c":              dots,
		"https://example.com/a//b/.Git/c":          "a folder .git is Git's own: none in the path can be called so",
		"https://example.com/a?ref=x&ref=y":        other,
		"https://example.com/a?ref=x&submodules=1": other,
		"https://example.com/a?depth=1":            other,
		"https://example.com/a?ref=%zz":            `invalid URL escape "%zz"`,
		"https://example.com/a?ref=x;y=z":          "invalid semicolon separator in query",
		"oci://example.com/a?ref=feature/x":        "a tag has no slash",
		"https://example.com/a.git/b/c?ref=x": "the path in the repository begins with two slashes: " +
			"example.com/a.git//b/c",
		"https://example.com:65536/a":                   port("65536"),
		"ssh://git@example.com:99999/a":                 port("99999"),
		"https://example.com:0/a":                       port("0"),
		"oci://example.com:00443/a":                     port("00443"),
		"https://a..b/c":                                host("a..b"),
		"https://a-.example.com":                        host("a-.example.com"),
		"https://example.com./a":                        host("example.com."),
		"https://" + long + ".example.com/a":            host(long + ".example.com"),
		"oci://example.com/B":                           artifact("example.com/B"),
		"oci://example.com/a..b":                        artifact("example.com/a..b"),
		"oci://example.com/a~":                          artifact("example.com/a~"),
		"oci://example.com":                             artifact("example.com"),
		"oci://me@example.com/a":                        artifact("me@example.com/a"),
		"oci://example.com/a?ref=" + long + long + "xx": "tag " + long + long + "xx: invalid tag format",
		"https://example.com/a?ref=a//b":                ref("a//b"),
		"https://example.com/a?ref=/a":                  ref("/a"),
		"https://example.com/a?ref=a/":                  ref("a/"),
		"https://example.com/a?ref=a..b":                ref("a..b"),
		"https://example.com/a?ref=a.":                  ref("a."),
		"https://example.com/a?ref=.a":                  ref(".a"),
		"https://example.com/a?ref=a/.b":                ref("a/.b"),
		"https://example.com/a?ref=a.lock":              ref("a.lock"),
		"https://example.com/a?ref=a.lock/b":            ref("a.lock/b"),
		"https://github.com/a/b/tree/main/gpu/x":        page + "https://github.com/a/b//gpu/x?ref=main",
		"https://github.com/a/b/blob/v1":                page + "https://github.com/a/b?ref=v1",
		"https://gitlab.com/a/b/c/-/tree/main/gpu":      page + "https://gitlab.com/a/b/c//gpu?ref=main",
	} {
		if _, err := parseRepo(s); err == nil || err.Error() != want {
			t.Errorf("%s: error %v, want %s", s, err, want)
		}
	}
}

func TestRepoOf(t *testing.T) {
	const address = "https://example.com/a"
	all := All()
	for deployer := range all {
		if r, err := RepoOf(gen.CreateBundleParams{Deployer: deployer}, all); err != nil || r != (Repo{}) {
			t.Errorf("%s without a repository: %v, %v", deployer, r, err)
		}
		r, err := RepoOf(gen.CreateBundleParams{Deployer: deployer, Repo: address}, all)
		if deployer == gen.DeployerArgocd || deployer == gen.DeployerFlux {
			if err != nil || r.URL != address {
				t.Errorf("%s: %v, %v", deployer, r, err)
			}
			continue
		}
		want := "invalid repo: deployer " + string(deployer) + " reads nothing from a repository; argocd and flux do"
		bundletest.CheckInvalid(t, err, want, apierror.Details{Parameter: "repo", Requested: address})
	}
	bad := address + "//.."
	_, err := RepoOf(gen.CreateBundleParams{Deployer: gen.DeployerFlux, Repo: bad}, all)
	bundletest.CheckInvalid(t, err, `invalid repo "`+bad+`": neither . nor .. may stand in the path`,
		apierror.Details{Parameter: "repo", Requested: bad})
}

func TestRepoFile(t *testing.T) {
	for folder, want := range map[string]string{"": "x/y", "a/b": "a/b/x/y"} {
		if got := (Repo{Path: folder}).File("x/y"); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
