package acceptance

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resource"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// fluxObject is an object of Flux, as far as these tests look at it.
type fluxObject struct {
	Kind     string
	Metadata struct{ Name, Namespace string }
	Spec     struct {
		URL string
		Ref struct{ Branch, Tag string }

		Path      string
		SourceRef reference
		DependsOn []reference
		Wait      bool

		ReleaseName, TargetNamespace, StorageNamespace string
		Chart                                          struct {
			Spec struct {
				Chart, Version string
				SourceRef      reference
			}
		}
		ChartRef   reference
		Values     object
		ValuesFrom []reference
	}
	Data map[string]string
}

type reference struct{ Kind, Name string }

func names(list []reference) []string {
	var all []string
	for _, r := range list {
		all = append(all, r.Name)
	}
	return all
}

// kustomizationSteps are those of Flux with a repository.
func (b bundle) kustomizationSteps(t *testing.T) []step {
	var list steps
	for i, document := range documents(t, b.file(t, "sync.yaml")) {
		o := decode[fluxObject](t, document)
		if i == 0 {
			b.checkSource(t, o)
			continue
		}
		equal(t, o.Spec.SourceRef, reference{b.sourceKind(), "cns-bundle"})
		// Flux labels what it applies with the name.
		if faults := validation.IsValidLabelValue(o.Metadata.Name); len(faults) > 0 {
			t.Errorf("Kustomization %s: %v", o.Metadata.Name, faults)
		}
		folder := b.inBundle(t, o.Spec.Path)
		if len(b.in(folder)) == 0 {
			t.Errorf("Kustomization %s: nothing is in %s", o.Metadata.Name, folder)
		}
		if folder == "namespaces" {
			list.namespaces = o.Metadata.Name
			continue
		}
		name, stage := componentOf(folder)
		next := step{Component: name, Stage: stage, Namespace: b.component(t, name).Namespace}
		if stage == theChart {
			next = b.helmRelease(t, folder)
		} else {
			next.Objects = b.objects(t, folder)
		}
		if stage == beforeChart {
			b.checkNamespace(t, folder, next)
		}
		if o.Spec.Wait != (stage == theChart) {
			t.Errorf("Kustomization %s: wait is %v", o.Metadata.Name, o.Spec.Wait)
		}
		list.add(t, o.Metadata.Name, next, names(o.Spec.DependsOn))
	}
	return list.list
}

func (b bundle) sourceKind() string {
	if strings.HasPrefix(b.url, "oci://") {
		return "OCIRepository"
	}
	return "GitRepository"
}

func (b bundle) checkSource(t *testing.T, o fluxObject) {
	if o.Kind != b.sourceKind() || o.Metadata.Name != "cns-bundle" || o.Spec.URL != b.url ||
		o.Spec.Ref.Branch+o.Spec.Ref.Tag != b.revision {
		t.Errorf("source %+v", o)
	}
}

// inBundle turns a path in the repository into one in the bundle.
func (b bundle) inBundle(t *testing.T, inRepository string) string {
	t.Helper()
	folder, ok := strings.CutPrefix("/"+path.Clean(inRepository), path.Join("/", b.path)+"/")
	if !ok && b.path != "" {
		t.Errorf("%s is outside %s", inRepository, b.path)
	}
	return strings.TrimPrefix(folder, "/")
}

func (b bundle) component(t *testing.T, name string) component {
	t.Helper()
	i := slices.IndexFunc(b.recipe.ComponentRefs, func(c component) bool { return c.Name == name })
	if i < 0 {
		t.Fatalf("no component %q in the recipe", name)
	}
	return b.recipe.ComponentRefs[i]
}

// checkNamespace checks that objects before a chart have their namespace: nothing else makes it so
// early.
func (b bundle) checkNamespace(t *testing.T, folder string, s step) {
	found := 0
	for _, name := range append(b.in(folder), b.in("namespaces")...) {
		if o := decode[fluxObject](t, b.file(t, name)); o.Kind == "Namespace" && o.Metadata.Name == s.Namespace {
			found++
		}
	}
	if found != 1 {
		t.Errorf("%s has namespace %s %d times", folder, s.Namespace, found)
	}
}

// tag is what the OCI distribution specification admits.
var tag = regexp.MustCompile(`^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$`)

