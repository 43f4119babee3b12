// Package scripts holds the constant files of bundles. What differs between two bundles the scripts
// read from the bundle's releases.tsv, so no name, version or URL ever becomes part of a program.
package scripts

import _ "embed"

// Programs: the Helm bundle's, which install or upgrade a bundle's releases in order, and remove
// them in reverse order, and the deploy.sh of an Argo CD or Flux bundle that is in no repository.
var (
	//go:embed deploy.sh
	Deploy string
	//go:embed undeploy.sh
	Undeploy string
	//go:embed hand-over.sh
	HandOver string
)

// ArgoCDHealth is a ConfigMap that makes Argo CD wait for Applications, without which sync waves
// between them mean nothing.
//
//go:embed argocd-cm.yaml
var ArgoCDHealth string

// A chart whose objects are files beside it: Chart.yaml, and a template which hands the files on as
// they are.
var (
	//go:embed manifests/Chart.yaml
	ManifestsChart string
	//go:embed manifests/templates/manifests.yaml
	ManifestsTemplate string
)
