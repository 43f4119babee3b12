package deployer

import (
	"slices"

	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/archive"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/component"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/deployer/scripts"
)

// helmfile lays out a release for each component, and local charts for the manifests beside them
// and for the namespaces that need labels, so that they take part in diff and destroy.
type helmfile struct{ chart, template *archive.Chunk } // of manifests

var _ Deployer = helmfile{}

func newHelmfile() helmfile {
	return helmfile{archive.Shared([]byte(scripts.ManifestsChart)), archive.Shared([]byte(scripts.ManifestsTemplate))}
}

// ReadsRepo implements [Deployer].
func (helmfile) ReadsRepo() bool { return false }

// Common implements [Deployer].
func (h helmfile) Common(p Plan) ([]archive.File, error) {
	repositories, releases := []any{}, []any{}
	// Helm would delete those that it has made, and all that is in them.
	files := p.namespaceFiles(object{"helm.sh/resource-policy": "keep"})
	if len(files) > 0 {
		files = append(files, h.manifestsChart(component.NamespacesFolder)...)
		releases = append(releases, object{
			"name": namespacesName, "namespace": "default", "chart": "./" + component.NamespacesFolder,
			"needs": []any{}, "takeOwnership": true, // of namespaces that are there
		})
	}
	last := map[string]string{} // stage of each release
	for _, r := range p.Releases {
		chart := r.OCIChart()
		if !r.IsOCI() {
			name := "cns-" + r.Name // one of the user's own would be overwritten in their Helm configuration
			repositories = append(repositories, object{"name": name, "url": r.Repository})
			chart = name + "/" + r.Chart
		}
		needs := []any{}
		if r.Admits != "" {
			needs = append(needs, "default/"+namespacesName)
		}
		for _, d := range r.DependencyRefs {
			needs = append(needs, last[d])
		}
		for _, stage := range r.Stages() {
			state := object{
				"name": r.StageName(stage), "namespace": r.Namespace, "needs": needs,
				"disableValidationOnInstall": true, // custom resources come before their CRDs are in the cluster
			}
			if stage == component.TheChart {
				state["chart"], state["version"], state["values"] = chart, r.Version, []any{r.ValuesPath()}
			} else {
				state["chart"] = "./" + r.ManifestsFolder(stage)
			}
			releases = append(releases, state)
			last[r.Name] = r.Namespace + "/" + r.StageName(stage)
			needs = []any{last[r.Name]}
		}
	}
	state := yamlFile("helmfile.yaml", archive.Single, object{
		"helmDefaults": object{"wait": true, "waitForJobs": true, "timeout": 600, "createNamespace": true},
		"repositories": repositories,
		"releases":     releases,
	})
	return append(files, state), nil
}

// manifestsChart makes a chart of the objects in a folder.
func (h helmfile) manifestsChart(folder string) []archive.File {
	return []archive.File{
		archive.NewFile(folder+"/Chart.yaml", h.chart), archive.NewFile(folder+"/templates/manifests.yaml", h.template),
	}
}

// Release implements [Deployer]. It refuses what the tool would take for something else.
func (h helmfile) Release(p Plan, r component.Release) ([]archive.File, error) {
	details := apierror.Details{Parameter: "deployer", Requested: "helmfile"}
	values := r.ValuesFile()
	if values.Contains("ref+") { // which may name files of the person who deploys
		return nil, apierror.Invalidf(details, "the values of %s hold «ref+», "+
			"which helmfile would resolve on the machine of whoever deploys: use another deployer", r.Name)
	}
	if other := p.madeFor(r); other != nil {
		return nil, apierror.Invalidf(details, "%s brings the namespace %s of %s as a manifest, "+
			"which Helm may have made by then and refuses to take over: use another deployer",
			r.Name, other.Namespace, other.Name)
	}
	files := r.ManifestFiles()
	for _, stage := range r.Stages() {
		if stage != component.TheChart {
			files = append(files, h.manifestsChart(r.ManifestsFolder(stage))...)
		}
	}
	return append(files, values), nil
}

// madeFor returns a release in a namespace that r brings, for which Helm may make it before: one
// that doesn't wait for r. It is nil if there is none.
func (p Plan) madeFor(r component.Release) *component.Release {
	brought, waits := r.Namespaces(), map[string]bool{r.Name: true}
	for _, other := range p.Releases { // after those that it depends on
		isWaiting := slices.ContainsFunc(other.DependencyRefs, func(d string) bool { return waits[d] })
		switch {
		case isWaiting:
			waits[other.Name] = true
		case brought[other.Namespace] != "":
			return &other
		}
	}
	return nil
}
