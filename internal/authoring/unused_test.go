package authoring_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/authoring"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/values"
	"github.com/NVIDIA/cloud-native-stack/test/catalogtest"
)

// Whatever is found to be of no use in overlays can be removed, all of it at once, and no recipe
// changes.
func TestFindingsCanBeRemoved(t *testing.T) {
	contract := catalogtest.Spec(t)
	rapid.Check(t, func(t *rapid.T) {
		w := catalogtest.Worlds().Draw(t, "world")
		w.Overlays["base"] = catalogtest.Base()
		before := catalogtest.Load(t, w.Data.FS(), contract)
		tidied := maps.Clone(w.Data)
		overlays := maps.Clone(w.Overlays)
		for _, f := range authoring.Check(before, catalogtest.FewCriteria()).Findings {
			name := strings.TrimSuffix(strings.TrimPrefix(f.File, "overlays/"), ".yaml")
			isBase := func(o catalogtest.Overlay) bool { return o.Base == name }
			switch o, isOverlay := overlays[name]; {
			case !isOverlay, strings.Contains(f.Message, " comes back: "):
			case isWhole(f) && !slices.ContainsFunc(slices.Collect(maps.Values(overlays)), isBase):
				delete(tidied, f.File)
			default:
				overlays[name] = without(o, f)
				tidied[f.File] = catalogtest.JSON(overlays[name])
			}
		}
		after := catalogtest.Load(t, tidied.FS(), contract)
		for range 8 {
			criteria := catalogtest.Criteria().Draw(t, "criteria")
			want, got := resolve(t, before, criteria), resolve(t, after, criteria)
			want.Metadata, got.Metadata = gen.RecipeMetadata{}, gen.RecipeMetadata{}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%v\n%s\n%s\n%s", authoring.Check(before, catalogtest.FewCriteria()).Findings,
					catalogtest.JSON(w.Overlays), catalogtest.JSON(overlays), diff)
			}
		}
	})
}

// isWhole reports whether a finding is about a whole overlay.
func isWhole(f catalog.Fault) bool {
	return strings.HasPrefix(f.Message, "changes nothing but warnings") || strings.HasPrefix(f.Message, "has no effect")
}

// without returns a copy that lacks what a finding is about.
func without(o catalogtest.Overlay, f catalog.Fault) catalogtest.Overlay {
	o.Components, o.Preconditions = maps.Clone(o.Components), maps.Clone(o.Preconditions)
	if isWhole(f) {
		clear(o.Components)
		clear(o.Preconditions)
		return o
	}
	setting, _, _ := strings.Cut(f.Message, " has no effect")
	if name, ok := strings.CutPrefix(setting, "preconditions."); ok {
		delete(o.Preconditions, name)
		return o
	}
	setting, manifest, _ := strings.Cut(setting, " ")
	keys := strings.Split(setting, ".")[1:] // after "components"
	if len(keys) == 1 {
		delete(o.Components, keys[0])
		return o
	}
	use := values.Clone(o.Components[keys[0]])
	o.Components[keys[0]] = use
	if manifest != "" {
		use["manifests"] = slices.DeleteFunc(slices.Clone(use["manifests"].([]string)),
			func(m string) bool { return m == manifest })
		return o
	}
	removeLeaf(use, keys[1:])
	return o
}

// removeLeaf removes what the keys lead to, and the maps that held nothing else.
func removeLeaf(m map[string]any, keys []string) {
	inner, _ := m[keys[0]].(map[string]any)
	if len(keys) > 1 {
		removeLeaf(inner, keys[1:])
	}
	if len(keys) == 1 || len(inner) == 0 {
		delete(m, keys[0])
	}
}
