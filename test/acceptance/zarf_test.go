package acceptance

import (
	"slices"
	"strings"
	"testing"
)

// checkZarf compares what Zarf deploys with the recipe: components in its order, and in each the
// charts before the manifests.
func checkZarf(t *testing.T, b bundle, images []string) {
	type chart struct {
		Name, ReleaseName, Namespace, URL, Version string
		ValuesFiles                                []string
	}
	pkg := decode[struct {
		Components []struct {
			Name      string
			Required  bool
			Images    []string
			Charts    []chart
			Manifests []struct {
				Namespace string
				Files     []string
			}
		}
	}](t, b.file(t, "zarf.yaml"))
	all := []string{}
	var got []step
	for _, c := range pkg.Components {
		all = append(all, c.Images...)
		if !c.Required {
			t.Errorf("%s isn't required", c.Name)
		}
		for _, chart := range c.Charts {
			s := step{Component: chart.ReleaseName, Stage: theChart, Namespace: chart.Namespace, Chart: chart.Name,
				Version: chart.Version}
			s.Repository = strings.TrimSuffix(strings.TrimSuffix(chart.URL, "/"), "/"+chart.Name)
			if len(chart.ValuesFiles) == 1 {
				s.Values = decode[object](t, b.file(t, chart.ValuesFiles[0]))
			}
			got = append(got, s)
		}
		for _, m := range c.Manifests {
			if c.Name == "namespaces" {
				equal(t, slices.Sorted(slices.Values(m.Files)), b.in("namespaces"))
				continue
			}
			s := step{Namespace: m.Namespace}
			for _, name := range m.Files {
				s.Component, s.Stage = componentOf(name[:strings.LastIndex(name, "/")])
				s.Objects = append(s.Objects, decode[object](t, b.file(t, name)))
			}
			got = append(got, s)
		}
	}
	want := wanted(b.recipe)
	for i := range want {
		want[i].WaitsFor = nil
	}
	equal(t, got, want)
	slices.Sort(all)
	equal(t, slices.Compact(all), append([]string{}, images...))
}
