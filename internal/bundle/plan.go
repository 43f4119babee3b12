package bundle

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
)

// plan is a complete recipe with the folder of each component, laid out for a deployment tool.
type plan struct {
	params   gen.CreateBundleParams // without the set options
	repo     repo
	recipe   gen.Recipe
	frame    frame  // recipe.yaml around the releases
	table    string // of the releases, for scripts
	about    string // tells what README.md says of the bundle, but for warnings, from what other ones say
	releases []release
	images   []string // that the releases pull, sorted
	supplyID string   // as a release's
	cache    *Cache

	common   func() ([]File, error)   // the files of all releases together that say nothing of values
	supplies func() (supplies, error) // what follows from the images
}

// deployer lays plans out for one deployment tool.
type deployer struct {
	common func(plan) ([]File, error)          // the files of all releases together; they say nothing of values
	own    func(repo, release) ([]File, error) // those of one release
}

func deployers() map[gen.Deployer]deployer {
	return map[gen.Deployer]deployer{
		gen.DeployerHelm:     {helm, helmRelease},
		gen.DeployerHelmfile: {helmfile, helmfileRelease},
		gen.DeployerArgocd:   {argocd, argocdRelease},
		gen.DeployerFlux:     {flux, fluxRelease},
	}
}

// plan lays out the builder's recipe.
func (b *builder) plan(params gen.CreateBundleParams) (plan, error) {
	deployer, ok := deployers()[params.Deployer]
	if !ok {
		return plan{}, fmt.Errorf("no deployer %q", params.Deployer)
	}
	repo, err := repoOf(params)
	if err != nil {
		return plan{}, err
	}
	p := plan{params: params, repo: repo, recipe: b.recipe, frame: b.frame, cache: b.Cache}
	digits := max(2, len(fmt.Sprint(len(b.recipe.ComponentRefs))))
	for i, ref := range b.recipe.ComponentRefs {
		r, err := b.release(i, fmt.Sprintf("%0*d-%s", digits, ref.Order, ref.Name), func(r release) ([]File, error) { return deployer.own(repo, r) })
		if err != nil {
			return plan{}, err
		}
		p.releases = append(p.releases, r)
	}
	p.table = tableOf(p.releases)
	about := sha256.Sum256(fmt.Appendf(nil, "%s %s %s\n%s%s%s", params.Deployer, params.Repo, params.Mirror, p.table, p.frame.before, p.frame.after))
	p.about = string(about[:])
	p.pull()
	p.common = sync.OnceValues(func() ([]File, error) { return deployer.common(p) })
	return p, nil
}

// replan returns a plan with the components whose values the builder has changed since.
func (b *builder) replan(p plan) plan {
	p.recipe, p.releases = b.recipe, slices.Clone(p.releases)
	pullsSame := true
	for i, o := range b.origins {
		if !o.isSet {
			continue
		}
		before := p.releases[i]
		r := before
		r.ComponentRef, r.id = b.recipe.ComponentRefs[i], ""
		if o.pullsAnew {
			r.pulled = b.pulledBy(r.ComponentRef)
		}
		if !slices.Equal(r.pulled.images, before.pulled.images) {
			r.supplyID, pullsSame = "", false
		}
		r.arrange()
		p.releases[i] = r
	}
	if !pullsSame {
		p.pull()
	}
	return p
}

// pull sums up what the releases pull.
func (p *plan) pull() {
	images, ids := make([][]string, len(p.releases)), make([]string, len(p.releases))
	for i, r := range p.releases {
		images[i], ids[i] = r.pulled.images, r.supplyID
	}
	p.images = slices.Concat(images...)
	slices.Sort(p.images)
	p.images = slices.Compact(p.images)
	p.supplyID = strings.Join(ids, "")
	if slices.Contains(ids, "") {
		p.supplyID = ""
	}
	p.supplies = sync.OnceValues(p.makeSupplies) // of the plan as it is now
}

// release lays out a component.
func (b *builder) release(i int, folder string, layOut func(release) ([]File, error)) (release, error) {
	ref, o := b.recipe.ComponentRefs[i], b.origins[i]
	r := release{ComponentRef: ref, folder: folder, id: o.id, pulled: o.pulled, cache: b.Cache, layOut: layOut}
	if r.id == "" && !o.isChanged {
		var err error
		if r.id, err = idOf(ref); err != nil {
			return release{}, err
		}
	}
	if r.pulled == nil || o.pullsAnew {
		r.pulled = b.pulledBy(ref)
	}
	if !o.isChanged || slices.Equal(r.pulled.images, o.pulled.images) {
		r.supplyID = r.row() + lines(r.pulled.images) + lines(r.manifestPaths())
	}
	r.objects = sync.OnceValues(r.encodeObjects)
	r.lockFrame = sync.OnceValues(r.itemFrame)
	r.arrange()
	return r, nil
}

// lock is the recipe, by which the bundle can be made again.
func (p plan) lock() (File, error) {
	const path = "recipe.yaml"
	parts, err := p.list(path, p.frame, func(r release) (*part, error) {
		return r.part("component in "+path, r.lockItem)
	})
	if err != nil {
		return File{}, err
	}
	f := File{Path: path, parts: parts}
	sum, err := f.sum()
	f.digest = &sum // for the SBOM and for checksums.txt
	return f, err
}

// lockItem is the release in recipe.yaml.
func (r release) lockItem() ([]byte, error) {
	around, err := r.lockFrame()
	if err != nil {
		return nil, err
	}
	values, err := r.mapping()
	if err != nil {
		return nil, err
	}
	field, err := below(2, object{"values": values})
	item := make([]byte, 0, len(around.before)+len(field)+len(around.after))
	return append(append(append(item, around.before...), bytes.TrimPrefix(field, []byte(valuesField[1:]))...), around.after...), err
}

// valuesField begins the values of a component in recipe.yaml. No line of a text does, because its lines are indented more.
const valuesField = "\n    values:"

// itemFrame is the release in recipe.yaml around its values.
func (r release) itemFrame() (frame, error) {
	r.Values = nil
	item, err := listItems(1, r.ComponentRef)
	if err != nil {
		return frame{}, err
	}
	return frameOf(item, valuesField, " {}\n")
}

// list is a document with what each release gives to a list in it.
func (p plan) list(path string, around frame, items func(release) (*part, error)) ([]*part, error) {
	parts := []*part{p.cache.keep("start of "+path, around.before+"\n")}
	for _, r := range p.releases {
		added, err := items(r)
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", path, err)
		}
		parts = append(parts, added)
	}
	return append(parts, p.cache.keep("end of "+path, around.after)), nil
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
			return apierror.Invalidf(apierror.Details{Parameter: "deployer", Requested: string(deployer)},
				"component %q would replace an object of that name that %s needs: rename it or use another deployer", r.Name, deployer)
		}
	}
	return nil
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
