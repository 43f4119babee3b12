package recipe_test

import (
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
	"github.com/NVIDIA/cloud-native-stack/recipes"
	"github.com/NVIDIA/cloud-native-stack/test/catalogtest"
)

func TestExplain(t *testing.T) {
	d := data{
		"base.yaml": "# For everyone.\n\ncomponents:\n  driver: {}\n  monitor: {}\n",
		"components/driver/component.yaml": "# Not 2.0.0: it fails.\n" +
			component("driver", "manifests: [quota.yaml]\npreconditions:\n"+
				"  own: {text: t, why: w, source: s} # Why so.\n"),
		"components/driver/values.yaml": "# About all.\n\na: 1\n# Why b.\nb:\n  c: x # Why c.\n  d~/e: y\n" +
			"shared: &shared {f: 1} # Shared.\ng:\n  <<: *shared\n",
		"components/driver/manifests/quota.yaml": object("ConfigMap", "quota"),
		"components/driver/manifests/other.yaml": "# Other things.\n" + object("ConfigMap", "other"),
		"components/monitor/component.yaml":      component("monitor", ""),
		"overlays/eks.yaml": `# For EKS
# (a document).
criteria: {service: eks}
constraints:
  kubernetes: {version: ">=1.33.0"} # Floor.
  os: {id: ubuntu}
components:
  monitor: null
  # Newer.
  driver:
    version: 3.0.0
    values:
      b: {c: z}
      empty: {}
      gone: null
      list:
        # First.
        - a
        - b
    manifests: [other.yaml]
preconditions:
  # Since 1.33.
  flags: {text: t, why: w, source: s}
`,
		"overlays/gke.yaml": "criteria: {service: gke}\ncomponents:\n  monitor: null\n",
		"overlays/gke-h100.yaml": "criteria: {service: gke, accelerator: h100}\ncomponents:\n  monitor: {version: " +
			"1.0.1}\n",
		"overlays/eks-nothing.yaml": "criteria: {service: eks, accelerator: h100}\n",
	}
	c := load(t, d)
	driver := func(field, overlay, source, reason string) gen.Explanation {
		return gen.Explanation{Field: "/componentRefs/0" + field, Component: "driver", Overlay: overlay, Source: source,
			Reason: reason}
	}
	const own, onEKS = "components/driver/values.yaml:", "overlays/eks.yaml:"
	want := []gen.Explanation{
		driver("", "base", "base.yaml:4", "For everyone."),
		driver("/version", "eks", onEKS+"11", "Newer."),
		driver("/values/a", "", own+"3", ""),
		driver("/values/b/c", "eks", onEKS+"13", "Newer."),
		driver("/values/b/d~0~1e", "", own+"7", "Why b."),
		driver("/values/empty", "eks", onEKS+"14", "Newer."),
		driver("/values/g/f", "", own+"8", ""),
		driver("/values/gone", "eks", onEKS+"15", "Newer."),
		driver("/values/list", "eks", onEKS+"16", "First."),
		driver("/values/shared/f", "", own+"8", "Shared."),
		driver("/manifests/0", "", "components/driver/component.yaml:6", ""),
		driver("/manifests/1", "eks", onEKS+"20", "Other things."),
		{Field: "/constraints/kubernetes/version", Overlay: "eks", Source: onEKS + "5", Reason: "Floor."},
		{Field: "/constraints/os/id", Overlay: "eks", Source: onEKS + "6", Reason: "For EKS (a document)."},
		{Field: "/preconditions/0", Overlay: "eks", Source: onEKS + "23", Reason: "Since 1.33."},
		{Field: "/preconditions/1", Component: "driver", Source: "components/driver/component.yaml:8",
			Reason: "Why so."},
	}
	if diff := cmp.Diff(want, recipe.Explain(c, resolve(t, c, gen.Criteria{Service: "eks"}))); diff != "" {
		t.Error(diff)
	}
	again := recipe.Explain(c, resolve(t, c, gen.Criteria{Service: "gke", Accelerator: "h100"}))
	broughtBack := gen.Explanation{Field: "/componentRefs/1", Component: "monitor", Overlay: "gke-h100",
		Source: "overlays/gke-h100.yaml:3"}
	if !slices.Contains(again, broughtBack) {
		t.Errorf("%+v is not among\n%+v", broughtBack, again)
	}
}

