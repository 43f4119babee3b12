package authoring

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/NVIDIA/cloud-native-stack/internal/authoring/chart"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
)

// fromTemplates is the comment on defaults that are not the values of the chart.
const fromTemplates = "# not in the chart's values: its templates decide"

// UpdateImages returns the text of an images.yaml with the version of a chart and the defaults that
// its values have. Where they have none, that of the text stays.
func UpdateImages(text []byte, c *chart.Chart) ([]byte, error) {
	var images catalog.Images
	root, err := catalog.Decode(text, &images)
	if err != nil {
		return nil, err
	}
	_, version := catalog.Lookup(root, "version")
	_, defaults := catalog.Lookup(root, "defaults")
	if version == nil || defaults == nil || defaults.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("it has no version or no defaults: "+
			"write version: %s and defaults: {} where they should be", c.Version)
	}
	version.Value, version.Tag, version.Style = c.Version, "!!str", 0
	defaults.Style = 0
	for _, path := range chartPaths(images) {
		value, err := c.Default(strings.Split(path, ".")...)
		if err == nil {
			err = setDefault(defaults, path, value)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	var buf bytes.Buffer
	enc := yaml.NewEncoder(&buf)
	enc.SetIndent(2)
	err = enc.Encode(root)
	return buf.Bytes(), err
}

// chartPaths lists the paths of the chart's values that images follow from. Some are there twice.
func chartPaths(images catalog.Images) []string {
	var list []string
	for _, registry := range images.Registries {
		if registry.Kind == "" {
			list = append(list, registry.Path)
		}
	}
	for _, image := range images.Images {
		if image.Kind == "" {
			list = append(list, image.Paths()...)
		}
	}
	return list
}

// setDefault puts what the chart has at a path, a text, number or truth value, into the mapping of
// defaults.
func setDefault(defaults *yaml.Node, path string, value any) error {
	switch value.(type) {
	case map[string]any, []any:
		return errors.New("the chart has no text there, but a mapping or list")
	}
	_, node := catalog.Lookup(defaults, path)
	if node == nil {
		node = &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str"}
		defaults.Content = append(defaults.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: path}, node)
	}
	node.LineComment = ""
	if value == nil || value == "" {
		if node.Value != "" {
			node.LineComment = fromTemplates
		}
		return nil
	}
	var encoded yaml.Node
	if err := encoded.Encode(value); err != nil {
		return err
	}
	node.Value, node.Tag, node.Style = encoded.Value, encoded.Tag, encoded.Style
	return nil
}
