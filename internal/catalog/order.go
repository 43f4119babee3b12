package catalog

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Order returns the names of a recipe's components in install order, which is one for equal sets.
// It is an error if one of them needs a component that isn't there, or needs itself.
func (c *Catalog) Order(names []string) ([]string, error) {
	names = slices.Sorted(slices.Values(names))
	dependencies := map[string][]string{}
	for _, name := range names {
		dependencies[name] = c.components[name].DependsOn
		for _, d := range dependencies[name] {
			if !slices.Contains(names, d) {
				const message = "component %s depends on %s, which is not in the recipe: it has %s"
				return nil, &dependencyError{name, d, fmt.Sprintf(message, name, d, strings.Join(names, ", "))}
			}
		}
	}
	return InstallOrder(names, dependencies, nil)
}

// InstallOrder sorts names so that each comes after those that it depends on. Among names that are
// free to go next, the one with the lower rank goes first, then the one that is first in the
// alphabet: equal input gives one order. Dependencies outside names don't count. The error names a
// cycle.
func InstallOrder(names []string, dependencies map[string][]string, rank map[string]int) ([]string, error) {
	waiting := slices.Clone(names)
	slices.SortFunc(waiting, func(a, b string) int {
		return cmp.Or(rank[a]-rank[b], strings.Compare(a, b))
	})
	pending := make(map[string]bool, len(names))
	for _, name := range names {
		pending[name] = true
	}
	isPending := func(name string) bool { return pending[name] }
	isFree := func(name string) bool { return !slices.ContainsFunc(dependencies[name], isPending) }
	ordered := make([]string, 0, len(names))
	for len(waiting) > 0 {
		next := slices.IndexFunc(waiting, isFree)
		if next < 0 {
			path := cycle(waiting[0], dependencies, isPending)
			return nil, &dependencyError{path[0], "", "dependency cycle: " + strings.Join(path, " -> ")}
		}
		ordered = append(ordered, waiting[next])
		delete(pending, waiting[next])
		waiting = slices.Delete(waiting, next, next+1)
	}
	return ordered, nil
}

// dependencyError names the component whose dependencies are at fault, and the one that is missing,
// if one is.
type dependencyError struct{ component, missing, message string }

func (e *dependencyError) Error() string { return e.message }

// cycle follows dependencies among the names that wait for each other until one comes up again.
func cycle(start string, dependencies map[string][]string, isPending func(string) bool) []string {
	path := []string{start}
	for {
		i := slices.IndexFunc(dependencies[path[len(path)-1]], isPending)
		next := dependencies[path[len(path)-1]][i]
		if start := slices.Index(path, next); start >= 0 {
			return append(path[start:], next)
		}
		path = append(path, next)
	}
}
