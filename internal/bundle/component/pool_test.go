package component

import (
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/values"
)

// TestPoolIsBounded asks for more than a pool may hold, and for one component again and again,
// which stays.
func TestPoolIsBounded(t *testing.T) {
	p, images := NewPool(), &Images{}
	var often *Component
	renewed := 0
	for i := range 20000 {
		p.Get("", netRef(m{"a": strconv.Itoa(i)}), images)
		c := p.Get("", netRef(m{"asked": "for often"}), images)
		if c != often {
			often = c
			renewed++
		}
	}
	p.components.CleanUp()
	if size := p.components.WeightedSize(); size > maxPool || size < maxPool/2 {
		t.Errorf("%d bytes, with room for %d", size, maxPool)
	}
	if renewed > 20 {
		t.Errorf("what is asked for often was made %d times", renewed)
	}
}

// A pool holds no more than it may of large components, whatever makes them large.
func TestPoolOfLargeComponents(t *testing.T) {
	const size = 128 << 10
	text := strings.Repeat("x", size)
	for name, ref := range map[string]func(i int64) gen.ComponentRef{
		"text in values":    func(i int64) gen.ComponentRef { return netRef(m{"a": text, "n": i}) },
		"key in values":     func(i int64) gen.ComponentRef { return netRef(m{text: i}) },
		"text in an object": func(i int64) gen.ComponentRef { return netRef(nil, policy(m{"a": text, "n": i})) },
		"many objects": func(i int64) gen.ComponentRef {
			return netRef(m{"n": i}, slices.Repeat([]gen.KubernetesObject{policy(m{"a": text[:1000]})}, size/1000)...)
		},
	} {
		p := NewPool()
		for i := range int64(40) {
			p.Get("", ref(i), &Images{})
		}
		p.components.CleanUp()
		if n := p.components.EstimatedSize(); n*size > maxPool {
			t.Errorf("%s: %d components of %d bytes, with room for %d bytes", name, n, size, maxPool)
		}
	}
}

// What a pool holds is bounded in the heap, too, where maps in maps take far more than as JSON.
func TestPoolOfNestedComponents(t *testing.T) {
	nested := func(n int64) map[string]any {
		values := m{"n": n}
		for range 50 {
			values = m{"a": values, "b": m{}}
		}
		return m{"a": values, "b": []any{values, values, values, values}}
	}
	heap := func() uint64 {
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		return stats.HeapAlloc
	}
	before := heap()
	p := NewPool()
	for i := range int64(600) {
		c := p.Get("", netRef(values.Clone(nested(i))), &Images{})
		c.ValuesYAML()
		c.EntryYAML()
	}
	p.components.CleanUp()
	if held := heap() - before; held > 2*maxPool {
		t.Errorf("the pool takes %d bytes, with room for %d", held, maxPool)
	}
	runtime.KeepAlive(p)
}

// A pool has one component for all that are equal, whatever they refer to.
func TestPoolTellsComponentsApart(t *testing.T) {
	p := NewPool()
	get := func(scope string, ref gen.ComponentRef, images Images) *Component {
		return p.Get(scope, ref, &images)
	}
	ref := func(change func(*gen.ComponentRef)) gen.ComponentRef {
		r := netRef(m{"a": "b", "c": m{"d": int64(1)}}, policy(m{"x": "y"}))
		change(&r)
		return r
	}
	same := func(*gen.ComponentRef) {}
	number := func(r *gen.ComponentRef) { r.Values = m{"a": "b", "c": m{"d": "1"}} }
	images := Images{Names: []string{"i"}, Warnings: []string{"w"}}
	first := get("", ref(same), images)
	if get("", ref(same), images) != first {
		t.Error("two equal components")
	}
	seen := map[*Component]string{first: "first"}
	for name, c := range map[string]*Component{
		"another scope":    get("a", ref(same), images),
		"a third scope":    get("b", ref(same), images),
		"other values":     get("", ref(number), images),
		"another order":    get("", ref(func(r *gen.ComponentRef) { r.Order = 2 }), images),
		"a dependency":     get("", ref(func(r *gen.ComponentRef) { r.DependencyRefs = []string{"a"} }), images),
		"another object":   get("", ref(func(r *gen.ComponentRef) { r.Manifests[0]["kind"] = "Other" }), images),
		"no object":        get("", ref(func(r *gen.ComponentRef) { r.Manifests = nil }), images),
		"another image":    get("", ref(same), Images{Names: []string{"j"}, Warnings: images.Warnings}),
		"no image":         get("", ref(same), Images{Warnings: images.Warnings}),
		"another warning":  get("", ref(same), Images{Names: images.Names, Warnings: []string{"v"}}),
		"image as warning": get("", ref(same), Images{Warnings: []string{"i", "w"}}),
	} {
		if other, ok := seen[c]; ok {
			t.Errorf("%s: the component of %s", name, other)
		}
		seen[c] = name
	}
	if get("", ref(same), images) != first || seen[get("a", ref(same), images)] != "another scope" {
		t.Error("scopes that take turns don't keep their components")
	}
}

// Many bundles ask a pool at once. No two scopes get the same component.
func TestPoolIsShared(t *testing.T) {
	p := NewPool()
	var all sync.WaitGroup
	var got [8]map[*Component]bool
	for i := range got {
		all.Go(func() {
			got[i] = map[*Component]bool{}
			for n := range 1000 {
				c := p.Get(strconv.Itoa(i%2), netRef(m{"a": int64(n % 10)}), &Images{})
				if c.Values["a"] != int64(n%10) {
					t.Errorf("values %v", c.Values)
				}
				got[i][c] = true
			}
		})
	}
	all.Wait()
	for i, mine := range got {
		for c := range mine {
			if got[(i+1)%len(got)][c] {
				t.Errorf("scopes %d and %d share a component", i%2, (i+1)%2)
			}
		}
	}
}
