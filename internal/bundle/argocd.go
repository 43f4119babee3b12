package bundle

import (
	"context"
	"fmt"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/scripts"
)

const argocdNamespace = "argocd"

// rootName is what the object is called that has or fetches all others of a bundle.
const rootName = "cns-bundle"

// argocd lays out an Argo CD Application for each release. With a repository, one more has them all, and those for manifests beside
// them; sync waves follow the install order. Without one, a script applies them in order: an Application can't hold manifests itself.
func argocd(ctx context.Context, p plan) ([]File, error) {
	if err := p.checkNames(gen.DeployerArgocd, rootName); err != nil {
		return nil, err
	}
	files, err := p.eachRelease(ctx, func(r release) ([]File, error) { return p.applications(r) })
	if err != nil {
		return nil, err
	}
	if p.repo.URL == "" {
		return append(files, p.tableFile(), p.cache.script("deploy.sh", scripts.HandOver)), nil
	}
	all := application(rootName, argocdNamespace, object{"source": p.inRepo("applications")})
	root, err := yamlFile("app-of-apps.yaml", all)
	if err != nil {
		return nil, err
	}
	return append(files, root, p.cache.file("argocd-cm.yaml", scripts.ArgoCDHealth)), nil
}

// applications returns the files of one release.
func (p plan) applications(r release) ([]File, error) {
	files, err := r.objects()
	if err != nil {
		return nil, err
	}
	if p.hasGit() {
		values, err := r.values()
		if err != nil {
			return nil, err
		}
		files = append(files, values)
	}
	values, err := r.valuesText()
	if err != nil {
		return nil, err
	}
	for i, stage := range r.stages() {
		file, spec := r.Name, p.chartSources(r, values) // without a number: in a repository, a file of the same release replaces it
		if stage != theChart {
			if p.repo.URL == "" {
				continue
			}
			file, spec = file+"."+stage, object{"source": p.inRepo(r.manifests(stage))}
		}
		app := application(r.stageName(stage), r.Namespace, spec)
		app["metadata"].(object)["annotations"] = object{"argocd.argoproj.io/sync-wave": fmt.Sprint(3*r.Order + i)}
		encode := r.yamlFile
		if p.repo.URL != "" { // which the release says nothing of
			encode = yamlFile
		}
		manifest, err := encode("applications/"+file+".yaml", app)
		if err != nil {
			return nil, err
		}
		files = append(files, manifest)
	}
	return files, nil
}

// hasGit says whether Argo CD can read values files from the repository: it does so from Git alone.
func (p plan) hasGit() bool { return p.repo.URL != "" && !p.repo.isOCI() }

// chartSources says where a release's chart and values come from. Values are text if they hold a null.
func (p plan) chartSources(r release, values string) object {
	chart := object{"repoURL": r.Repository, "chart": r.Chart, "targetRevision": r.Version}
	if r.isOCI() { // Argo CD takes a repository without a scheme for one of OCI charts
		chart["repoURL"] = r.registry()
	}
	if !p.hasGit() {
		helm := object{"releaseName": r.Name, "skipTests": true, "valuesObject": r.Values}
		if values != "" {
			delete(helm, "valuesObject")
			helm["values"] = values
		}
		chart["helm"] = helm
		return object{"source": chart}
	}
	file := "$values/" + p.repo.file(r.folder+"/values.yaml")
	chart["helm"] = object{"releaseName": r.Name, "skipTests": true, "valueFiles": []any{file}}
	return object{"sources": []any{chart, object{"repoURL": p.repo.URL, "targetRevision": p.repo.Revision, "ref": "values"}}}
}

// inRepo is a source of plain objects: a folder of the bundle in the repository.
func (p plan) inRepo(folder string) object {
	return object{"repoURL": p.repo.URL, "targetRevision": p.repo.Revision, "path": p.repo.file(folder), "directory": object{}}
}

func application(name, namespace string, spec object) object {
	spec["project"] = "default"
	spec["destination"] = object{"server": "https://kubernetes.default.svc", "namespace": namespace}
	spec["syncPolicy"] = object{
		"automated": object{"prune": true, "selfHeal": true},
		"syncOptions": []any{
			"CreateNamespace=true",
			"ServerSideApply=true",             // client-side apply copies objects into an annotation that is too small for large CRDs
			"SkipDryRunOnMissingResource=true", // the CRD may come with another Application
		},
		// The default gives up after five tries, within minutes.
		"retry": object{"limit": -1, "backoff": object{"duration": "10s", "factor": 2, "maxDuration": "3m"}},
	}
	return object{
		"apiVersion": "argoproj.io/v1alpha1",
		"kind":       "Application",
		"metadata": object{
			"name": name, "namespace": argocdNamespace,
			"finalizers": []any{"resources-finalizer.argocd.argoproj.io"}, // deleting it deletes what it installed
		},
		"spec": spec,
	}
}
