package main

import (
	"fmt"
	"strings"
)

// longOptions asks for bundles with many options, which get into the values of most components. A
// hundred are different and come again and again, so that a cache has reason to keep what was made
// of them.
func longOptions() request {
	var query strings.Builder
	domain := strings.Repeat(strings.Repeat("a", 60)+".", 3)
	for i := range 60 {
		for _, option := range []string{"system-node-toleration", "accelerated-node-toleration"} {
			fmt.Fprintf(&query, "%s=%sexample.com/%d:NoSchedule&", option, domain, i)
		}
	}
	return request{
		name: "bundle, long options", path: bundlePath, body: criteria, status: 200,
		vary: varyQuery(query.String()+"system-node-selector=a=", 100),
	}
}

// mostTolerations are as many as the contract takes, of both kinds, each as long as the limit of
// headers lets all of them be.
func mostTolerations() request {
	var query strings.Builder
	domain, label := strings.Repeat(strings.Repeat("a", 60)+".", 4), strings.Repeat("b", 60)
	for i := range 64 {
		for _, option := range []string{"system-node-toleration", "accelerated-node-toleration"} {
			fmt.Fprintf(&query, "%s=%sa/%s%02d=%s:NoSchedule&", option, domain, label, i, label)
		}
	}
	return request{
		name: "bundle, most tolerations", path: bundlePath, body: criteria, status: 200,
		vary: varyQuery(query.String()+"system-node-selector=a=", 1<<62),
	}
}

// mostSets are as many as the contract takes, together as long as the limit of headers.
func mostSets() request {
	const form = "set=gpu-operator:operator.annotations.k%03d=%s&"
	return uniqueSets("bundle, most sets", form, 255, headerLength/256-len(form)) // and one more
}

// longestSets are as long as the contract takes each.
func longestSets() request {
	const form = "set=gpu-operator:operator.annotations.k%03d=%s&"
	return uniqueSets("bundle, longest sets", form, headerLength/4096, 4096-len(form))
}

func uniqueSets(name, form string, count, length int) request {
	var query strings.Builder
	for i := range count {
		fmt.Fprintf(&query, form, i, strings.Repeat("a", length))
	}
	return request{
		name: name, path: bundlePath, body: criteria, status: 200,
		vary: varyQuery(query.String()+"set=gpu-operator:operator.annotations.a=b", 1<<62),
	}
}

// compressedDocuments are answers that are the same for everybody, or nearly so, and cost most
// where they are compressed anew each time.
func compressedDocuments() []request {
	var list []request
	for _, path := range []string{
		"/docs/swagger-ui-bundle.js", "/docs/swagger-ui.css", "/openapi.json", "/openapi.yaml", "/metrics",
	} {
		for _, coding := range []string{"gzip", "zstd"} {
			r := request{path: path, status: 200}.with(path+", "+coding, "Accept-Encoding", coding)
			list = append(list, r)
			r.method = "HEAD"
			list = append(list, r)
		}
	}
	return list
}
