package component

import (
	"fmt"
	"slices"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/archive"
)

// Release is a component in the folder that it has in a bundle.
type Release struct {
	*Component
	Folder string
	Admits gen.PodSecurity // what its namespace is labelled for, empty if it is left alone
}

// Releases puts components in folders that sort in their order.
func Releases(components []*Component) []Release {
	digits := max(2, len(fmt.Sprint(len(components))))
	list := make([]Release, len(components))
	for i, c := range components {
		list[i] = Release{Component: c, Folder: fmt.Sprintf("%0*d-%s", digits, c.Order, c.Name)}
	}
	byNamespace := Admitted(components)
	for i, r := range list {
		list[i].Admits = byNamespace[r.Namespace]
	}
	return list
}

// Admitted returns the most permissive standard that components state, by namespace. One that any
// of them brings as a manifest is what that says.
func Admitted(components []*Component) map[string]gen.PodSecurity {
	strictness := []gen.PodSecurity{
		gen.PodSecurityPrivileged, gen.PodSecurityBaseline, gen.PodSecurityRestricted, "",
	}
	byNamespace := map[string]gen.PodSecurity{}
	for _, c := range components {
		known := byNamespace[c.Namespace]
		if slices.Index(strictness, c.PodSecurity) < slices.Index(strictness, known) {
			byNamespace[c.Namespace] = c.PodSecurity
		}
	}
	for _, c := range components {
		for name := range c.Namespaces() {
			delete(byNamespace, name)
		}
	}
	return byNamespace
}

// NamespaceLabels are the labels by which the release's namespace admits the pods in it, nil if it
// is left alone.
func (r Release) NamespaceLabels() map[string]any {
	if r.Admits == "" {
		return nil
	}
	return map[string]any{ // enforce alone would still warn of each pod where the cluster's default is stricter
		"pod-security.kubernetes.io/enforce": string(r.Admits),
		"pod-security.kubernetes.io/audit":   string(r.Admits),
		"pod-security.kubernetes.io/warn":    string(r.Admits),
	}
}

// Labelled returns one release in each of the namespaces that are labelled.
func Labelled(releases []Release) []Release {
	var list []Release
	isThere := map[string]bool{}
	for _, r := range releases {
		if r.Admits != "" && !isThere[r.Namespace] {
			isThere[r.Namespace] = true
			list = append(list, r)
		}
	}
	return list
}

// NamespacesFolder has the namespaces that are labelled, a file each.
const NamespacesFolder = "namespaces"

// NamespacePath is the file of the release's namespace. The prefix keeps it apart from what tools
// look for, such as values.yaml, Chart.yaml and kustomization.yaml.
func (r Release) NamespacePath() string {
	return NamespacesFolder + "/namespace-" + r.Namespace + ".yaml"
}

// Stage is a step of the installation of a release.
type Stage string

// Stages of a release, in order. The first and the last are for manifests.
const (
	BeforeChart Stage = "before-chart"
	TheChart    Stage = "chart"
	AfterChart  Stage = "after-chart"
)

// Has reports whether a release has a stage.
func (r Release) Has(stage Stage) bool {
	isOfStage := func(o gen.KubernetesObject) bool { return StageOf(o) == stage }
	return stage == TheChart || slices.ContainsFunc(r.Manifests, isOfStage)
}

// Stages returns those that a release has, in order.
func (r Release) Stages() []Stage {
	isMissing := func(stage Stage) bool { return !r.Has(stage) }
	return slices.DeleteFunc([]Stage{BeforeChart, TheChart, AfterChart}, isMissing)
}

// maxStageName is Helm's for releases. The names of Flux's objects become labels, which can have 63
// characters.
const maxStageName = 53

// StageName is what a stage is called in the cluster. Dots keep it apart from component names,
// which have none.
func (r Release) StageName(stage Stage) string {
	name := r.Name + "." + string(stage)
	switch {
	case stage == TheChart:
		return r.Name
	case len(name) > maxStageName:
		return fmt.Sprintf("manifests.%d.%s", r.Order, stage)
	}
	return name
}

// StageOf says when an object is applied, relative to the chart. The contract admits no other
// values and states the default.
func StageOf(object gen.KubernetesObject) Stage {
	metadata, _ := object["metadata"].(map[string]any)
	annotations, _ := metadata["annotations"].(map[string]any)
	if when, ok := annotations["cns.nvidia.com/apply"].(string); ok {
		return Stage(when)
	}
	return AfterChart
}

// ManifestsFolder is the folder of the objects of a stage.
func (r Release) ManifestsFolder(stage Stage) string {
	return r.Folder + "/manifests/" + string(stage)
}

// ManifestPaths are the files of the objects.
func (r Release) ManifestPaths() []string {
	paths := make([]string, len(r.Manifests))
	for i, o := range r.Manifests {
		kind, _ := o["kind"].(string)
		paths[i] = fmt.Sprintf("%s/%02d-%s.yaml", r.ManifestsFolder(StageOf(o)), i+1, strings.ToLower(kind))
	}
	return paths
}

// ManifestFiles returns the objects, a file each. The caller owns the list.
func (r Release) ManifestFiles() []archive.File {
	files := make([]archive.File, len(r.Manifests))
	for i, path := range r.ManifestPaths() {
		files[i] = archive.NewFile(path, r.ObjectsYAML()[i])
	}
	return files
}

// ValuesPath is the file of the Helm values.
func (r Release) ValuesPath() string { return r.Folder + "/values.yaml" }

// ValuesFile returns the Helm values.
func (r Release) ValuesFile() archive.File { return archive.NewFile(r.ValuesPath(), r.ValuesYAML()) }

// IsOCI reports whether the chart is in an OCI registry.
func (r Release) IsOCI() bool { return strings.HasPrefix(r.Repository, "oci://") }

// Registry is the chart's OCI registry, without the scheme.
func (r Release) Registry() string {
	return strings.TrimSuffix(strings.TrimPrefix(r.Repository, "oci://"), "/")
}

// OCIChart is where an OCI registry has the chart.
func (r Release) OCIChart() string { return "oci://" + r.Registry() + "/" + r.Chart }

// Tag is the version as Helm writes it in the tags of OCI registries, which can't hold a plus sign.
func (r Release) Tag() string { return strings.ReplaceAll(r.Version, "+", "_") }
