package recipe

import (
	"slices"
	"strings"
)

// InstallOrder sorts names so that each comes after those that it depends on. Among names that are free to go next, the one with the
// lower rank goes first, then the one that is first in the alphabet: equal input gives one order. Dependencies outside names don't
// count. The error names a cycle.
func InstallOrder(names []string, dependencies map[string][]string, rank map[string]int) ([]string, error) {
	waiting := slices.Clone(names)
	slices.SortFunc(waiting, func(a, b string) int {
		if rank[a] != rank[b] {
			return rank[a] - rank[b]
		}
		return strings.Compare(a, b)
	})
	pending := make(map[string]bool, len(names))
	for _, name := range names {
		pending[name] = true
	}
	isPending := func(name string) bool { return pending[name] }
	ordered := make([]string, 0, len(names))
	for len(waiting) > 0 {
		next := slices.IndexFunc(waiting, func(name string) bool { return !slices.ContainsFunc(dependencies[name], isPending) })
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

// dependencyError names the component whose dependencies are at fault, and the one that is missing, if one is.
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
