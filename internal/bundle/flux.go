package bundle

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/scripts"
	"github.com/NVIDIA/cloud-native-stack/internal/document"
	"github.com/NVIDIA/cloud-native-stack/internal/values"
)

// fluxNamespace holds all of Flux's objects, because tenants may be forbidden to refer to other namespaces.
const fluxNamespace = "flux-system"

// flux lays out a HelmRelease for each component. With a repository, Kustomizations apply manifests and releases in install order.
// Without one, a script does: a Kustomization needs a source.
func flux(p plan) ([]File, error) {
	if err := p.checkNames(gen.DeployerFlux, rootName, fluxNamespace); err != nil { // the latter is what «flux bootstrap» calls its own
		return nil, err
	}
	if p.repo.URL == "" {
		return []File{p.tableFile(), p.cache.script("deploy.sh", scripts.HandOver)}, nil
	}
	sync, err := yamlFile("sync.yaml", p.syncObjects()...)
	if err != nil {
		return nil, err
	}
	root, err := yamlFile("kustomization.yaml", object{
		"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": []any{"sync.yaml"},
	})
	return []File{sync, root}, err
}

func fluxRelease(in repo, r release) ([]File, error) {
	files, err := r.objects()
	if err != nil {
		return nil, err
	}
	encoded, err := r.mapping()
	if err != nil {
		return nil, err
	}
	release, err := r.yamlFile(r.folder+"/release/release.yaml", fluxObjects(r, encoded)...)
	if err != nil {
		return nil, err
	}
	files = append(files, release)
	if in.URL != "" && r.has(beforeChart) && r.namespaceStage() != beforeChart {
		namespace, err := yamlFile(r.manifests(beforeChart)+"/00-namespace.yaml", fluxObject("v1", "Namespace", r.Namespace, "", object{
			"kustomize.toolkit.fluxcd.io/prune": "disabled",
			"kustomize.toolkit.fluxcd.io/ssa":   "IfNotPresent", // as the script does: what others set on it stays
		}, nil))
		if err != nil {
			return nil, err
		}
		files = append(files, namespace)
	}
	return files, nil
}

// chartSource is where Flux gets a chart.
func chartSource(r release) object {
	if !r.isOCI() {
		return fluxObject("source.toolkit.fluxcd.io/v1", "HelmRepository", r.Name, fluxNamespace, nil, object{"interval": "1h", "url": r.Repository})
	}
	return fluxObject("source.toolkit.fluxcd.io/v1", "OCIRepository", r.ociRepository(), fluxNamespace, nil, object{
		"interval":      "1h",
		"url":           r.ociChart(),
		"ref":           object{"tag": r.tag()},
		"layerSelector": object{"mediaType": "application/vnd.cncf.helm.chart.content.v1.tar+gzip", "operation": "copy"},
	})
}

// ociRepository names the object after the version too. Under one name for all versions, the HelmRelease would stay the same when the
// version changes, and count as ready before it's upgraded.
func (r release) ociRepository() string {
	return r.Name + "-" + strings.ToLower(strings.ReplaceAll(r.tag(), "_", "-"))
}

// fluxObjects returns a HelmRelease after what it refers to. Values are text if they hold a null.
func fluxObjects(r release, encoded document.Mapping) []any {
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
		"dependsOn":        named(r.DependencyRefs),
		"values":           encoded,
	}
	if r.isOCI() {
		spec["chartRef"] = object{"kind": "OCIRepository", "name": r.ociRepository()}
	} else {
		source := object{"kind": "HelmRepository", "name": r.Name}
		spec["chart"] = object{"spec": object{"chart": r.Chart, "version": r.Version, "sourceRef": source}}
	}
	objects := []any{chartSource(r)}
	if values.HasNull(r.Values) {
		// Its name changes with the values: otherwise Flux would see new ones at the next interval.
		digest := sha256.Sum256(encoded)
		name := r.Name + "-values-" + hex.EncodeToString(digest[:4])
		text := fluxObject("v1", "ConfigMap", name, fluxNamespace, nil, nil)
		text["data"] = object{"values.yaml": string(encoded)}
		objects = append(objects, text)
		delete(spec, "values")
		spec["valuesFrom"] = []any{object{"kind": "ConfigMap", "name": name}}
	}
	return append(objects, fluxObject("helm.toolkit.fluxcd.io/v2", "HelmRelease", r.Name, fluxNamespace, nil, spec))
}

// syncObjects are the repository and a Kustomization for each stage of each release. The first stage of a release waits for the last ones
// of those that it depends on, the others for the one before.
func (p plan) syncObjects() []any {
	kind, ref := "GitRepository", object{"branch": p.repo.Revision}
	switch {
	case p.repo.isOCI():
		kind, ref = "OCIRepository", object{"tag": p.repo.Revision}
	case strings.HasPrefix(p.repo.Revision, "refs/"):
		ref = object{"name": p.repo.Revision}
	}
	source := object{"kind": kind, "name": rootName}
	all := []any{fluxObject("source.toolkit.fluxcd.io/v1", kind, rootName, fluxNamespace, nil, object{
		"interval": "10m", "url": p.repo.URL, "ref": ref,
	})}
	last := map[string]string{} // stage of each release
	for _, r := range p.releases {
		waitFor := []string{}
		for _, d := range r.DependencyRefs {
			waitFor = append(waitFor, last[d])
		}
		for _, stage := range r.stages() {
			name, folder, wait := r.stageName(stage), r.manifests(stage), false
			if stage == theChart {
				folder, wait = r.folder+"/release", true
			}
			all = append(all, fluxObject("kustomize.toolkit.fluxcd.io/v1", "Kustomization", name, fluxNamespace, nil, object{
				"interval": "10m", "retryInterval": "1m", "timeout": "20m", // longer than a release's own
				"path": "./" + p.repo.file(folder), "prune": true, "wait": wait, "sourceRef": source, "dependsOn": named(waitFor),
			}))
			waitFor, last[r.Name] = []string{name}, name
		}
	}
	return all
}

// named refers to objects of the same namespace.
func named(names []string) []any {
	list := make([]any, len(names))
	for i, name := range names {
		list[i] = object{"name": name}
	}
	return list
}

func fluxObject(apiVersion, kind, name, namespace string, annotations, spec object) object {
	metadata := object{"name": name}
	if namespace != "" {
		metadata["namespace"] = namespace
	}
	if annotations != nil {
		metadata["annotations"] = annotations
	}
	o := object{"apiVersion": apiVersion, "kind": kind, "metadata": metadata}
	if spec != nil {
		o["spec"] = spec
	}
	return o
}
