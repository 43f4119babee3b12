package contract

import (
	"maps"
	"slices"
)

// Criterion is something about an environment that recipes depend on.
type Criterion struct {
	Name   string
	Values []string // the shipped ones: recipe data may speak of them on any server
	Any    string   // what `any` stands for by the extension x-any; empty where it is no choice
}

// Criteria returns the criteria in the order of the query parameters that state them: the
// properties of the schema Criteria that an allowlist can narrow.
func (c *Contract) Criteria() []Criterion {
	properties := maps.Clone(c.Doc.Components.Schemas["Criteria"].Value.Properties)
	var criteria []Criterion
	for _, operation := range slices.Sorted(maps.Keys(c.operations)) { // with GET first
		for _, p := range c.operations[operation].queries {
			ref := properties[p.Name]
			if ref == nil {
				continue
			}
			delete(properties, p.Name)
			if values, ok := c.shipped[ref.Value]; ok {
				stands, _ := ref.Value.Extensions["x-any"].(string)
				criteria = append(criteria, Criterion{Name: p.Name, Values: values, Any: stands})
			}
		}
	}
	return criteria
}
