package catalog

import (
	"iter"
	"maps"
	"slices"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
)

// Overlay is what recipes for some environments have: a file of overlays/, or base.yaml, which is
// for all. It must not be changed.
type Overlay struct {
	Name        string              `yaml:"-" json:"-"`
	File        string              `yaml:"-" json:"-"`
	Base        string              `yaml:"base" json:"base,omitempty"`
	Criteria    map[string]string   `yaml:"criteria" json:"criteria,omitempty"`
	Offers      map[string][]string `yaml:"offers" json:"offers,omitempty"` // that exist together with Criteria
	Constraints gen.Constraints     `yaml:"constraints" json:"constraints,omitempty"`
	Components  map[string]*Patch   `yaml:"components" json:"components,omitempty"`
	// Preconditions are by name. A nil one takes that of the name out of the recipe.
	Preconditions map[string]*Precondition `yaml:"preconditions" json:"preconditions,omitempty"`

	base *Overlay
}

// Patch is what an overlay says of one component. A nil one takes the component out of the recipe.
type Patch struct {
	Version   string   `yaml:"version" json:"version,omitempty"`
	Values    Mapping  `yaml:"values" json:"values,omitempty"`
	Manifests []string `yaml:"manifests" json:"manifests,omitempty"`
}

// BaseName is the name of the overlay that every recipe starts from.
const BaseName = "base"

// Applied returns those of the overlays that apply in an environment, in the order in which they
// do: from least to most specific, each after its base, each once.
func Applied(overlays []*Overlay, environment map[string]string) []*Overlay {
	var applied []*Overlay
	for _, o := range overlays {
		if o.matches(environment) {
			applied = o.appendTo(applied)
		}
	}
	return applied
}

func (o *Overlay) appendTo(applied []*Overlay) []*Overlay {
	if slices.Contains(applied, o) {
		return applied
	}
	if o.base != nil {
		applied = o.base.appendTo(applied)
	}
	return append(applied, o)
}

// matches reports whether each criterion that the overlay states equals the environment's.
func (o *Overlay) matches(environment map[string]string) bool {
	for name, value := range o.Criteria {
		if value != contract.Any && value != environment[name] {
			return false
		}
	}
	return true
}

// IsBasedOn reports whether another overlay is among the overlay's bases.
func (o *Overlay) IsBasedOn(other *Overlay) bool {
	return o.base != nil && (o.base == other || o.base.IsBasedOn(other))
}

// SortedConstraints yields constraints in the order of their names, each after its group and name.
func SortedConstraints(all gen.Constraints) iter.Seq2[[]string, string] {
	return func(yield func([]string, string) bool) {
		for _, group := range slices.Sorted(maps.Keys(all)) {
			for _, name := range slices.Sorted(maps.Keys(all[group])) {
				if !yield([]string{group, name}, all[group][name]) {
					return
				}
			}
		}
	}
}

// specificity is the number of criteria that the overlay states. Base goes before all others.
func (o *Overlay) specificity() int {
	if o.Name == BaseName {
		return -1
	}
	n := 0
	for _, value := range o.Criteria {
		if value != contract.Any {
			n++
		}
	}
	return n
}

// OverlayNames returns the names of overlays, in their order.
func OverlayNames(overlays []*Overlay) []string {
	names := make([]string, len(overlays))
	for i, o := range overlays {
		names[i] = o.Name
	}
	return names
}

// Environments returns every combination of criteria, the first criterion changing least.
func Environments(criteria []contract.Criterion) []map[string]string {
	all := []map[string]string{{}}
	for _, criterion := range criteria {
		var next []map[string]string
		for _, environment := range all {
			for _, value := range criterion.Values {
				extended := maps.Clone(environment)
				extended[criterion.Name] = value
				next = append(next, extended)
			}
		}
		all = next
	}
	return all
}
