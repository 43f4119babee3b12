package recipe

// descriptions returns what editors show for the fields of a kind of recipe file. Those that the contract has are described there.
func descriptions(kind string) map[string]string {
	if kind == "overlay" {
		return map[string]string{
			"": "What differs in some environments. Overlays apply from the one that states the fewest criteria to the one that states the most, " +
				"then by name, each after its base.",
			"base": "Name of an overlay that applies before this one, whatever its own criteria. Without it the order decides alone.",
			"criteria": "The environments that this overlay is for: it applies when each criterion stated here equals the request's. " +
				"Without criteria, or with `any`, it applies everywhere.",
			"offers": "Values of other criteria that exist in these environments. A recipe for any other value carries a warning.",
			"constraints": "What the cluster has to be. Each is an exact value or a range such as `>=1.32.4`, and replaces the same one of " +
				"overlays that apply earlier.",
			"components":           "What differs for components, by name. One that no earlier overlay names joins the recipe.",
			"components.*":         "What differs for this component; `{}` if it only has to be there. `null` takes it out of the recipe.",
			"components.*.version": "Exact version of the chart in these environments, in place of that of component.yaml.",
			"components.*.values": "Helm values that differ. Maps merge with earlier ones, lists and scalars replace them, `null` removes the " +
				"chart's default.",
			"components.*.manifests": "Files in the component's manifests/ that apply too. Of two for one object the later one stays.",
		}
	}
	if kind == "images" {
		return imagesText()
	}
	return map[string]string{
		"":            "What a component is, whatever the environment. What it is in some environments stands in overlays.",
		"description": "What the component does, in one line.",
		"aliases":     "Other names by which requests may speak of the component.",
		"repository":  "Chart repository, `https://…` or `oci://…`, without the chart's name.",
		"chart":       "Name of the chart in the repository.",
		"version":     "Exact version of the chart, with `v` in front where its publisher writes it.",
		"namespace":   "Namespace of the Helm release.",
		"dependsOn":   "Components that have to be installed before this one. A recipe that has this one must have them too.",
		"scheduling": "Where in the Helm values the placement of pods goes, as paths with keys separated by dots. What a request says of " +
			"nodes goes to all of them.",
		"scheduling.system":                    "Paths for controllers and other pods that need no GPU.",
		"scheduling.system.nodeSelectors":      "Paths of maps of node labels.",
		"scheduling.system.tolerations":        "Paths of lists of tolerations.",
		"scheduling.accelerated":               "Paths for pods that run on GPU nodes.",
		"scheduling.accelerated.nodeSelectors": "Paths of maps of node labels.",
		"scheduling.accelerated.tolerations":   "Paths of lists of tolerations.",
		"hints": "Where in the Helm values go facts about the cluster by which the component is sized, as paths with keys separated by dots. " +
			"A request that states one that no component has a place for is refused.",
		"hints.nodes":        "Paths of the number of GPU nodes.",
		"hints.storageClass": "Paths of the name of a StorageClass. Those of storageSize go with them.",
		"hints.storageSize":  "Paths of the size of a volume, a Kubernetes quantity.",
		"manifests":          "Files in manifests/ whose Kubernetes objects apply in every environment.",
	}
}

func imagesText() map[string]string {
	return map[string]string{
		"":                "Which container images a version of the chart pulls, and which values name them. Paths have their keys separated by dots.",
		"version":         "Version of the chart that the file is about. It has no say in recipes with another one.",
		"systems":         "What `{os}` in a suffix stands for, by the recipe's constraint `os.id`: as the tags of images name releases.",
		"systems.*":       "Releases that images exist for. Where the recipe leaves the release open, all of them are listed.",
		"defaults":        "What the chart has where the recipe says nothing, by path. Each path that an image names needs one; `''` for none.",
		"registries":      "Values that begin with a registry. A mirror takes its place in them.",
		"registries.path": "Path of the value.",
		"registries.kind": "Kind of the object in manifests/ that has the value. Without it the chart's values have it.",
		"images":          "Every image that the chart, or an operator in it, can pull by the recipes' values.",
		"images.repository": "Paths of values that make the name when they are joined by slashes, of which the first holds the registry. " +
			"A single one without `tag` is a whole reference.",
		"images.tag":       "Paths of the tag. The first one that isn't empty counts.",
		"images.suffix":    "What the chart or operator adds to the tag. `{os}` and `{arch}` stand for what the nodes have.",
		"images.digest":    "Path of the digest, with or without `sha256:`.",
		"images.when":      "Paths that have to be true for the image to be pulled.",
		"images.with":      "What has to be in an object of manifests/ for the image to be pulled.",
		"images.with.path": "Path that has to exist in the object.",
		"images.with.kind": "Kind of the object.",
		"images.kind":      "Kind of the object in manifests/ that the paths lead into. Without it they lead into the chart's values.",
	}
}
