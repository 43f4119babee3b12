package bundle

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/bundletest"
)

// As many components as the contract admits cost time, not correctness: folders sort in install
// order and nothing is lost.
func TestManyComponents(t *testing.T) {
	const count = 256
	for name, params := range bundletest.EveryDeployer() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var r gen.Recipe
			for i := range count {
				ref := foreign(fmt.Sprint("c", count-i))
				ref.Order = i + 1
				if i > 0 {
					ref.DependencyRefs = []string{fmt.Sprint("c", count-i+1)}
				}
				r.ComponentRefs = append(r.ComponentRefs, ref)
			}
			b := mustBuild(t, testCatalog(), r, params)
			if lines := bytes.Count(file(t, b, "charts.txt"), []byte("\n")); lines != 1+count {
				t.Errorf("charts.txt has %d lines", lines)
			}
			folders := map[string]bool{}
			for _, f := range b.Files {
				folder, _, _ := strings.Cut(strings.TrimPrefix(f.Path, "applications/"), "/")
				folders[strings.TrimSuffix(folder, ".yaml")] = true
			}
			for i := range count {
				name := fmt.Sprintf("c%d", count-i)
				if folder := fmt.Sprintf("%03d-%s", i+1, name); !folders[folder] && !folders[name] {
					t.Fatalf("neither a folder %s nor an Application %s", folder, name)
				}
			}
		})
	}
}

func TestLargeValues(t *testing.T) {
	for _, name := range []string{"helm", "helmfile", "argocd", "flux"} {
		params := bundletest.EveryDeployer()[name]
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ref := foreign("podinfo")
			ref.Values = map[string]any{
				"line": strings.Repeat("x", 1<<19), "lines": strings.Repeat("a: b # c\n", 1<<10),
				strings.Repeat("k", 1<<11): "long key",
			}
			want := mustJSON(t, ref.Values)
			found := map[string]int{}
			for _, document := range documentsOf(t, mustBuild(t, testCatalog(), recipeOf(ref), params)) {
				recordHeld(found, document)
			}
			if found[want] < 2 {
				t.Error("the values are not what they were")
			}
		})
	}
}
