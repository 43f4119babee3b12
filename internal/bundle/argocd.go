package bundle

import (
	"fmt"

	"github.com/NVIDIA/cloud-native-stack/internal/values"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/scripts"
)

const argocdNamespace = "argocd"

// rootName is what the object is called that has or fetches all others of a bundle.
const rootName = "cns-bundle"

// argocd lays out an Argo CD Application for each release. With a repository, one more has them all, and those for manifests beside
// them; sync waves follow the install order. Without one, a script applies them in order: an Application can't hold manifests itself.
func argocd(p plan) ([]File, error) {
	if err := p.checkNames(gen.DeployerArgocd, rootName); err != nil {
		return nil, err
	}
	if p.repo.URL == "" {
		return []File{p.tableFile(), p.cache.script("deploy.sh", scripts.HandOver)}, nil
	}
	all := application(rootName, argocdNamespace, object{"source": p.repo.objects("applications")})
	root, err := yamlFile("app-of-apps.yaml", all)
	return []File{root, p.cache.file("argocd-cm.yaml", scripts.ArgoCDHealth)}, err
}

func argocdRelease(in repo, r release) ([]File, error) {
	files, err := r.objects()
	if err != nil {
		return nil, err
	}
	if in.isGit() {
		values, err := r.values()
		if err != nil {
			return nil, err
		}
		files = append(files, values)
	}
	for i, stage := range r.stages() {
		file := r.Name // without a number: in a repository, a file of the same release replaces it
		var spec object
		switch {
		case stage == theChart:
			if spec, err = chartSources(in, r); err != nil {
				return nil, err
			}
		case in.URL == "":
			continue
		default:
			file, spec = file+"."+stage, object{"source": in.objects(r.manifests(stage))}
		}
		app := application(r.stageName(stage), r.Namespace, spec)
		app["metadata"].(object)["annotations"] = object{"argocd.argoproj.io/sync-wave": fmt.Sprint(3*r.Order + i)}
		encode := r.yamlFile
		if in.URL != "" { // which the release says nothing of
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

// chartSources says where a release's chart and values come from: from files in a repository that Argo CD reads such from, from Git alone.
// Values in the Application are text if they hold a null.
func chartSources(in repo, r release) (object, error) {
	chart := object{"repoURL": r.Repository, "chart": r.Chart, "targetRevision": r.Version}
	if r.isOCI() { // Argo CD takes a repository without a scheme for one of OCI charts
		chart["repoURL"] = r.registry()
	}
	helm := object{"releaseName": r.Name, "skipTests": true}
	chart["helm"] = helm
	if in.isGit() {
		helm["valueFiles"] = []any{"$values/" + in.file(r.folder+"/values.yaml")}
		return object{"sources": []any{chart, object{"repoURL": in.URL, "targetRevision": in.Revision, "ref": "values"}}}, nil
	}
	encoded, err := r.mapping()
	if values.HasNull(r.Values) {
		helm["values"] = string(encoded)
	} else {
		helm["valuesObject"] = encoded
	}
	return object{"source": chart}, err
}

// objects is a source of plain objects for Argo CD: a folder of the bundle in the repository.
func (r repo) objects(folder string) object {
	return object{"repoURL": r.URL, "targetRevision": r.Revision, "path": r.file(folder), "directory": object{}}
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
