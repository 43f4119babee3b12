package recipe_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/test/catalogtest"
)

// shuffledFS lists directories in random order.
type shuffledFS struct {
	fs.FS
	random *rand.Rand
}

func (f shuffledFS) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(f.FS, name)
	f.random.Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
	return entries, err
}

func TestFileOrderDoesNotMatter(t *testing.T) {
	contract := catalogtest.Spec(t)
	rapid.Check(t, func(t *rapid.T) {
		w, criteria := catalogtest.Worlds().Draw(t, "world"), catalogtest.Criteria().Draw(t, "criteria")
		random := rand.New(rand.NewSource(rapid.Int64().Draw(t, "seed")))
		want := catalogtest.JSON(resolve(t, catalogtest.Load(t, w.Data.FS(), contract), criteria))
		got := catalogtest.JSON(resolve(t, catalogtest.Load(t, shuffledFS{w.Data.FS(), random}, contract), criteria))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestResolveTwiceGivesTheSame(t *testing.T) {
	contract := catalogtest.Spec(t)
	rapid.Check(t, func(t *rapid.T) {
		c := catalogtest.Load(t, catalogtest.Worlds().Draw(t, "world").Data.FS(), contract)
		a, b := catalogtest.Criteria().Draw(t, "a"), catalogtest.Criteria().Draw(t, "b")
		want := catalogtest.JSON(resolve(t, c, a))
		resolve(t, c, b)
		if diff := cmp.Diff(want, catalogtest.JSON(resolve(t, c, a))); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestComponentsComeAfterTheirDependencies(t *testing.T) {
	contract := catalogtest.Spec(t)
	rapid.Check(t, func(t *rapid.T) {
		w := catalogtest.Worlds().Draw(t, "world")
		r := resolve(t, catalogtest.Load(t, w.Data.FS(), contract), catalogtest.Criteria().Draw(t, "criteria"))
		installed := map[string]bool{}
		for i, ref := range r.ComponentRefs {
			if ref.Order != i+1 {
				t.Fatal(ref.Name, "has order", ref.Order, "at position", i+1)
			}
			if diff := cmp.Diff(append([]string{}, w.DependsOn[ref.Name]...), ref.DependencyRefs); diff != "" {
				t.Fatal(diff)
			}
			for _, d := range ref.DependencyRefs {
				if !installed[d] {
					t.Fatal(ref.Name, "comes before", d)
				}
			}
			installed[ref.Name] = true
		}
	})
}

func TestOverlaysApplyInTheirOrder(t *testing.T) {
	contract := catalogtest.Spec(t)
	rapid.Check(t, func(t *rapid.T) {
		w, criteria := world{catalogtest.Worlds().Draw(t, "world")}, catalogtest.Criteria().Draw(t, "criteria")
		applied := resolve(t, catalogtest.Load(t, w.Data.FS(), contract), criteria).Metadata.AppliedOverlays
		if applied[0] != "base" {
			t.Fatal("base is not the first of", applied)
		}
		applied = applied[1:]
		w.checkMembers(t, applied, criteria)
		for i, name := range applied {
			if base := w.Overlays[name].Base; base != "" && base != "base" && !slices.Contains(applied[:i], base) {
				t.Fatal(name, "comes before its base", base, "in", applied)
			}
			if !matches(w.Overlays[name], criteria) && (i+1 == len(applied) || w.Overlays[applied[i+1]].Base != name) {
				t.Fatal(name, "matches by its base role alone, but what needs it doesn't follow at once in", applied)
			}
			for _, later := range applied[i+1:] {
				if matches(w.Overlays[later], criteria) && w.before(later, name) &&
					!w.isBaseOf(applied[i+1:], name, later) {
					t.Fatal(name, "comes before", later, "in", applied)
				}
			}
		}
	})
}

// world is random recipe data.
type world struct{ catalogtest.World }

// checkMembers wants the overlays that match, their bases, and no other one, each once.
func (w world) checkMembers(t *rapid.T, applied []string, criteria gen.Criteria) {
	t.Helper()
	want := map[string]bool{}
	for name, o := range w.Overlays {
		if !matches(o, criteria) {
			continue
		}
		for ; name != "" && name != "base"; name = w.Overlays[name].Base {
			want[name] = true
		}
	}
	got := map[string]bool{}
	for _, name := range applied {
		if got[name] {
			t.Fatal(name, "applies twice:", applied)
		}
		got[name] = true
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
}

func matches(o catalogtest.Overlay, c gen.Criteria) bool {
	var asked map[string]any
	if err := json.Unmarshal([]byte(catalogtest.JSON(c)), &asked); err != nil {
		panic(err)
	}
	for name, value := range o.Criteria {
		if value != "any" && value != asked[name] {
			return false
		}
	}
	return true
}

// before reports whether one overlay sorts before another: by the number of stated criteria, then
// by name.
func (w world) before(a, b string) bool {
	rank := func(name string) string {
		stated := 0
		for _, value := range w.Overlays[name].Criteria {
			if value != "any" {
				stated++
			}
		}
		return fmt.Sprint(stated, name)
	}
	return rank(a) < rank(b)
}

// isBaseOf reports whether an overlay comes early because one that follows it, and sorts before the
// other, is based on it.
func (w world) isBaseOf(following []string, name, other string) bool {
	return slices.ContainsFunc(following, func(f string) bool {
		if f != other && !w.before(f, other) {
			return false
		}
		for base := w.Overlays[f].Base; base != ""; base = w.Overlays[base].Base {
			if base == name {
				return true
			}
		}
		return false
	})
}
