// Package component has the components of bundles: Helm releases with their values, images and
// encoded forms.
package component

import (
	"math"
	"sync"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/archive"
	"github.com/NVIDIA/cloud-native-stack/internal/document"
	"github.com/NVIDIA/cloud-native-stack/internal/document/yamlenc"
)

// Component is one component of a bundle. It never changes, nor does anything that it refers to:
// what changes one makes another. So one that is the same pointer as in another bundle is the same
// component, and what was encoded of it is encoded still.
type Component struct {
	gen.ComponentRef
	Images *Images
	// Chunk makes a chunk of a text that follows from the component alone.
	Chunk func(text []byte) *archive.Chunk

	values  memo[*archive.Chunk]
	entry   memo[*archive.Chunk]
	objects *objects
	count   memo[int]
}

// objects are the encoded manifests of components that differ in values alone.
type objects struct {
	memo[[]*archive.Chunk]
	chunk func(text []byte) *archive.Chunk // the same for all of them, whichever asks first
}

// New returns a component that other bundles are likely to have, too. The caller must not change
// anything that ref refers to afterwards.
func New(ref gen.ComponentRef, images *Images) *Component {
	return newComponent(ref, images, archive.Shared)
}

// With returns a component of one bundle with other values. The caller must not change them
// afterwards.
func (c *Component) With(values map[string]any, images *Images) *Component {
	ref := c.ComponentRef
	ref.Values = values
	return &Component{ComponentRef: ref, Images: images, Chunk: archive.Single, objects: c.objects}
}

// NewSingle returns a component of one bundle alone, not likely to come again. The caller must not
// change anything that ref refers to afterwards.
func NewSingle(ref gen.ComponentRef, images *Images) *Component {
	return newComponent(ref, images, archive.Single)
}

func newComponent(ref gen.ComponentRef, images *Images, chunk func([]byte) *archive.Chunk) *Component {
	return &Component{ComponentRef: ref, Images: images, Chunk: chunk, objects: &objects{chunk: chunk}}
}

// ValuesYAML returns the Helm values as a YAML document.
func (c *Component) ValuesYAML() *archive.Chunk {
	return c.values.get(func() *archive.Chunk { return c.Chunk(document.Must(yamlenc.Encode(c.Values))) })
}

// EntryYAML returns the component as an item of the list in recipe.yaml.
func (c *Component) EntryYAML() *archive.Chunk {
	return c.entry.get(func() *archive.Chunk { return c.Chunk(document.Must(yamlenc.Item(c.ComponentRef))) })
}

// ObjectsYAML returns each of the manifests as a YAML document.
func (c *Component) ObjectsYAML() []*archive.Chunk {
	return c.objects.get(func() []*archive.Chunk {
		chunks := make([]*archive.Chunk, len(c.Manifests))
		for i, object := range c.Manifests {
			chunks[i] = c.objects.chunk(document.Must(yamlenc.Encode(object)))
		}
		return chunks
	})
}

// Namespaces are those among the component's manifests, with the stage of each.
func (c *Component) Namespaces() map[string]Stage {
	stages := map[string]Stage{}
	for _, o := range c.Manifests {
		metadata, _ := o["metadata"].(map[string]any)
		if name, ok := metadata["name"].(string); ok && o["apiVersion"] == "v1" && o["kind"] == "Namespace" {
			stages[name] = StageOf(o)
		}
	}
	return stages
}

// ValueCount returns how many values the component has, as [CountValues] counts them without
// limits.
func (c *Component) ValueCount() int {
	return c.count.get(func() int {
		n, _ := CountValues(c.ComponentRef, document.Limits{Values: math.MaxInt, Levels: math.MaxInt})
		return n
	})
}

// BytesPerValue is what a value or a part of a manifest takes, roughly, whatever text it holds: as
// Go has it, and in the lines of what is encoded of it. A map in a map is six bytes of JSON.
const BytesPerValue = 400

// Size returns how many values the component has with those in its manifests.
func (c *Component) Size() int {
	size := c.ValueCount()
	for _, object := range c.Manifests {
		n, _ := document.Count(object, document.Limits{Values: math.MaxInt, Levels: math.MaxInt})
		size += n
	}
	return size
}

// CountValues counts a component's values, as deep as they are in a recipe.
func CountValues(ref gen.ComponentRef, limits document.Limits) (int, error) {
	return document.Count(map[string]any{"componentRefs": []any{map[string]any{"values": ref.Values}}}, limits)
}

// memo keeps what is worked out once.
type memo[T any] struct {
	once  sync.Once
	value T
}

func (m *memo[T]) get(find func() T) T {
	m.once.Do(func() { m.value = find() })
	return m.value
}
