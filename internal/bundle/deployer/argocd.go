package deployer

import (
	"fmt"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/archive"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/component"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/deployer/scripts"
	"github.com/NVIDIA/cloud-native-stack/internal/values"
)

const argocdNamespace = "argocd"

// rootName is what the object is called that has or fetches all others of a bundle.
const rootName = "cns-bundle"

// argoCD lays out an Argo CD Application for each release. With a repository, one more has them
// all, and those for manifests beside them; sync waves follow the install order. Without one, a
// script applies them in order: an Application can't hold manifests itself.
type argoCD struct{ deploy, health archive.File }

var _ Deployer = argoCD{}

func newArgoCD() argoCD {
	health := archive.NewFile("argocd-cm.yaml", archive.Shared([]byte(scripts.ArgoCDHealth)))
	return argoCD{script("deploy.sh", scripts.HandOver), health}
}

// ReadsRepo implements [Deployer].
func (argoCD) ReadsRepo() bool { return true }

// Common implements [Deployer].
func (a argoCD) Common(p Plan) ([]archive.File, error) {
	if err := p.checkNames(gen.DeployerArgocd, rootName); err != nil {
		return nil, err
	}
	if p.Repo.URL == "" {
		// The script makes namespaces before Argo CD comes to them.
		return append(p.namespaceFiles(nil), p.table(), a.deploy), nil
	}
	all := application(rootName, argocdNamespace, object{"source": p.Repo.objects("applications")})
	return []archive.File{yamlFile("app-of-apps.yaml", archive.Single, all), a.health}, nil
}

// Release implements [Deployer].
func (argoCD) Release(p Plan, r component.Release) ([]archive.File, error) {
	files := r.ManifestFiles()
	if p.Repo.isGit() {
		files = append(files, r.ValuesFile())
	}
	chunk := archive.Single
	if p.Repo.URL == "" {
		chunk = r.Chunk
	}
	for i, stage := range r.Stages() {
		file := r.Name // without a number: in a repository, a file of the same release replaces it
		var spec object
		switch {
		case stage == component.TheChart:
			spec = chartSources(p.Repo, r)
		case p.Repo.URL == "":
			continue
		default:
			file, spec = file+"."+string(stage), object{"source": p.Repo.objects(r.ManifestsFolder(stage))}
		}
		app := application(r.StageName(stage), r.Namespace, spec)
		if labels := r.NamespaceLabels(); labels != nil {
			app["spec"].(object)["syncPolicy"].(object)["managedNamespaceMetadata"] = object{"labels": labels}
		}
		app["metadata"].(object)["annotations"] = object{"argocd.argoproj.io/sync-wave": fmt.Sprint(3*r.Order + i)}
		files = append(files, yamlFile("applications/"+file+".yaml", chunk, app))
	}
	return files, nil
}

// chartSources says where a release's chart and values come from: from files in a repository that
// Argo CD reads such files from, which is Git alone, or else from the Application. Values there are
// text if they hold a null, which takes a chart's default away: a merge patch would remove the key
// instead of setting it (RFC 7396).
func chartSources(in Repo, r component.Release) object {
	chart := object{"repoURL": r.Repository, "chart": r.Chart, "targetRevision": r.Version}
	if r.IsOCI() { // Argo CD takes a repository without a scheme for one of OCI charts
		chart["repoURL"] = r.Registry()
	}
	helm := object{"releaseName": r.Name, "skipTests": true}
	chart["helm"] = helm
	if in.isGit() {
		helm["valueFiles"] = []any{"$values/" + in.File(r.ValuesPath())}
		values := object{"repoURL": in.URL, "targetRevision": in.Revision, "ref": "values"}
		return object{"sources": []any{chart, values}}
	}
	if values.HasNull(r.Values) {
		helm["values"] = string(r.ValuesYAML().Text())
	} else {
		helm["valuesObject"] = r.Values
	}
	return object{"source": chart}
}

// objects is a source of plain objects for Argo CD: a folder of the bundle in the repository.
func (r Repo) objects(folder string) object {
	return object{"repoURL": r.URL, "targetRevision": r.Revision, "path": r.File(folder), "directory": object{}}
}

func application(name, namespace string, spec object) object {
	spec["project"] = "default"
	spec["destination"] = object{"server": "https://kubernetes.default.svc", "namespace": namespace}
	spec["syncPolicy"] = object{
		"automated": object{"prune": true, "selfHeal": true},
		"syncOptions": []any{
			"CreateNamespace=true",
			// Client-side apply copies objects into an annotation that is too small for large CRDs.
			"ServerSideApply=true",
			// The CRD may come with another Application.
			"SkipDryRunOnMissingResource=true",
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
