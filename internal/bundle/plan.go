package bundle

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/problem"
)

// plan is what deployers lay out: a complete recipe with the folder of each component.
type plan struct {
	recipe   gen.Recipe
	head     []byte // the recipe as YAML, without components
	table    string // of the releases, for scripts
	releases []release
	images   []string // that the releases pull, sorted
	supplyID string   // as a release's
	repo     repo
	cache    *Cache
}

// plan lays out the builder's recipe.
func (b *builder) plan(repo repo) (plan, error) {
	p := plan{recipe: b.recipe, head: b.head, repo: repo, cache: b.Cache}
	digits := max(2, len(fmt.Sprint(len(b.recipe.ComponentRefs))))
	for i, ref := range b.recipe.ComponentRefs {
		r, err := b.release(b.origins[i], ref, fmt.Sprintf("%0*d-%s", digits, ref.Order, ref.Name))
		if err != nil {
			return plan{}, err
		}
		p.releases = append(p.releases, r)
		p.images = append(p.images, r.images...)
		p.supplyID += r.supplyID
	}
	if slices.ContainsFunc(p.releases, func(r release) bool { return r.supplyID == "" }) {
		p.supplyID = ""
	}
	p.table = tableOf(p.releases)
	slices.Sort(p.images)
	p.images = slices.Compact(p.images)
	return p, nil
}

func (b *builder) release(o origin, ref gen.ComponentRef, folder string) (release, error) {
	r := release{ComponentRef: ref, folder: folder, id: o.id, cache: b.Cache}
	if r.id == "" && !o.isChanged {
		var err error
		if r.id, err = idOf(ref); err != nil {
			return release{}, err
		}
	}
	now := o.pulled
	if now == nil || o.isChanged {
		now = b.pulledBy(ref)
	}
	for _, warning := range now.warnings {
		b.warnOnce("%s", warning)
	}
	r.images = now.images
	if !o.isChanged || slices.Equal(r.images, o.pulled.images) {
		r.supplyID = r.row() + lines(r.images) + lines(r.manifestPaths())
	}
	return r, nil
}

// lock is the recipe, by which the bundle can be made again.
func (p plan) lock() (File, error) {
	const path = "recipe.yaml"
	parts, err := p.list(path, p.head, "componentRefs", func(r release) (*part, error) {
		return r.part("component in "+path, func() ([]byte, error) { return listItems(1, r.ComponentRef) })
	})
	return File{Path: path, parts: parts}, err
}

// list adds what each release gives to a field of a document that is an empty list there.
func (p plan) list(path string, document []byte, field string, items func(release) (*part, error)) ([]*part, error) {
	field = "\n" + field + ":"
	before, after, _ := bytes.Cut(document, []byte(field+" []\n"))
	parts := []*part{p.cache.keep("start of "+path, string(before)+field+"\n")}
	for _, r := range p.releases {
		added, err := items(r)
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", path, err)
		}
		parts = append(parts, added)
	}
	return append(parts, p.cache.keep("end of "+path, string(after))), nil
}

// supply makes a file that follows from what all releases pull and where it goes. If nothing of that is new, neither is the file.
func (p plan) supply(path string, parts func() ([]*part, error)) (File, error) {
	if p.supplyID == "" {
		list, err := parts()
		return File{Path: path, parts: list}, err
	}
	whole, err := p.cache.part(path, p.supplyID, func() ([]byte, error) {
		list, err := parts()
		return File{parts: list}.Data(), err
	})
	return File{Path: path, parts: []*part{whole}}, err
}

// checkNames refuses components called like objects that the deployment tool has besides those of the components.
func (p plan) checkNames(deployer gen.Deployer, reserved ...string) error {
	for _, r := range p.releases {
		if slices.Contains(reserved, r.Name) {
			return problem.Invalid(map[string]any{"parameter": "deployer", "requested": string(deployer)},
				"component %q would replace an object of that name that %s needs: rename it or use another deployer", r.Name, deployer)
		}
	}
	return nil
}

// eachRelease collects the files that each release gives, until ctx is done.
func (p plan) eachRelease(ctx context.Context, files func(release) ([]File, error)) ([]File, error) {
	var all []File
	for _, r := range p.releases {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		own, err := files(r)
		if err != nil {
			return nil, fmt.Errorf("component %s: %w", r.Name, err)
		}
		all = append(all, own...)
	}
	return all, nil
}

// tableOf lists releases in the form that scripts read.
func tableOf(releases []release) string {
	var list strings.Builder
	list.WriteString("# folder\trelease\tnamespace\trepository\tchart\tversion\n")
	for _, r := range releases {
		list.WriteString(r.row())
	}
	return list.String()
}

func (p plan) tableFile() File { return p.cache.file("releases.tsv", p.table) }
