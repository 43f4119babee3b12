package contract

import "maps"

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
	for _, path := range c.Routes() {
		get := c.Doc.Paths.Value(path).Get
		if get == nil {
			continue
		}
		for _, p := range get.Parameters {
			name := p.Value.Name
			if properties[name] == nil {
				continue
			}
			schema := properties[name].Value
			delete(properties, name)
			if values, ok := c.shipped[schema]; ok {
				stands, _ := schema.Extensions["x-any"].(string)
				criteria = append(criteria, Criterion{Name: name, Values: values, Any: stands})
			}
		}
	}
	return criteria
}
