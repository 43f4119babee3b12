package acceptance

import (
	"path"
	"slices"
	"strings"
	"testing"
)

// recipe is what recipe.yaml says.
type recipe struct{ ComponentRefs []component }

type component struct {
	Name, Version, Repository, Chart, Namespace string
	Order                                       int
	DependencyRefs                              []string
	Values                                      object
	Manifests                                   []object
}

// Stages of a component.
const (
	beforeChart = "before-chart"
	theChart    = "chart"
	afterChart  = "after-chart"
)

// step is one thing that a deployment does, whatever the deployer: a chart, or objects before or
// after it.
type step struct {
	Component, Stage, Namespace string
	Repository, Chart, Version  string
	Values                      object
	Objects                     []object
	WaitsFor                    []string // sorted IDs of steps; nil where the deployer goes through a list
}

func (s step) id() string { return s.Component + " " + s.Stage }

// wanted returns the steps of a recipe.
func wanted(r recipe) []step {
	var list []step
	last := map[string]string{} // ID of each component's last step
	for _, c := range r.ComponentRefs {
		var waitsFor []string
		for _, d := range c.DependencyRefs {
			waitsFor = append(waitsFor, last[d])
		}
		slices.Sort(waitsFor)
		for _, stage := range []string{beforeChart, theChart, afterChart} {
			s := step{Component: c.Name, Stage: stage, Namespace: c.Namespace, WaitsFor: waitsFor}
			if stage == theChart {
				s.Repository, s.Chart, s.Version, s.Values = strings.TrimSuffix(c.Repository, "/"), c.Chart, c.Version,
					c.Values
			} else if s.Objects = c.objects(stage); len(s.Objects) == 0 {
				continue
			}
			list, last[c.Name], waitsFor = append(list, s), s.id(), []string{s.id()}
		}
	}
	return list
}

// objects are a component's manifests of a stage. Without an annotation that says otherwise they
// come after the chart.
func (c component) objects(stage string) []object {
	var list []object
	for _, o := range c.Manifests {
		metadata, _ := o["metadata"].(object)
		annotations, _ := metadata["annotations"].(object)
		if when, ok := annotations["cns.nvidia.com/apply"]; stage == when || !ok && stage == afterChart {
			list = append(list, o)
		}
	}
	return list
}

// checkSteps compares what a bundle makes its deployer do with what the recipe says: order,
// dependencies, namespaces, charts, values, objects.
func checkSteps(t *testing.T, b bundle) {
	var got []step
	isGraph := false
	switch {
	case b.deployer == "helmfile":
		got, isGraph = b.helmfileSteps(t), true
	case b.deployer == "flux" && b.url != "":
		got, isGraph = b.kustomizationSteps(t), true
	case b.deployer == "argocd" && b.url != "":
		got = b.waveSteps(t)
	default:
		got = b.tableSteps(t)
	}
	want := wanted(b.recipe)
	for i := range want {
		if !isGraph {
			want[i].WaitsFor = nil
		}
	}
	equal(t, got, want)

	files := 0
	for _, s := range got {
		files += len(s.Objects)
	}
	for name := range b.files {
		if strings.Contains(name, "/manifests/") && holdsObjects(name) && path.Base(name) != "00-namespace.yaml" {
			files--
		}
	}
	if files != 0 {
		t.Errorf("%d more files of objects than the deployer applies", -files)
	}
}

// tableSteps are those of deploy.sh: releases.tsv lists the folders in order.
func (b bundle) tableSteps(t *testing.T) []step {
	var list []step
	rows := b.table(t, "releases.tsv")
	if len(rows) != len(b.recipe.ComponentRefs) {
		t.Fatalf("%d releases, want %d", len(rows), len(b.recipe.ComponentRefs))
	}
	for i, c := range b.recipe.ComponentRefs {
		folder := rows[i][0]
		equal(t, rows[i][1:], []string{c.Name, c.Namespace, c.Repository, c.Chart, c.Version})
		chart := step{Component: c.Name, Stage: theChart, Namespace: c.Namespace}
		switch b.deployer {
		case "helm":
			chart.Repository, chart.Chart, chart.Version = strings.TrimSuffix(rows[i][3], "/"), rows[i][4], rows[i][5]
			chart.Values = decode[object](t, b.file(t, folder+"/values.yaml"))
		case "argocd":
			chart = b.argocdChart(t, decode[application](t, b.file(t, "applications/"+c.Name+".yaml")))
		case "flux":
			chart = b.helmRelease(t, folder+"/release")
		}
		for _, stage := range []string{beforeChart, theChart, afterChart} {
			s := chart
			if stage != theChart {
				s = step{Component: c.Name, Stage: stage, Namespace: c.Namespace,
					Objects: b.objects(t, folder+"/manifests/"+stage)}
			}
			if stage == theChart || len(s.Objects) > 0 {
				list = append(list, s)
			}
		}
	}
	return list
}

// objects reads what the recipe put into a folder, in the order of its files.
func (b bundle) objects(t *testing.T, folder string) []object {
	t.Helper()
	var list []object
	for _, name := range b.in(folder) {
		if holdsObjects(name) && path.Base(name) != "00-namespace.yaml" {
			list = append(list, decode[object](t, b.file(t, name)))
		}
	}
	return list
}

// componentOf returns the component that a folder belongs to and the stage, for a path such as
// 04-gpu-operator/manifests/before-chart.
func componentOf(folder string) (name, stage string) {
	top, rest, _ := strings.Cut(folder, "/")
	_, name, _ = strings.Cut(top, "-")
	if stage = path.Base(rest); stage != beforeChart && stage != afterChart {
		stage = theChart
	}
	return name, stage
}

// steps gathers the steps of a dependency graph under the names that the deployer gives them.
type steps struct {
	list       []step
	ids        map[string]string // by name
	namespaces string            // name of the step that labels these, which is no component's
}

// add takes the next step. What it waits for has to be there before, so that there is neither a
// cycle nor a name that nothing has.
func (s *steps) add(t *testing.T, name string, next step, waitsFor []string) {
	t.Helper()
	for _, w := range waitsFor {
		if w == s.namespaces {
			continue
		}
		id, ok := s.ids[w]
		if !ok {
			t.Errorf("%s waits for %s, which is not before it", name, w)
		}
		next.WaitsFor = append(next.WaitsFor, id)
	}
	slices.Sort(next.WaitsFor)
	if _, ok := s.ids[name]; ok {
		t.Errorf("%s is there twice", name)
	}
	if s.ids == nil {
		s.ids = map[string]string{}
	}
	s.ids[name] = next.id()
	s.list = append(s.list, next)
}
