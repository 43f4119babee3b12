package bundle

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/document"
)

// release is one component of a plan.
type release struct {
	gen.ComponentRef
	folder   string
	id       string // tells it from all other components that may come under its folder; empty if it's of this bundle alone
	pulled   *pulled
	supplyID string // says what it pulls and where it goes; empty if that's of this bundle alone
	cache    *Cache

	layOut  func(release) ([]File, error)
	files   func() ([]File, error) // what it gives, made once
	values  func() (File, error)   // its Helm values
	objects func() ([]File, error) // its Kubernetes objects, a file each

	lockFrame func() (frame, error) // it in recipe.yaml, around its values
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

// part encodes a piece of a file that follows from the release.
func (r release) part(form string, produce func() ([]byte, error)) (*part, error) {
	return r.cache.partOf(form, r.id, produce)
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

// arrange has what follows from the values of the release as it is now made once it's needed.
func (r *release) arrange() {
	r.values = sync.OnceValues(r.encodeValues)
	r.files = sync.OnceValues(r.makeFiles)
}

func (r release) makeFiles() ([]File, error) { return r.layOut(r) }

func (r release) encodeValues() (File, error) { return r.yamlFile(r.folder+"/values.yaml", r.Values) }

func (r release) encodeObjects() ([]File, error) {
	files := make([]File, len(r.Manifests)) // full, because it's shared: who adds to it gets another one
	for i, object := range r.Manifests {
		var err error
		if files[i], err = r.yamlFile(r.manifestPath(i), object); err != nil {
			return nil, err
		}
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

// mapping returns the release's values as part of a document.
func (r release) mapping() (document.Mapping, error) {
	values, err := r.values()
	if err != nil {
		return nil, err
	}
	return values.parts[0].text, nil
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
