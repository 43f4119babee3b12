// Command view prints the OpenAPI document as a generator that knows no overlays should see it:
// with the actions of an overlay applied, and without named parameters and request bodies, of which
// generators make needless names.
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/speakeasy-api/openapi/overlay/loader"
	"gopkg.in/yaml.v3"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: view <overlay> <document>")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintf(os.Stderr, "view of %s by %s: %v\n", os.Args[2], os.Args[1], err)
		os.Exit(1)
	}
}

func run(overlayPath, documentPath string) error {
	data, err := os.ReadFile(documentPath)
	if err != nil {
		return err
	}
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		return err
	}
	plain := expand(&document)
	overlay, err := loader.LoadOverlay(overlayPath)
	if err != nil {
		return err
	}
	if unmatched, err := overlay.ApplyToStrict(plain); err != nil {
		return fmt.Errorf("%w %q", err, unmatched)
	}
	components := child(plain.Content[0], "components")
	inline(plain, components)
	remove(components, "parameters", "requestBodies")
	return yaml.NewEncoder(os.Stdout).Encode(plain)
}

// expand copies a node without aliases, so that an action changes one place alone.
func expand(node *yaml.Node) *yaml.Node {
	if node.Kind == yaml.AliasNode {
		return expand(node.Alias)
	}
	copied := *node
	copied.Anchor = ""
	copied.Content = make([]*yaml.Node, len(node.Content))
	for i, n := range node.Content {
		copied.Content[i] = expand(n)
	}
	return &copied
}

// inline replaces references by the parameters and request bodies that they name.
func inline(node, components *yaml.Node) {
	for i, n := range node.Content {
		ref := child(n, "$ref")
		if ref == nil {
			inline(n, components)
			continue
		}
		switch target := resolve(ref.Value, components); {
		case strings.Contains(ref.Value, "/requestBodies/"):
			node.Content[i] = expand(target)
		case strings.Contains(ref.Value, "/parameters/"):
			node.Content[i] = expand(target)
			describe(node.Content[i], components)
		}
	}
}

// describe gives a parameter's description to its schema, where generators look for it, unless that
// is an enum with a name.
func describe(parameter, components *yaml.Node) {
	schema, description := child(parameter, "schema"), child(parameter, "description")
	if ref := child(schema, "$ref"); ref != nil {
		target := resolve(ref.Value, components)
		if child(target, "enum") != nil {
			return
		}
		*schema = *expand(target)
	}
	remove(schema, "description")
	schema.Content = append(schema.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: "description"}, description)
}

func resolve(ref string, components *yaml.Node) *yaml.Node {
	kind, name, _ := strings.Cut(strings.TrimPrefix(ref, "#/components/"), "/")
	return child(child(components, kind), name)
}

func child(node *yaml.Node, key string) *yaml.Node {
	if node.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i < len(node.Content); i += 2 {
		if node.Content[i].Value == key {
			return node.Content[i+1]
		}
	}
	return nil
}

func remove(node *yaml.Node, keys ...string) {
	for _, key := range keys {
		for i := 0; i < len(node.Content); i += 2 {
			if node.Content[i].Value == key {
				node.Content = append(node.Content[:i], node.Content[i+2:]...)
				break
			}
		}
	}
}
