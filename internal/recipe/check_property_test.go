package recipe_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/NVIDIA/cloud-native-stack/internal/values"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
)

// Whatever is found to be of no use in overlays can be removed, all of it at once, and no recipe changes.
func TestFindingsCanBeRemoved(t *testing.T) {
	contract := spec(t)
	rapid.Check(t, func(t *rapid.T) {
		w := worlds().Draw(t, "world")
		w.overlays["base"] = randomOverlay{Components: map[string]map[string]any{"a": {}, "b": {}, "c": {}, "d": {}, "e": {}}}
		before := loadWorld(t, w.data.fs(), contract)
		tidied := maps.Clone(w.data)
		overlays := maps.Clone(w.overlays)
		for _, f := range before.Check(fewCriteria).Findings {
			name := strings.TrimSuffix(strings.TrimPrefix(f.File, "overlays/"), ".yaml")
			isBase := func(o randomOverlay) bool { return o.Base == name }
			switch o, isOverlay := overlays[name]; {
			case !isOverlay, strings.Contains(f.Message, " comes back: "):
			case isWhole(f) && !slices.ContainsFunc(slices.Collect(maps.Values(overlays)), isBase):
				delete(tidied, f.File)
			default:
				overlays[name] = o.without(f)
				tidied[f.File] = toJSON(overlays[name])
			}
		}
		after := loadWorld(t, tidied.fs(), contract)
		for range 8 {
			criteria := criteriaGen().Draw(t, "criteria")
			if diff := cmp.Diff(resolve(t, before, criteria).ComponentRefs, resolve(t, after, criteria).ComponentRefs); diff != "" {
				t.Fatalf("%v\n%s\n%s\n%s", before.Check(fewCriteria).Findings, toJSON(w.overlays), toJSON(overlays), diff)
			}
		}
	})
}

// isWhole says whether a finding is about a whole overlay.
func isWhole(f recipe.Finding) bool {
	return strings.HasPrefix(f.Message, "changes neither") || strings.HasPrefix(f.Message, "has no effect")
}

// without returns a copy that lacks what a finding is about.
func (o randomOverlay) without(f recipe.Finding) randomOverlay {
	o.Components = maps.Clone(o.Components)
	if isWhole(f) {
		clear(o.Components)
		return o
	}
	statement, _, _ := strings.Cut(f.Message, " has no effect")
	statement, manifest, _ := strings.Cut(statement, " ")
	keys := strings.Split(statement, ".")[1:] // after "components"
	if len(keys) == 1 {
		delete(o.Components, keys[0])
		return o
	}
	use := values.Clone(o.Components[keys[0]])
	o.Components[keys[0]] = use
	if manifest != "" {
		use["manifests"] = slices.DeleteFunc(slices.Clone(use["manifests"].([]string)), func(m string) bool { return m == manifest })
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
