package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

var hostileTexts = []string{
	"$(touch pwned)", "`touch pwned`", "a; touch pwned", "${VAR}", "$values", "{{ .Values.a }}", "{{",
	"ref+file:///etc/passwd", "###ZARF_VAR_X###", "a\nb: c", "a\rb", "a\tb", "a\x00b", "a\u2028b",
	"---", "...", "a\n---\nb", "!!binary aGk=", "&a", "*a", "a: b", "a #b", "[a]", "{a: b}", "|", ">", "%a", "@a",
	"\"", "'", "\\", "a\\", "<script>", "a|b", "a,b", "a=b", "a b", " a", "a ", "",
	"null", "true", "no", "0x1", "1e3", "007", "1:20", "1.0", "..", ".", "../a", "/a", "a/../b", "-a", "--help", "-",
	"ü", "\u202ea", strings.Repeat("a", 64), strings.Repeat("a", 2000),
	"1.0.0", "1.0.0+a", "v1.2.3-rc.1+null", "1.0.0-0x1", "https://example.com", "https://example.com/a?b=c",
	"https://a:b@example.com", "oci://example.com/null", "file:///etc", "HTTPS://EXAMPLE.COM",
	"cns-bundle", "flux-system", "argocd", "kube-system", "kustomization", "checksums", "Kustomization", "v1",
	"kustomize.config.k8s.io/v1beta1",
}

// put puts a text at a JSON pointer.
func put(document any, pointer, text string) {
	keys := strings.Split(pointer[1:], "/")
	for _, key := range keys[:len(keys)-1] {
		switch d := document.(type) {
		case map[string]any:
			document = d[key]
		case []any:
			document = d[key[0]-'0']
		}
	}
	last := strings.ReplaceAll(keys[len(keys)-1], "~1", "/")
	if list, ok := document.([]any); ok {
		list[last[0]-'0'] = text
	} else {
		document.(map[string]any)[last] = text
	}
}

// Whatever stands in a field of a recipe, the answer is a 400 or a bundle in which it is data,
// whatever the deployer.
func TestHostileFields(t *testing.T) {
	h := handler(t)
	const body = `{"kind":"Recipe","apiVersion":"cns.nvidia.com/v1alpha1",
		"metadata":{"version":"v1","created":"2026-01-01T00:00:00Z","appliedOverlays":["a"],
		"warnings":[{"criterion":"os","message":"m"}]},
		"criteria":{"service":"eks","accelerator":"h100","intent":"any","os":"any"},
		"constraints":{"kubernetes":{"version":">=1.32"},"os":{"id":"ubuntu","version":"24.04"},
		"driver":{"version":"580"},"kernel":{"version":"6"}},
		"preconditions":[{"name":"p","component":"z","text":"t","why":"w","source":"s","check":"c"}],
		"componentRefs":[{"name":"z","version":"1.0.0","repository":"https://example.com","chart":"c","namespace":"n",
		"dependencyRefs":["y"],"values":{"a":{"b":"c"}},"manifests":[{"apiVersion":"v1","kind":"A",
		"metadata":{"name":"m","namespace":"n","labels":{"a":"b"},
		"annotations":{"a":"b","cns.nvidia.com/apply":"before-chart"}},"data":{"a":"b"}}]},
		{"name":"y","version":"1.0.0","repository":"oci://example.com/a","chart":"c","namespace":"n"}]}`
	for p, pointer := range []string{
		"/metadata/version", "/metadata/created", "/metadata/appliedOverlays/0", "/metadata/warnings/0/message",
		"/criteria/service", "/constraints/kubernetes/version",
		"/constraints/os/id", "/constraints/os/version",
		"/preconditions/0/name", "/preconditions/0/component", "/preconditions/0/text", "/preconditions/0/why",
		"/preconditions/0/source", "/preconditions/0/check", "/componentRefs/0/name", "/componentRefs/0/version",
		"/componentRefs/0/repository", "/componentRefs/1/repository",
		"/componentRefs/0/chart", "/componentRefs/1/chart", "/componentRefs/0/namespace",
		"/componentRefs/0/dependencyRefs/0", "/componentRefs/0/values/a/b",
		"/componentRefs/0/manifests/0/apiVersion", "/componentRefs/0/manifests/0/kind",
		"/componentRefs/0/manifests/0/metadata/name", "/componentRefs/0/manifests/0/metadata/namespace",
		"/componentRefs/0/manifests/0/metadata/annotations/cns.nvidia.com~1apply",
	} {
		t.Run(strings.ReplaceAll(pointer[1:], "/", "."), func(t *testing.T) {
			t.Parallel()
			for i, text := range hostileTexts {
				sent := decode(t, []byte(body))
				put(sent, pointer, text)
				data, err := json.Marshal(sent)
				if err != nil {
					t.Fatal(err)
				}
				query := deployerQueries[(i+p)%len(deployerQueries)]
				w := post(h, "/v1/bundle?"+query, jsonType, string(data))
				checkAnswer(t, w)
				switch w.Code {
				case http.StatusBadRequest:
				case http.StatusOK:
					checkData(t, query, sent, w.Body.Bytes())
				default:
					t.Errorf("%s %q: %d", query, text, w.Code)
				}
			}
		})
	}
}

