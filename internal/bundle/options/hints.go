package options

import (
	"slices"

	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/component"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/values"
)

// Hints puts facts about the cluster where components take them. One that no component takes is an
// error: it would be lost. The number of nodes in the criteria counts where the parameters state
// none.
func Hints(r Recipe, components Components, params Params) (_ Components, warnings []string, err error) {
	if (params.StorageClass == "") != (params.StorageSize == "") {
		return nil, nil, apierror.Invalidf(apierror.Details{Parameter: "storage-class"},
			"storage-class and storage-size go together: a volume needs both")
	}
	switch {
	case params.Nodes == 0 && r.Nodes != 0:
		components = r.fillNodes(components)
	case r.Nodes != 0 && r.Nodes != params.Nodes:
		return nil, nil, apierror.Invalidf(apierror.Details{Parameter: "nodes", Requested: params.Nodes},
			"nodes=%d contradicts the criteria, which say %d", params.Nodes, r.Nodes)
	}
	for _, hint := range hints(params) {
		if hint.value == "" || hint.value == int64(0) {
			continue
		}
		details := apierror.Details{Parameter: hint.name, Requested: hint.value}
		var without []string
		if components, without, err = r.putAt(components, hint.paths, hint.value, details); err != nil {
			return nil, nil, err
		}
		if len(without) == len(components) {
			const format = "%s has no place in this recipe: none of its components (%s) takes it"
			return nil, nil, apierror.Invalidf(details, format, hint.name, Abridged(names(components)))
		}
	}
	return components, nil, nil
}

// hint is an option that is a fact about the cluster.
type hint struct {
	name  string
	value any
	paths func(*catalog.Component) []string
}

func hints(params Params) []hint {
	return []hint{
		{"nodes", int64(params.Nodes), func(c *catalog.Component) []string { return c.Hints.Nodes }},
		{"storage-class", params.StorageClass, func(c *catalog.Component) []string { return c.Hints.StorageClass }},
		{"storage-size", params.StorageSize, func(c *catalog.Component) []string { return c.Hints.StorageSize }},
	}
}

// fillNodes puts the number of nodes in a recipe's criteria where components take it and the recipe
// says nothing.
func (r Recipe) fillNodes(components Components) Components {
	components = slices.Clone(components)
	for i, c := range components {
		known, ok := component.Named(r.Catalog, c.Name)
		if !ok {
			continue
		}
		isStated := func(path string) bool {
			_, ok := values.Lookup(c.Values, path)
			return ok
		}
		missing := slices.DeleteFunc(slices.Clone(known.Hints.Nodes), isStated)
		if len(missing) == 0 {
			continue
		}
		copied := values.Clone(c.Values)
		for _, path := range missing {
			_ = values.Put(copied, path, int64(r.Nodes)) // can't fail where nothing is stated
		}
		components[i] = r.with(c, copied)
	}
	return components
}
