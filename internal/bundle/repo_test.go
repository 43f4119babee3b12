package bundle

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
)

func TestParseRepo(t *testing.T) {
	for s, want := range map[string]repo{
		"https://github.com/example/clusters":                    {"https://github.com/example/clusters", "", "main"},
		"https://github.com/example/clusters.git//gpu?ref=v1":    {"https://github.com/example/clusters.git", "gpu", "v1"},
		"https://github.com/example/clusters/":                   {"https://github.com/example/clusters", "", "main"},
		"https://github.com/example/clusters.git/?ref=x":         {"https://github.com/example/clusters.git", "", "x"},
		"https://example.com:8443/a//b/c/":                       {"https://example.com:8443/a", "b/c", "main"},
		"https://example.com/a//b?ref=feature/x":                 {"https://example.com/a", "b", "feature/x"},
		"https://example.com/a//...?ref=1.0":                     {"https://example.com/a", "...", "1.0"},
		"https://example.com/a//.cns/b":                          {"https://example.com/a", ".cns/b", "main"},
		"https://gitlab.com/tree/a":                              {"https://gitlab.com/tree/a", "", "main"},
		"https://example.com/a?ref=":                             {"https://example.com/a", "", "main"},
		"ssh://git@github.com/example/clusters.git//gpu?ref=dev": {"ssh://git@github.com/example/clusters.git", "gpu", "dev"},
		"ssh://git@github.com:22/example/clusters.git":           {"ssh://git@github.com:22/example/clusters.git", "", "main"},
		"oci://registry.example.com/bundles":                     {"oci://registry.example.com/bundles", "", "latest"},
		"oci://registry.example.com:5000/bundles//gpu?ref=1.2.3": {"oci://registry.example.com:5000/bundles", "gpu", "1.2.3"},
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
	)
	for s, want := range map[string]string{
		"https://example.com/a//..":                dots,
		"https://example.com/a//../b":              dots,
		"https://example.com/a//b/../c":            dots,
		"https://example.com/a//b/..":              dots,
		"https://example.com/a//.":                 dots,
		"https://example.com/a//b/./c":             dots,
		"https://example.com/a//b//c":              dots,
		"https://example.com/a?ref=x&ref=y":        other,
		"https://example.com/a?ref=x&submodules=1": other,
		"https://example.com/a?depth=1":            other,
		"https://example.com/a?ref=%zz":            `invalid URL escape "%zz"`,
		"https://example.com/a?ref=x;y=z":          "invalid semicolon separator in query",
		"oci://example.com/a?ref=feature/x":        "a tag has no slash",
		"https://example.com/a.git/b/c?ref=x":      "the path in the repository begins with two slashes: example.com/a.git//b/c",
		"https://github.com/a/b/tree/main/gpu/x":   "that is a page about the repository: write https://github.com/a/b//gpu/x?ref=main",
		"https://github.com/a/b/blob/v1":           "that is a page about the repository: write https://github.com/a/b?ref=v1",
		"https://gitlab.com/a/b/c/-/tree/main/gpu": "that is a page about the repository: write https://gitlab.com/a/b/c//gpu?ref=main",
	} {
		if _, err := parseRepo(s); err == nil || err.Error() != want {
			t.Errorf("%s: error %v, want %s", s, err, want)
		}
	}
}

func TestRepoOf(t *testing.T) {
	const address = "https://example.com/a"
	for deployer := range deployers() {
		if r, err := repoOf(gen.CreateBundleParams{Deployer: deployer}); err != nil || r != (repo{}) {
			t.Errorf("%s without a repository: %v, %v", deployer, r, err)
		}
		r, err := repoOf(gen.CreateBundleParams{Deployer: deployer, Repo: address})
		if deployer == gen.DeployerArgocd || deployer == gen.DeployerFlux {
			if err != nil || r.URL != address {
				t.Errorf("%s: %v, %v", deployer, r, err)
			}
			continue
		}
		checkInvalid(t, err, "invalid repo: deployer "+string(deployer)+" reads nothing from a repository; argocd and flux do", apierror.Details{Parameter: "repo", Requested: address})
	}
	bad := address + "//.."
	_, err := repoOf(gen.CreateBundleParams{Deployer: gen.DeployerFlux, Repo: bad})
	checkInvalid(t, err, `invalid repo "`+bad+`": neither . nor .. may stand in the path`, apierror.Details{Parameter: "repo", Requested: bad})
}

func TestRepoFile(t *testing.T) {
	for folder, want := range map[string]string{"": "x/y", "a/b": "a/b/x/y"} {
		if got := (repo{Path: folder}).file("x/y"); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
