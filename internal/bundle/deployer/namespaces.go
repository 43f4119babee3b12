package deployer

import (
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/archive"
)

// namespacesFolder has the namespaces that need labels: a file each, named after it.
const namespacesFolder = "namespaces"

// namespaceFiles are the namespaces that need labels, with annotations for the tool that applies
// them.
func (p Plan) namespaceFiles(annotations object) []archive.File {
	var files []archive.File
	isThere := map[string]bool{}
	for _, r := range p.Releases {
		labels := r.NamespaceLabels()
		if labels == nil || isThere[r.Namespace] {
			continue
		}
		isThere[r.Namespace] = true
		metadata := object{"name": r.Namespace, "labels": labels}
		if annotations != nil {
			metadata["annotations"] = annotations
		}
		// The prefix keeps it apart from what tools look for: values.yaml, Chart.yaml, kustomization.yaml.
		path := namespacesFolder + "/namespace-" + r.Namespace + ".yaml"
		files = append(files, yamlFile(path, archive.Shared, namespace(metadata)))
	}
	return files
}

func namespace(metadata object) object {
	return object{"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
}
