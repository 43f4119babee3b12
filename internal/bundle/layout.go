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
	releases []release
	repo     repo
	cache    *Cache
}

// release is one component of a plan.
type release struct {
	gen.ComponentRef
	folder string
	id     string // tells it from all other components that may come under its folder; empty if it's of this bundle alone
	cache  *Cache
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
	p := plan{recipe: b.recipe, repo: repo, cache: b.Cache}
	digits := max(2, len(fmt.Sprint(len(b.recipe.ComponentRefs))))
	for i, ref := range b.recipe.ComponentRefs {
		id := b.origins[i].id
		if id == "" && !b.origins[i].isChanged {
			var err error
			if id, err = idOf(ref); err != nil {
				return plan{}, err
			}
		}
		p.releases = append(p.releases, release{ref, fmt.Sprintf("%0*d-%s", digits, ref.Order, ref.Name), id, b.Cache})
	}
	return p, nil
}

// lock is the recipe, by which the bundle can be made again.
func (p plan) lock() (File, error) {
	const path = "recipe.yaml"
	r := p.recipe
	r.ComponentRefs = []gen.ComponentRef{}
	return p.list(path, r, "componentRefs", func(r release) (*part, error) {
		return r.part(path, func() ([]byte, error) { return listItems(r.ComponentRef) })
	})
}

// list encodes a document to one file, with what each release adds to a field that is an empty list.
func (p plan) list(path string, document any, field string, items func(release) (*part, error)) (File, error) {
	text, err := encodeYAML(document)
	if err != nil {
		return File{}, fmt.Errorf("encode %s: %w", path, err)
	}
	field = "\n" + field + ":"
	before, after, _ := bytes.Cut(text, []byte(field+" []\n"))
	parts := []*part{p.cache.keep(path, string(before)+field+"\n")}
	for _, r := range p.releases {
		added, err := items(r)
		if err != nil {
			return File{}, fmt.Errorf("encode %s: %w", path, err)
		}
		parts = append(parts, added)
	}
	return File{Path: path, parts: append(parts, p.cache.keep(path, string(after)))}, nil
}

// listItems encodes items of a list that is a field of a document.
func listItems(items ...any) ([]byte, error) {
	text, err := encodeYAML(object{"": items})
	_, lines, _ := bytes.Cut(text, []byte("\n"))
	return lines, err
}

// file returns a file that follows from the releases.
func (p plan) file(path string, text []byte) File {
	if slices.ContainsFunc(p.releases, func(r release) bool { return r.id == "" }) {
		return NewFile(path, text)
	}
	return p.cache.file(path, string(text))
}

// part encodes a piece of a file that follows from the release.
func (r release) part(form string, produce func() ([]byte, error)) (*part, error) {
	if r.id != "" {
		return r.cache.part(form, r.id, produce)
	}
	text, err := produce()
	return &part{text: text}, err
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

// manifestPath is the file of a component's object.
func (r release) manifestPath(i int) string {
	kind, _ := r.Manifests[i]["kind"].(string)
	return fmt.Sprintf("%s/%02d-%s.yaml", r.manifests(moment(r.Manifests[i])), i+1, strings.ToLower(kind))
}

// values returns a component's Helm values.
func (r release) values() (File, error) { return r.yamlFile(r.folder+"/values.yaml", r.Values) }

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

// table lists the releases for scripts.
func (p plan) table() File {
	list := []byte("# folder\trelease\tnamespace\trepository\tchart\tversion\n")
	for _, r := range p.releases {
		list = append(list, strings.Join([]string{r.folder, r.Name, r.Namespace, r.Repository, r.Chart, r.Version}, "\t")+"\n"...)
	}
	return p.cache.file("releases.tsv", string(list))
}

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
