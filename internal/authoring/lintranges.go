package authoring

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/constraint"
)

// constraintsOf yields what an overlay says of each constraint, after the keys that lead to it.
func constraintsOf(o *catalog.Overlay, yield func(keys []string, text string)) {
	for _, group := range slices.Sorted(maps.Keys(o.Constraints)) {
		for _, name := range slices.Sorted(maps.Keys(o.Constraints[group])) {
			yield([]string{"constraints", group, name}, o.Constraints[group][name])
		}
	}
}

// checkReplacedRanges warns of a constraint that admits no version which the one that it replaces
// admits. That may be meant, but an overlay for part of the environments of another one mostly
// narrows what that one says.
func (l *linter) checkReplacedRanges() {
	warned := map[string]bool{}
	for _, g := range l.groups {
		last := map[string]*catalog.Overlay{} // that speaks of a constraint
		for _, o := range g.overlays {
			constraintsOf(o, func(keys []string, text string) {
				name, field := strings.Join(keys[1:], "."), keys[1:]
				before := last[name]
				last[name] = o
				if before == nil || warned[fmt.Sprint(o.Name, before.Name, field)] {
					return
				}
				replaced := before.Constraints[field[0]][field[1]]
				if areDisjoint(text, replaced) {
					warned[fmt.Sprint(o.Name, before.Name, field)] = true
					l.warn(o.File, keys, "%s: no version meets both %s and what it replaces, %s in %s",
						name, text, replaced, before.File)
				}
			})
		}
	}
}

// checkPatchedDrivers finds recipes whose drivers that work have none that is patched: no cluster
// meets both constraints.
func (l *linter) checkPatchedDrivers() {
	found := map[string]bool{}
	for _, g := range l.groups {
		var works, patched string
		var last *catalog.Overlay // that speaks of one of them
		for _, o := range g.overlays {
			driver := o.Constraints["driver"]
			if driver["version"] == "" && driver["patchedVersion"] == "" {
				continue
			}
			works, patched = cmp.Or(driver["version"], works), cmp.Or(driver["patchedVersion"], patched)
			last = o
		}
		if works == "" || patched == "" || !areDisjoint(works, patched) {
			continue
		}
		if message := fmt.Sprintf("no driver meets both version %s and patchedVersion %s of recipes with this overlay",
			works, patched); !found[last.Name+message] {
			found[last.Name+message] = true
			l.find(last.File, []string{"constraints", "driver"}, "%s", message)
		}
	}
}

// areDisjoint reports whether no version meets both constraints, if they are on versions.
func areDisjoint(a, b string) bool {
	one, errA := constraint.Parse(a)
	other, errB := constraint.Parse(b)
	return errA == nil && errB == nil && !one.Meets(other)
}
