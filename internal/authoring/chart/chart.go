// Package chart reads Helm charts and derives the value paths that they take.
package chart

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// Chart is a Helm chart with its subcharts.
type Chart struct {
	Name    string
	Version string

	values    map[string]any
	schema    map[string]any
	templates map[string]string
	others    map[string]string // that templates may read
	subcharts []subchart
	switches  [][]string // value paths that turn subcharts on and off
}

// subchart is a chart in another one.
type subchart struct {
	key     string     // of its values
	chart   *Chart     // nil if it isn't in the package
	exports [][]string // paths of its values that the other chart takes over
}

// metadata is what Chart.yaml says, or requirements.yaml of old charts.
type metadata struct {
	Name, Version string
	Dependencies  []dependency
}

type dependency struct {
	Name, Alias, Condition string
	Tags                   []string
	ImportValues           []any `json:"import-values"`
}

// Default returns what the chart's values have at a path, nil if nothing. They win over those of
// its subcharts.
func (c *Chart) Default(keys ...string) (value any, err error) {
	value = lookUp(c.values, keys...)
	for _, sub := range c.subcharts {
		switch {
		case value != nil || err != nil || sub.key != keys[0] || len(keys) == 1:
		case sub.chart == nil:
			err = fmt.Errorf("the subchart %s isn't in charts/, where helm pull has it", sub.key)
		default:
			value, err = sub.chart.Default(keys[1:]...)
		}
	}
	return value, err
}

// lookUp returns what keys lead to, nil if nothing.
func lookUp(value any, keys ...string) any {
	for _, key := range keys {
		m, _ := value.(map[string]any)
		value = m[key]
	}
	return value
}

// chart makes sense of the files.
func (l *loader) chart(f files) (*Chart, error) {
	if _, ok := f["Chart.yaml"]; !ok {
		return nil, errors.New("it has no Chart.yaml")
	}
	c := &Chart{templates: map[string]string{}, others: map[string]string{}}
	var m, old metadata
	for _, file := range []struct {
		name string
		into any
	}{{"Chart.yaml", &m}, {"requirements.yaml", &old}, {"values.yaml", &c.values}, {"values.schema.json", &c.schema}} {
		if err := yaml.Unmarshal(f[file.name], file.into); err != nil {
			return nil, fmt.Errorf("%s: %w", file.name, err)
		}
	}
	c.Name, c.Version = m.Name, m.Version
	for name, data := range f {
		switch folder, _, _ := strings.Cut(name, "/"); {
		case folder == "templates":
			c.templates[name] = string(data)
		case folder != "charts" && path.Ext(name) != ".md":
			c.others[name] = string(data)
		}
	}
	inside, err := l.subcharts(f)
	c.depend(append(m.Dependencies, old.Dependencies...), inside)
	return c, err
}

// subcharts reads the folders and packages in charts/. There may be several versions of one.
func (l *loader) subcharts(f files) ([]*Chart, error) {
	folders := map[string]files{}
	for _, name := range slices.Sorted(maps.Keys(f)) {
		rest, ok := strings.CutPrefix(name, "charts/")
		folder, inner, isInside := strings.Cut(rest, "/")
		switch {
		case !ok || strings.IndexAny(folder, "_.") == 0: // as Helm does
		case isInside:
			if folders[folder] == nil {
				folders[folder] = files{}
			}
			folders[folder][inner] = f[name]
		case path.Ext(folder) == ".tgz":
			var err error
			if folders[folder], err = l.unpack(name, f[name]); err != nil {
				return nil, err
			}
		}
	}
	var list []*Chart
	for _, folder := range slices.Sorted(maps.Keys(folders)) {
		c, err := l.chart(folders[folder])
		if err != nil {
			return nil, fmt.Errorf("charts/%s: %w", folder, err)
		}
		list = append(list, c)
	}
	return list, nil
}

// depend tells which values each subchart gets. One that no dependency names gets those under its
// own name.
func (c *Chart) depend(dependencies []dependency, inside []*Chart) {
	named := map[string]bool{}
	for _, d := range dependencies {
		named[d.Name] = true
		sub := subchart{key: cmp.Or(d.Alias, d.Name)}
		for _, item := range d.ImportValues {
			switch v := item.(type) {
			case string:
				sub.exports = append(sub.exports, append([]string{"exports"}, strings.Split(v, ".")...))
			case map[string]any:
				child, _ := v["child"].(string)
				sub.exports = append(sub.exports, strings.Split(child, "."))
			}
		}
		found := slices.DeleteFunc(slices.Clone(inside), func(chart *Chart) bool { return chart.Name != d.Name })
		if len(found) == 0 {
			found = []*Chart{nil}
		}
		for _, sub.chart = range found {
			c.subcharts = append(c.subcharts, sub)
		}
		for condition := range strings.FieldsFuncSeq(d.Condition, func(c rune) bool { return c == ',' || c == ' ' }) {
			c.switches = append(c.switches, strings.Split(condition, "."))
		}
		for _, tag := range d.Tags {
			c.switches = append(c.switches, []string{"tags", tag})
		}
	}
	for _, chart := range inside {
		if !named[chart.Name] {
			c.subcharts = append(c.subcharts, subchart{key: chart.Name, chart: chart})
		}
	}
}
