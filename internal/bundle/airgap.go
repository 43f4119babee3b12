package bundle

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/gen"
)

// supplies are the files about what a deployment pulls.
func (b *builder) supplies(p plan, params gen.CreateBundleParams, lock File) ([]File, error) {
	charts := "# repository\tchart\tversion\n"
	images := map[string][]string{}
	var all []string
	for _, r := range p.releases {
		charts += strings.Join([]string{r.Repository, r.Chart, r.Version}, "\t") + "\n"
		images[r.Name] = b.imagesOf(r)
		all = append(all, images[r.Name]...)
	}
	slices.Sort(all)
	all = slices.Compact(all)
	var list strings.Builder
	for _, image := range all {
		list.WriteString(image + "\n")
	}
	bom, err := sbom(p, images, lock.Data)
	if err != nil {
		return nil, err
	}
	files := []File{{Path: "charts.txt", Data: []byte(charts)}, {Path: "images.txt", Data: []byte(list.String())}, bom}
	if params.Mirror != "" { // Hauler and Zarf get things where they are without it
		return files, nil
	}
	manifest, err := hauler(p, all)
	if err != nil {
		return nil, err
	}
	files = append(files, manifest)
	if params.Deployer != gen.DeployerHelm { // Zarf deploys by itself, with the values files that are laid out for Helm
		return files, nil
	}
	for _, r := range p.releases {
		if r.Namespace == "kube-system" && len(images[r.Name]) > 0 {
			b.warn("zarf.yaml can't make %s pull from Zarf's registry: Zarf leaves pods in kube-system as they are", r.Name)
		}
	}
	if bytes.Contains(lock.Data, []byte("###ZARF_")) { // credentials of the cluster's registry among them
		b.warn("values or manifests hold ###ZARF_, where Zarf puts variables and constants of its own")
	}
	packaged, err := zarf(p, images)
	return append(files, packaged), err
}

// imagesOf returns the images of a release. They are kept where there is nothing to warn of.
func (b *builder) imagesOf(r release) []string {
	before := len(b.warnings)
	key := pieceKey{"images", sumOfTexts(string(r.sum[:]), fmt.Sprint(b.recipe.Constraints["os"]))}
	if list, ok := b.Cache.pieces.GetIfPresent(key); ok {
		return strings.Fields(string(list))
	}
	list := b.images(r.ComponentRef)
	if len(b.warnings) == before {
		b.Cache.pieces.Set(key, []byte(strings.Join(list, "\n")))
	}
	return list
}

// hauler lists charts and images for Hauler, which carries them to sites without a network.
func hauler(p plan, images []string) (File, error) {
	var names, charts []item
	for _, image := range images {
		names = append(names, item{object{"name": image}, sumOfTexts(image)})
	}
	for _, r := range p.releases {
		charts = append(charts, item{object{
			"name": r.Chart, "repoURL": strings.TrimSuffix(r.Repository, "/"), "version": r.Version,
			"rewrite": chartsFolder + "/" + r.Chart + ":" + r.tag(), // else it goes to a folder of Hauler's
		}, r.sum})
	}
	const path = "hauler-manifest.yaml"
	document := func(kind, field string, items []item) ([][]byte, error) {
		return p.cache.list(path, object{
			"apiVersion": "content.hauler.cattle.io/v1", "kind": kind,
			"metadata": object{"name": "cns-bundle"}, "spec": object{field: []any{}},
		}, []string{"spec", field}, items)
	}
	first, err := document("Images", "images", names)
	if err != nil {
		return File{}, err
	}
	second, err := document("Charts", "charts", charts)
	if err != nil {
		return File{}, err
	}
	return joined(path, slices.Concat(first, [][]byte{[]byte("---\n")}, second)), nil
}

// zarf describes a Zarf package of the bundle. Within a component Zarf deploys charts before manifests, so what comes before a chart is a
// component of its own.
func zarf(p plan, images map[string][]string) (File, error) {
	var components []item
	for _, r := range p.releases {
		sum := sumOfTexts(append([]string{string(r.sum[:]), r.folder}, images[r.Name]...)...)
		component := object{"name": r.folder, "required": true, "charts": []any{zarfChart(r)}}
		if list := images[r.Name]; len(list) > 0 {
			component["images"] = list
		}
		if r.has(beforeChart) {
			components = append(components, item{object{
				"name": r.folder + "-before", "required": true, "manifests": []any{zarfManifests(r, beforeChart)},
			}, sumOfTexts(beforeChart, string(sum[:]))})
		}
		if r.has(afterChart) {
			component["manifests"] = []any{zarfManifests(r, afterChart)}
		}
		components = append(components, item{component, sum})
	}
	const path = "zarf.yaml"
	pieces, err := p.cache.list(path, object{
		"apiVersion": "zarf.dev/v1alpha1", "kind": "ZarfPackageConfig",
		"metadata": object{"name": "cns-bundle"}, "components": []any{},
	}, []string{"components"}, components)
	return joined(path, pieces), err
}

func zarfChart(r release) object {
	chart := object{
		"name": r.Chart, "releaseName": r.Name, "namespace": r.Namespace, "version": r.Version, "url": r.Repository,
		"valuesFiles": []string{r.folder + "/values.yaml"},
	}
	if r.isOCI() {
		chart["url"] = r.ociChart()
	}
	return chart
}

func zarfManifests(r release, stage string) object {
	files := []string{}
	for i, o := range r.Manifests {
		if moment(o) == stage {
			files = append(files, r.manifestPath(i))
		}
	}
	return object{"name": stage, "namespace": r.Namespace, "files": files}
}
