package recipe

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
)

// asker finds out what the values of open criteria would make of the recipe of an environment.
type asker struct {
	catalog *catalog.Catalog
	stated  map[string]string // each criterion, as it is or as any
	open    map[string]bool   // criteria that nobody has decided on
}

// ask warns of an open criterion if some of its values make another recipe.
func (a asker) ask(criterion contract.Criterion) (warning gen.RecipeWarning, ok bool) {
	var values []string
	var all changes
	for _, value := range criterion.Values {
		found := a.changes(criterion.Name, value)
		if len(found) == 0 {
			continue
		}
		warning.Choices = append(warning.Choices, gen.RecipeChoice{Value: value, Changes: found.texts()})
		values = append(values, value)
		for _, c := range found {
			c.condition = ""
			all = all.with(c)
		}
	}
	if len(values) == 0 {
		return warning, false
	}
	meaning := ""
	if criterion.Any != "" {
		meaning = fmt.Sprintf(", which means a %s (%s=%s says so)", criterion.Any, criterion.Name, contract.Any)
	}
	start := fmt.Sprintf("%s is left open%s, but decides. With %s the recipe is another one: ",
		criterion.Name, meaning, listed(values, " or ", maxMessage/4))
	warning.Criterion = criterion.Name
	warning.Message = start + listed(all.texts(), "; ", maxMessage-len(start))
	return warning, true
}

// changes returns what a value of an open criterion changes by itself, or else what it changes
// together with values of other open ones, of as few as possible.
func (a asker) changes(criterion, value string) (all changes) {
	var questions []question
	for _, o := range a.catalog.Overlays() {
		if o.Criteria[criterion] == value {
			if q, ok := a.question(o, criterion); ok {
				questions = append(questions, q)
			}
		}
	}
	slices.SortStableFunc(questions, func(a, b question) int { return len(a.others) - len(b.others) })
	asked := -1
	for _, q := range questions {
		if len(q.others) != asked && len(all) > 0 || len(q.others) == 0 && asked == 0 {
			break // what is by itself is the same for all
		}
		asked = len(q.others)
		for _, c := range a.compare(q.without, q.with) {
			c.condition = strings.Join(q.others, " and ")
			all = all.with(c)
		}
	}
	return all
}

// question is what a value of a criterion changes in an environment.
type question struct {
	without, with map[string]string // the environment
	others        []string          // what it has beyond the one of the recipe
}

// question returns the least environment to which an overlay applies, and whether it can be had by
// deciding on open criteria.
func (a asker) question(o *catalog.Overlay, criterion string) (q question, ok bool) {
	q.with = maps.Clone(a.stated)
	for _, name := range slices.Sorted(maps.Keys(o.Criteria)) {
		value := o.Criteria[name]
		if value == contract.Any || value == q.with[name] {
			continue
		}
		if !a.open[name] || !a.isValue(name, value) {
			return q, false
		}
		q.with[name] = value
		if name != criterion {
			q.others = append(q.others, name+"="+value)
		}
	}
	q.without = maps.Clone(q.with)
	q.without[criterion] = contract.Any
	return q, true
}

// isValue reports whether clients may ask for a value of a criterion.
func (a asker) isValue(criterion, value string) bool {
	return slices.ContainsFunc(a.catalog.Criteria(), func(c contract.Criterion) bool {
		return c.Name == criterion && slices.Contains(c.Values, value)
	})
}

