package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// shape is the worst that a body of a size can hold, of some kind. Each serial number makes it
// another body.
type shape func(size, serial int) string

const (
	recipeStart   = `{"kind":"Recipe","apiVersion":"cns.nvidia.com/v1alpha1",`
	criteriaStart = `{"kind":"recipeCriteria","apiVersion":"cns.nvidia.com/v1alpha1",`
	knownStart    = recipeStart + `"componentRefs":[{"name":"gpu-operator","version":"v26.7.0","values":{"n":"%d",`
	ownComponent  = `{"name":"c%d","version":"1.0.0","repository":"https://example.com","chart":"c","namespace":"n"`
	ownManifest   = `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"m%d"}`
	refsStart     = recipeStart + `"metadata":{"version":"%d"},"componentRefs":[`
	maxComponents = 256
	maxManifests  = 64

	maxDependencies = 7200 // of 256 components, 30 each

	manifestsStart    = knownStart + `"b":1},"manifests":[`
	explanationsStart = refsStart + `{"name":"cert-manager","version":"v1.21.2"}],"explanations":[`
)

var nestedMap = strings.Repeat(`{"a":`, 55) + "1" + strings.Repeat("}", 55)

// filled repeats a part between a start, which has the serial number, and an end, as often as the
// size allows, or the part of most that belongs to the size. Each part gets its number.
func filled(start, part, separator, end string, most int) shape {
	return func(size, serial int) string {
		var b strings.Builder
		if strings.Contains(start, "%d") {
			fmt.Fprintf(&b, start, serial)
		} else {
			b.WriteString(start)
		}
		for i := 0; most == 0 || i < most*size/bodyLimit; i++ {
			next := part
			if strings.Contains(part, "%d") {
				next = fmt.Sprintf(part, i)
			}
			if b.Len()+len(separator)+len(next)+len(end) > size {
				break
			}
			if i > 0 {
				b.WriteString(separator)
			}
			b.WriteString(next)
		}
		return b.String() + end
	}
}

// shared shares a size among so many parts, of which each is padded to its share of it, from the
// serial number on: the server remembers parts, too.
func shared(start, before, after, end string, most int) shape {
	return func(size, serial int) string {
		count := max(1, most*size/bodyLimit)
		var parts []string
		each := (size - len(start) - len(end)) / count
		for i := range count {
			head := fmt.Sprintf(before+"%d", i, serial)
			parts = append(parts, head+strings.Repeat("x", max(0, each-len(head)-len(after)-1))+after)
		}
		return fmt.Sprintf(start, serial) + strings.Join(parts, ",") + end
	}
}

// anyShapes are JSON, which is YAML, too.
var anyShapes = map[string]shape{
	"long string":       filled(knownStart+`"a":"`, "x", "", `"}}]}`, 0),
	"escapes":           filled(knownStart+`"a":"`, `\u0041\n\"`, "", `"}}]}`, 0),
	"characters":        filled(knownStart+`"a":"`, "\u00fc\u2028\U0001f600", "", `"}}]}`, 0),
	"many values":       shared(knownStart, `"k%d":"`, `"`, "}}]}", 9900),
	"too many values":   filled(knownStart+`"a":[`, "1", ",", "]}}]}", 0),
	"long key":          filled(knownStart+`"`, "k", "", `":1}}]}`, 0),
	"long keys":         filled(knownStart, `"`+strings.Repeat("k", 200)+`%d":1`, ",", "}}]}", 9900),
	"repeated keys":     filled(knownStart, `"k":1`, ",", "}}]}", 0),
	"nested":            filled(knownStart+`"a":[`, strings.Repeat("[", 58)+strings.Repeat("]", 58), ",", "]}}]}", 160),
	"nested maps":       filled(knownStart, `"a%d":`+nestedMap, ",", "}}]}", 170),
	"nested too deep":   filled(knownStart+`"a":`, "[", "", "", 0),
	"space":             filled(knownStart+`"a":1`, " ", "", "}}]}", 0),
	"numbers":           filled(knownStart+`"a":[`, "0.1234567890123456789e-%d", ",", "]}}]}", 9900),
	"long number":       filled(knownStart+`"a":`, "1", "", "}}]}", 0),
	"components":        shared(refsStart, ownComponent+`,"values":{"a":"`, `"}}`, "]}", maxComponents),
	"many components":   filled(refsStart, ownComponent+"}", ",", "]}", 0),
	"dependencies":      dependencies,
	"manifests":         shared(manifestsStart, ownManifest+`,"data":{"a":"`, `"}}`, "]}]}", maxManifests),
	"many manifests":    filled(manifestsStart, ownManifest+"}", ",", "]}]}", 0),
	"unknown fields":    filled(recipeStart+`"n%d":1,`, `"u%d":1`, ",", "}", 0),
	"unknown in parts":  filled(refsStart, `{"u%d":1}`, ",", "]}", 0),
	"explanations":      filled(explanationsStart, `{"field":"/a","source":"overlays/eks.yaml:%d"}`, ",", "]}", 0),
	"overlays":          filled(recipeStart+`"metadata":{"version":"%d","appliedOverlays":[`, `"o%d"`, ",", "]}}", 0),
	"values of charts":  filled(knownStart, `"driver%d":{"version":1}`, ",", "}}]}", 4900),
	"long criteria":     filled(criteriaStart+`"spec":{},"metadata":{"name":"%d`, "x", "", `"}}`, 0),
	"unknown criteria":  filled(criteriaStart+`"metadata":{"name":"%d"},"spec":{`, `"u%d":1`, ",", "}}", 0),
	"list of criteria":  filled(criteriaStart+`"metadata":{"name":"%d"},"spec":[`, `"eks"`, ",", "]}", 0),
	"criterion's value": filled(criteriaStart+`"metadata":{"name":"%d"},"spec":{"service":"`, "eks", "", `"}}`, 0),
}

