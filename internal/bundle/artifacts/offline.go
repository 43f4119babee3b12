package artifacts

import (
	"fmt"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/internal/bundle/archive"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/component"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/options"
	"github.com/NVIDIA/cloud-native-stack/internal/document"
	"github.com/NVIDIA/cloud-native-stack/internal/document/yamlenc"
)

// object is part of a document.
type object = map[string]any

// haulerImages begins the manifest for Hauler, which carries images and charts to sites without a
// network.
func haulerImages(names []string) []byte {
	images := make([]any, len(names))
	for i, name := range names {
		images[i] = object{"name": name}
	}
	return append(haulerList("Images", "images", images), "---\n"...)
}

// haulerCharts ends that manifest.
func haulerCharts(releases []component.Release) []byte {
	charts := make([]any, len(releases))
	for i, r := range releases {
		charts[i] = object{
			"name": r.Chart, "repoURL": strings.TrimSuffix(r.Repository, "/"), "version": r.Version,
			"rewrite": options.ChartsFolder + "/" + r.Chart + ":" + r.Tag(), // else it goes to a folder of Hauler's
		}
	}
	return haulerList("Charts", "charts", charts)
}

func haulerList(kind, field string, list []any) []byte {
	return document.Must(yamlenc.Encode(object{
		"apiVersion": "content.hauler.cattle.io/v1", "kind": kind,
		"metadata": object{"name": "cns-bundle"}, "spec": object{field: list},
	}))
}

const zarfPath = "zarf.yaml"

// zarf describes a Zarf package of the bundle. Zarf deploys by itself, with the values files that
// are laid out for Helm. Within a component it deploys charts before manifests, so what comes
// before a chart is a component of its own. So are the namespaces that need labels, before all
// others: Zarf would make them without.
func (w writer) zarf() (zarf list, err error) {
	zarf = w.base.zarf
	if zarf.before == nil {
		before, after, err := yamlenc.Around(object{
			"apiVersion": "zarf.dev/v1alpha1", "kind": "ZarfPackageConfig",
			"metadata": object{"name": "cns-bundle"}, "components": nil,
		}, "components")
		if err != nil {
			return list{}, fmt.Errorf("%s: %w", zarfPath, err)
		}
		for _, c := range zarfNamespaces(w.releases) {
			before = append(before, document.Must(yamlenc.Item(c))...)
		}
		zarf.before, zarf.after = archive.Shared(before), archive.Shared(after)
	}
	zarf.items, err = w.items(zarf.items, w.isKept, func(_ int, r component.Release) (text []byte) {
		for _, c := range zarfComponents(r) {
			text = append(text, document.Must(yamlenc.Item(c))...)
		}
		return text
	})
	return zarf, err
}

// zarfNamespaces returns a component with the namespaces that need labels, none without them.
func zarfNamespaces(releases []component.Release) []any {
	files := []string{}
	for _, r := range component.Labelled(releases) {
		files = append(files, r.NamespacePath())
	}
	if len(files) == 0 {
		return nil
	}
	manifests := object{"name": component.NamespacesFolder, "namespace": "default", "files": files}
	return []any{object{"name": component.NamespacesFolder, "required": true, "manifests": []any{manifests}}}
}

func zarfComponents(r component.Release) []any {
	c := object{"name": r.Folder, "required": true, "charts": []any{zarfChart(r)}}
	if len(r.Images.Names) > 0 {
		c["images"] = r.Images.Names
	}
	if r.Has(component.AfterChart) {
		c["manifests"] = []any{zarfManifests(r, component.AfterChart)}
	}
	if r.Has(component.BeforeChart) {
		before := []any{zarfManifests(r, component.BeforeChart)}
		return []any{object{"name": r.Folder + "-before", "required": true, "manifests": before}, c}
	}
	return []any{c}
}

func zarfChart(r component.Release) object {
	chart := object{
		"name": r.Chart, "releaseName": r.Name, "namespace": r.Namespace, "version": r.Version, "url": r.Repository,
		"valuesFiles": []string{r.ValuesPath()},
	}
	if r.IsOCI() {
		chart["url"] = r.OCIChart()
	}
	return chart
}

func zarfManifests(r component.Release, stage component.Stage) object {
	files := []string{}
	for i, path := range r.ManifestPaths() {
		if component.StageOf(r.Manifests[i]) == stage {
			files = append(files, path)
		}
	}
	return object{"name": string(stage), "namespace": r.Namespace, "files": files}
}
