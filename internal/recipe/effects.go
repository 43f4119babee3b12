package recipe

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/gen"
)

// effects tells what overlays do to recipes. Components and constraints don't influence each other, so each is looked at by itself, once
// for every list of overlays that speak of it: a few hundred short lists instead of whole recipes.
type effects struct {
	catalog      *Catalog
	environments []map[string]string
	parts        map[*overlay][]*part
	used         map[string]bool   // components that are in some recipe
	useless      map[*overlay]bool // overlays that could go as a whole
}

// sequence is what the overlays of some environment say of one subject, in the order in which they apply.
type sequence struct {
	parts []*part
	final state
}

type state struct {
	refs        map[string]gen.ComponentRef
	constraints gen.Constraints
}

// outcome is why a statement has no effect.
type outcome struct {
	repeats     bool            // somewhere it says what holds already
	overwriters map[string]bool // overlays that elsewhere make it the same whether it was said
}

func (o *outcome) add(other outcome) {
	o.repeats = o.repeats || other.repeats
	if o.overwriters == nil {
		o.overwriters = map[string]bool{}
	}
	maps.Copy(o.overwriters, other.overwriters)
}

// why says where the effect is lost.
func (o outcome) why() string {
	overwritten := "overwritten by " + strings.Join(slices.Sorted(maps.Keys(o.overwriters)), ", ")
	switch {
	case len(o.overwriters) == 0:
		return "it is so already"
	case o.repeats:
		return "it is so already, or " + overwritten
	}
	return overwritten
}

// newEffects begins with the last overlay and leaves out what turns out to have no effect: of two overlays that say the same it is the
// later one that repeats, and all that is found can be removed at once.
func newEffects(c *Catalog, environments []map[string]string) *effects {
	e := &effects{
		catalog: c, environments: environments,
		parts: map[*overlay][]*part{}, used: map[string]bool{}, useless: map[*overlay]bool{},
	}
	for _, o := range c.overlays {
		e.parts[o] = split(o)
	}
	seen := map[string]bool{}
	for _, stated := range environments {
		lists := map[string][]*part{} // by subject
		for _, o := range c.applied(stated) {
			for _, p := range e.parts[o] {
				lists[p.subject] = append(lists[p.subject], p)
			}
		}
		for _, list := range lists {
			if key := fmt.Sprint(list); !seen[key] { // addresses
				seen[key] = true
				e.add(list)
			}
		}
	}
	for _, o := range slices.Backward(c.overlays) {
		isUseless := o.name != baseName && len(o.Offers) == 0
		for _, p := range e.parts[o] {
			e.judge(p)
			isUseless = isUseless && !p.hasEffect
		}
		e.useless[o] = isUseless && !e.pulls(o)
	}
	return e
}

func (e *effects) add(list []*part) {
	s := &sequence{list, e.state(list, nil, nil)}
	for name := range s.final.refs {
		e.used[name] = true
	}
	for _, p := range list {
		p.sequences = append(p.sequences, s)
	}
}

func (e *effects) judge(p *part) {
	if p.whole != nil && !e.hasEffect(p, p.whole) {
		p.useless = []*statement{p.whole}
		return
	}
	p.hasEffect = p.whole != nil
	for _, s := range p.statements {
		if e.hasEffect(p, s) {
			p.hasEffect = true
		} else {
			p.useless = append(p.useless, s)
		}
	}
}

// hasEffect says whether some recipe would be another one without the statement. If none would, it leaves it out.
func (e *effects) hasEffect(p *part, s *statement) bool {
	rest := s.remove(p.overlay)
	for _, list := range p.sequences {
		if s == p.whole && e.bringsIn(p, list) || !reflect.DeepEqual(e.state(list.parts, p, rest), list.final) {
			return true
		}
	}
	for _, list := range p.sequences {
		s.add(e.loss(list.parts, p, rest))
	}
	p.overlay = rest
	return false
}

// bringsIn says whether the part is the first one to name a component of the recipe. It is of use then even if later ones name it too.
func (e *effects) bringsIn(p *part, list *sequence) bool {
	before := e.state(list.parts[:slices.Index(list.parts, p)], nil, nil)
	_, isThere := before.refs[p.subject]
	_, stays := list.final.refs[p.subject]
	return !isThere && stays && p.overlay.Components[p.subject] != nil
}

// loss says after which overlay it makes no difference that a part is reduced to its rest.
func (e *effects) loss(list []*part, p *part, rest *overlay) outcome {
	own := slices.Index(list, p)
	end := own + 1
	for !reflect.DeepEqual(e.state(list[:end], nil, nil), e.state(list[:end], p, rest)) {
		end++
	}
	if end == own+1 {
		return outcome{repeats: true}
	}
	return outcome{overwriters: map[string]bool{list[end-1].overlay.name: true}}
}

// pulls says whether in some environment other overlays would not apply, or in another order, if this one with its base were not there.
func (e *effects) pulls(o *overlay) bool {
	for _, stated := range e.environments {
		var with, without []*overlay
		for _, other := range e.catalog.overlays {
			if e.useless[other] || !other.matches(stated) {
				continue
			}
			with = e.catalog.withBases(with, other)
			if other != o {
				without = e.catalog.withBases(without, other)
			}
		}
		isSilent := func(other *overlay) bool { return other == o || e.useless[other] }
		if !slices.Equal(slices.DeleteFunc(with, isSilent), slices.DeleteFunc(without, isSilent)) {
			return true
		}
	}
	return false
}

// state composes the parts, with instead in the place of p.
func (e *effects) state(list []*part, p *part, instead *overlay) state {
	overlays := make([]*overlay, len(list))
	for i, part := range list {
		overlays[i] = part.overlay
		if part == p {
			overlays[i] = instead
		}
	}
	refs, constraints := compose(e.catalog, overlays)
	return state{refs, constraints}
}
