package recipe_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
	"github.com/NVIDIA/cloud-native-stack/internal/document"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
)

// randomOverlay is an overlay file before it is written.
type randomOverlay struct {
	Base       string                    `json:"base,omitempty"`
	Criteria   map[string]string         `json:"criteria,omitempty"`
	Components map[string]map[string]any `json:"components,omitempty"`
}

// world is a random valid data set with what the properties need to know of it.
type world struct {
	data      data
	overlays  map[string]randomOverlay // without base
	dependsOn map[string][]string
}

// fewCriteria have few values, so that overlays often match.
var fewCriteria = []contract.Criterion{
	{Name: "service", Values: []string{"eks", "gke", "any"}}, {Name: "accelerator", Values: []string{"h100", "any"}},
	{Name: "intent", Values: []string{"training", "any"}}, {Name: "os", Values: []string{"ubuntu", "rhel", "any"}},
}

func worlds() *rapid.Generator[world] {
	return rapid.Custom(func(t *rapid.T) world {
		w := world{data: data{}, overlays: map[string]randomOverlay{}, dependsOn: map[string][]string{}}
		removable := drawComponents(t, w)
		w.data["base.yaml"] = toJSON(randomOverlay{Components: map[string]map[string]any{"a": {}, "b": {}, "c": {}, "d": {}, "e": {}}})
		bases := []string{"", "base"}
		names := rapid.Permutation([]string{"m", "n", "o", "p", "q", "r", "s"}).Draw(t, "overlays")
		for _, name := range names[:rapid.IntRange(0, len(names)).Draw(t, "number")] {
			o := drawOverlay(t, bases, removable)
			bases = append(bases, name)
			w.overlays[name] = o
			w.data["overlays/"+name+".yaml"] = toJSON(o)
		}
		return w
	})
}

// drawComponents returns the components that no other one depends on, save one: overlays may take them out.
func drawComponents(t *rapid.T, w world) []string {
	names := rapid.Permutation([]string{"a", "b", "c", "d", "e"}).Draw(t, "components")
	needed := map[string]bool{names[0]: true}
	for i, name := range names {
		for _, d := range names[:i] {
			if rapid.IntRange(0, 3).Draw(t, "depends") == 0 {
				w.dependsOn[name] = append(w.dependsOn[name], d)
				needed[d] = true
			}
		}
		dir := "components/" + name + "/"
		w.data[dir+"component.yaml"] = component(name, "dependsOn: "+toJSON(append([]string{}, w.dependsOn[name]...))+"manifests: [own.yaml]\n")
		w.data[dir+"values.yaml"] = toJSON(valuesGen(2).Draw(t, "values"))
		for _, file := range []string{"own", "more", "other"} {
			w.data[dir+"manifests/"+file+".yaml"] = object("ConfigMap", file) + "data: {list: [{a: b}]}\n"
		}
	}
	return slices.DeleteFunc(names, func(name string) bool { return needed[name] })
}

func drawOverlay(t *rapid.T, bases, removable []string) randomOverlay {
	o := randomOverlay{
		Base: rapid.SampledFrom(bases).Draw(t, "base"), Criteria: map[string]string{}, Components: map[string]map[string]any{},
	}
	for _, c := range fewCriteria {
		if rapid.Bool().Draw(t, "states") {
			o.Criteria[c.Name] = rapid.SampledFrom(c.Values).Draw(t, c.Name)
		}
	}
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		switch rapid.IntRange(0, 3).Draw(t, "use") {
		case 0:
			o.Components[name] = map[string]any{
				"version":   rapid.SampledFrom([]string{"1.0.0", "v2.0.0"}).Draw(t, "version"),
				"values":    valuesGen(2).Draw(t, "values"),
				"manifests": rapid.SliceOfN(rapid.SampledFrom([]string{"own.yaml", "more.yaml", "other.yaml"}), 0, 3).Draw(t, "manifests"),
			}
		case 1:
			if slices.Contains(removable, name) {
				o.Components[name] = nil
			}
		}
	}
	return o
}

// toJSON writes a file; JSON is YAML.
func toJSON(v any) string {
	body, err := document.EncodeJSON(v)
	if err != nil {
		panic(err)
	}
	return string(body)
}

func criteriaGen() *rapid.Generator[gen.Criteria] {
	return rapid.Custom(func(t *rapid.T) gen.Criteria {
		stated := map[string]string{}
		for _, c := range fewCriteria {
			stated[c.Name] = rapid.SampledFrom(c.Values).Draw(t, c.Name)
		}
		return converted[gen.Criteria](t, stated)
	})
}

