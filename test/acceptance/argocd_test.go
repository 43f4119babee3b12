package acceptance

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

// application is an Argo CD Application, as far as these tests look at it.
type application struct {
	Metadata struct {
		Name, Namespace string
		Annotations     map[string]string
	}
	Spec struct {
		Destination struct{ Namespace string }
		Source      *source
		Sources     []source
	}
}

// source is where an Application comes from.
type source struct {
	RepoURL, TargetRevision, Chart, Path, Ref string
	Helm                                      struct {
		ReleaseName  string
		ValueFiles   []string
		ValuesObject object
		Values       string
	}
}

func (a application) sources() []source {
	if a.Spec.Source != nil {
		return append([]source{*a.Spec.Source}, a.Spec.Sources...)
	}
	return a.Spec.Sources
}

// waveSteps are those of an app of apps: its sync waves order them.
func (b bundle) waveSteps(t *testing.T) []step {
	byWave := map[int]step{}
	var waves []int
	for _, name := range b.in("applications") {
		a := decode[application](t, b.file(t, name))
		wave, err := strconv.Atoi(a.Metadata.Annotations["argocd.argoproj.io/sync-wave"])
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, ok := byWave[wave]; ok {
			t.Errorf("%s is in wave %d with another", name, wave)
		}
		waves = append(waves, wave)
		byWave[wave] = b.applicationStep(t, a)
	}
	slices.Sort(waves)
	var list []step
	for _, wave := range waves {
		list = append(list, byWave[wave])
	}
	return list
}

func (b bundle) applicationStep(t *testing.T, a application) step {
	if slices.ContainsFunc(a.sources(), func(s source) bool { return s.Chart != "" }) {
		return b.argocdChart(t, a)
	}
	if len(a.sources()) != 1 {
		t.Fatalf("%s has sources %+v", a.Metadata.Name, a.sources())
	}
	folder := b.folderOf(t, a.sources()[0])
	name, stage := componentOf(folder)
	return step{Component: name, Stage: stage, Namespace: a.Spec.Destination.Namespace, Objects: b.objects(t, folder)}
}

// folderOf returns the folder of the bundle that a source reads.
func (b bundle) folderOf(t *testing.T, s source) string {
	t.Helper()
	equal(t, []string{s.RepoURL, s.TargetRevision}, []string{b.url, b.revision})
	folder := b.inBundle(t, s.Path)
	list := b.in(folder)
	if len(list) == 0 {
		t.Errorf("nothing is in %s", folder)
	}
	for _, name := range list { // of plain objects: anything else in it would be taken for one
		if !holdsObjects(name) {
			t.Errorf("%s is no object", name)
		}
	}
	return folder
}

// argocdChart reads a chart from an Application.
func (b bundle) argocdChart(t *testing.T, a application) step {
	var s step
	for _, from := range a.sources() {
		if from.Chart == "" {
			if b.url == "" || from.Ref != "values" || from.RepoURL != b.url || from.TargetRevision != b.revision ||
				from.Path != "" {
				t.Errorf("%s: source %+v", a.Metadata.Name, from)
			}
			continue
		}
		if s.Chart != "" {
			t.Errorf("%s has two charts", a.Metadata.Name)
		}
		s = step{
			Component: from.Helm.ReleaseName, Stage: theChart, Namespace: a.Spec.Destination.Namespace,
			Repository: strings.TrimSuffix(from.RepoURL, "/"), Chart: from.Chart, Version: from.TargetRevision,
			Values: from.Helm.ValuesObject,
		}
		if !strings.Contains(from.RepoURL, "://") { // of an OCI registry, as Argo CD tells them apart
			s.Repository = "oci://" + s.Repository
		}
		if from.Helm.Values != "" {
			if s.Values != nil {
				t.Errorf("%s: Argo CD leaves out the text of values beside an object", a.Metadata.Name)
			}
			s.Values = decode[object](t, []byte(from.Helm.Values))
		}
		for _, name := range from.Helm.ValueFiles {
			inRepository, ok := strings.CutPrefix(name, "$values/")
			if !ok || len(a.sources()) != 2 || s.Values != nil {
				t.Errorf("%s: values file %s", a.Metadata.Name, name)
			}
			s.Values = decode[object](t, b.file(t, b.inBundle(t, inRepository)))
		}
	}
	if a.Metadata.Name != s.Component {
		t.Errorf("Application %s for release %s", a.Metadata.Name, s.Component)
	}
	return s
}

// checkArgoCD checks what one applies to an app of apps' cluster.
func checkArgoCD(t *testing.T, b bundle) {
	if b.deployer != "argocd" || b.url == "" {
		return
	}
	all := decode[application](t, b.file(t, "app-of-apps.yaml"))
	if len(all.sources()) != 1 {
		t.Fatalf("app-of-apps.yaml has sources %+v", all.sources())
	}
	if folder := b.folderOf(t, all.sources()[0]); folder != "applications" {
		t.Errorf("app-of-apps.yaml has what is in %s", folder)
	}
	for _, name := range b.in("applications") {
		if a := decode[application](t, b.file(t, name)); a.Metadata.Namespace != all.Spec.Destination.Namespace {
			t.Errorf("%s is in namespace %s", name, a.Metadata.Namespace)
		}
	}
	settings := decode[struct {
		Metadata struct{ Name, Namespace string }
		Data     map[string]string
	}](t, b.file(t, "argocd-cm.yaml"))
	health := settings.Data["resource.customizations.health.argoproj.io_Application"]
	equal(t, []string{settings.Metadata.Name, settings.Metadata.Namespace},
		[]string{"argocd-cm", all.Metadata.Namespace})
	if len(settings.Data) != 1 || !strings.Contains(health, "return") {
		t.Errorf("argocd-cm.yaml: %+v", settings)
	}
}
