package bundle

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/scripts"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
)

// helm lays out a folder for each release, a list of the releases, and scripts that install and remove them with the Helm CLI.
func helm(ctx context.Context, r gen.Recipe) ([]File, error) {
	files := []File{
		{Path: "deploy.sh", Data: scripts.Deploy, Executable: true},
		{Path: "undeploy.sh", Data: scripts.Undeploy, Executable: true},
	}
	var releases bytes.Buffer
	releases.WriteString("# folder\trelease\tnamespace\trepository\tchart\tversion\n")
	digits := max(2, len(fmt.Sprint(len(r.ComponentRefs))))
	for _, ref := range r.ComponentRefs {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		folder := fmt.Sprintf("%0*d-%s", digits, ref.Order, ref.Name)
		releases.WriteString(strings.Join([]string{folder, ref.Name, ref.Namespace, ref.Repository, ref.Chart, ref.Version}, "\t") + "\n")
		own, err := releaseFiles(folder, ref)
		if err != nil {
			return nil, fmt.Errorf("component %s: %w", ref.Name, err)
		}
		files = append(files, own...)
	}
	files = append(files, File{Path: "releases.tsv", Data: releases.Bytes()})
	if floor := atLeast.FindStringSubmatch(r.Constraints["kubernetes"]["version"]); floor != nil {
		files = append(files, File{Path: "kube-version.txt", Data: []byte(floor[1] + "\n")})
	}
	return files, nil
}

// atLeast finds the lowest Kubernetes version in a constraint such as ">=1.32.4 <1.36". A dry run renders the charts for it.
var atLeast = regexp.MustCompile(`^>=([0-9]+\.[0-9]+(?:\.[0-9]+)?)(?: |$)`)

func releaseFiles(folder string, ref gen.ComponentRef) ([]File, error) {
	values, err := recipe.EncodeYAML(ref.Values)
	if err != nil {
		return nil, fmt.Errorf("encode values: %w", err)
	}
	files := []File{{Path: folder + "/values.yaml", Data: values}}
	for i, object := range ref.Manifests {
		data, err := recipe.EncodeYAML(object)
		if err != nil {
			return nil, fmt.Errorf("encode manifest: %w", err)
		}
		kind, _ := object["kind"].(string)
		files = append(files, File{Path: fmt.Sprintf("%s/manifests/%s/%02d-%s.yaml", folder, moment(object), i+1, strings.ToLower(kind)), Data: data})
	}
	return files, nil
}

// moment says when an object is applied, relative to the chart. The contract admits no other values and states the default.
func moment(object gen.KubernetesObject) string {
	metadata, _ := object["metadata"].(map[string]any)
	annotations, _ := metadata["annotations"].(map[string]any)
	if when, ok := annotations["cns.nvidia.com/apply"].(string); ok {
		return when
	}
	return "after-chart"
}
