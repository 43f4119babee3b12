package bundle

import (
	"bytes"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/gen"
)

// supplies are what a bundle says of what a deployment pulls.
type supplies struct {
	files []File
	bom   []*part // the SBOM but for its end
}

func (p plan) makeSupplies() (s supplies, err error) {
	if s.bom, err = p.bomLists(); err != nil {
		return s, err
	}
	images, err := p.supply("images.txt", func() ([]*part, error) { return []*part{{text: []byte(lines(p.images))}}, nil })
	if err != nil {
		return s, err
	}
	var charts strings.Builder
	charts.WriteString("# repository\tchart\tversion\n")
	for _, r := range p.releases {
		charts.WriteString(strings.Join([]string{r.Repository, r.Chart, r.Version}, "\t") + "\n")
	}
	s.files = []File{p.cache.file("charts.txt", charts.String()), images}
	if p.params.Mirror != "" { // Hauler and Zarf get things where they are without it
		return s, nil
	}
	manifest, err := hauler(p)
	if err != nil {
		return s, err
	}
	s.files = append(s.files, manifest)
	if p.hasZarf() {
		manifest, err = zarf(p)
		s.files = append(s.files, manifest)
	}
	return s, err
}

// hasZarf says whether the bundle is a Zarf package too. Zarf deploys by itself, with the values files that are laid out for Helm.
func (p plan) hasZarf() bool { return p.params.Mirror == "" && p.params.Deployer == gen.DeployerHelm }

// warnOfSupplies says what the files can't bring about.
func (b *builder) warnOfSupplies(p plan, lock File) {
	for _, r := range p.releases {
		for _, warning := range r.pulled.warnings {
			b.warnOnce("%s", warning)
		}
	}
	if !p.hasZarf() {
		return
	}
	for _, r := range p.releases {
		if r.Namespace == "kube-system" && len(r.pulled.images) > 0 {
			b.warn("zarf.yaml can't make %s pull from Zarf's registry: Zarf leaves pods in kube-system as they are", r.Name)
		}
	}
	if lock.contains("###ZARF_") { // credentials of the cluster's registry among them
		b.warn("values or manifests hold ###ZARF_, where Zarf puts variables and constants of its own")
	}
}

// hauler lists charts and images for Hauler, which carries them to sites without a network.
func hauler(p plan) (File, error) {
	const path = "hauler-manifest.yaml"
	document := func(kind, field string, list []any) ([]byte, error) {
		return encodeYAML(object{
			"apiVersion": "content.hauler.cattle.io/v1", "kind": kind,
			"metadata": object{"name": "cns-bundle"}, "spec": object{field: list},
		})
	}
	charts, err := p.cache.part("charts in "+path, p.table, func() ([]byte, error) {
		var list []any
		for _, r := range p.releases {
			list = append(list, object{
				"name": r.Chart, "repoURL": strings.TrimSuffix(r.Repository, "/"), "version": r.Version,
				"rewrite": chartsFolder + "/" + r.Chart + ":" + r.tag(), // else it goes to a folder of Hauler's
			})
		}
		return document("Charts", "charts", list)
	})
	if err != nil {
		return File{}, err
	}
	return p.supply(path, func() ([]*part, error) {
		text, err := document("Images", "images", nil)
		if len(p.images) > 0 {
			text = append(bytes.TrimSuffix(text, []byte(" []\n")), '\n')
		}
		for _, image := range p.images {
			item, e := p.cache.part("image in "+path, image, func() ([]byte, error) { return listItems(2, object{"name": image}) })
			if e != nil {
				return nil, e
			}
			text = append(text, item.text...)
		}
		return []*part{{text: append(text, "---\n"...)}, charts}, err
	})
}

// zarf describes a Zarf package of the bundle. Within a component Zarf deploys charts before manifests, so what comes before a chart is a
// component of its own.
func zarf(p plan) (File, error) {
	const path = "zarf.yaml"
	return p.supply(path, func() ([]*part, error) {
		document, err := encodeYAML(object{
			"apiVersion": "zarf.dev/v1alpha1", "kind": "ZarfPackageConfig",
			"metadata": object{"name": "cns-bundle"}, "components": []any{},
		})
		if err != nil {
			return nil, err
		}
		around, err := frameOf(document, "\ncomponents:", " []\n")
		if err != nil {
			return nil, err
		}
		return p.list(path, around, func(r release) (*part, error) {
			return r.supply("component in "+path, func() ([]byte, error) { return listItems(1, zarfComponents(r)...) })
		})
	})
}

func zarfComponents(r release) []any {
	component := object{"name": r.folder, "required": true, "charts": []any{zarfChart(r)}}
	if len(r.pulled.images) > 0 {
		component["images"] = r.pulled.images
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
