// Package deployer lays bundles out for deployment tools, one in each file.
package deployer

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/archive"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/component"
	"github.com/NVIDIA/cloud-native-stack/internal/document"
	"github.com/NVIDIA/cloud-native-stack/internal/document/yamlenc"
)

// Deployer lays a bundle out for one deployment tool. It is safe for concurrent use.
type Deployer interface {
	// Common returns the files of all releases together. They say nothing of values. The error says
	// why the tool can't deploy the plan.
	Common(Plan) ([]archive.File, error)
	// Release returns the files of one release of the plan.
	Release(Plan, component.Release) ([]archive.File, error)
	// ReadsRepo reports whether the tool can take the bundle from a repository.
	ReadsRepo() bool
}

// All returns a deployer for each of the contract's names.
func All() map[gen.Deployer]Deployer {
	return map[gen.Deployer]Deployer{
		gen.DeployerHelm:     newHelm(),
		gen.DeployerHelmfile: newHelmfile(),
		gen.DeployerArgocd:   newArgoCD(),
		gen.DeployerFlux:     newFlux(),
	}
}

// Plan is what a bundle deploys, in the order of installation.
type Plan struct {
	Releases    []component.Release
	Repo        Repo // that the bundle will be in
	Constraints gen.Constraints
}

// checkNames refuses components called like objects that the deployment tool has besides those of
// the components.
func (p Plan) checkNames(deployer gen.Deployer, reserved ...string) error {
	for i, r := range p.Releases {
		if slices.Contains(reserved, r.Name) {
			problem := apierror.Invalidf(apierror.Details{Parameter: "deployer", Requested: string(deployer)},
				"component %q would replace an object of that name that %s needs: rename it or use another deployer",
				r.Name, deployer)
			problem.Path = []string{"componentRefs", strconv.Itoa(i)}
			return problem
		}
	}
	return nil
}

// table lists the releases in the form that scripts read.
func (p Plan) table() archive.File {
	var list strings.Builder
	list.WriteString("# folder\trelease\tnamespace\trepository\tchart\tversion\n")
	for _, r := range p.Releases {
		row := []string{r.Folder, r.Name, r.Namespace, r.Repository, r.Chart, r.Version}
		list.WriteString(strings.Join(row, "\t") + "\n")
	}
	return archive.NewFile("releases.tsv", archive.Shared([]byte(list.String())))
}

// object is part of a document.
type object = map[string]any

// yamlFile encodes documents. Chunk is [archive.Single] for what bundles hardly have in common, or
// else that of the component which they follow from.
func yamlFile(path string, chunk func([]byte) *archive.Chunk, documents ...any) archive.File {
	encoded := make([][]byte, len(documents))
	for i, d := range documents {
		encoded[i] = document.Must(yamlenc.Encode(d))
	}
	return archive.NewFile(path, chunk(bytes.Join(encoded, []byte("---\n"))))
}