// TestExplainOddStatements explains what is written in unusual ways.
func TestExplainOddStatements(t *testing.T) {
	d := minimal().With("overlays/eks.yaml", "# Licence.", "", "# Reason.", "criteria: {service: eks}", "components:",
		"  driver:",
		"    version: ''", "    values: {&k key: 1, inner: {*k : 2}, merged: {<<: [{a: 3}, {b: 4}]}}",
		"    manifests: [quota.yaml, same.yaml]").
		With("components/driver/manifests/quota.yaml", "# First.", object("ConfigMap", "one")).
		With("components/driver/manifests/same.yaml", "# Second.", object("ConfigMap", "one"))
	c := load(t, d)
	r := resolve(t, c, gen.Criteria{Service: "eks"})
	all := recipe.Explain(c, r)
	checkExplained(t, r, all)
	got := map[string]string{}
	for _, e := range all {
		if e.Component == "driver" {
			got[e.Field] = e.Source + " " + e.Reason
		}
	}
	const file = "overlays/eks.yaml:"
	want := map[string]string{
		"/componentRefs/1":                   "base.yaml:3 ",
		"/componentRefs/1/version":           "components/driver/component.yaml:3 ",
		"/componentRefs/1/values/key":        file + "8 Reason.",
		"/componentRefs/1/values/inner/key":  file + "8 Reason.",
		"/componentRefs/1/values/merged/a":   file + "8 Reason.",
		"/componentRefs/1/values/merged/b":   file + "8 Reason.",
		"/componentRefs/1/values/pods/limit": "components/driver/values.yaml:1 ",
		"/componentRefs/1/manifests/0":       file + "9 Second.",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What a component says of its own version is said of that version alone.
func TestExplainPins(t *testing.T) {
	d := minimal().With("components/driver/paths/v1.2.2.txt", "pods.limit")
	d["components/driver/component.yaml"] = strings.Replace(d["components/driver/component.yaml"], "version: v1.2.3\n",
		"# The tested one.\nversion: v1.2.3\npathsFrom: v1.2.2\nbehind: Newer ones can't be read.\n", 1)
	d["overlays/eks.yaml"] += "components: {driver: {version: v1.3.0}}\n"
	c := load(t, d)
	for service, want := range map[gen.Service]string{
		gen.ServiceGKE: "The tested one. Newer ones can't be read. The value paths known are those of v1.2.2.",
		gen.ServiceEKS: "",
	} {
		r, err := recipe.Resolve(t.Context(), c, gen.Criteria{Service: service}, recipe.Build{})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range recipe.Explain(c, r) {
			if e.Component == "driver" && strings.HasSuffix(e.Field, "/version") && e.Reason != want {
				t.Errorf("%s: %q, want %q", service, e.Reason, want)
			}
		}
	}
}

// checkExplained wants an explanation for each component, version, leaf of values, manifest,
// constraint and precondition, and no other one.
func checkExplained(t catalogtest.T, r gen.Recipe, all []gen.Explanation) {
	t.Helper()
	var want, got []string
	for i, ref := range r.ComponentRefs {
		prefix := "/componentRefs/" + strconv.Itoa(i)
		want = append(want, prefix, prefix+"/version")
		want = append(want, leafPointers(prefix+"/values", ref.Values)...)
		for j := range ref.Manifests {
			want = append(want, prefix+"/manifests/"+strconv.Itoa(j))
		}
	}
	for group, fields := range r.Constraints {
		for name := range fields {
			want = append(want, "/constraints/"+group+"/"+name)
		}
	}
	for i := range r.Preconditions {
		want = append(want, "/preconditions/"+strconv.Itoa(i))
	}
	for _, e := range all {
		got = append(got, e.Field)
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
}

func leafPointers(prefix string, values map[string]any) []string {
	var list []string
	for key, value := range values {
		key := prefix + "/" + strings.ReplaceAll(strings.ReplaceAll(key, "~", "~0"), "/", "~1")
		if m, ok := value.(map[string]any); ok && len(m) > 0 {
			list = append(list, leafPointers(key, m)...)
		} else {
			list = append(list, key)
		}
	}
	return list
}

func fieldKeys(pointer string) []string {
	keys := strings.Split(pointer, "/")[1:]
	for i, key := range keys {
		keys[i] = strings.ReplaceAll(strings.ReplaceAll(key, "~1", "/"), "~0", "~")
	}
	return keys
}

// TestExplainEmbedded looks up each explanation of each environment: the line that it names holds
// the key that it explains.
func TestExplainEmbedded(t *testing.T) {
	c := catalogtest.Embedded(t)
	files := map[string][]string{}
	seen := map[string]bool{}
	for _, criteria := range catalogtest.Environments(t) {
		r := resolve(t, c, criteria)
		overlays := strings.Join(r.Metadata.AppliedOverlays, " ")
		if seen[overlays] {
			continue
		}
		seen[overlays] = true
		all := recipe.Explain(c, r)
		checkExplained(t, r, all)
		for _, e := range all {
			file, number, _ := strings.Cut(e.Source, ":")
			if files[file] == nil {
				text, err := fs.ReadFile(recipes.FS, file)
				if err != nil {
					t.Fatal(err)
				}
				files[file] = strings.Split(string(text), "\n")
			}
			n, _ := strconv.Atoi(number)
			keys := fieldKeys(e.Field)
			key := keys[len(keys)-1] + ":"
			if keys[0] == "preconditions" {
				i, _ := strconv.Atoi(keys[1])
				key = r.Preconditions[i].Name + ":"
			} else if len(keys) == 2 {
				key = e.Component + ":"
			} else if keys[len(keys)-2] == "manifests" {
				key = "manifests:"
			}
			if line := files[file][n-1]; !strings.Contains(line, key) &&
				!strings.Contains(line, `"`+key[:len(key)-1]+`"`) {
				t.Fatalf("%+v: that line is %q", e, line)
			}
		}
	}
}
