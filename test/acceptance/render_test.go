//go:build e2e

package acceptance

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/NVIDIA/cloud-native-stack/test/harness"
)

var update = flag.Bool("update", false, "write recipes/rendered.txt anew")

// chartsDir is where the Makefile puts charts.
const chartsDir = harness.Repository + "/.tools/charts"

// random is what two renderings of a release may differ in: a leaf of an object, and why.
type random struct{ component, object, path, why string }

func randoms() []random {
	const grafana = " monitoring/kube-prometheus-stack-grafana"
	const why = "Grafana's chart makes a password where the cluster has none yet, and Helm finds the one in the cluster"
	return []random{
		{"kube-prometheus-stack", "Secret" + grafana, "/data/admin-password", why},
		{"kube-prometheus-stack", "Deployment" + grafana, "/spec/template/metadata/annotations/checksum/secret", why},
	}
}

// rendering is a release as some recipes have it.
type rendering struct {
	component
	kubernetes string          // the lowest version that the recipes are for
	images     map[string]bool // that bundles of the recipes list
	where      string          // the criteria of one of them
}

// TestRender lets Helm render every recipe with its charts, as far as these could be had, twice.
// Both have to be the same, and bundles have to list the images in it.
func TestRender(t *testing.T) {
	s := start(t, harness.Binary(t), newKey(t))
	var rendered, missing []string
	used := map[random]bool{}
	for _, r := range s.renderings(t) {
		version := r.chartVersion(t)
		file := filepath.Join(chartsDir, r.Name+"-"+version+".tgz")
		if version == "" {
			missing = append(missing, r.Name+" "+r.Version)
			continue
		}
		rendered = append(rendered, r.Name+" "+version)
		t.Run(r.Name+" "+version, func(t *testing.T) {
			first, second := r.render(t, file), r.render(t, file)
			for _, key := range slices.Sorted(maps.Keys(first)) {
				compareLeaves(t, used, r, key, leaves(first[key]), leaves(second[key]))
			}
			if len(first) != len(second) || len(first) == 0 {
				t.Errorf("%s: %d objects, then %d", r.where, len(first), len(second))
			}
			for _, image := range imagesIn(first) {
				if version == r.Version && !r.images[image] { // those of another version are others
					t.Errorf("%s: images.txt of the bundle lacks %s", r.where, image)
				}
			}
		})
	}
	for _, entry := range randoms() {
		of := func(name string) bool { return strings.HasPrefix(name, entry.component+" ") }
		if !used[entry] && slices.ContainsFunc(rendered, of) {
			t.Errorf("nothing differs any more at %s %s %s", entry.component, entry.object, entry.path)
		}
	}
	checkRendered(t, distinct(rendered), distinct(missing))
}

func distinct(list []string) []string { return slices.Compact(slices.Sorted(slices.Values(list))) }

