package deployer

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/archive"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/component"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/deployer/scripts"
	"github.com/NVIDIA/cloud-native-stack/internal/values"
)

// fluxNamespace holds all of Flux's objects, because tenants may be forbidden to refer to other
// namespaces.
const fluxNamespace = "flux-system"

// sourceAPI is the API version of where Flux gets things from.
const sourceAPI = "source.toolkit.fluxcd.io/v1"

// flux lays out a HelmRelease for each component. With a repository, Kustomizations apply manifests
// and releases in install order. Without one, a script does: a Kustomization needs a source.
type flux struct{ deploy archive.File }

var _ Deployer = flux{}

func newFlux() flux { return flux{script("deploy.sh", scripts.HandOver)} }

// ReadsRepo implements [Deployer].
func (flux) ReadsRepo() bool { return true }

// Common implements [Deployer].
func (f flux) Common(p Plan) ([]archive.File, error) {
	const bootstrap = fluxNamespace // what "flux bootstrap" calls its own objects
	if err := p.checkNames(gen.DeployerFlux, rootName, bootstrap); err != nil {
		return nil, err
	}
	if p.Repo.URL == "" {
		return append(p.namespaceFiles(nil), p.table(), f.deploy), nil
	}
	namespaces := p.namespaceFiles(object{
		"kustomize.toolkit.fluxcd.io/prune": "disabled",
		"kustomize.toolkit.fluxcd.io/ssa":   "Merge", // what others set on it stays
	})
	sync := yamlFile("sync.yaml", archive.Single, p.syncObjects()...)
	root := yamlFile("kustomization.yaml", archive.Single, object{
		"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": []any{"sync.yaml"},
	})
	return append(namespaces, sync, root), nil
}

// Release implements [Deployer].
func (flux) Release(p Plan, r component.Release) ([]archive.File, error) {
	files := append(r.ManifestFiles(), yamlFile(r.Folder+"/release/release.yaml", r.Chunk, fluxObjects(r)...))
	isMissing := r.Namespaces()[r.Namespace] != component.BeforeChart && r.Admits == ""
	if p.Repo.URL != "" && r.Has(component.BeforeChart) && isMissing {
		path := r.ManifestsFolder(component.BeforeChart) + "/00-namespace.yaml"
		metadata := object{"name": r.Namespace, "annotations": object{
			"kustomize.toolkit.fluxcd.io/prune": "disabled",
			"kustomize.toolkit.fluxcd.io/ssa":   "IfNotPresent", // as the script does: what others set on it stays
		}}
		files = append(files, yamlFile(path, archive.Single, namespace(metadata)))
	}
	return files, nil
}

// chartSource is where Flux gets a chart.
func chartSource(r component.Release) object {
	if !r.IsOCI() {
		return fluxObject(sourceAPI, "HelmRepository", r.Name, object{"interval": "1h", "url": r.Repository})
	}
	const chartType = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
	return fluxObject(sourceAPI, "OCIRepository", ociRepository(r), object{
		"interval":      "1h",
		"url":           r.OCIChart(),
		"ref":           object{"tag": r.Tag()},
		"layerSelector": object{"mediaType": chartType, "operation": "copy"},
	})
}

// ociRepository names the object after the version too. Under one name for all versions, the
// HelmRelease would stay the same when the version changes, and count as ready before it's
// upgraded.
func ociRepository(r component.Release) string {
	return r.Name + "-" + strings.ToLower(strings.ReplaceAll(r.Tag(), "_", "-"))
}

