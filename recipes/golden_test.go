package recipes_test

import (
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
	"github.com/NVIDIA/cloud-native-stack/internal/document"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
	"github.com/NVIDIA/cloud-native-stack/test/catalogtest"
)

var update = flag.Bool("update", false, "write testdata/golden and the parts of pages that follow from the data anew")

const goldenDir = "testdata/golden"

// TestGolden shows in reviews what a change of the data does to the recipe of every combination of
// criteria. A golden recipe leaves out what its components' folders say, so that a change there is
// seen there alone.
func TestGolden(t *testing.T) {
	c, spec := load(t)
	golden := map[string]string{}
	for _, criteria := range combinations(t, spec) {
		r, err := recipe.Resolve(t.Context(), c, criteria, recipe.Build{})
		if err != nil {
			t.Fatal(err)
		}
		golden[fileName(t, spec, criteria)] = compact(t, c, r)
	}
	files, err := os.ReadDir(goldenDir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	const how = "; go test ./recipes -run TestGolden -update writes them anew"
	for _, file := range files {
		if golden[file.Name()] != "" {
			continue
		}
		if !*update {
			t.Errorf("%s/%s: no combination of criteria has this name%s", goldenDir, file.Name(), how)
		} else if err := os.Remove(filepath.Join(goldenDir, file.Name())); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(golden)) {
		if diff := refresh(t, filepath.Join(goldenDir, name), golden[name]); diff != "" {
			t.Errorf("%s/%s (-golden +now)%s\n%s", goldenDir, name, how, diff)
		}
	}
}

// fileName joins the values of criteria in the contract's order.
func fileName(t *testing.T, spec *contract.Contract, criteria gen.Criteria) string {
	t.Helper()
	stated := catalogtest.Convert[map[string]string](t, criteria)
	var values []string
	for _, criterion := range spec.Criteria() {
		values = append(values, stated[criterion.Name])
	}
	return strings.Join(values, "-") + ".txt"
}

// refresh compares a file with what it should hold, or writes that when it is asked to.
func refresh(t *testing.T, file, want string) string {
	t.Helper()
	if *update {
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755),
			os.WriteFile(file, []byte(want), 0o644)); err != nil {
			t.Fatal(err)
		}
		return ""
	}
	got, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return cmp.Diff(strings.Split(string(got), "\n"), strings.Split(want, "\n"))
}

// combinations returns every combination of criteria of the contract.
func combinations(t *testing.T, spec *contract.Contract) []gen.Criteria {
	t.Helper()
	var all []gen.Criteria
	for _, environment := range catalog.Environments(spec.Criteria()) {
		all = append(all, catalogtest.Convert[gen.Criteria](t, environment))
	}
	return all
}

// compact writes of a recipe what its components' own files don't say.
func compact(t *testing.T, c *catalog.Catalog, r gen.Recipe) string {
	t.Helper()
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("overlays: %s", strings.Join(r.Metadata.AppliedOverlays, ", "))
	for _, w := range r.Metadata.Warnings {
		line("warning: %s: %s", w.Criterion, w.Message)
	}
	for _, group := range slices.Sorted(maps.Keys(r.Constraints)) {
		for _, name := range slices.Sorted(maps.Keys(r.Constraints[group])) {
			line("constraint: %s.%s %s", group, name, r.Constraints[group][name])
		}
	}
	for _, p := range r.Preconditions {
		line("precondition: %s: %s", p.Name, p.Text)
	}
	for _, ref := range r.ComponentRefs {
		component, _ := c.Component(ref.Name)
		own := component.Ref()
		line("%d %s", ref.Order, ref.Name)
		if ref.Version != own.Version {
			line("  version: %s", ref.Version)
		}
		for _, change := range changes(leavesOf(t, own.Values), leavesOf(t, ref.Values)) {
			line("  %s", change)
		}
		for _, object := range ref.Manifests {
			same := func(o gen.KubernetesObject) bool { return reflect.DeepEqual(o, object) }
			if !slices.ContainsFunc(own.Manifests, same) {
				line("  manifest: %s", digest(t, object))
			}
		}
	}
	return b.String()
}

// changes lists what is new or different, and with a minus what is gone.
func changes(before, after map[string]string) []string {
	var list []string
	for _, path := range slices.Sorted(maps.Keys(after)) {
		if old, ok := before[path]; !ok || old != after[path] {
			list = append(list, path+":"+after[path])
		}
	}
	for _, path := range slices.Sorted(maps.Keys(before)) {
		if _, ok := after[path]; !ok {
			list = append(list, "- "+path)
		}
	}
	return list
}

// leavesOf returns values that are not maps with something in them, by path, as JSON; a list takes
// a line for each item.
func leavesOf(t *testing.T, values map[string]any) map[string]string {
	t.Helper()
	leaves := map[string]string{}
	for key, value := range values {
		key = strings.ReplaceAll(key, ".", `\.`)
		m, _ := value.(map[string]any)
		for path, leaf := range leavesOf(t, m) {
			leaves[key+"."+path] = leaf
		}
		if len(m) > 0 {
			continue
		}
		list, _ := value.([]any)
		for _, item := range list {
			leaves[key] += "\n    - " + oneLine(t, item)
		}
		if len(list) == 0 {
			leaves[key] = " " + oneLine(t, value)
		}
	}
	return leaves
}

func oneLine(t *testing.T, v any) string {
	t.Helper()
	text, err := document.EncodeJSON(v)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

func digest(t *testing.T, object gen.KubernetesObject) string {
	t.Helper()
	metadata := object["metadata"].(map[string]any)
	namespace, _ := metadata["namespace"].(string)
	sum := sha256.Sum256([]byte(oneLine(t, object)))
	return fmt.Sprintf("%s/%s/%s sha256:%x", object["kind"], namespace, metadata["name"], sum[:6])
}
