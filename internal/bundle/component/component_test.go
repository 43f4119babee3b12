package component

import (
	"bytes"
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/archive"
	"github.com/NVIDIA/cloud-native-stack/internal/document"
)

func TestComponentEncodes(t *testing.T) {
	ref := netRef(m{"a": m{"b": int64(1)}}, policy(m{"init": m{}}), policy(m{"x": nil}))
	c := New(ref, &Images{})
	values, entry, objects := c.ValuesYAML(), c.EntryYAML(), c.ObjectsYAML()
	if diff := cmp.Diff("a:\n  b: 1\n", string(values.Text())); diff != "" {
		t.Error(diff)
	}
	text := string(entry.Text())
	if !strings.HasPrefix(text, "  - ") || !strings.Contains(text, "      a:\n        b: 1\n") {
		t.Errorf("not an item of a list with the values in it:\n%s", text)
	}
	const first = "apiVersion: x/v1\nkind: Policy\nmetadata:\n  name: p\nspec:\n  init: {}\n"
	if len(objects) != 2 || string(objects[0].Text()) != first {
		t.Errorf("%d objects, the first:\n%s", len(objects), objects[0].Text())
	}
	if values != c.ValuesYAML() || entry != c.EntryYAML() || objects[0] != c.ObjectsYAML()[0] {
		t.Error("it is encoded twice")
	}
}

// What changes a component makes another one, which has what doesn't change in common with it.
func TestWith(t *testing.T) {
	ref := netRef(m{"a": "b"}, policy(m{"init": m{}}))
	images := &Images{Names: []string{"i"}}
	c := New(ref, images)
	other := c.With(m{"a": "c"}, images)
	if other == c || other.Images != images {
		t.Error("With gives no other component, or one with other images")
	}
	want := netRef(m{"a": "c"}, policy(m{"init": m{}}))
	if diff := cmp.Diff(want, other.ComponentRef); diff != "" {
		t.Error(diff)
	}
	if c.ObjectsYAML()[0] != other.ObjectsYAML()[0] {
		t.Error("the objects are encoded twice")
	}
	if text := string(other.ValuesYAML().Text()); text != "a: c\n" {
		t.Errorf("values %q", text)
	}

	moved := ref
	moved.Namespace, moved.Manifests = "elsewhere", nil
	third := NewSingle(moved, &Images{})
	if diff := cmp.Diff(moved, third.ComponentRef); diff != "" {
		t.Error(diff)
	}
	if objects := third.ObjectsYAML(); len(objects) != 0 {
		t.Errorf("%d objects", len(objects))
	}
	if diff := cmp.Diff(netRef(m{"a": "b"}, policy(m{"init": m{}})), c.ComponentRef); diff != "" {
		t.Errorf("the component has changed: %s", diff)
	}
}

// What a component has in common with one of a single bundle is packed the same, whichever of them
// is asked first. Otherwise equal requests would get other archives.
func TestWithLeavesNoTrace(t *testing.T) {
	var zipper archive.Zipper
	zipped := func(c *Component) []byte {
		data, err := zipper.Zip(t.Context(), Release{Component: c, Folder: "01-net"}.ManifestFiles())
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	makeOne := func() *Component { return New(netRef(nil, policy(m{"text": strings.Repeat("x", 1000)})), &Images{}) }
	alone, c := makeOne(), makeOne()
	zipped(c.With(m{"a": "b"}, c.Images))
	if !bytes.Equal(zipped(alone), zipped(c)) {
		t.Error("the objects are packed in another way after a bundle that changes values")
	}
}

// One component is asked by many bundles at once.
func TestComponentIsShared(t *testing.T) {
	c := New(netRef(m{"a": "b"}, policy(m{"init": m{}})), &Images{})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for _, c := range []*Component{c, c.With(m{"a": "c"}, c.Images)} {
				if text := string(c.ValuesYAML().Text()); !strings.HasPrefix(text, "a: ") || c.ValueCount() != 5 {
					t.Errorf("%q, %d values", text, c.ValueCount())
				}
				c.EntryYAML()
				c.ObjectsYAML()
			}
		})
	}
	all.Wait()
}

func TestValueCount(t *testing.T) {
	deep := m{"a": []any{m{"b": nil}, "c"}}
	limits := document.Limits{Values: 100, Levels: 100}
	n, err := CountValues(gen.ComponentRef{Values: deep}, limits)
	if err != nil || n != 8 { // with what is around them in a recipe
		t.Errorf("%d values, %v", n, err)
	}
	if got := New(gen.ComponentRef{Values: deep}, &Images{}).ValueCount(); got != n {
		t.Errorf("%d values, want %d", got, n)
	}
	for name, limits := range map[string]document.Limits{
		"values": {Values: n - 1, Levels: math.MaxInt}, "levels": {Values: n, Levels: 6},
	} {
		_, err := CountValues(gen.ComponentRef{Values: deep}, limits)
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("too many %s: %v", name, err)
		}
	}
}
