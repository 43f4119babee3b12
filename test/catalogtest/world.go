package catalogtest

import (
	"slices"

	"pgregory.net/rapid"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
)

// Overlay is an overlay file before it is written.
type Overlay struct {
	Base       string                    `json:"base,omitempty"`
	Criteria   map[string]string         `json:"criteria,omitempty"`
	Offers     map[string][]string       `json:"offers,omitempty"`
	Components map[string]map[string]any `json:"components,omitempty"`

	Preconditions map[string]map[string]string `json:"preconditions,omitempty"`
}

// World is a random valid data set with what properties need to know of it.
type World struct {
	Data      Data
	Overlays  map[string]Overlay // without base
	DependsOn map[string][]string
}

// FewCriteria have few values, so that overlays often match.
func FewCriteria() []contract.Criterion {
	return []contract.Criterion{
		{Name: "service", Values: []string{"eks", "gke", "any"}},
		{Name: "accelerator", Values: []string{"h100", "any"}},
		{Name: "intent", Values: []string{"training", "any"}},
		{Name: "os", Values: []string{"ubuntu", "rhel", "any"}},
	}
}

// Base is an overlay that has all components.
func Base() Overlay {
	return Overlay{Components: map[string]map[string]any{"a": {}, "b": {}, "c": {}, "d": {}, "e": {}}}
}

// Worlds draws data sets.
func Worlds() *rapid.Generator[World] {
	return rapid.Custom(func(t *rapid.T) World {
		w := World{Data: Data{}, Overlays: map[string]Overlay{}, DependsOn: map[string][]string{}}
		removable := w.drawComponents(t)
		w.Data["base.yaml"] = JSON(Base())
		bases := []string{"", "base"}
		names := rapid.Permutation([]string{"m", "n", "o", "p", "q", "r", "s"}).Draw(t, "overlays")
		for _, name := range names[:rapid.IntRange(0, len(names)).Draw(t, "number")] {
			o := drawOverlay(t, bases, removable)
			bases = append(bases, name)
			w.Overlays[name] = o
			w.Data["overlays/"+name+".yaml"] = JSON(o)
		}
		return w
	})
}

// drawComponents returns the components that no other one depends on, save one: overlays may take
// them out.
func (w World) drawComponents(t *rapid.T) []string {
	names := rapid.Permutation([]string{"a", "b", "c", "d", "e"}).Draw(t, "components")
	needed := map[string]bool{names[0]: true}
	for i, name := range names {
		for _, d := range names[:i] {
			if rapid.IntRange(0, 3).Draw(t, "depends") == 0 {
				w.DependsOn[name] = append(w.DependsOn[name], d)
				needed[d] = true
			}
		}
		dir := "components/" + name + "/"
		more := "dependsOn: " + JSON(append([]string{}, w.DependsOn[name]...)) + "manifests: [own.yaml]\n" +
			"preconditions: " + JSON(map[string]any{"of-" + name: precondition("", "own")})
		w.Data[dir+"component.yaml"] = Component(name, more)
		w.Data[dir+"values.yaml"] = JSON(values(2).Draw(t, "values"))
		for _, file := range []string{"own", "more", "other"} {
			w.Data[dir+"manifests/"+file+".yaml"] = Object("ConfigMap", file) + "data: {list: [{a: b}]}\n"
		}
	}
	return slices.DeleteFunc(names, func(name string) bool { return needed[name] })
}

func drawOverlay(t *rapid.T, bases, removable []string) Overlay {
	o := Overlay{
		Base:       rapid.SampledFrom(bases).Draw(t, "base"),
		Criteria:   map[string]string{},
		Offers:     map[string][]string{},
		Components: map[string]map[string]any{},

		Preconditions: map[string]map[string]string{},
	}
	for _, name := range []string{"of-a", "of-b", "x", "y"} {
		switch rapid.IntRange(0, 7).Draw(t, "precondition") {
		case 0:
			component := rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "component")
			o.Preconditions[name] = precondition(component, rapid.SampledFrom([]string{"own", "other"}).Draw(t, "text"))
		case 1:
			o.Preconditions[name] = nil
		}
	}
	for _, c := range FewCriteria() {
		switch value := rapid.SampledFrom(c.Values).Draw(t, c.Name); rapid.IntRange(0, 7).Draw(t, "states") {
		case 0, 1, 2, 3:
			o.Criteria[c.Name] = value
		case 4:
			o.Offers[c.Name] = []string{value}
		}
	}
	manifests := rapid.SampledFrom([]string{"own.yaml", "more.yaml", "other.yaml"})
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		switch rapid.IntRange(0, 3).Draw(t, "patch") {
		case 0:
			o.Components[name] = map[string]any{
				"version":   rapid.SampledFrom([]string{"1.0.0", "v2.0.0"}).Draw(t, "version"),
				"values":    values(2).Draw(t, "values"),
				"manifests": rapid.SliceOfN(manifests, 0, 3).Draw(t, "manifests"),
			}
		case 1:
			if slices.Contains(removable, name) {
				o.Components[name] = nil
			}
		}
	}
	return o
}

// precondition is one of a component, or of none.
func precondition(component, text string) map[string]string {
	p := map[string]string{"text": text, "why": "w", "source": "s"}
	if component != "" {
		p["component"] = component
	}
	return p
}

// Criteria draws an environment of [FewCriteria].
func Criteria() *rapid.Generator[gen.Criteria] {
	return rapid.Custom(func(t *rapid.T) gen.Criteria {
		environment := map[string]string{}
		for _, c := range FewCriteria() {
			environment[c.Name] = rapid.SampledFrom(c.Values).Draw(t, c.Name)
		}
		return Convert[gen.Criteria](t, environment)
	})
}

// values draws Helm values from few keys, so that two draws meet.
func values(depth int) *rapid.Generator[map[string]any] {
	return rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", "c"}), value(depth), 0, 3)
}

func value(depth int) *rapid.Generator[any] {
	leaf := rapid.SampledFrom([]any{nil, true, "x", "y", int64(1), 0.5})
	if depth == 0 {
		return leaf
	}
	inner := rapid.Deferred(func() *rapid.Generator[any] { return value(depth - 1) })
	list := rapid.Custom(func(t *rapid.T) any { return rapid.SliceOfN(inner, 0, 3).Draw(t, "list") })
	mapping := rapid.Custom(func(t *rapid.T) any { return values(depth-1).Draw(t, "map") })
	return rapid.OneOf(leaf, list, mapping, mapping)
}
