package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/valyala/fasthttp"
)

// contract is the document that the server enforces, of which this needs a few parts.
type contract struct {
	Paths      map[string]map[string]json.RawMessage
	Components struct {
		Parameters map[string]parameter
		Schemas    map[string]schema
	}
}

type operation struct {
	Parameters  []parameter
	RequestBody *struct{}
}

type parameter struct {
	Ref      string `json:"$ref"`
	Name, In string
	Explode  *bool
	Schema   schema
}

type schema struct {
	Ref                 string `json:"$ref"`
	Type, Pattern       string
	MaxLength, MaxItems int
	Items               *schema
	Enum                []any
}

func readContract(s *process) (c contract, err error) {
	status, body, err := fasthttp.GetTimeout(nil, s.url("/openapi.json"), answerTimeout)
	if err != nil || status != fasthttp.StatusOK {
		return c, fmt.Errorf("/openapi.json: %d %w", status, err)
	}
	return c, json.Unmarshal(body, &c)
}

func (c contract) parameter(p parameter) parameter {
	if p.Ref != "" {
		p = c.Components.Parameters[p.Ref[strings.LastIndex(p.Ref, "/")+1:]]
	}
	p.Schema = c.schema(p.Schema)
	return p
}

func (c contract) schema(s schema) schema {
	if s.Ref != "" {
		s = c.Components.Schemas[s.Ref[strings.LastIndex(s.Ref, "/")+1:]]
	}
	return s
}

// route is an operation, as far as a request to it is made of it.
type route struct {
	method, path string
	parameters   []parameter
	hasBody      bool
}

func (c contract) routes() (list []route, err error) {
	for _, path := range slices.Sorted(maps.Keys(c.Paths)) {
		item := c.Paths[path]
		var shared []parameter
		if raw, ok := item["parameters"]; ok {
			if err := json.Unmarshal(raw, &shared); err != nil {
				return nil, err
			}
		}
		for _, method := range slices.Sorted(maps.Keys(item)) {
			if method == "parameters" {
				continue
			}
			var o operation
			if err := json.Unmarshal(item[method], &o); err != nil {
				return nil, err
			}
			r := route{method: strings.ToUpper(method), path: path, hasBody: o.RequestBody != nil}
			for _, p := range append(shared, o.Parameters...) {
				r.parameters = append(r.parameters, c.parameter(p))
			}
			list = append(list, r)
		}
	}
	return list, nil
}

// request is one to the route, which the name of the criteria makes another one each time.
func (r route) request(query, headers string, serial int) string {
	target := strings.ReplaceAll(r.path, "{asset}", "swagger-ui-bundle.js") // the largest
	if query != "" {
		target += "?" + query
	}
	start := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: a\r\n%s", r.method, target, headers)
	if !r.hasBody {
		return start + "\r\n"
	}
	if !strings.Contains(headers, "Content-Type") {
		start += "Content-Type: application/json\r\n"
	}
	body := fmt.Sprintf(`{"kind":"recipeCriteria","apiVersion":"cns.nvidia.com/v1alpha1","metadata":{"name":"%d"},`+
		`"spec":{"service":"eks","accelerator":"gb200","intent":"training","os":"ubuntu"}}`, serial)
	return fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", start, len(body), body)
}

// listHeaders are those that a request may have on any route, with what their lists may consist of.
// Others come from the contract.
var listHeaders = map[string][]string{
	"Accept": acceptItems, "Accept-Encoding": codingItems, "If-None-Match": tagItems, "If-Match": tagItems,
	"Content-Type": {"application/json", "a=b", `a="b;c"`, ";"},
}

// probings are those of all operations of the contract, and of bodies.
func probings(s *process) ([]probing, error) {
	c, err := readContract(s)
	if err != nil {
		return nil, err
	}
	routes, err := c.routes()
	if err != nil {
		return nil, err
	}
	var list []probing
	var choices []string // that a bundle's options are
	for _, r := range routes {
		for _, header := range slices.Sorted(maps.Keys(listHeaders)) {
			list = append(list, r.probeHeader(header)...)
		}
		for _, coding := range []string{"gzip", "zstd"} {
			list = append(list, probing{r.name() + ", compressed by " + coding, headMost,
				func(_ float64, serial int) string { return r.request("", "Accept-Encoding: "+coding+"\r\n", serial) }})
		}
		for _, p := range r.parameters {
			switch _, known := listHeaders[p.Name]; {
			case p.In == "query":
				list = append(list, c.probeQuery(r, p)...)
				for _, value := range p.Schema.Enum {
					if r.path == bundlePath {
						choices = append(choices, fmt.Sprintf("%s=%v", p.Name, value))
					}
				}
			case p.In == "header" && !known:
				list = append(list, r.probeHeader(p.Name)...)
			case p.In == "path":
				list = append(list, r.probePath(p.Name))
			}
		}
	}
	return append(list, bodyProbings(choices)...), nil
}

func (r route) name() string { return r.method + " " + r.path }

// probeHeader fills a header with each kind of items.
func (r route) probeHeader(header string) (list []probing) {
	items := listHeaders[header]
	if items == nil {
		items = []string{"a"}
	}
	for _, item := range items {
		list = append(list, probing{r.name() + ", " + header + ": " + item, headMost,
			func(share float64, serial int) string {
				text := listHeader(header, item, int(share*headerLength))
				return r.request("", strings.Replace(text, serialMark, fmt.Sprintf("%09d", serial), 1), serial)
			}})
	}
	return list
}

// probePath has a long name in the path.
func (r route) probePath(parameter string) probing {
	return probing{r.name(), headMost, func(share float64, serial int) string {
		long := r
		long.path = strings.ReplaceAll(r.path, "{"+parameter+"}", strings.Repeat("a", int(share*headerLength)))
		return long.request("", "", serial)
	}}
}
