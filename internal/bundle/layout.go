package bundle

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/document"
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

// release is one component of a plan.
type release struct {
	gen.ComponentRef
	folder   string
	id       string   // tells it from all other components that may come under its folder; empty if it's of this bundle alone
	images   []string // that it pulls, sorted
	supplyID string   // says what it pulls and where it goes; empty if that's of this bundle alone
	cache    *Cache
}

// Stages of a release. The first and the last are for manifests.
const (
	beforeChart = "before-chart"
	theChart    = "chart"
	afterChart  = "after-chart"
)

// has says whether a release has a stage.
func (r release) has(stage string) bool {
	return stage == theChart || slices.ContainsFunc(r.Manifests, func(o gen.KubernetesObject) bool { return moment(o) == stage })
}

// stages are those that a release has, in order.
func (r release) stages() []string {
	return slices.DeleteFunc([]string{beforeChart, theChart, afterChart}, func(stage string) bool { return !r.has(stage) })
}

// maxStageName is Helm's for releases. The names of Flux's objects become labels, which can have 63 characters.
const maxStageName = 53

// stageName is what a stage is called in the cluster. Dots keep it apart from component names, which have none.
func (r release) stageName(stage string) string {
	name := r.Name + "." + stage
	switch {
	case stage == theChart:
		return r.Name
	case len(name) > maxStageName:
		return fmt.Sprintf("manifests.%d.%s", r.Order, stage)
	}
	return name
}

// plan lays out the builder's recipe.
func (b *builder) plan(repo repo) (plan, error) {
	p := plan{recipe: b.recipe, head: b.head, repo: repo, cache: b.Cache}
	digits := max(2, len(fmt.Sprint(len(b.recipe.ComponentRefs))))
	for i, ref := range b.recipe.ComponentRefs {
		id := b.origins[i].id
		if id == "" && !b.origins[i].isChanged {
			var err error
			if id, err = idOf(ref); err != nil {
				return plan{}, err
			}
		}
		r := release{ComponentRef: ref, folder: fmt.Sprintf("%0*d-%s", digits, ref.Order, ref.Name), id: id, cache: b.Cache}
		r.images = b.imagesOf(ref, id)
		if o := b.origins[i]; !o.isChanged || slices.Equal(r.images, o.images) {
			r.supplyID = r.row() + lines(r.images) + lines(r.manifestPaths())
		}
		p.releases = append(p.releases, r)
	}
	p.table = tableOf(p.releases)
	for _, r := range p.releases {
		p.images = append(p.images, r.images...)
	}
	slices.Sort(p.images)
	p.images = slices.Compact(p.images)
	if !slices.ContainsFunc(p.releases, func(r release) bool { return r.supplyID == "" }) {
		for _, r := range p.releases {
			p.supplyID += r.supplyID
		}
	}
	return p, nil
}

// lock is the recipe, by which the bundle can be made again.
func (p plan) lock() (File, error) {
	const path = "recipe.yaml"
	parts, err := p.list(path, p.head, "componentRefs", func(r release) (*part, error) {
		return r.part(path, func() ([]byte, error) { return listItems(1, r.ComponentRef) })
	})
	return File{Path: path, parts: parts}, err
}

// list adds what each release gives to a field of a document that is an empty list there.
func (p plan) list(path string, document []byte, field string, items func(release) (*part, error)) ([]*part, error) {
	field = "\n" + field + ":"
	before, after, _ := bytes.Cut(document, []byte(field+" []\n"))
	parts := []*part{p.cache.keep(path, string(before)+field+"\n")}
	for _, r := range p.releases {
		added, err := items(r)
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", path, err)
		}
		parts = append(parts, added)
	}
	return append(parts, p.cache.keep(path, string(after))), nil
}

// listItems encodes items of a list that is some levels down in a document.
func listItems(levels int, items ...any) ([]byte, error) {
	var document any = items
	for range levels {
		document = object{"": document}
	}
	text, err := encodeYAML(document)
	lines := bytes.SplitAfterN(text, []byte("\n"), levels+1)
	return lines[len(lines)-1], err
}

