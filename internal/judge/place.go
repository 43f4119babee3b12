package judge

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/document"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
	"github.com/NVIDIA/cloud-native-stack/internal/values"
)

// place returns where the recipe data say what a path leads to in a recipe. Of a list that is too
// long that is the end. What is wrong with a recipe as a whole is its size, so an empty path stands
// for the largest part.
func (t *trial) place(r gen.Recipe, path []string) catalog.Fault {
	environment := maps.Collect(recipe.Criteria(r.Criteria))
	applied := catalog.Applied(t.catalog.Overlays(), environment)
	switch {
	case len(path) == 0:
		return t.largest(r, applied)
	case path[0] == "metadata":
		return t.ofMetadata(r, path[1:], environment, applied)
	case path[0] == "componentRefs" && len(path) == 1:
		byNumber := func(a, b *catalog.Overlay) int { return len(a.Components) - len(b.Components) }
		return t.at(slices.MaxFunc(applied, byNumber).File, "components")
	case path[0] == "componentRefs" && len(path) > 2:
		i, _ := strconv.Atoi(path[1])
		c, _ := t.catalog.Component(r.ComponentRefs[i].Name)
		if slices.Contains([]string{"repository", "chart", "namespace", "dependencyRefs"}, path[2]) {
			return t.at(c.File("component.yaml"), path[2])
		}
	}
	return t.explained(along(r, path), recipe.Pointer(path...)+"/")
}

// along returns a recipe without values that a path doesn't lead to: to explain each of thousands
// takes long.
func along(r gen.Recipe, path []string) gen.Recipe {
	r.ComponentRefs = slices.Clone(r.ComponentRefs)
	for i := range r.ComponentRefs {
		ref := &r.ComponentRefs[i]
		switch isIt := len(path) > 2 && path[1] == strconv.Itoa(i) && path[2] == "values"; {
		case !isIt:
			ref.Values = nil
		case len(path) > 3:
			ref.Values = values.Along(ref.Values, path[3:])
		}
	}
	return r
}

// explained returns the source of a part of a recipe, or else of the last one that is in it or that
// it is in.
func (t *trial) explained(r gen.Recipe, pointer string) catalog.Fault {
	var source string
	for _, e := range recipe.Explain(t.catalog, r) {
		field := e.Field + "/"
		if strings.HasPrefix(field, pointer) || strings.HasPrefix(pointer, field) {
			source = e.Source
		}
		if field == pointer {
			break
		}
	}
	file, line, _ := strings.Cut(source, ":")
	number, _ := strconv.Atoi(line)
	file, _ = t.catalog.Path(file)
	return catalog.Fault{File: file, Line: number}
}

// at returns the deepest key that keys lead to in a file.
func (t *trial) at(file string, keys ...string) catalog.Fault {
	path, _ := t.catalog.Path(file)
	return catalog.Fault{File: path, Line: t.catalog.Line(file, keys...)}
}

// ofMetadata returns the last overlay that applies, or the one which says what a warning repeats.
func (t *trial) ofMetadata(
	r gen.Recipe, path []string, environment map[string]string, applied []*catalog.Overlay,
) catalog.Fault {
	if len(path) > 1 && path[0] == "warnings" {
		i, _ := strconv.Atoi(path[1])
		criterion := r.Metadata.Warnings[i].Criterion
		excludes := func(o *catalog.Overlay) bool {
			return len(o.Offers[criterion]) > 0 && !slices.Contains(o.Offers[criterion], environment[criterion])
		}
		if i := slices.IndexFunc(applied, excludes); i >= 0 {
			return t.at(applied[i].File, "offers", criterion)
		}
	}
	return t.at(applied[len(applied)-1].File)
}

// largest returns the file that gives most to the largest component. One that is nested too deep
// counts as the largest.
func (t *trial) largest(r gen.Recipe, applied []*catalog.Overlay) catalog.Fault {
	const inRefs, inValues, inManifests = 2, 3, 4 // levels above it
	var name string
	most := -1
	for _, ref := range r.ComponentRefs {
		if n := t.size(ref, inRefs); n > most {
			name, most = ref.Name, n
		}
	}
	c, _ := t.catalog.Component(name)
	found := t.at(c.File("component.yaml"))
	most = -1
	weigh := func(v any, levels int, file string, keys ...string) {
		if n := t.size(v, levels); n > most {
			found, most = t.at(file, keys...), n
		}
	}
	if len(c.Values) > 0 {
		weigh(c.Values, inValues, c.File("values.yaml"))
	}
	manifests := slices.Clone(c.Manifests)
	for _, o := range applied {
		if patch := o.Components[name]; patch != nil {
			weigh(patch.Values, inValues, o.File, "components", name, "values")
			manifests = append(manifests, patch.Manifests...)
		}
	}
	for _, manifest := range manifests {
		weigh(c.Objects[manifest], inManifests, c.File("manifests/"+manifest))
	}
	return found
}

// size returns that of a value, which has as many levels above it in a recipe, in bytes.
func (t *trial) size(v any, levels int) int {
	limits := document.Limits{Values: math.MaxInt, Levels: t.Spec.Limits.NestingLevels - levels}
	text := document.Must(document.EncodeJSON(v))
	if _, err := document.JSON(text, limits); err != nil {
		return math.MaxInt
	}
	return len(text)
}