// checkRendered holds the list, on which rests what is said to be verified, against what could be
// rendered.
func checkRendered(t *testing.T, rendered, missing []string) {
	t.Helper()
	const file = harness.Repository + "/recipes/rendered.txt"
	t.Logf("not rendered, for there is no chart in %s: %q", chartsDir, missing)
	text := strings.Join(append(rendered, ""), "\n")
	if *update && !t.Failed() {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	known, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range rendered {
		if !slices.Contains(strings.Split(string(known), "\n"), name) {
			t.Errorf("%s lacks %s, which was rendered: go test -update writes it", file, name)
		}
	}
}

// renderings returns each different release of the recipes of every environment.
func (s server) renderings(t *testing.T) []*rendering {
	t.Helper()
	var list []*rendering
	byText, images := map[string]*rendering{}, map[string]map[string]bool{}
	floor := regexp.MustCompile(`^>=([0-9.]+)`)
	for _, query := range s.environments(t) {
		body := s.Get(t, "/v1/recipe?"+query.Encode())
		r := decode[struct {
			recipe
			Constraints map[string]map[string]string
		}](t, body)
		m := floor.FindStringSubmatch(r.Constraints["kubernetes"]["version"])
		if m == nil {
			t.Fatalf("%v: no lowest version of Kubernetes", query)
		}
		refs, err := json.Marshal(r.ComponentRefs)
		if err != nil {
			t.Fatal(err)
		}
		of := string(refs)
		if images[of] == nil {
			images[of] = map[string]bool{}
			b := s.bundle(t, request{body: body}, form{deployer: "helm"})
			for _, image := range strings.Fields(string(b.file(t, "images.txt"))) {
				images[of][image] = true
			}
		}
		for _, c := range r.ComponentRefs {
			c.Order, c.Manifests = 0, nil
			text, err := json.Marshal([]any{c, m[1]})
			if err != nil {
				t.Fatal(err)
			}
			release := byText[string(text)]
			if release == nil {
				release = &rendering{component: c, kubernetes: m[1], images: images[of], where: query.Encode()}
				byText[string(text)], list = release, append(list, release)
			}
		}
	}
	return list
}

// environments returns a query for every combination of criteria.
func (s server) environments(t *testing.T) []url.Values {
	t.Helper()
	type schema struct {
		Ref        string `json:"$ref"`
		Enum       []string
		Properties map[string]schema
	}
	document := struct {
		Components struct{ Schemas map[string]schema }
	}{}
	if err := json.Unmarshal(s.Get(t, "/openapi.json"), &document); err != nil {
		t.Fatal(err)
	}
	schemas := document.Components.Schemas
	all := []url.Values{{}}
	for _, name := range slices.Sorted(maps.Keys(schemas["Criteria"].Properties)) {
		values := schemas[filepath.Base(schemas["Criteria"].Properties[name].Ref)].Enum
		var next []url.Values
		for _, query := range all {
			for _, value := range values {
				extended := maps.Clone(query)
				extended.Set(name, value)
				next = append(next, extended)
			}
		}
		if len(values) > 0 { // a number of nodes changes values as set does
			all = next
		}
	}
	return all
}

// chartVersion returns the version of the chart that there is: the recipe's, or else the one whose
// value paths stand for those. It is empty if there is neither.
func (r *rendering) chartVersion(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(harness.Repository, "recipes", "components", r.Name, "component.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, version := range []string{r.Version, decode[struct{ PathsFrom string }](t, data).PathsFrom} {
		if _, err := os.Stat(filepath.Join(chartsDir, r.Name+"-"+version+".tgz")); err == nil {
			return version
		}
	}
	return ""
}

// render returns the objects that Helm makes of a chart, by kind, namespace and name.
func (r *rendering) render(t *testing.T, chart string) map[string]object {
	t.Helper()
	values, err := json.Marshal(r.Values)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "values.yaml")
	if err := os.WriteFile(file, values, 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(toolsDir(t)+"/helm", "template", r.Name, chart, "--namespace="+r.Namespace,
		"--kube-version="+r.kubernetes, "--include-crds", "--skip-tests", "--values="+file)
	var stderr bytes.Buffer
	cmd.Env, cmd.Stderr = []string{"HOME=" + t.TempDir()}, &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v: %s", r.where, err, &stderr)
	}
	objects := map[string]object{}
	for _, document := range documents(t, out) {
		o := decode[object](t, document)
		if o == nil { // a comment alone
			continue
		}
		metadata, _ := o["metadata"].(object)
		key := fmt.Sprintf("%v %v/%v", o["kind"], metadata["namespace"], metadata["name"])
		if objects[key] != nil {
			t.Errorf("%s: %s is there twice", r.where, key)
		}
		objects[key] = o
	}
	return objects
}

// leaves returns what an object holds, by path.
func leaves(v any) map[string]any {
	found := map[string]any{}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case object:
			for key, value := range v {
				walk(path+"/"+key, value)
			}
		case []any:
			for i, value := range v {
				walk(fmt.Sprintf("%s/%d", path, i), value)
			}
		default:
			found[path] = v
		}
	}
	walk("", v)
	return found
}

// compareLeaves notes which entries explain differences, and reports the others.
func compareLeaves(t *testing.T, used map[random]bool, r *rendering, name string, first, second map[string]any) {
	t.Helper()
	paths := slices.AppendSeq(slices.Collect(maps.Keys(first)), maps.Keys(second))
	for _, path := range distinct(paths) {
		if first[path] == second[path] {
			continue
		}
		isIt := func(e random) bool { return e.component == r.Name && e.object == name && e.path == path }
		if i := slices.IndexFunc(randoms(), isIt); i >= 0 {
			used[randoms()[i]] = true
		} else {
			t.Errorf("%s: %s %s is random: %v, then %v", r.where, name, path, first[path], second[path])
		}
	}
}

// imagesIn returns what containers in objects run, by whole names.
func imagesIn(objects map[string]object) []string {
	isImage := regexp.MustCompile(`/(initContainers|containers)/[0-9]+/image$`)
	var list []string
	for _, o := range objects {
		for path, value := range leaves(o) {
			if !isImage.MatchString(path) {
				continue
			}
			image := fmt.Sprint(value)
			if host, _, hasHost := strings.Cut(image, "/"); !hasHost || !strings.ContainsAny(host, ".:") {
				image = "docker.io/" + image
			}
			list = append(list, image)
		}
	}
	return distinct(list)
}
