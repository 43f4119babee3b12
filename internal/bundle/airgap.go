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
	charts := []byte("# repository\tchart\tversion\n")
	images := map[string][]string{}
	var all []string
	for _, r := range p.releases {
		charts = append(charts, strings.Join([]string{r.Repository, r.Chart, r.Version}, "\t")+"\n"...)
		images[r.Name] = b.imagesOf(r)
		all = append(all, images[r.Name]...)
	}
	slices.Sort(all)
	all = slices.Compact(all)
	var list []byte
	for _, image := range all {
		list = append(append(list, image...), '\n')
	}
	recipe := lock.Data()
	bom, err := sbom(p, images, recipe)
	if err != nil {
		return nil, err
	}
	files := []File{p.cache.file("charts.txt", string(charts)), p.file("images.txt", list), bom}
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
	if bytes.Contains(recipe, []byte("###ZARF_")) { // credentials of the cluster's registry among them
		b.warn("values or manifests hold ###ZARF_, where Zarf puts variables and constants of its own")
	}
	packaged, err := zarf(p, images)
	return append(files, packaged), err
}

// imagesOf returns the images of a release. They are kept where there is nothing to warn of.
func (b *builder) imagesOf(r release) []string {
	if r.id == "" {
		return b.images(r.ComponentRef)
	}
	key := partKey{fmt.Sprint("images for ", b.recipe.Constraints["os"]), r.id}
	if kept, ok := b.Cache.parts.GetIfPresent(key); ok {
		return strings.Fields(string(kept.text))
	}
	before := len(b.warnings)
	list := b.images(r.ComponentRef)
	if len(b.warnings) == before {
		b.Cache.parts.Set(key, &part{text: []byte(strings.Join(list, "\n"))})
	}
	return list
}

// hauler lists charts and images for Hauler, which carries them to sites without a network.
func hauler(p plan, images []string) (File, error) {
	names, charts := []any{}, []any{}
	for _, image := range images {
		names = append(names, object{"name": image})
	}
	for _, r := range p.releases {
		charts = append(charts, object{
			"name": r.Chart, "repoURL": strings.TrimSuffix(r.Repository, "/"), "version": r.Version,
			"rewrite": chartsFolder + "/" + r.Chart + ":" + r.tag(), // else it goes to a folder of Hauler's
		})
	}
	document := func(kind, field string, list []any) any {
		return object{
			"apiVersion": "content.hauler.cattle.io/v1", "kind": kind,
			"metadata": object{"name": "cns-bundle"}, "spec": object{field: list},
		}
	}
	text, err := encodeYAML(document("Images", "images", names), document("Charts", "charts", charts))
	return p.file("hauler-manifest.yaml", text), err
}

// zarf describes a Zarf package of the bundle. Within a component Zarf deploys charts before manifests, so what comes before a chart is a
// component of its own.
func zarf(p plan, images map[string][]string) (File, error) {
	const path = "zarf.yaml"
	return p.list(path, object{
		"apiVersion": "zarf.dev/v1alpha1", "kind": "ZarfPackageConfig",
		"metadata": object{"name": "cns-bundle"}, "components": []any{},
	}, "components", func(r release) (*part, error) {
		form := path + " " + r.folder + " " + strings.Join(images[r.Name], " ")
		return r.part(form, func() ([]byte, error) { return listItems(zarfComponents(r, images[r.Name])...) })
	})
}

func zarfComponents(r release, images []string) []any {
	component := object{"name": r.folder, "required": true, "charts": []any{zarfChart(r)}}
	if len(images) > 0 {
		component["images"] = images
	}
	if r.has(afterChart) {
		component["manifests"] = []any{zarfManifests(r, afterChart)}
	}
	if r.has(beforeChart) {
		return []any{object{"name": r.folder + "-before", "required": true, "manifests": []any{zarfManifests(r, beforeChart)}}, component}
	}
	return []any{component}
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
