package authoring

import (
	"fmt"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/constraint"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
)

// checkReplacedRanges warns of a constraint that admits no version which the one that it replaces
// admits. That may be meant, but an overlay for part of the environments of another one mostly
// narrows what that one says.
func (l *linter) checkReplacedRanges() {
	warned := map[string]bool{}
	for _, g := range l.groups {
		last := map[string]*catalog.Overlay{} // that speaks of a constraint
		for _, o := range g.overlays {
			for keys, text := range catalog.SortedConstraints(o.Constraints) {
				name := strings.Join(keys, ".")
				before := last[name]
				last[name] = o
				if before == nil {
					continue
				}
				replaced := before.Constraints[keys[0]][keys[1]]
				if pair := fmt.Sprint(o.Name, before.Name, keys); !warned[pair] && areDisjoint(text, replaced) {
					warned[pair] = true
					l.warn(o.File, append([]string{"constraints"}, keys...),
						"%s: no version meets both %s and what it replaces, %s in %s",
						name, text, replaced, before.File)
				}
			}
		}
	}
}

// checkPatchedDrivers finds recipes whose drivers that work have none that is patched: no cluster
// meets both constraints.
func (l *linter) checkPatchedDrivers() {
	found := map[string]bool{}
	for _, g := range l.groups {
		driver := recipe.Constraints(g.overlays)["driver"]
		works, patched := driver["version"], driver["patchedVersion"]
		if works == "" || patched == "" || !areDisjoint(works, patched) {
			continue
		}
		var last *catalog.Overlay // that speaks of one of them
		for _, o := range g.overlays {
			if d := o.Constraints["driver"]; d["version"]+d["patchedVersion"] != "" {
				last = o
			}
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
