package chart

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template/parse"

	"github.com/NVIDIA/cloud-native-stack/internal/valuepath"
)

// Paths derives the value paths that the chart takes: those of its values.yaml and
// values.schema.json, those that its templates read, and the same for its subcharts. Anything goes
// below an empty map or list and below what templates pass on whole. It errs on the side of taking
// a path, but for one thing: what templates print or test and values.yaml leaves open is taken for
// a scalar, with nothing below.
func (c *Chart) Paths() (*valuepath.Paths, error) {
	d := deriver{defined: trees{}, files: map[*Chart][]*parse.Tree{}}
	if err := d.parse(c); err != nil {
		return nil, err
	}
	p := &valuepath.Paths{}
	d.derive(p, c, nil, nil)
	return p, nil
}

// deriver holds the parsed templates of a chart and all its subcharts.
type deriver struct {
	defined trees
	files   map[*Chart][]*parse.Tree
}

func (d deriver) parse(c *Chart) error {
	for _, name := range slices.Sorted(maps.Keys(c.templates)) {
		tree, err := d.defined.parse(name, c.templates[name])
		if err != nil {
			return fmt.Errorf("chart %s: %w", c.Name, err)
		}
		d.files[c] = append(d.files[c], tree)
	}
	for _, sub := range c.subcharts {
		if sub.chart == nil || d.files[sub.chart] != nil {
			continue
		}
		if err := d.parse(sub.chart); err != nil {
			return err
		}
	}
	return nil
}

// derive adds what a chart takes in which charts around it set some values, and share some.
func (d deriver) derive(p *valuepath.Paths, c *Chart, set, shared map[string]any) {
	defaults := coalesce(c.values, set)
	own := maps.Clone(defaults)
	for _, sub := range c.subcharts {
		delete(own, sub.key)
	}
	addDefaults(p, own)
	isOpen := p.Open
	schema{document: c.schema, refs: map[string]bool{}}.add(p, c.schema)
	p.Open = isOpen // no schema or a loose one says nothing of what the chart reads
	for _, keys := range c.switches {
		p.Add(keys...)
	}
	global, _ := defaults[globalKey].(map[string]any)
	shared = coalesce(global, shared)
	defaults[globalKey] = shared
	d.readTemplates(p, c, defaults)
	for _, sub := range c.subcharts {
		below := p.Add(sub.key)
		for _, keys := range sub.exports {
			below.Add(keys...).Open = true
		}
		if sub.chart == nil {
			below.Open = true
			p.Add(globalKey).Open = true
			continue
		}
		set, _ := defaults[sub.key].(map[string]any)
		d.derive(below, sub.chart, set, shared)
		if read := below.Below(globalKey); read != nil {
			p.Add(globalKey).Merge(read)
		}
	}
}

// globalKey has the values that a chart shares with its subcharts.
const globalKey = "global"

// coalesce lays values over others, as Helm does.
func coalesce(under, over map[string]any) map[string]any {
	all := map[string]any{}
	maps.Copy(all, under)
	for key, value := range over {
		m, isMap := value.(map[string]any)
		if below, ok := all[key].(map[string]any); ok && isMap {
			value = coalesce(below, m)
		}
		if value != nil {
			all[key] = value
		}
	}
	return all
}

// addDefaults adds what values.yaml lists.
func addDefaults(p *valuepath.Paths, values map[string]any) {
	for key, value := range values {
		next := p.Add(key)
		switch v := value.(type) {
		case map[string]any:
			next.Open = next.Open || len(v) == 0
			addDefaults(next, v)
		case nil, []any:
			next.Open = true
		}
	}
}

// readTemplates adds what the templates read, and what texts of the chart would read that may be
// given to tpl.
func (d deriver) readTemplates(p *valuepath.Paths, c *Chart, defaults map[string]any) {
	r := &reader{taken: p, defaults: defaults, defined: d.defined,
		seen: map[string]bool{}, called: map[string]bool{}, nesting: map[string]int{}}
	for _, tree := range d.files[c] {
		r.follow(tree, root())
	}
	readTexts(r, defaults)
	readsOthers := func(text string) bool { return strings.Contains(text, ".Files") }
	if slices.ContainsFunc(slices.Collect(maps.Values(c.templates)), readsOthers) {
		for _, name := range slices.Sorted(maps.Keys(c.others)) {
			r.readText(c.others[name], root())
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.defined)) {
		if r.dynamic && !r.called[name] {
			r.call(name, root())
		}
	}
}

// readTexts reads the texts in values.
func readTexts(r *reader, v any) {
	switch v := v.(type) {
	case string:
		r.readText(v, root())
	case []any:
		for _, item := range v {
			readTexts(r, item)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			readTexts(r, v[key])
		}
	}
}