// yamlShapes are what YAML has beyond.
var yamlShapes = map[string]shape{
	"aliases":         filled(yamlStart+"a: &a [b]\n", "a%d: *a\n", "", "", 0),
	"aliased maps":    filled(yamlStart+"a: &a {k: {k: {k: 1}}}\n", "a%d: *a\n", "", "", 3000),
	"anchors":         filled(yamlStart, "a%[1]d: &a%[1]d 1\n", "", "", 0),
	"merged":          filled(yamlStart+"a: &a {b: 1}\n", "a%d: {<<: *a}\n", "", "", 0),
	"doubled aliases": filled(yamlStart+"a0: &a0 [1]\n", "a1%[1]d: &a1%[1]d [*a0, *a0]\n", "", "", 0),
	"lines":           filled(yamlStart+"a: |\n", "  a line\n", "", "", 0),
	"folded":          filled(yamlStart+"a: >\n", "  a\n\n", "", "", 0),
	"plain lines":     filled(yamlStart+"a: b\n", "  b\n", "", "", 0),
	"quoted lines":    filled(yamlStart+"a: \"b\n", "  \\x41\\\n", "", "  \"\n", 0),
	"comments":        filled(yamlStart+"a: 1\n", "# a\n", "", "", 0),
	"block list":      filled(yamlStart+"a:\n", "- %d\n", "", "", 9900),
	"tags":            filled(yamlStart+"a:\n", "- !!str %d\n", "", "", 9900),
	"times":           filled(yamlStart+"a:\n", "- 2026-01-01T00:00:00.%dZ\n", "", "", 9900),
	"complex keys":    filled(yamlStart, "? [a%d]\n: 1\n", "", "", 0),
	"documents":       filled("a: %d\n", "---\na: 1\n", "", "", 0),
	"indentation":     indentation,
}

const yamlStart = "kind: Recipe\napiVersion: cns.nvidia.com/v1alpha1\nmetadata: {version: v%d}\n" +
	"componentRefs: [{name: cert-manager, version: v1.21.2}]\n"

// dependencies has components that depend on many before them, as far as the limit of values goes.
// Their number follows from the dependencies, of which the first components can't have as many.
func dependencies(size, serial int) string {
	var refs []string
	for i, n := 0, 0; n < maxDependencies*size/bodyLimit; i++ {
		var names []string
		for j := max(0, i-30); j < i; j++ {
			names = append(names, fmt.Sprintf(`"c%d"`, j))
		}
		n += len(names)
		refs = append(refs, fmt.Sprintf(ownComponent+`,"values":{"n":%d},"dependencyRefs":[%s]}`,
			i, serial, strings.Join(names, ",")))
	}
	return fmt.Sprintf(refsStart+"%s]}", serial, strings.Join(refs, ","))
}

// indentation has each line deeper than the last one.
func indentation(size, serial int) string {
	var b strings.Builder
	fmt.Fprintf(&b, yamlStart, serial)
	for i := 0; b.Len()+2*i+4 < size; i++ {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

// bodyProbings sends each shape to each operation that takes a body, and some for each choice of a
// bundle's options.
func bodyProbings(choices []string) (list []probing) {
	add := func(target, mediaType, name string, s shape) {
		list = append(list, probing{"POST " + target + ", " + mediaType + ": " + name, bodyMost,
			func(share float64, serial int) string {
				body := s(int(share*bodyLimit), serial)
				return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: a\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s",
					target, mediaType, len(body), body)
			}})
	}
	for _, path := range []string{recipePath, bundlePath} {
		for _, name := range slices.Sorted(maps.Keys(anyShapes)) {
			if path == recipePath && !strings.Contains(name, "crit") {
				continue // it takes no recipe
			}
			add(path, jsonType, name, anyShapes[name])
			add(path, "application/yaml", name, anyShapes[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(yamlShapes)) {
		add(bundlePath, "application/yaml", name, yamlShapes[name])
	}
	for _, choice := range choices {
		for _, name := range []string{"components", "manifests", "dependencies"} {
			add(bundlePath+"?"+choice, jsonType, name, anyShapes[name])
		}
	}
	return list
}
