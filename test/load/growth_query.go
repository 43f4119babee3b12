package main

import (
	"fmt"
	"net/url"
	"strings"
)

// probeQuery fills a parameter of a query with what its schema takes, and with what the operation
// takes, where that is known.
func (c contract) probeQuery(r route, p parameter) (list []probing) {
	add := func(what string, item func(i, length int, seed uint64) string) {
		list = append(list, probing{r.name() + ", " + p.Name + what, headMost, func(share float64, serial int) string {
			return r.request(p.query(c, item, share, serial), "", serial)
		}})
	}
	s := p.Schema
	if s.Items != nil {
		s = c.schema(*s.Items)
	}
	add("", func(_, length int, seed uint64) string {
		text, err := matching(s.Pattern, length, seed)
		if err != nil || text == "" {
			text = strings.Repeat("a", length)
		}
		return text
	})
	for what, form := range validItems[p.Name] {
		add(", "+what, func(i, length int, seed uint64) string {
			text := strings.Replace(form, "#", fmt.Sprintf("%d-%d", seed, i), 1)
			return strings.Replace(text, "…", strings.Repeat("a", max(1, length-len(text))), 1)
		})
	}
	return list
}

// validItems are what parameters take beyond their patterns. # is the item's number, … as much as
// there is room for.
var validItems = map[string]map[string]string{
	"set":                         setItems,
	"force-set":                   setItems,
	"system-node-toleration":      tolerationItems,
	"accelerated-node-toleration": tolerationItems,
	"system-node-selector":        selectorItems,
	"accelerated-node-selector":   selectorItems,
}

var (
	setItems = map[string]string{
		"text":   "gpu-operator:operator.annotations.k#=…",
		"list":   "gpu-operator:operator.annotations.k#={" + strings.Repeat("a,", 1000) + "a}",
		"many":   "gpu-operator:operator.annotations.k#=a" + strings.Repeat(",driver.version=1", 100),
		"deep":   "gpu-operator:" + strings.Repeat("a.", 40) + "k#=…",
		"escape": "gpu-operator:operator.annotations.k#=" + strings.Repeat(`\,`, 1000),
	}
	tolerationItems = map[string]string{"text": longDomain + "/k#=" + strings.Repeat("b", 60) + ":NoSchedule"}
	selectorItems   = map[string]string{"text": longDomain + "/k#=b"}
	longDomain      = strings.Repeat(strings.Repeat("a", 60)+".", 4) + "a"
)

// query has a share of the values that the parameter may have: of their number if it is a list, of
// their length if it isn't one. Together they fit into a request.
func (p parameter) query(c contract, item func(i, length int, seed uint64) string, share float64, serial int) string {
	s, count := p.Schema, 1
	if s.Items != nil {
		s, count = c.schema(*s.Items), max(1, s.MaxItems)
	}
	length := headerLength
	if s.MaxLength > 0 {
		length = s.MaxLength
	}
	most := int(share * headerLength)
	if count > 1 {
		length = min(length, headerLength/count-len(p.Name)-2)
		count = max(1, int(share*float64(count)))
	} else {
		length = max(1, int(share*float64(length)))
	}
	separator := "&" + p.Name + "="
	if p.Explode != nil && !*p.Explode {
		separator = ","
	}
	var b strings.Builder
	b.WriteString(p.Name + "=")
	for i := range count {
		text := url.QueryEscape(item(i, length, uint64(serial+i<<32)))
		if i > 0 && b.Len()+len(separator)+len(text) > most {
			break
		}
		if i > 0 {
			b.WriteString(separator)
		}
		b.WriteString(text)
	}
	return b.String()
}
