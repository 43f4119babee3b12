package recipe

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/internal/contract"
)

// Report is what [Catalog.Check] found, and in how much data.
type Report struct {
	Findings     []Finding // by file and line
	Components   int
	Overlays     int // with base
	Environments int // combinations of criteria
}

// Finding is something in the recipe data that loading accepts although it is of no use.
type Finding struct {
	File    string
	Line    int // 0 if the finding is about a whole file
	Message string
}

// String returns the finding as one line of text.
func (f Finding) String() string {
	if f.Line == 0 {
		return f.File + ": " + f.Message
	}
	return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Message)
}

// Check looks for data that no recipe needs, given the values that each criterion can take: components and manifests that are not used,
// overlays without effect, single statements of overlays without effect, components that are taken out but come back, and value paths that
// charts don't take. What an overlay does to warnings is no effect here, but an overlay with offers is of use by them.
func (c *Catalog) Check(criteria []contract.Criterion) Report {
	all := Environments(criteria)
	e := newEffects(c, all)
	findings := slices.Concat(c.unusedComponents(e.used), c.unusedManifests(), c.untaken(e), c.broughtBack(all))
	for _, o := range c.overlays {
		findings = append(findings, c.uselessIn(o, e)...)
	}
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(strings.Compare(a.File, b.File), a.Line-b.Line)
	})
	return Report{Findings: findings, Components: len(c.components), Overlays: len(c.overlays), Environments: len(all)}
}

func (c *Catalog) unusedComponents(used map[string]bool) []Finding {
	var list []Finding
	for _, name := range c.Names() {
		if !used[name] {
			list = append(list, Finding{File: c.components[name].path("component.yaml"),
				Message: "no recipe has this component: name it in base.yaml or an overlay, or remove its folder"})
		}
	}
	return list
}

func (c *Catalog) unusedManifests() []Finding {
	var list []Finding
	for _, name := range c.Names() {
		component := c.components[name]
		named := slices.Clone(component.Manifests)
		for _, o := range c.overlays {
			if u := o.Components[name]; u != nil {
				named = append(named, u.Manifests...)
			}
		}
		for _, file := range slices.Sorted(maps.Keys(component.objects)) {
			if !slices.Contains(named, file) {
				list = append(list, Finding{File: component.path("manifests/" + file),
					Message: "neither component.yaml nor any overlay names this manifest: name it there, or remove it"})
			}
		}
	}
	return list
}

// broughtBack returns a finding for each component that an overlay takes out and another one, which applies later, names again.
func (c *Catalog) broughtBack(environments []map[string]string) []Finding {
	type pair struct {
		out, in *overlay
		name    string
	}
	counts := map[pair]int{}
	for _, environment := range environments {
		applied := c.applied(environment)
		for i, out := range applied {
			for name, u := range out.Components {
				later := slices.IndexFunc(applied[i+1:], func(o *overlay) bool { return o.Components[name] != nil })
				if u == nil && later >= 0 {
					counts[pair{out, applied[i+1+later], name}]++
				}
			}
		}
	}
	var list []Finding
	for p, count := range counts {
		list = append(list, Finding{File: p.out.file, Line: c.line(p.out.file, "components", p.name), Message: fmt.Sprintf(
			"%s comes back: %s, which applies later, names it in %d of %d environments", p.name, p.in.file, count, len(environments))})
	}
	slices.SortFunc(list, func(a, b Finding) int { return strings.Compare(a.Message, b.Message) })
	return list
}

// uselessIn returns one finding for an overlay that has no effect at all, else one for each of its statements without effect.
func (c *Catalog) uselessIn(o *overlay, e *effects) []Finding {
	if e.useless[o] {
		return []Finding{c.uselessOverlay(o, e.parts[o])}
	}
	var list []Finding
	for _, p := range e.parts[o] {
		for _, s := range p.useless {
			list = append(list, Finding{File: o.file, Line: c.line(o.file, s.keys...),
				Message: s.name() + " has no effect wherever the overlay applies: " + s.why()})
		}
	}
	return list
}

func (c *Catalog) uselessOverlay(o *overlay, parts []*part) Finding {
	var all outcome
	for _, p := range parts {
		for _, s := range p.useless {
			all.add(s.outcome)
		}
	}
	f := Finding{File: o.file, Line: c.line(o.file, "criteria")}
	if len(all.overwriters) == 0 {
		f.Message = "changes neither components nor constraints wherever it applies: say what differs there, or remove it"
	} else {
		f.Message = "has no effect wherever it applies: " + all.why()
	}
	return f
}