// fluxObjects returns a HelmRelease after what it refers to. Values are text if they hold a null,
// as for Argo CD.
func fluxObjects(r component.Release) []any {
	// The default gives up after one failure, and leaves CRDs as they are on upgrades.
	keepTrying := func() object {
		return object{"crds": "CreateReplace", "strategy": object{"name": "RetryOnFailure", "retryInterval": "1m"}}
	}
	install := keepTrying()
	install["createNamespace"] = true
	spec := object{
		"interval": "30m",
		"timeout":  "10m",
		// As Helm's CLI would name and place it.
		"releaseName":      r.Name,
		"targetNamespace":  r.Namespace,
		"storageNamespace": r.Namespace,
		"install":          install,
		"upgrade":          keepTrying(),
		"dependsOn":        references(r.DependencyRefs),
		"values":           r.Values,
	}
	if r.IsOCI() {
		spec["chartRef"] = object{"kind": "OCIRepository", "name": ociRepository(r)}
	} else {
		source := object{"kind": "HelmRepository", "name": r.Name}
		spec["chart"] = object{"spec": object{"chart": r.Chart, "version": r.Version, "sourceRef": source}}
	}
	objects := []any{chartSource(r)}
	if values.HasNull(r.Values) {
		// Its name changes with the values: otherwise Flux would see new ones at the next interval.
		text := r.ValuesYAML().Text()
		digest := sha256.Sum256(text)
		name := r.Name + "-values-" + hex.EncodeToString(digest[:4])
		objects = append(objects, object{
			"apiVersion": "v1", "kind": "ConfigMap", "metadata": object{"name": name, "namespace": fluxNamespace},
			"data": object{"values.yaml": string(text)},
		})
		delete(spec, "values")
		spec["valuesFrom"] = []any{object{"kind": "ConfigMap", "name": name}}
	}
	return append(objects, fluxObject("helm.toolkit.fluxcd.io/v2", "HelmRelease", r.Name, spec))
}

// namespacesName is what the object is called that labels namespaces before all releases.
const namespacesName = rootName + "." + component.NamespacesFolder

// syncObjects are the repository and a Kustomization for each stage of each release, after one for
// the namespaces that need labels. The first stage of a release waits for that one and for the last
// ones of those that it depends on, the others for the one before.
func (p Plan) syncObjects() []any {
	kind, ref := "GitRepository", object{"branch": p.Repo.Revision}
	switch {
	case p.Repo.isOCI():
		kind, ref = "OCIRepository", object{"tag": p.Repo.Revision}
	case strings.HasPrefix(p.Repo.Revision, "refs/"):
		ref = object{"name": p.Repo.Revision}
	}
	source := object{"kind": kind, "name": rootName}
	all := []any{fluxObject(sourceAPI, kind, rootName, object{"interval": "10m", "url": p.Repo.URL, "ref": ref})}
	stage := func(name, folder string, wait bool, waitFor []string) {
		spec := object{
			"interval": "10m", "retryInterval": "1m", "timeout": "20m", // longer than a release's own
			"path": "./" + p.Repo.File(folder), "prune": true, "wait": wait,
			"sourceRef": source, "dependsOn": references(waitFor),
		}
		all = append(all, fluxObject("kustomize.toolkit.fluxcd.io/v1", "Kustomization", name, spec))
	}
	if len(component.Labelled(p.Releases)) > 0 {
		stage(namespacesName, component.NamespacesFolder, false, nil)
	}
	last := map[string]string{} // stage of each release
	for _, r := range p.Releases {
		waitFor := []string{}
		if r.Admits != "" {
			waitFor = append(waitFor, namespacesName)
		}
		for _, d := range r.DependencyRefs {
			waitFor = append(waitFor, last[d])
		}
		for _, s := range r.Stages() {
			name, folder, wait := r.StageName(s), r.ManifestsFolder(s), false
			if s == component.TheChart {
				folder, wait = r.Folder+"/release", true
			}
			stage(name, folder, wait, waitFor)
			waitFor, last[r.Name] = []string{name}, name
		}
	}
	return all
}

// references refers to objects of the same namespace.
func references(names []string) []any {
	list := make([]any, len(names))
	for i, name := range names {
		list[i] = object{"name": name}
	}
	return list
}

func fluxObject(apiVersion, kind, name string, spec object) object {
	metadata := object{"name": name, "namespace": fluxNamespace}
	return object{"apiVersion": apiVersion, "kind": kind, "metadata": metadata, "spec": spec}
}
