package bundle

import (
	"regexp"

	"github.com/NVIDIA/cloud-native-stack/internal/bundle/scripts"
)

// helm lays out scripts that install and remove the releases with the Helm CLI.
func helm(p plan) ([]File, error) {
	files := []File{
		p.tableFile(), p.cache.script("deploy.sh", scripts.Deploy), p.cache.script("undeploy.sh", scripts.Undeploy),
	}
	if floor := atLeast.FindStringSubmatch(p.recipe.Constraints["kubernetes"]["version"]); floor != nil {
		files = append(files, p.cache.file("kube-version.txt", floor[1]+"\n"))
	}
	return files, nil
}

func helmRelease(_ repo, r release) ([]File, error) {
	values, err := r.values()
	if err != nil {
		return nil, err
	}
	objects, err := r.objects()
	return append(objects, values), err
}

// atLeast finds the lowest Kubernetes version in a constraint such as ">=1.32.4 <1.36". A dry run renders the charts for it.
var atLeast = regexp.MustCompile(`^>=([0-9]+\.[0-9]+(?:\.[0-9]+)?)(?: |$)`)
