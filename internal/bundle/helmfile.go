package bundle

import (
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/scripts"
)

// helmfile lays out a release for each component, and local charts for the manifests beside them, so that they take part in
// diff and destroy.
func helmfile(p plan) ([]File, error) {
	repositories, releases := []any{}, []any{}
	last := map[string]string{} // stage of each release
	for _, r := range p.releases {
		// A name of the user's own would be overwritten in their Helm configuration.
		repository := "cns-" + r.Name
		if !r.isOCI() {
			repositories = append(repositories, object{"name": repository, "url": r.Repository})
		}
		needs := []any{}
		for _, d := range r.DependencyRefs {
			needs = append(needs, last[d])
		}
		for _, stage := range r.stages() {
			state := object{
				"name": r.stageName(stage), "namespace": r.Namespace, "needs": needs,
				"disableValidationOnInstall": true, // custom resources come before their CRDs are in the cluster
			}
			switch {
			case stage != theChart:
				state["chart"] = "./" + r.manifests(stage)
			case r.isOCI():
				state["chart"] = r.ociChart()
			default:
				state["chart"] = repository + "/" + r.Chart
			}
			if stage == theChart {
				state["version"], state["values"] = r.Version, []any{r.folder + "/values.yaml"}
			}
			releases = append(releases, state)
			last[r.Name] = r.Namespace + "/" + r.stageName(stage)
			needs = []any{last[r.Name]}
		}
	}
	state, err := yamlFile("helmfile.yaml", object{
		"helmDefaults": object{
			"wait": true, "waitForJobs": true, "timeout": 600, "createNamespace": true,
		},
		"repositories": repositories,
		"releases":     releases,
	})
	return []File{state}, err
}

func helmfileRelease(_ repo, r release) ([]File, error) {
	values, err := r.values()
	if err != nil {
		return nil, err
	}
	if err := checkSecretReferences(r, values); err != nil {
		return nil, err
	}
	if r.namespaceStage() != "" {
		return nil, apierror.Invalidf(apierror.Details{Parameter: "deployer", Requested: "helmfile"},
			"%s brings its namespace %s as a manifest, which Helm has made by then and refuses to take over: use another deployer", r.Name, r.Namespace)
	}
	files, err := r.manifestCharts()
	return append(files, values), err
}

// manifestCharts returns a component's objects as charts.
func (r release) manifestCharts() ([]File, error) {
	files, err := r.objects()
	for _, stage := range r.stages() {
		if stage != theChart {
			files = append(files,
				r.cache.file(r.manifests(stage)+"/Chart.yaml", scripts.ManifestsChart),
				r.cache.file(r.manifests(stage)+"/templates/manifests.yaml", scripts.ManifestsTemplate))
		}
	}
	return files, err
}

// checkSecretReferences refuses values that helmfile would replace with what they refer to, files of the person who deploys among them.
func checkSecretReferences(r release, values File) error {
	if !values.contains("ref+") {
		return nil
	}
	return apierror.Invalidf(apierror.Details{Parameter: "deployer", Requested: "helmfile"},
		"the values of %s hold «ref+», which helmfile would resolve on the machine of whoever deploys: use another deployer", r.Name)
}
