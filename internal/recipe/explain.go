package recipe

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/internal/values"

	"gopkg.in/yaml.v3"

	"github.com/NVIDIA/cloud-native-stack/gen"
)

// Explain says where the parts of a recipe come from that this catalog resolved: each component and its version, each leaf of its values
// and each manifest, then each constraint. The reason is the comment nearest to the statement: on it, on what it is nested in, or at the
// top of an overlay. A manifest's own heading goes first.
func (c *Catalog) Explain(r gen.Recipe) []gen.Explanation {
	applied := c.applied(statedBy(r.Criteria))
	var all []gen.Explanation
	for i, ref := range r.ComponentRefs {
		for _, e := range c.explainRef(ref, applied) {
			e.Field = pointer("componentRefs", fmt.Sprint(i)) + e.Field
			e.Component = ref.Name
			all = append(all, e)
		}
	}
	for _, group := range slices.Sorted(maps.Keys(r.Constraints)) {
		for _, name := range slices.Sorted(maps.Keys(r.Constraints[group])) {
			keys := []string{"constraints", group, name}
			for _, o := range slices.Backward(applied) {
				if p, ok := c.placeOf(o).at(keys...); ok {
					all = append(all, p.explains(keys...))
					break
				}
			}
		}
	}
	return all
}

// place is where something stands in the recipe data.
type place struct {
	overlay string // empty for a component's own files
	file    string
	line    int
	reason  string
	node    *yaml.Node
}

// at goes down to what the keys lead to, if there is something. A reason holds until a deeper one is found.
func (p place) at(keys ...string) (place, bool) {
	if p.node == nil {
		return place{}, false
	}
	for _, name := range keys {
		key, value := lookup(p.node, name)
		if key == nil {
			return place{}, false
		}
		if reason := comment(key, value); reason != "" {
			p.reason = reason
		}
		p.line, p.node = key.Line, value
	}
	return p, true
}

func (p place) explains(field ...string) gen.Explanation {
	return gen.Explanation{
		Field: pointer(field...), Overlay: p.overlay, Source: fmt.Sprintf("%s:%d", p.file, p.line), Reason: p.reason,
	}
}

// placeOf returns the place of a whole overlay. What stands above its first key speaks for all of it.
func (c *Catalog) placeOf(o *overlay) place {
	root := c.sources[o.file]
	return place{overlay: o.name, file: o.file, line: root.Line, reason: heading(root), node: root}
}

// heading is what stands at the top of a file.
func heading(root *yaml.Node) string {
	var above string
	if len(root.Content) > 0 {
		above = words(root.Content[0].HeadComment)
	}
	return cmp.Or(above, words(root.HeadComment)) // what stands apart may be a licence
}

// layer is all that one file or folder says of a component.
type layer struct {
	stated    place // where version and manifests stand
	values    place
	manifests []string
}

// layers returns what the recipe data say of a component, from its own files to the last overlay that speaks of it.
func (c *Catalog) layers(name string, applied []*overlay) []layer {
	component := c.components[name]
	own := func(file string) place {
		file = component.path(file)
		return place{file: file, node: c.sources[file]}
	}
	list := []layer{{own("component.yaml"), own("values.yaml"), component.Manifests}}
	for _, o := range applied {
		u, speaks := o.Components[name]
		if speaks && u == nil {
			list = list[:1]
		}
		if u == nil {
			continue
		}
		stated, _ := c.placeOf(o).at("components", name)
		values, _ := stated.at("values")
		list = append(list, layer{stated, values, u.Manifests})
	}
	return list
}

// explainRef explains the parts of a component, with fields relative to it.
func (c *Catalog) explainRef(ref gen.ComponentRef, applied []*overlay) []gen.Explanation {
	layers := c.layers(ref.Name, applied)
	list := []gen.Explanation{layers[1].stated.explains()} // the overlay that brought it in
	explain := func(field []string, where func(layer) (place, bool)) {
		for _, layer := range slices.Backward(layers) {
			if p, ok := where(layer); ok {
				list = append(list, p.explains(field...))
				return
			}
		}
	}
	explain([]string{"version"}, func(l layer) (place, bool) {
		p, ok := l.stated.at("version")
		return p, ok && p.node.Value != "" // an overlay's empty version is none
	})
	for path := range values.Leaves(ref.Values) {
		explain(append([]string{"values"}, path...), func(l layer) (place, bool) { return l.values.at(path...) })
	}
	component := c.components[ref.Name]
	for i, object := range ref.Manifests {
		same := func(file string) bool { return identity(component.objects[file]) == identity(object) }
		explain([]string{"manifests", fmt.Sprint(i)}, func(l layer) (place, bool) {
			for _, file := range slices.Backward(l.manifests) {
				if same(file) {
					p, ok := l.stated.at("manifests")
					p.reason = cmp.Or(heading(c.sources[component.path("manifests/"+file)]), p.reason)
					return p, ok
				}
			}
			return place{}, false
		})
	}
	return list
}

// pointer writes a JSON pointer (RFC 6901).
func pointer(keys ...string) string {
	var b strings.Builder
	for _, key := range keys {
		b.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(key))
	}
	return b.String()
}

// comment returns what is said of a key and its value. A list is a leaf, so comments inside it are said of it too.
func comment(key, value *yaml.Node) string {
	said := []string{key.HeadComment, key.LineComment, value.LineComment}
	if value.Kind == yaml.SequenceNode {
		said = append(said, commentsIn(value)...)
	}
	return words(said...)
}

func commentsIn(node *yaml.Node) []string {
	var said []string
	for _, n := range node.Content {
		said = append(said, n.HeadComment, n.LineComment)
		said = append(said, commentsIn(n)...)
	}
	return said
}

// words turns the lines of comments into one line of text.
func words(comments ...string) string {
	var list []string
	for _, c := range comments {
		for line := range strings.Lines(c) {
			list = append(list, strings.Fields(strings.TrimLeft(line, "# "))...)
		}
	}
	return strings.Join(list, " ")
}
