package component

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/gen"
)

func manifest(when Stage, kind, name string) gen.KubernetesObject {
	annotations := m{"cns.nvidia.com/apply": string(when)}
	return gen.KubernetesObject{
		"apiVersion": "v1", "kind": kind, "metadata": m{"name": name, "annotations": annotations},
	}
}

// Names in the cluster are short enough, and no two are equal, whatever the components are called.
func TestStageNames(t *testing.T) {
	for _, names := range [][]string{
		{strings.Repeat("x", 40), strings.Repeat("x", 41), strings.Repeat("x", 53), strings.Repeat("y", 53)},
		{"a", "a-before-chart", "before-chart", "manifests-1", "manifests", "1", "01", strings.Repeat("x", 53)},
	} {
		var components []*Component
		for i, name := range names {
			ref := gen.ComponentRef{Name: name, Order: i + 1}
			ref.Manifests = []gen.KubernetesObject{
				manifest(BeforeChart, "A", "a"+name), manifest(AfterChart, "A", "b"+name),
			}
			components = append(components, New(ref, &Images{}))
		}
		seen := map[string]bool{}
		for _, r := range Releases(components) {
			for _, stage := range r.Stages() {
				name := r.StageName(stage)
				if len(name) > maxStageName || seen[name] {
					t.Errorf("%s of %s is called %s", stage, r.Name, name)
				}
				seen[name] = true
			}
		}
		if len(seen) != 3*len(names) {
			t.Errorf("%d names", len(seen))
		}
	}
}

// Folders sort in the order of installation, however many there are.
func TestFolders(t *testing.T) {
	for count, want := range map[int]string{1: "01-a", 99: "01-a", 100: "001-a", 1000: "0001-a"} {
		components := make([]*Component, count)
		for i := range components {
			components[i] = New(gen.ComponentRef{Name: "a", Order: i + 1}, &Images{})
		}
		releases := Releases(components)
		if got := releases[0].Folder; got != want {
			t.Errorf("the first of %d is in %s, want %s", count, got, want)
		}
		for i := range releases[1:] {
			if releases[i].Folder >= releases[i+1].Folder {
				t.Fatalf("%s is not before %s", releases[i].Folder, releases[i+1].Folder)
			}
		}
	}
}

func TestManifestPaths(t *testing.T) {
	own := manifest(BeforeChart, "Namespace", "demo")
	unsaid := gen.KubernetesObject{"apiVersion": "v1", "kind": "Secret", "metadata": m{"name": "s"}}
	r := Releases([]*Component{New(netRef(nil, manifest(AfterChart, "Policy", "p"), own, unsaid), &Images{})})[0]
	want := []string{"after-chart/01-policy", "before-chart/02-namespace", "after-chart/03-secret"}
	for i := range want {
		want[i] = fmt.Sprintf("00-net/manifests/%s.yaml", want[i])
	}
	if diff := cmp.Diff(want, r.ManifestPaths()); diff != "" {
		t.Error(diff)
	}
	for i, f := range r.ManifestFiles() {
		if f.Path != want[i] {
			t.Errorf("file %s, want %s", f.Path, want[i])
		}
	}
	if diff := cmp.Diff(map[string]Stage{"demo": BeforeChart}, r.Namespaces()); diff != "" {
		t.Error(diff)
	}
}

// A namespace admits what the component in it that needs most needs.
func TestNamespaceLabels(t *testing.T) {
	of := func(name, namespace string, security gen.PodSecurity) *Component {
		return New(gen.ComponentRef{Name: name, Namespace: namespace, PodSecurity: security}, &Images{})
	}
	brings := New(gen.ComponentRef{
		Name: "own", Namespace: "own", PodSecurity: gen.PodSecurityPrivileged,
		Manifests: []gen.KubernetesObject{
			manifest(AfterChart, "Namespace", "own"), manifest(BeforeChart, "Namespace", "shared"),
		},
	}, &Images{})
	want := map[string]gen.PodSecurity{
		"a": gen.PodSecurityPrivileged, "b": gen.PodSecurityBaseline, "c": gen.PodSecurityRestricted,
	}
	for _, r := range Releases([]*Component{
		of("a1", "a", gen.PodSecurityBaseline), of("a2", "a", ""), of("a3", "a", gen.PodSecurityPrivileged),
		of("b1", "b", gen.PodSecurityBaseline), of("b2", "b", gen.PodSecurityRestricted),
		of("c1", "c", gen.PodSecurityRestricted), of("d1", "d", ""), brings,
		of("s1", "shared", gen.PodSecurityPrivileged),
	}) {
		level := string(want[r.Namespace])
		var labels map[string]any
		if level != "" {
			labels = m{
				"pod-security.kubernetes.io/enforce": level, "pod-security.kubernetes.io/audit": level,
				"pod-security.kubernetes.io/warn": level,
			}
		}
		if diff := cmp.Diff(labels, r.NamespaceLabels()); diff != "" {
			t.Errorf("%s: %s", r.Name, diff)
		}
	}
}