// compare returns what is different in the recipes of two environments; nothing if the second one
// isn't offered.
func (a asker) compare(before, after map[string]string) (found changes) {
	is := catalog.Applied(a.catalog.Overlays(), after)
	for name, value := range after {
		if value != contract.Any && excluding(name, value, is) != nil {
			return nil
		}
	}
	was := catalog.Applied(a.catalog.Overlays(), before)
	for _, c := range a.catalog.Components() {
		spoke, speak := speaking(was, c.Name), speaking(is, c.Name)
		if slices.Equal(spoke, speak) {
			continue
		}
		refBefore, had := Component(c, spoke)
		ref, has := Component(c, speak)
		switch {
		case has && !had:
			found = append(found, change{what: "adds " + c.Name})
		case had && !has:
			found = append(found, change{what: "leaves out " + c.Name})
		case has:
			for _, path := range differences(refBefore, ref) {
				found = append(found, change{what: c.Name, path: path})
			}
		}
	}
	old, now := Constraints(was), Constraints(is)
	for keys, text := range catalog.SortedConstraints(now) { // overlays take no constraint away
		if old[keys[0]][keys[1]] != text {
			found = append(found, change{what: "constraints", path: strings.Join(keys, ".")})
		}
	}
	conditions := func(of []*catalog.Overlay) []gen.Precondition {
		return a.catalog.Preconditions(of, catalog.Present(of))
	}
	for _, name := range differentPreconditions(conditions(was), conditions(is)) {
		found = append(found, change{what: "preconditions", path: name})
	}
	return found
}

// differentPreconditions names those that are only in one of two lists, or not the same in both.
func differentPreconditions(before, after []gen.Precondition) []string {
	names := map[string]bool{}
	for _, lists := range [][2][]gen.Precondition{{before, after}, {after, before}} {
		for _, p := range lists[0] {
			if !slices.Contains(lists[1], p) {
				names[p.Name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// speaking returns the overlays that say something of a component, in their order: it is made of
// these alone.
func speaking(applied []*catalog.Overlay, component string) (list []*catalog.Overlay) {
	for _, o := range applied {
		if _, ok := o.Components[component]; ok {
			list = append(list, o)
		}
	}
	return list
}

// differences lists the parts of a component that are different, of its values those at the top.
func differences(before, after gen.ComponentRef) (paths []string) {
	if before.Version != after.Version {
		paths = append(paths, "version")
	}
	all := maps.Clone(before.Values)
	maps.Copy(all, after.Values)
	for _, key := range slices.Sorted(maps.Keys(all)) {
		was, had := before.Values[key]
		if is, has := after.Values[key]; had != has || !reflect.DeepEqual(was, is) {
			paths = append(paths, "values."+plain(key))
		}
	}
	if !reflect.DeepEqual(before.Manifests, after.Manifests) {
		paths = append(paths, "manifests")
	}
	return paths
}

// change is a part of a recipe that is different.
type change struct {
	what      string // a component, what becomes of it, the constraints or the preconditions
	path      string // in it; empty for all of it
	condition string // other criteria that it depends on; empty if there are none
}

// changes are different, in the order in which they were found.
type changes []change

// with adds a change. What comes about without a condition needs none.
func (all changes) with(c change) changes {
	known := func(other change) bool {
		return other.what == c.what && other.path == c.path && (other.condition == "" || other.condition == c.condition)
	}
	if slices.ContainsFunc(all, known) {
		return all
	}
	return append(all, c)
}

// texts writes a line for what has the same condition.
func (all changes) texts() (lines []string) {
	seen := map[string]bool{}
	for _, c := range all {
		line := c.what
		if c.condition != "" {
			line = "with " + c.condition + ": " + line
		}
		if seen[line] {
			continue
		}
		seen[line] = true
		var paths []string
		for _, other := range all {
			if other.what == c.what && other.condition == c.condition && other.path != "" {
				paths = append(paths, other.path)
			}
		}
		if len(paths) > 0 {
			line += " ("
			line += listed(paths, ", ", maxMessage-len(line)-1) + ")"
		}
		lines = append(lines, line)
	}
	return lines
}

// maxMessage is how long the contract lets a warning or a change be.
const maxMessage = 512

// listed joins items, as many as fit into so many bytes with a word on the others.
func listed(items []string, separator string, most int) string {
	var text string
	for i, item := range items {
		if i > 0 {
			item = separator + item
		}
		more := fmt.Sprintf("%sand %d more", separator, len(items)-i)
		if len(text)+len(item)+len(more) > most {
			return strings.TrimPrefix(text+more, separator)
		}
		text += item
	}
	return text
}

// plain leaves out of a key what Markdown or HTML would make links or elements of, and what isn't
// ASCII.
func plain(key string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || strings.ContainsRune("<>[\\]`", r) {
			return '-'
		}
		return r
	}, key)
}
