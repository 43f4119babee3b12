// Package scripts holds the constant files of bundles. What differs between two bundles the scripts
// read from the bundle's releases.tsv, so no name, version or URL ever becomes part of a program.
package scripts

import _ "embed"

// Deploy is the Helm bundle's deploy.sh, which installs or upgrades a bundle's releases in order.
//
//go:embed deploy.sh
var Deploy string

// Undeploy is the Helm bundle's undeploy.sh, which removes them in reverse order.
//
//go:embed undeploy.sh
var Undeploy string

// HandOver is the deploy.sh of an Argo CD or Flux bundle that is in no repository.
//
//go:embed hand-over.sh
var HandOver string

// ArgoCDHealth is a ConfigMap that makes Argo CD wait for Applications, without which sync waves
// between them mean nothing.
//
//go:embed argocd-cm.yaml
var ArgoCDHealth string

// ManifestsChart is the Chart.yaml of a chart whose objects are files beside it.
//
//go:embed manifests/Chart.yaml
var ManifestsChart string

// ManifestsTemplate is that chart's template, which hands the files on as they are.
//
//go:embed manifests/templates/manifests.yaml
var ManifestsTemplate string