// checkData compares the recipe in a bundle with the one that was sent, and counts the fields of
// what scripts read.
func checkData(t *testing.T, query string, sent any, archive []byte) {
	t.Helper()
	for name, data := range entries(t, archive) {
		fields := map[string]int{"releases.tsv": 6, "charts.txt": 3}[name]
		switch {
		case fields > 0:
			lines := strings.Split(string(data), "\n")
			if len(lines) != 4 || lines[3] != "" {
				t.Errorf("%s: %q", name, data)
			}
			for _, line := range lines[1:3] {
				if got := strings.FieldsFunc(line, func(r rune) bool { return r == '\t' }); len(got) != fields {
					t.Errorf("%s: %q", name, line)
				}
			}
		case name == "images.txt" && len(data) > 0:
			t.Errorf("images %q", data)
		case name == "recipe.yaml" && !strings.Contains(query, "mirror"):
			var got map[string]any
			if err := yaml.UnmarshalStrict(data, &got); err != nil {
				t.Fatal(err)
			}
			want := sent.(map[string]any)
			for _, ref := range got["componentRefs"].([]any) {
				delete(ref.(map[string]any), "order")
			}
			checkContains(t, want["metadata"], got["metadata"])
			checkContains(t, want["constraints"], got["constraints"])
			checkContains(t, want["preconditions"].([]any)[0], got["preconditions"].([]any)[0])
			for i, ref := range want["componentRefs"].([]any) { // in install order
				checkContains(t, ref, got["componentRefs"].([]any)[1-i])
			}
		}
	}
}

// checkContains wants every field of want in got.
func checkContains(t *testing.T, want, got any) {
	t.Helper()
	for key, value := range want.(map[string]any) {
		if value == "" { // left out
			value = nil
		}
		if diff := cmp.Diff(value, got.(map[string]any)[key]); diff != "" {
			t.Errorf("%s: %s", key, diff)
		}
	}
}

// More components than the contract admits are refused, however many.
func TestTooManyComponents(t *testing.T) {
	h := handler(t)
	for count, want := range map[int]string{
		257:  "invalid /componentRefs: maximum number of items is 256",
		5000: "body: line 1: more than 10000 values",
	} {
		var refs []string
		for i := range count {
			refs = append(refs, foreign(fmt.Sprintf("c%d", i), ""))
		}
		w := post(h, "/v1/bundle", jsonType, recipeJSON(strings.Join(refs, ",")))
		if message := decode(t,
			w.Body.Bytes()).(map[string]any)["message"]; w.Code != http.StatusBadRequest || message != want {
			t.Errorf("%d components: %d, %v", count, w.Code, message)
		}
	}
}

// Whatever stands in a query, the server answers, and bundles are whole.
func TestHostileParameters(t *testing.T) {
	h := handler(t)
	body := recipeJSON(`{"name":"gpu-operator","version":"v26.7.0"}`)
	for _, format := range []string{
		"set=gpu-operator:driver.version=%s", "set=gpu-operator:daemonsets.labels.%s=a",
		"force-set=gpu-operator:%s=a", "set=%s:a=b", "bundlers=%s", "deployer=%s", "format=%s",
		"mirror=%s", "mirror=example.com/%s", "deployer=argocd&repo=%s", "deployer=flux&repo=https://example.com/%s",
		"deployer=argocd&repo=https://example.com/a//%s",
		"deployer=flux&repo=oci://example.com/a?ref=%s", "system-node-selector=%s", "system-node-selector=a=%s",
		"accelerated-node-toleration=%s:NoSchedule", "accelerated-node-toleration=a=%s:NoSchedule",
	} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			for _, text := range hostileTexts {
				query, value, _ := strings.Cut(strings.Replace(format, "%s", "\x01", 1), "\x01")
				i := strings.LastIndex("&"+query, "&")
				name, start, _ := strings.Cut(query[i:], "=")
				checkAnswer(t, post(h, "/v1/bundle?"+query[:i]+name+"="+url.QueryEscape(start+text+value), jsonType,
					body))
			}
		})
	}
}
