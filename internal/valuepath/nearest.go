package valuepath

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"github.com/agnivade/levenshtein"
)

const (
	maxNearest = 3  // paths that are named at most
	maxKey     = 64 // bytes of a key that is compared with others
)

// Nearest returns paths that someone may have meant who wrote one that the chart doesn't take: with
// the first wrong key replaced by one that looks like it, else those that end in the same key, else
// whatever the chart takes in its place or above it.
func (p *Paths) Nearest(keys []string) []string {
	parent, wrong := p.follow(keys)
	if parent.Open || wrong == len(keys) {
		return nil // the chart takes it
	}
	candidates := p.corrected(keys, wrong, parent, max(2, len(keys[wrong])/2))
	if len(candidates) == 0 {
		candidates = p.ending(keys[len(keys)-1])
	}
	if len(candidates) == 0 {
		candidates = p.corrected(keys, wrong, parent, math.MaxInt)
	}
	if len(candidates) == 0 && wrong > 0 {
		candidates = []candidate{{keys: keys[:wrong]}}
	}
	slices.SortStableFunc(candidates, func(a, b candidate) int { return cmp.Compare(a.distance, b.distance) })
	var nearest []string
	for _, c := range candidates[:min(maxNearest, len(candidates))] {
		nearest = append(nearest, Join(c.keys))
	}
	return nearest
}

// candidate is a path that may be meant, and how far that is from what was written.
type candidate struct {
	keys     []string
	distance int
}

// corrected returns paths with another key, up to a distance, instead of the wrong one, and
// those after it as far as the chart takes them.
func (p *Paths) corrected(keys []string, wrong int, parent *Paths, most int) []candidate {
	compared := keys[wrong][:min(maxKey, len(keys[wrong]))]
	var list []candidate
	for _, key := range slices.Sorted(maps.Keys(parent.keys)) {
		distance := levenshtein.ComputeDistance(key, compared) + len(keys[wrong]) - len(compared)
		if distance > most {
			continue
		}
		path := slices.Concat(keys[:wrong], []string{key}, keys[wrong+1:])
		if !p.Takes(path) {
			path = path[:wrong+1]
		}
		list = append(list, candidate{path, distance})
	}
	return list
}

// ending returns the paths that end in a key, shorter ones before longer.
func (p *Paths) ending(key string) []candidate {
	var list []candidate
	for path := range p.All() {
		if len(path) > 0 && path[len(path)-1] == key {
			list = append(list, candidate{path, len(path)})
		}
	}
	return list
}
