package bundle

import (
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/archive"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/bundletest"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/component"
)

// hostile texts look like YAML, shell, templates or references to tools that read bundles.
var hostile = []string{
	"", " ", "  leading", "trailing ", "\t", "\n", "\n\n", "a\nb", "\na", "a\n", "a\n\n", " a\n b", "a\r\nb", "\r",
	"a\u0085b", "a\u2028b\u2029c", "\ufeffa", "a\ufeff",
	"---", "...", "a\n---\nb: c", "---\nkind: Secret\n", "\n---\n", "\n...\n", "# comment", "a # comment", "a: b", "a:",
	": a", "- a", "-", "? a", "?", "|", ">", "|-", "|\n  a", "&anchor", "&a b", "*alias", "!!binary aGk=", "!!str",
	"!tag", "%YAML 1.1", "@at", "`tick`", "{a: b}", "[a, b]", "{", "}", "[", "]", ",",
	"<<", "=", "~", "null", "Null", "NULL", "true", "True", "yes", "Yes", "YES", "no", "NO", "on", "off", "y", "n", "Y",
	"N", "0", "-0", "007", "0o7", "0x1F", "0b11", "1_000", "1e3", "1E3", "1.", ".5", "+1", "1.0", ".inf", "-.Inf",
	".NaN", "1:20", "190:20:30", "12:30:45", "-1:2.5", "2024-01-01", "2024-01-01T00:00:00Z", "1.28", "9007199254740993",
	"1e400", `"quoted"`, `'single'`, `"open`, `'open`, `\`, `\n`, `a\`, `"\x41"`,
	"$(touch pwned)", "`touch pwned`", "; rm -rf /", "${VAR}", "$${VAR}", "${VAR:=x}", "$VAR", "$values/x", "%{x}",
	"{{ .Values.a }}", "{{", "}}", "{{- end }}", "[[ .x ]]", "<no value>", "###ZARF_VAR_X###",
	"ref+file:///etc/passwd", "secretref+awsssm://x", "ENC[AES256_GCM,data:x]", "\x00", "\x01\x1b[31m", "\x7f",
	"ü☃🚀", "e\u0301", "\u202eabc", "\ufffd", "../../etc/passwd", "/etc/passwd", "file:///etc/passwd",
	strings.Repeat("x", 300), strings.Repeat("a b ", 100), strings.Repeat("l\n", 100),
}

// hostileValues has each text as a value, a list's item and a key.
func hostileValues() map[string]any {
	list, keys := []any{}, map[string]any{}
	for i, s := range hostile {
		list = append(list, s)
		keys[s] = s
		keys[fmt.Sprint("n", i)] = map[string]any{s: []any{s, map[string]any{s: nil}}}
	}
	return map[string]any{
		"list": list, "keys": keys, "null": nil, "true": true, "no": false,
		"int": int64(7), "big": int64(1)<<53 - 1, "half": 0.5, "tiny": 1e-7,
		"empty": map[string]any{}, "none": []any{}, "nested": []any{[]any{[]any{}}, map[string]any{}},
	}
}

func hostileRecipe() gen.Recipe {
	r := gen.Recipe{APIVersion: gen.APIVersionV1Alpha1, Kind: gen.RecipeKindRecipe}
	namespaces := []string{"flux-system", "argocd", "kube-system", "null", "1e3", "0x1"}
	for i, name := range []string{"recipe", "applications", "null", "0x1", "1e3", strings.Repeat("x", 53)} {
		ref := gen.ComponentRef{
			Name: name, Version: "1.0.0-1e3+0x1", Repository: "oci://no/007", Chart: "0o7", Namespace: namespaces[i],
			Values: hostileValues(),
		}
		if i > 0 {
			ref.Values = map[string]any{"text": hostile[i]}
			ref.DependencyRefs = []string{"recipe"}
		}
		for _, when := range []component.Stage{component.BeforeChart, component.AfterChart} {
			object := manifest(when, "Kustomization", "{{ x }}\n---\n"+string(when))
			object["data"] = map[string]any{"list": hostileValues()["list"]}
			ref.Manifests = append(ref.Manifests, object)
		}
		r.ComponentRefs = append(r.ComponentRefs, ref)
	}
	return r
}

// Whatever a recipe holds arrives as the same data in every bundle, whichever YAML reader takes it.
func TestHostileRecipe(t *testing.T) {
	for name, params := range bundletest.EveryDeployer() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := hostileRecipe()
			if params.Deployer == gen.DeployerHelmfile { // refuses them
				for i := range r.ComponentRefs {
					r.ComponentRefs[i].Values = map[string]any{"a": "{{ b }}\n---\n"}
				}
			}
			want := bundletest.PlainJSON(t, r)
			found := map[string]int{}
			for _, document := range documentsOf(t, mustBuild(t, testCatalog(), r, params)) {
				recordHeld(found, document)
			}
			for _, ref := range want.(map[string]any)["componentRefs"].([]any) {
				ref := ref.(map[string]any)
				for _, value := range append(ref["manifests"].([]any), ref["values"]) {
					text := mustJSON(t, value)
					if found[text] < 2 { // in recipe.yaml and in a file of the deployer's
						t.Errorf("%d times: %.200s", found[text], text)
					}
				}
			}
		})
	}
}

// recordHeld counts everything that a document holds.
func recordHeld(found map[string]int, v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, item := range v {
			recordHeld(found, item)
		}
	case []any:
		for _, item := range v {
			recordHeld(found, item)
		}
	default:
		return
	}
	if data, err := json.Marshal(v); err == nil {
		found[string(data)]++
	}
}

var cleanPath = regexp.MustCompile(`^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$`)

// documentsOf decodes every YAML and JSON document of a bundle by each reader that tools use, and
// checks the bundle's paths.
func documentsOf(t *testing.T, b Bundle) map[string]any {
	t.Helper()
	documents := map[string]any{}
	seen := map[string]bool{}
	for _, f := range b.Files {
		folded := strings.ToLower(f.Path) // as on macOS and Windows
		isClean := cleanPath.MatchString(f.Path) && path.Clean(f.Path) == f.Path && !strings.HasPrefix(f.Path, "..")
		if !isClean || seen[folded] {
			t.Errorf("path %q", f.Path)
		}
		seen[folded] = true
		switch {
		case strings.HasPrefix(path.Base(f.Path), "manifests.yaml"): // the template of a constant chart
		case path.Ext(f.Path) == ".json":
			var v any
			if err := json.Unmarshal(f.Data(), &v); err != nil {
				t.Errorf("%s: %v", f.Path, err)
			}
		case path.Ext(f.Path) == ".yaml":
			for i, document := range bundletest.DecodeYAML(t, f) {
				documents[fmt.Sprint(f.Path, "#", i)] = document
				if text := valuesText(document); text != "" {
					values := archive.NewFile(f.Path, archive.Single([]byte(text)))
					documents[fmt.Sprint(f.Path, "#", i, " values")] = bundletest.DecodeYAML(t, values)
				}
			}
		}
	}
	return documents
}

// valuesText returns Helm values that an object has as text, because there is a null in them.
func valuesText(document any) string {
	for _, keys := range [][]string{{"data", "values.yaml"}, {"spec", "source", "helm", "values"}} {
		v := document
		for _, key := range keys {
			m, _ := v.(map[string]any)
			v = m[key]
		}
		if text, ok := v.(string); ok {
			return text
		}
	}
	return ""
}

// In the objects of Argo CD and Flux a null would get lost, so values with one are text there.
func TestNullValues(t *testing.T) {
	for name, params := range bundletest.EveryDeployer() {
		for text, values := range map[string]map[string]any{
			"a: null\n":               {"a": nil},
			"a:\n  - b: null\n":       {"a": []any{map[string]any{"b": nil}}},
			"a:\n  b: \"null\"\n":     {"a": map[string]any{"b": "null"}},
			"a: []\nb: {}\nc: \"\"\n": {"a": []any{}, "b": map[string]any{}, "c": ""},
		} {
			ref := foreign("podinfo")
			ref.Values = values
			isText := false
			for _, document := range documentsOf(t, mustBuild(t, testCatalog(), recipeOf(ref), params)) {
				if found := valuesText(document); found != "" {
					isText = true
					if found != text {
						t.Errorf("%s: %q, want %q", name, found, text)
					}
				}
			}
			isObject := !strings.Contains(name, "helm") && name != "argocd git"
			if want := isObject && strings.Contains(text, ": null"); isText != want {
				t.Errorf("%s, %q: as text %v, want %v", name, text, isText, want)
			}
		}
	}
}

// No two files of a bundle have one path, whatever the components are called.
func TestPathsOfAnyNames(t *testing.T) {
	for _, names := range [][]string{
		{strings.Repeat("x", 40), strings.Repeat("x", 41), strings.Repeat("x", 53), strings.Repeat("y", 53)},
		{"a", "a-before-chart", "before-chart", "manifests-1", "manifests", "1", "01", strings.Repeat("x", 53)},
	} {
		for name, params := range bundletest.EveryDeployer() {
			t.Run(name, func(t *testing.T) {
				var r gen.Recipe
				for i, name := range names {
					ref := foreign(name)
					ref.Order, ref.Manifests = i+1, []gen.KubernetesObject{
						manifest(component.BeforeChart, "A", "a"+name), manifest(component.AfterChart, "A", "b"+name),
					}
					r.ComponentRefs = append(r.ComponentRefs, ref)
				}
				documentsOf(t, mustBuild(t, testCatalog(), r, params))
			})
		}
	}
}