// helmRelease reads a chart from a folder with its source and its release.
func (b bundle) helmRelease(t *testing.T, folder string) step {
	list := documents(t, b.file(t, folder+"/release.yaml"))
	if len(list) < 2 || len(list) > 3 {
		t.Fatalf("%s has %d objects", folder, len(list))
	}
	source, release := decode[fluxObject](t, list[0]), decode[fluxObject](t, list[len(list)-1])
	name, _ := componentOf(folder)
	spec := release.Spec
	if len(list) == 3 {
		text := decode[fluxObject](t, list[1])
		equal(t, spec.ValuesFrom, []reference{{text.Kind, text.Metadata.Name}})
		equal(t, text.Metadata.Namespace, release.Metadata.Namespace)
		spec.Values = decode[object](t, []byte(text.Data["values.yaml"]))
	}
	equal(t, []string{release.Metadata.Name, spec.ReleaseName, spec.StorageNamespace},
		[]string{name, name, spec.TargetNamespace})
	equal(t, append([]string{}, names(spec.DependsOn)...), append([]string{}, b.component(t, name).DependencyRefs...))
	s := step{Component: name, Stage: theChart, Namespace: spec.TargetNamespace, Values: spec.Values}
	from := reference{source.Kind, source.Metadata.Name}
	if source.Kind == "OCIRepository" {
		equal(t, spec.ChartRef, from)
		if !tag.MatchString(source.Spec.Ref.Tag) {
			t.Errorf("%s: no tag can be %q", name, source.Spec.Ref.Tag)
		}
		s.Repository, s.Chart = path.Dir(source.Spec.URL), path.Base(source.Spec.URL)
		s.Version = strings.ReplaceAll(source.Spec.Ref.Tag, "_", "+")
		s.Repository = strings.Replace(s.Repository, "oci:/", "oci://", 1) // which path.Dir shortened
	} else {
		equal(t, spec.Chart.Spec.SourceRef, from)
		s.Repository = strings.TrimSuffix(source.Spec.URL, "/")
		s.Chart, s.Version = spec.Chart.Spec.Chart, spec.Chart.Spec.Version
	}
	return s
}

// checkKustomize runs kustomize over what kubectl and Flux run it over.
func checkKustomize(t *testing.T, b bundle) {
	if b.deployer != "flux" || b.url == "" {
		return
	}
	disk := filesys.MakeFsInMemory()
	for name, f := range b.files {
		if err := disk.WriteFile(name, f.data); err != nil {
			t.Fatal(err)
		}
	}
	sync := documents(t, b.file(t, "sync.yaml"))
	sameObjects(t, kustomize(t, disk, "."), sync)
	for _, document := range sync[1:] {
		folder := b.inBundle(t, decode[fluxObject](t, document).Spec.Path)
		var resources []string
		var objects [][]byte
		for _, name := range b.in(folder) {
			resources = append(resources, strings.TrimPrefix(name, folder+"/"))
			objects = append(objects, documents(t, b.file(t, name))...)
		}
		// The kustomize-controller writes one where there is none.
		kustomization, err := yaml.Marshal(map[string]any{"resources": resources})
		if err != nil {
			t.Fatal(err)
		}
		if err := disk.WriteFile(folder+"/kustomization.yaml", kustomization); err != nil {
			t.Fatal(err)
		}
		sameObjects(t, kustomize(t, disk, folder), objects)
	}
}

func kustomize(t *testing.T, disk filesys.FileSystem, folder string) []*resource.Resource {
	t.Helper()
	options := krusty.MakeDefaultOptions()
	options.LoadRestrictions = types.LoadRestrictionsRootOnly
	built, err := krusty.MakeKustomizer(options).Run(disk, folder)
	if err != nil {
		t.Fatalf("%s: %v", folder, err)
	}
	return built.Resources()
}

// sameObjects compares what kustomize made with what it was given.
func sameObjects(t *testing.T, built []*resource.Resource, given [][]byte) {
	t.Helper()
	got, want := map[string]object{}, map[string]object{}
	for _, r := range built {
		text, err := r.AsYAML()
		if err != nil {
			t.Fatal(err)
		}
		o := decode[object](t, text)
		got[fmt.Sprint(o["kind"], o["metadata"])] = o
	}
	for _, document := range given {
		o := decode[object](t, document)
		want[fmt.Sprint(o["kind"], o["metadata"])] = o
	}
	equal(t, got, want)
}

// TestBadKustomization proves that kustomize is strict.
func TestBadKustomization(t *testing.T) {
	disk := filesys.MakeFsInMemory()
	if err := disk.WriteFile("kustomization.yaml", []byte("resorces: [sync.yaml]\n")); err != nil {
		t.Fatal(err)
	}
	_, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(disk, ".")
	if err == nil || !strings.Contains(err.Error(), "resorces") {
		t.Error(err)
	}
}
