// Package authoring is for authors of recipe data: it lints the data, lists what they cover, and
// writes what is derived from the contract and from charts.
package authoring

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
)

// Report is what [Check] found, and in how much data. Faults are by file and line.
type Report struct {
	Findings     []catalog.Fault // that are to be put right
	Warnings     []catalog.Fault // of what may be meant
	Components   int
	Overlays     int // with base
	Environments int // combinations of criteria
}

// Check looks for data that loading accepts although no recipe needs them, given the values that
// each criterion can take: components and manifests that are not used, overlays and settings in
// them without effect, components that are taken out but come back, value paths that charts don't
// take, and drivers of which none is patched. What an overlay does to the warnings of recipes is no
// effect here, but one with offers is used. It warns of chart versions of which the value paths
// aren't known, and of ranges that have no version in common with those that they replace.
func Check(c *catalog.Catalog, criteria []contract.Criterion) Report {
	l := &linter{
		catalog: c, environments: catalog.Environments(criteria),
		overlays: c.Overlays(), reduced: map[*catalog.Overlay]*catalog.Overlay{},
	}
	for _, o := range l.overlays {
		l.reduced[o] = ownValues(o)
	}
	l.groups = l.group()
	l.checkComponents()
	l.checkValuePaths()
	l.checkPathsKnown()
	l.checkReplacedRanges()
	l.checkPatchedDrivers()
	l.checkBroughtBack()
	l.checkOverlays()
	for _, faults := range [][]catalog.Fault{l.findings, l.warnings} {
		slices.SortStableFunc(faults, func(a, b catalog.Fault) int {
			return cmp.Or(strings.Compare(a.File, b.File), a.Line-b.Line)
		})
	}
	return Report{l.findings, l.warnings, len(c.Names()), len(c.Overlays()), len(l.environments)}
}

type linter struct {
	catalog      *catalog.Catalog
	environments []map[string]string
	overlays     []*catalog.Overlay                    // that are not unused as a whole
	reduced      map[*catalog.Overlay]*catalog.Overlay // to those without the settings that are unused
	groups       []*group
	findings     []catalog.Fault
	warnings     []catalog.Fault
	hints        int // that findings were worth
}

// group is the environments that the same overlays apply to.
type group struct {
	overlays     []*catalog.Overlay
	versions     map[string]string // of the components that recipes have there
	environments int
}

// group finds out which overlays apply together.
func (l *linter) group() (groups []*group) {
	byNames := map[string]*group{}
	for _, environment := range l.environments {
		applied := catalog.Applied(l.overlays, environment)
		names := strings.Join(catalog.OverlayNames(applied), " ")
		g := byNames[names]
		if g == nil {
			g = &group{overlays: applied, versions: map[string]string{}}
			for _, c := range l.catalog.Components() {
				if ref, ok := recipe.Component(c, applied); ok {
					g.versions[c.Name] = ref.Version
				}
			}
			byNames[names], groups = g, append(groups, g)
		}
		g.environments++
	}
	return groups
}

// versions returns those of a component in recipes that have an overlay, or in all if it is nil.
func (l *linter) versions(name string, with *catalog.Overlay) []string {
	versions := map[string]bool{}
	for _, g := range l.groups {
		if v, ok := g.versions[name]; ok && (with == nil || slices.Contains(g.overlays, with)) {
			versions[v] = true
		}
	}
	return slices.Sorted(maps.Keys(versions))
}

// find adds a finding, at the deepest key that the keys lead to.
func (l *linter) find(file string, keys []string, format string, args ...any) {
	l.findings = append(l.findings, l.fault(file, keys, format, args...))
}

// warn adds a warning, at the deepest key that the keys lead to.
func (l *linter) warn(file string, keys []string, format string, args ...any) {
	l.warnings = append(l.warnings, l.fault(file, keys, format, args...))
}

func (l *linter) fault(file string, keys []string, format string, args ...any) catalog.Fault {
	return catalog.Fault{File: file, Line: l.catalog.Line(file, keys...), Message: fmt.Sprintf(format, args...)}
}

// checkComponents finds components that no recipe has, and manifests that nothing names.
func (l *linter) checkComponents() {
	for _, c := range l.catalog.Components() {
		if len(l.versions(c.Name, nil)) == 0 {
			l.findings = append(l.findings, catalog.Fault{File: c.File("component.yaml"),
				Message: "no recipe has this component: name it in base.yaml or an overlay, or remove its folder"})
		}
		named := slices.Clone(c.Manifests)
		for _, o := range l.overlays {
			if p := o.Components[c.Name]; p != nil {
				named = append(named, p.Manifests...)
			}
		}
		for _, file := range slices.Sorted(maps.Keys(c.Objects)) {
			if !slices.Contains(named, file) {
				l.findings = append(l.findings, catalog.Fault{File: c.File("manifests/" + file),
					Message: "neither component.yaml nor any overlay names this manifest: name it there, or remove it"})
			}
		}
	}
}

// checkBroughtBack finds components that an overlay takes out and another one, which applies later,
// names again. One that is based on it means to.
func (l *linter) checkBroughtBack() {
	for _, out := range l.overlays {
		for _, name := range slices.Sorted(maps.Keys(out.Components)) {
			if out.Components[name] != nil {
				continue
			}
			counts := map[string]int{} // by the file of the other overlay
			for _, g := range l.groups {
				later := g.overlays[slices.Index(g.overlays, out)+1:]
				brings := func(o *catalog.Overlay) bool { return o.Components[name] != nil && !o.IsBasedOn(out) }
				if i := slices.IndexFunc(later, brings); i >= 0 && slices.Contains(g.overlays, out) {
					counts[later[i].File] += g.environments
				}
			}
			for _, file := range slices.Sorted(maps.Keys(counts)) {
				l.find(out.File, []string{"components", name},
					"%s comes back: %s, which applies later, names it in %d of %d environments",
					name, file, counts[file], len(l.environments))
			}
		}
	}
}