// part encodes a piece of a file that follows from the release.
func (r release) part(form string, produce func() ([]byte, error)) (*part, error) {
	return r.cache.partOf(form, r.id, produce)
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

// supply encodes a piece of such a file that follows from the release.
func (r release) supply(form string, produce func() ([]byte, error)) (*part, error) {
	return r.cache.partOf(form, r.supplyID, produce)
}

// yamlFile encodes documents that follow from the release.
func (r release) yamlFile(path string, documents ...any) (File, error) {
	p, err := r.part(path, func() ([]byte, error) { return encodeYAML(documents...) })
	if err != nil {
		return File{}, fmt.Errorf("encode %s: %w", path, err)
	}
	return File{Path: path, parts: []*part{p}}, nil
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

// manifests is the folder of the objects of a stage.
func (r release) manifests(stage string) string { return r.folder + "/manifests/" + stage }

// isOCI says whether the chart is in an OCI registry.
func (r release) isOCI() bool { return strings.HasPrefix(r.Repository, "oci://") }

// registry is the chart's OCI registry, without the scheme.
func (r release) registry() string {
	return strings.TrimSuffix(strings.TrimPrefix(r.Repository, "oci://"), "/")
}

// ociChart is where an OCI registry has the chart.
func (r release) ociChart() string { return "oci://" + r.registry() + "/" + r.Chart }

// tag is the version as Helm writes it in the tags of OCI registries, which can't hold a plus sign.
func (r release) tag() string { return strings.ReplaceAll(r.Version, "+", "_") }

// objects returns a component's Kubernetes objects, a file each.
func (r release) objects() ([]File, error) {
	var files []File
	for i, object := range r.Manifests {
		file, err := r.yamlFile(r.manifestPath(i), object)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return files, nil
}

func (r release) manifestPaths() []string {
	paths := make([]string, len(r.Manifests))
	for i := range paths {
		paths[i] = r.manifestPath(i)
	}
	return paths
}

// manifestPath is the file of a component's object.
func (r release) manifestPath(i int) string {
	kind, _ := r.Manifests[i]["kind"].(string)
	return fmt.Sprintf("%s/%02d-%s.yaml", r.manifests(moment(r.Manifests[i])), i+1, strings.ToLower(kind))
}

// values returns a component's Helm values.
func (r release) values() (File, error) { return r.yamlFile(r.folder+"/values.yaml", r.Values) }

// valuesText returns values as text if they hold a null, else nothing. A null takes a chart's default away. In Kubernetes objects it can get
// lost: a merge patch removes the key in the place of setting it (RFC 7396).
func (r release) valuesText() (string, error) {
	if !hasNull(r.Values) {
		return "", nil
	}
	values, err := r.values()
	return string(values.Data()), err
}

func hasNull(value any) bool {
	switch v := value.(type) {
	case map[string]any:
		for _, item := range v {
			if hasNull(item) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, hasNull)
	}
	return value == nil
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

func (r release) row() string {
	return strings.Join([]string{r.folder, r.Name, r.Namespace, r.Repository, r.Chart, r.Version}, "\t") + "\n"
}

func lines(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return strings.Join(list, "\n") + "\n"
}

func (p plan) tableFile() File { return p.cache.file("releases.tsv", p.table) }

// object is part of a document.
type object = map[string]any

// yamlFile encodes documents to one file.
func yamlFile(path string, documents ...any) (File, error) {
	data, err := encodeYAML(documents...)
	if err != nil {
		return File{}, fmt.Errorf("encode %s: %w", path, err)
	}
	return NewFile(path, data), nil
}

func encodeYAML(documents ...any) ([]byte, error) {
	var data []byte
	for i, d := range documents {
		encoded, err := document.EncodeYAML(d)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			data = append(data, "---\n"...)
		}
		data = append(data, encoded...)
	}
	return data, nil
}

// namespaceStage is the stage that has the release's own namespace among its objects, empty if none.
func (r release) namespaceStage() string {
	for _, o := range r.Manifests {
		metadata, _ := o["metadata"].(map[string]any)
		if o["apiVersion"] == "v1" && o["kind"] == "Namespace" && metadata["name"] == r.Namespace {
			return moment(o)
		}
	}
	return ""
}

// moment says when an object is applied, relative to the chart. The contract admits no other values and states the default.
func moment(object gen.KubernetesObject) string {
	metadata, _ := object["metadata"].(map[string]any)
	annotations, _ := metadata["annotations"].(map[string]any)
	if when, ok := annotations["cns.nvidia.com/apply"].(string); ok {
		return when
	}
	return afterChart
}
