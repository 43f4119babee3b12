package deployer

import (
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/archive"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/component"
)

// namespaceFiles are the namespaces that need labels, with annotations for the tool that applies
// them.
func (p Plan) namespaceFiles(annotations object) []archive.File {
	var files []archive.File
	for _, r := range component.Labelled(p.Releases) {
		metadata := object{"name": r.Namespace, "labels": r.NamespaceLabels()}
		if annotations != nil {
			metadata["annotations"] = annotations
		}
		files = append(files, yamlFile(r.NamespacePath(), archive.Shared, namespace(metadata)))
	}
	return files
}

func namespace(metadata object) object {
	return object{"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
}
