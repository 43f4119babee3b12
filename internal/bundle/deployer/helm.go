package deployer

import (
	"regexp"

	"github.com/NVIDIA/cloud-native-stack/internal/bundle/archive"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/component"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/deployer/scripts"
)

// helm lays out scripts that install and remove the releases with the Helm CLI.
type helm struct{ deploy, undeploy archive.File }

var _ Deployer = helm{}

func newHelm() helm {
	return helm{script("deploy.sh", scripts.Deploy), script("undeploy.sh", scripts.Undeploy)}
}

// script makes a program that is the same in all bundles.
func script(path, text string) archive.File {
	return archive.NewScript(path, archive.Shared([]byte(text)))
}

// ReadsRepo implements [Deployer].
func (helm) ReadsRepo() bool { return false }

// Common implements [Deployer].
func (h helm) Common(p Plan) ([]archive.File, error) {
	files := append(p.namespaceFiles(nil), p.table(), h.deploy, h.undeploy)
	if floor := atLeast.FindStringSubmatch(p.Constraints["kubernetes"]["version"]); floor != nil {
		files = append(files, archive.NewFile("kube-version.txt", archive.Shared([]byte(floor[1]+"\n"))))
	}
	return files, nil
}

// Release implements [Deployer].
func (helm) Release(_ Plan, r component.Release) ([]archive.File, error) {
	return append(r.ManifestFiles(), r.ValuesFile()), nil
}

// atLeast finds the lowest Kubernetes version in a constraint such as ">=1.32.4 <1.36". A dry run
// renders the charts for it.
var atLeast = regexp.MustCompile(`^>=([0-9]+\.[0-9]+(?:\.[0-9]+)?)(?: |$)`)
