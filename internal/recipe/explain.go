package recipe

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/values"
)

// Explain says where a recipe that [Resolve] returned for the catalog has its content from: each
// component and its version, each leaf of its values and each manifest, then each constraint and
// each precondition. The reason is the comment nearest to it: on it, on what it is nested in, or at
// the top of an overlay. A manifest's own heading goes first.
func Explain(c *catalog.Catalog, r gen.Recipe) []gen.Explanation {
	applied := catalog.Applied(c.Overlays(), maps.Collect(Criteria(r.Criteria)))
	e := explainer{c, applied}
	var all []gen.Explanation
	for i, ref := range r.ComponentRefs {
		for _, explanation := range e.component(ref) {
			explanation.Field = Pointer("componentRefs", fmt.Sprint(i)) + explanation.Field
			explanation.Component = ref.Name
			all = append(all, explanation)
		}
	}
	for keys := range catalog.SortedConstraints(r.Constraints) {
		keys = append([]string{"constraints"}, keys...)
		for _, o := range slices.Backward(applied) {
			if s, ok := e.overlay(o).at(keys...); ok {
				all = append(all, s.explains(keys...))
				break
			}
		}
	}
	for i, p := range r.Preconditions {
		explanation := e.precondition(p)
		explanation.Field, explanation.Component = Pointer("preconditions", fmt.Sprint(i)), p.Component
		all = append(all, explanation)
	}
	return all
}

// entry is a node of the recipe data.
type entry struct {
	overlay string // empty in a component's own files
	file    string
	line    int
	reason  string
	node    *yaml.Node // nil for a file that doesn't exist
}

// at goes down to what the keys lead to, and reports whether there is something. A reason holds
// until a deeper one is found.
func (s entry) at(keys ...string) (entry, bool) {
	if s.node == nil {
		return entry{}, false
	}
	for _, name := range keys {
		key, value := catalog.Lookup(s.node, name)
		if key == nil {
			return entry{}, false
		}
		s.reason = cmp.Or(comment(key, value), s.reason)
		s.line, s.node = key.Line, value
	}
	return s, true
}

func (s entry) explains(field ...string) gen.Explanation {
	source := fmt.Sprintf("%s:%d", s.file, s.line)
	return gen.Explanation{Field: Pointer(field...), Overlay: s.overlay, Source: source, Reason: s.reason}
}

type explainer struct {
	catalog *catalog.Catalog
	applied []*catalog.Overlay
}

// overlay returns a whole overlay. What stands above its first key speaks for all of it.
func (e explainer) overlay(o *catalog.Overlay) entry {
	root := e.catalog.Node(o.File)
	return entry{o.Name, o.File, root.Line, heading(root), root}
}

// layer is all that one file or folder says of a component.
type layer struct {
	entry     // with version and manifests
	values    entry
	manifests []string
}

// layers returns what the recipe data say of a component, from its own files to the last overlay
// that speaks of it.
func (e explainer) layers(c *catalog.Component) []layer {
	own := func(file string) entry {
		return entry{file: c.File(file), node: e.catalog.Node(c.File(file))}
	}
	list := []layer{{own("component.yaml"), own("values.yaml"), c.Manifests}}
	for _, o := range e.applied {
		patch, speaks := o.Components[c.Name]
		switch {
		case !speaks:
		case patch == nil:
			list = list[:1]
		default:
			stated, _ := e.overlay(o).at("components", c.Name)
			values, _ := stated.at("values")
			list = append(list, layer{stated, values, patch.Manifests})
		}
	}
	return list
}

// component explains a component of the recipe, with fields relative to it.
func (e explainer) component(ref gen.ComponentRef) []gen.Explanation {
	c, _ := e.catalog.Component(ref.Name)
	layers := e.layers(c)
	list := []gen.Explanation{layers[1].explains()} // the overlay that brought it in
	explain := func(field []string, find func(layer) (entry, bool)) {
		for _, l := range slices.Backward(layers) {
			if s, ok := find(l); ok {
				list = append(list, s.explains(field...))
				return
			}
		}
	}
	explain([]string{"version"}, func(l layer) (entry, bool) {
		s, ok := l.at("version")
		if ok && l.overlay == "" {
			s.reason = words(s.reason, pin(c))
		}
		return s, ok && s.node.Value != "" // an overlay's empty version is none
	})
	for path := range values.Leaves(ref.Values) {
		explain(append([]string{"values"}, path...), func(l layer) (entry, bool) { return l.values.at(path...) })
	}
	for i, object := range ref.Manifests {
		same := func(file string) bool { return catalog.ObjectID(c.Objects[file]) == catalog.ObjectID(object) }
		explain([]string{"manifests", fmt.Sprint(i)}, func(l layer) (entry, bool) {
			for _, file := range slices.Backward(l.manifests) {
				if same(file) {
					s, ok := l.at("manifests")
					s.reason = cmp.Or(heading(e.catalog.Node(c.File("manifests/"+file))), s.reason)
					return s, ok
				}
			}
			return entry{}, false
		})
	}
	return list
}

// pin says what there is to say of a component's own version.
func pin(c *catalog.Component) string {
	said := c.Behind
	if c.PathsFrom != "" {
		said += fmt.Sprintf("\nThe value paths known are those of %s.", c.PathsFrom)
	}
	return said
}

// precondition explains one of the recipe: the last overlay that states it, or else its component.
func (e explainer) precondition(p gen.Precondition) gen.Explanation {
	keys := []string{"preconditions", p.Name}
	for _, o := range slices.Backward(e.applied) {
		if s, ok := e.overlay(o).at(keys...); ok {
			return s.explains()
		}
	}
	c, _ := e.catalog.Component(p.Component)
	file := c.File("component.yaml")
	s, _ := entry{file: file, node: e.catalog.Node(file)}.at(keys...)
	return s.explains()
}

// Pointer writes a JSON pointer (RFC 6901).
func Pointer(keys ...string) string {
	var b strings.Builder
	for _, key := range keys {
		b.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(key))
	}
	return b.String()
}

// heading is what stands at the top of a file.
func heading(root *yaml.Node) string {
	var above string
	if len(root.Content) > 0 {
		above = words(root.Content[0].HeadComment)
	}
	return cmp.Or(above, words(root.HeadComment)) // what stands apart may be a licence
}

// comment returns what is said of a key and its value. A list is a leaf, so comments inside it are
// said of it too.
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
