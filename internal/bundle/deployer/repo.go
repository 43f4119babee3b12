package deployer

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/distribution/reference"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/component"
)

// Repo is where a bundle will be committed or pushed to. The zero value is none.
type Repo struct {
	URL      string // https://…, ssh://… or oci://…
	Path     string // of the bundle in it, empty for its root
	Revision string
}

func (r Repo) isOCI() bool { return strings.HasPrefix(r.URL, "oci://") }

func (r Repo) isGit() bool { return r.URL != "" && !r.isOCI() }

// File returns the path of a bundle's file in the repository.
func (r Repo) File(name string) string { return path.Join(r.Path, name) }

// RepoOf returns where a bundle goes, for the deployers that read it there.
func RepoOf(params gen.CreateBundleParams, deployers map[gen.Deployer]Deployer) (Repo, error) {
	if params.Repo == "" {
		return Repo{}, nil
	}
	details := apierror.Details{Parameter: "repo", Requested: params.Repo}
	var reading []string
	for name, d := range deployers {
		if d.ReadsRepo() {
			reading = append(reading, string(name))
		}
	}
	slices.Sort(reading)
	if !slices.Contains(reading, string(params.Deployer)) {
		return Repo{}, apierror.Invalidf(details, "invalid repo: deployer %s reads nothing from a repository; %s do",
			params.Deployer, strings.Join(reading, " and "))
	}
	r, err := parseRepo(params.Repo)
	if err != nil {
		return Repo{}, apierror.Invalidf(details, "invalid repo %q: %v", params.Repo, err)
	}
	return r, nil
}

// parseRepo reads <url>//<path>?ref=<revision>, as kustomize writes remote folders. The revision of
// a Git repository is a branch, by default main, that of an OCI artifact a tag, by default latest.
func parseRepo(s string) (Repo, error) {
	location, query, _ := strings.Cut(s, "?")
	scheme, rest, _ := strings.Cut(location, "://")
	address, folder, _ := strings.Cut(rest, "//")
	parsed, err := url.Parse(scheme + "://" + address)
	if err != nil || parsed.Hostname() == "" {
		return Repo{}, errors.New("it has no valid host")
	}
	if err := component.CheckHost(parsed.Host); err != nil {
		return Repo{}, err
	}
	if err := checkAddress(scheme, address); err != nil {
		return Repo{}, err
	}
	if path.Clean("/"+address) != "/"+strings.TrimSuffix(address, "/") {
		return Repo{}, errors.New("neither . nor .. may stand in the URL")
	}
	r := Repo{URL: scheme + "://" + strings.TrimSuffix(address, "/"), Path: strings.Trim(folder, "/"), Revision: "main"}
	if r.isOCI() {
		r.Revision = "latest"
	}
	parameters, err := url.ParseQuery(query)
	if err != nil {
		return Repo{}, err
	}
	for name, values := range parameters {
		if name != "ref" || len(values) > 1 {
			return Repo{}, errors.New("what follows the question mark must be ref=<revision>")
		}
		r.Revision = cmp.Or(values[0], r.Revision)
	}
	if err := r.checkNames(); err != nil {
		return Repo{}, err
	}
	if path.Clean("/"+r.Path) != "/"+r.Path && r.Path != "" {
		return Repo{}, errors.New("neither . nor .. may stand in the path")
	}
	if slices.Contains(strings.Split(strings.ToLower(r.Path), "/"), ".git") {
		return Repo{}, errors.New("a folder .git is Git's own: none in the path can be called so")
	}
	return r, nil
}

// checkAddress refuses what people copy instead of a repository's URL.
func checkAddress(scheme, address string) error {
	if before, after, _ := strings.Cut(address, ".git/"); after != "" {
		return fmt.Errorf("the path in the repository begins with two slashes: %s.git//%s", before, after)
	}
	for _, page := range []string{"/-/tree/", "/tree/", "/-/blob/", "/blob/"} { // GitLab's and GitHub's
		if before, after, isPage := strings.Cut(address, page); isPage && strings.Count(before, "/") >= 2 {
			branch, folder, hasFolder := strings.Cut(after, "/")
			if hasFolder {
				folder = "//" + folder
			}
			return fmt.Errorf("that is a page about the repository: write %s://%s%s?ref=%s",
				scheme, before, folder, branch)
		}
	}
	return nil
}

// checkNames refuses names that Git or registries don't take.
func (r Repo) checkNames() error {
	if r.isGit() {
		return checkRef(r.Revision)
	}
	if strings.Contains(r.Revision, "/") {
		return errors.New("a tag has no slash")
	}
	address := strings.TrimPrefix(r.URL, "oci://")
	named, err := reference.ParseNormalizedNamed(address)
	if err != nil || !strings.Contains(address, "/") {
		return fmt.Errorf("%s is no repository in a registry: behind the registry's slash stand small letters and "+
			"digits, with /, ., _, __ or dashes between them", address)
	}
	if _, err := reference.WithTag(named, r.Revision); err != nil {
		return fmt.Errorf("tag %s: %w", r.Revision, err)
	}
	return nil
}

// checkRef refuses a name that git check-ref-format does, as far as the contract's pattern doesn't.
func checkRef(name string) error {
	isWrong := strings.Contains(name, "..") || strings.HasSuffix(name, ".")
	for part := range strings.SplitSeq(name, "/") {
		isWrong = isWrong || part == "" || strings.HasPrefix(part, ".") || strings.HasSuffix(part, ".lock")
	}
	if isWrong {
		return fmt.Errorf("ref %s is none that Git takes: the parts between its slashes aren't empty, begin with no "+
			"dot and don't end in .lock, and no two dots stand together, nor one at the end", name)
	}
	return nil
}