func loadWorld(t *rapid.T, fsys fs.FS, contract recipe.Spec) *recipe.Catalog {
	t.Helper()
	c, err := recipe.Load(fsys, contract)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

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
	contract := spec(t)
	rapid.Check(t, func(t *rapid.T) {
		w, criteria := worlds().Draw(t, "world"), criteriaGen().Draw(t, "criteria")
		random := rand.New(rand.NewSource(rapid.Int64().Draw(t, "seed")))
		want := toJSON(resolve(t, loadWorld(t, w.data.fs(), contract), criteria))
		got := toJSON(resolve(t, loadWorld(t, shuffledFS{w.data.fs(), random}, contract), criteria))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestResolveTwiceGivesTheSame(t *testing.T) {
	contract := spec(t)
	rapid.Check(t, func(t *rapid.T) {
		c := loadWorld(t, worlds().Draw(t, "world").data.fs(), contract)
		a, b := criteriaGen().Draw(t, "a"), criteriaGen().Draw(t, "b")
		want := toJSON(resolve(t, c, a))
		resolve(t, c, b)
		if diff := cmp.Diff(want, toJSON(resolve(t, c, a))); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestComponentsComeAfterTheirDependencies(t *testing.T) {
	contract := spec(t)
	rapid.Check(t, func(t *rapid.T) {
		w := worlds().Draw(t, "world")
		r := resolve(t, loadWorld(t, w.data.fs(), contract), criteriaGen().Draw(t, "criteria"))
		installed := map[string]bool{}
		for i, ref := range r.ComponentRefs {
			if ref.Order != i+1 {
				t.Fatal(ref.Name, "has order", ref.Order, "at place", i+1)
			}
			if diff := cmp.Diff(append([]string{}, w.dependsOn[ref.Name]...), ref.DependencyRefs); diff != "" {
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
	contract := spec(t)
	rapid.Check(t, func(t *rapid.T) {
		w, criteria := worlds().Draw(t, "world"), criteriaGen().Draw(t, "criteria")
		applied := resolve(t, loadWorld(t, w.data.fs(), contract), criteria).Metadata.AppliedOverlays
		if applied[0] != "base" {
			t.Fatal("base is not the first of", applied)
		}
		applied = applied[1:]
		w.checkMembers(t, applied, criteria)
		for i, name := range applied {
			if base := w.overlays[name].Base; base != "" && base != "base" && !slices.Contains(applied[:i], base) {
				t.Fatal(name, "comes before its base", base, "in", applied)
			}
			if !w.overlays[name].matches(criteria) && (i+1 == len(applied) || w.overlays[applied[i+1]].Base != name) {
				t.Fatal(name, "matches by its base role alone, but what needs it doesn't follow at once in", applied)
			}
			for _, later := range applied[i+1:] {
				if w.overlays[later].matches(criteria) && w.before(later, name) && !w.pulledIn(applied[i+1:], name, later) {
					t.Fatal(name, "comes before", later, "in", applied)
				}
			}
		}
	})
}

// checkMembers wants the overlays that match, their bases, and no other one, each once.
func (w world) checkMembers(t *rapid.T, applied []string, criteria gen.Criteria) {
	t.Helper()
	want := map[string]bool{}
	for name, o := range w.overlays {
		if !o.matches(criteria) {
			continue
		}
		for ; name != "" && name != "base"; name = w.overlays[name].Base {
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

func (o randomOverlay) matches(c gen.Criteria) bool {
	var asked map[string]string
	if err := json.Unmarshal([]byte(toJSON(c)), &asked); err != nil {
		panic(err)
	}
	for name, value := range o.Criteria {
		if value != "any" && value != asked[name] {
			return false
		}
	}
	return true
}

// before says whether one overlay sorts before another: by the number of stated criteria, then by name.
func (w world) before(a, b string) bool {
	rank := func(name string) string {
		stated := 0
		for _, value := range w.overlays[name].Criteria {
			if value != "any" {
				stated++
			}
		}
		return fmt.Sprint(stated, name)
	}
	return rank(a) < rank(b)
}

// pulledIn says whether an overlay comes early because one that follows it, and sorts before the other, is based on it.
func (w world) pulledIn(following []string, name, other string) bool {
	return slices.ContainsFunc(following, func(f string) bool {
		if f != other && !w.before(f, other) {
			return false
		}
		for base := w.overlays[f].Base; base != ""; base = w.overlays[base].Base {
			if base == name {
				return true
			}
		}
		return false
	})
}

func TestResultsShareNothing(t *testing.T) {
	contract := spec(t)
	rapid.Check(t, func(t *rapid.T) {
		c := loadWorld(t, worlds().Draw(t, "world").data.fs(), contract)
		a, b := criteriaGen().Draw(t, "a"), criteriaGen().Draw(t, "b")
		wantA, wantB := toJSON(resolve(t, c, a)), toJSON(resolve(t, c, b))
		scribbled, kept := resolve(t, c, a), resolve(t, c, b)
		scribble(&scribbled)
		if strings.Contains(wantA, toJSON(scribbled)) {
			t.Fatal("the test changed nothing")
		}
		for _, pair := range [][2]string{{wantA, toJSON(resolve(t, c, a))}, {wantB, toJSON(resolve(t, c, b))}, {wantB, toJSON(kept)}} {
			if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
				t.Fatal("a change of one result shows in another:\n", diff)
			}
		}
	})
}

func TestRefsShareNothing(t *testing.T) {
	c := embedded(t)
	for _, ref := range resolve(t, c, gen.Criteria{Service: "gke", Intent: "training", OS: "ubuntu"}).ComponentRefs {
		component, _ := c.Component(ref.Name)
		want := toJSON(component.Ref())
		scribbled := component.Ref()
		scribble(&scribbled)
		if diff := cmp.Diff(want, toJSON(component.Ref())); diff != "" {
			t.Error(ref.Name, diff)
		}
	}
}

// scribble changes every map, slice and field that can be reached from v, spare room of slices included.
func scribble(v any) { scribbleValue(reflect.ValueOf(v)) }

func scribbleValue(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			scribbleValue(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			scribbleValue(v.Field(i))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			scribbleValue(v.MapIndex(key))
			v.SetMapIndex(key, reflect.Zero(v.Type().Elem()))
		}
		if !v.IsNil() {
			v.SetMapIndex(reflect.ValueOf("scribbled"), reflect.Zero(v.Type().Elem()))
		}
	case reflect.Slice:
		for i := range v.Len() {
			scribbleValue(v.Index(i))
		}
		for i := range v.Cap() {
			v.Slice(0, v.Cap()).Index(i).SetZero()
		}
	default:
		if v.CanSet() {
			v.SetZero()
		}
	}
}

// Every environment of the embedded data, asked for from many goroutines in mixed order, while each scribbles over what it got.
func TestConcurrentAnswersEqualSequentialOnes(t *testing.T) {
	c := embedded(t)
	all := environments(t)
	var want [][]byte
	for _, criteria := range all {
		want = append(want, []byte(toJSON(resolve(t, c, criteria))))
	}
	var wg sync.WaitGroup
	for worker := range 16 {
		wg.Go(func() {
			random := rand.New(rand.NewSource(int64(worker)))
			for range 40 {
				a, b := random.Intn(len(all)), random.Intn(len(all))
				for _, i := range []int{a, b, a} {
					r, err := c.Resolve(all[i], release)
					if err != nil {
						t.Error(err)
						return
					}
					if body := []byte(toJSON(r)); !bytes.Equal(body, want[i]) {
						t.Errorf("%+v: %s\nwant %s", all[i], body, want[i])
						return
					}
					scribble(&r)
				}
			}
		})
	}
	wg.Wait()
}

// valuesGen draws Helm values from few keys, so that two draws meet.
func valuesGen(depth int) *rapid.Generator[map[string]any] {
	return rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", "c"}), valueGen(depth), 0, 3)
}

func valueGen(depth int) *rapid.Generator[any] {
	leaf := rapid.SampledFrom([]any{nil, true, "x", "y", int64(1), 0.5})
	if depth == 0 {
		return leaf
	}
	inner := rapid.Deferred(func() *rapid.Generator[any] { return valueGen(depth - 1) })
	list := rapid.Custom(func(t *rapid.T) any { return rapid.SliceOfN(inner, 0, 3).Draw(t, "list") })
	mapping := rapid.Custom(func(t *rapid.T) any { return valuesGen(depth-1).Draw(t, "map") })
	return rapid.OneOf(leaf, list, mapping, mapping)
}
