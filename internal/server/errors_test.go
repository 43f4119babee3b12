package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/NVIDIA/cloud-native-stack/gen"
)

func criteriaJSON(spec string) string {
	return `{"kind":"recipeCriteria","apiVersion":"cns.nvidia.com/v1alpha1","spec":` + spec + `}`
}

func recipeJSON(refs string) string {
	return `{"kind":"Recipe","apiVersion":"cns.nvidia.com/v1alpha1","componentRefs":[` + refs + `]}`
}

// foreign is a component that the server doesn't know; more goes into the object.
func foreign(name, more string) string {
	const format = `{"name":%q,"version":"1.0.0","repository":"https://example.com","chart":"c","namespace":"n"%s}`
	return fmt.Sprintf(format, name, more)
}

func TestErrors(t *testing.T) {
	const (
		invalid     = gen.ErrorCodeInvalidRequest
		certManager = `{"name":"cert-manager","version":"v1.21.2"}`
	)
	values := func(schema string) string { // as the document has them
		var list []string
		for _, v := range spec(t).Components.Schemas[schema].Value.Enum {
			list = append(list, v.(string))
		}
		return strings.Join(list, ", ")
	}
	tests := []struct {
		name    string
		call    call
		status  int
		code    gen.ErrorCode
		message string // part of it
	}{
		{"unknown path", call{path: "/v1/recipes"}, 404, gen.ErrorCodeNotFound, "no such path: /v1/recipes"},
		{"unknown path and method", call{method: "BREW", path: "/v1/recipes"}, 404, gen.ErrorCodeNotFound,
			"no such path: /v1/recipes"},
		{"encoded slash", call{method: "DELETE", path: "/docs/a%2Fb"}, 405, gen.ErrorCodeMethodNotAllowed,
			"takes GET, HEAD"},
		{"trailing slash", call{path: "/v1/recipe/"}, 404, gen.ErrorCodeNotFound, "no such path"},
		{"unknown asset", call{path: "/docs/../../etc/passwd"}, 404, gen.ErrorCodeNotFound, "no such path"},
		{"wrong method", call{method: "DELETE", path: "/v1/recipe"}, 405, gen.ErrorCodeMethodNotAllowed,
			"/v1/recipe takes GET, HEAD, POST"},
		{"no such method", call{method: "BREW", path: "/v1/bundle"}, 405, gen.ErrorCodeMethodNotAllowed,
			"/v1/bundle takes POST"},
		{"unacceptable", call{path: "/v1/recipe", accept: "text/html"}, 406, gen.ErrorCodeNotAcceptable,
			"must admit one of application/json"},
		{"JSON refused", call{path: "/health", accept: "application/json;q=0, text/html"}, 406,
			gen.ErrorCodeNotAcceptable, "Accept"},

		{"unknown parameter", call{path: "/v1/recipe?servce=eks"}, 400, invalid,
			`unknown query parameter "servce": must be one of service, accelerator, gpu`},
		{"flag in another spelling", call{path: "/v1/recipe?explain=1"}, 400, invalid,
			`invalid explain: "1" must be true or false`},
		{"flag that is none", call{path: "/v1/recipe?explain=yes"}, 400, invalid,
			`invalid explain: "yes" must be true or false`},
		{"parameter where none is", call{path: "/health?x=1"}, 400, invalid, `GET /health takes no query parameters`},
		{"repeated parameter", call{path: "/v1/recipe?service=eks&service=eks"}, 400, invalid,
			`"service" is given 2 times`},
		{"repeated list", call{method: "POST", path: "/v1/bundle?bundlers=a&bundlers=b", contentType: jsonType,
			body: recipeJSON(certManager)}, 400, invalid, `"bundlers" is given 2 times`},
		{"malformed query", call{path: "/v1/recipe?service=%zz"}, 400, invalid, "malformed query"},
		{"query that is no UTF-8", call{method: "POST", path: "/v1/bundle?set=cert-manager:a=%ff",
			contentType: jsonType, body: recipeJSON(certManager)}, 400, invalid, `"set" is not valid UTF-8`},
		{"letter of another alphabet", call{path: "/v1/recipe?service=e%E2%84%AAs"}, 400, invalid,
			"invalid service type"},
		{"semicolon in query", call{path: "/v1/recipe?service=eks;os=ubuntu"}, 400, invalid, "malformed query"},
		{"service", call{path: "/v1/recipe?service=aws"}, 400, invalid,
			"invalid service type: must be one of " + values("Service")},
		{"accelerator", call{path: "/v1/recipe?accelerator=h10"}, 400, invalid,
			"invalid accelerator type: must be one of " + values("Accelerator")},
		{"gpu", call{path: "/v1/recipe?gpu=ALL"}, 400, invalid, "invalid accelerator type: must be one of"},
		{"intent", call{path: "/v1/recipe?intent=serving"}, 400, invalid,
			"invalid intent type: must be one of " + values("Intent")},
		{"os", call{path: "/v1/recipe?os=debian"}, 400, invalid, "invalid os type: must be one of " + values("OS")},
		{"empty value", call{path: "/v1/recipe?os="}, 400, invalid, "invalid os type"},
		{"deployer", call{method: "POST", path: "/v1/bundle?deployer=ansible", contentType: jsonType,
			body: recipeJSON(certManager)}, 400, invalid,
			"invalid deployer: must be one of helm, helmfile, argocd, flux"},
		{"nodes below 0", call{path: "/v1/recipe?nodes=-1"}, 400, invalid, "invalid nodes: number must be at least 0"},
		{"nodes with letters", call{path: "/v1/recipe?nodes=8abc"}, 400, invalid, `invalid nodes: "8abc"`},
		{"nodes not whole", call{path: "/v1/recipe?nodes=1.5"}, 400, invalid, "invalid nodes"},
		{"too many nodes", call{path: "/v1/recipe?nodes=99999999999999999999"}, 400, invalid, "invalid nodes"},
		{"gpu against accelerator", call{path: "/v1/recipe?gpu=h100&accelerator=gb200"}, 400, invalid,
			"gpu=h100 contradicts accelerator=gb200"},

		{"no content type", call{method: "POST", path: "/v1/recipe", body: criteriaJSON("{}")}, 415,
			gen.ErrorCodeUnsupportedMediaType, `unsupported Content-Type ""`},
		{"wrong content type", call{method: "POST", path: "/v1/recipe", contentType: "text/plain", body: "x"}, 415,
			gen.ErrorCodeUnsupportedMediaType, `"text/plain": must be one of application/json`},
		{"two content types", call{method: "POST", path: "/v1/recipe", body: criteriaJSON("{}"),
			header: http.Header{"Content-Type": {jsonType, "text/plain"}}}, 400, invalid,
			"Content-Type is given 2 times"},
		{"charset", call{method: "POST", path: "/v1/recipe", contentType: jsonType + "; charset=utf-16",
			body: criteriaJSON("{}")}, 415, gen.ErrorCodeUnsupportedMediaType,
			`unsupported charset "utf-16": must be utf-8`},
		{"compressed body", call{method: "POST", path: "/v1/recipe", contentType: jsonType, body: criteriaJSON("{}"),
			header: http.Header{"Content-Encoding": {"gzip"}}}, 415, gen.ErrorCodeUnsupportedMediaType,
			`unsupported Content-Encoding "gzip"`},
		{"empty body", call{method: "POST", path: "/v1/recipe", contentType: jsonType}, 400, invalid,
			"body: the document is empty"},
		{"empty YAML body", call{method: "POST", path: "/v1/bundle", contentType: yamlType, body: "# nothing\n"}, 400,
			invalid, "body: the document is empty"},
		{"broken JSON", call{method: "POST", path: "/v1/recipe", contentType: jsonType, body: `{"kind":`}, 400,
			invalid, "body: line 1: unexpected end of JSON"},
		{"trailing data", call{method: "POST", path: "/v1/recipe", contentType: jsonType,
			body: criteriaJSON("{}") + "{}"}, 400, invalid, "data after the first JSON value"},
		{"repeated key", call{method: "POST", path: "/v1/recipe", contentType: jsonType,
			body: criteriaJSON(`{"os":"cos","os":"rhel"}`)}, 400, invalid, `key "os" is there twice`},
		{"two YAML documents", call{method: "POST", path: "/v1/recipe", contentType: yamlType,
			body: criteriaJSON("{}") + "\n---\na: b\n"}, 400, invalid, "more than one YAML document"},
		{"wrong kind", call{method: "POST", path: "/v1/recipe", contentType: jsonType,
			body: `{"kind":"Recipe","apiVersion":"cns.nvidia.com/v1alpha1","spec":{}}`}, 400, invalid,
			"invalid /kind: must be recipeCriteria"},
		{"wrong kind of bundle", call{method: "POST", path: "/v1/bundle", contentType: jsonType,
			body: `{"kind":"Pod"}`}, 400, invalid, "invalid /kind: must be one of Recipe, recipeCriteria"},
		{"wrong apiVersion", call{method: "POST", path: "/v1/recipe", contentType: yamlType,
			body: "kind: recipeCriteria\napiVersion: v1\nspec: {}\n"}, 400, invalid,
			"invalid /apiVersion: must be cns.nvidia.com/v1alpha1"},
		{"missing spec", call{method: "POST", path: "/v1/recipe", contentType: yamlType,
			body: "kind: recipeCriteria\napiVersion: cns.nvidia.com/v1alpha1\n"}, 400, invalid, "missing field /spec"},
		{"unknown field", call{method: "POST", path: "/v1/recipe", contentType: jsonType,
			body: criteriaJSON(`{"gpus":"h100"}`)}, 400, invalid,
			`unknown field "gpus" in /spec: must be one of accelerator, intent, nodes, os, service`},
		{"wrong type", call{method: "POST", path: "/v1/recipe", contentType: jsonType,
			body: criteriaJSON(`{"nodes":"8"}`)}, 400, invalid, "invalid /spec/nodes: value must be an integer"},
		{"value in body", call{method: "POST", path: "/v1/recipe", contentType: jsonType,
			body: criteriaJSON(`{"service":"aws"}`)}, 400, invalid, "invalid service type: must be one of eks"},
		{"too many components", call{method: "POST", path: "/v1/bundle", contentType: jsonType,
			body: recipeJSON(certManager + strings.Repeat(","+certManager, 256))}, 400, invalid,
			"invalid /componentRefs: maximum number of items is 256"},
		{"5,000 components", call{method: "POST", path: "/v1/bundle", contentType: jsonType,
			body: recipeJSON(certManager + strings.Repeat(","+certManager, 4999))}, 400, invalid,
			"more than 10000 values"},
		{"alias bomb", call{method: "POST", path: "/v1/bundle", contentType: yamlType, body: aliasBomb()}, 400,
			invalid, "more than 10000 values"},
		{"too many values", call{method: "POST", path: "/v1/bundle", contentType: jsonType,
			body: "[" + strings.Repeat("1,", 20000) + "1]"}, 400, invalid, "more than 10000 values"},
		{"too many YAML values", call{method: "POST", path: "/v1/bundle", contentType: yamlType,
			body: "[" + strings.Repeat("1,", 20000) + "1]"}, 400, invalid, "more than 10000 values"},
		{"YAML directives", call{method: "POST", path: "/v1/recipe", contentType: yamlType,
			body: strings.Repeat("%TAG !a! !\n", 3) + "---\na: b\n"}, 400, invalid, "directives are not supported"},
		{"deep JSON", call{method: "POST", path: "/v1/bundle", contentType: jsonType,
			body: strings.Repeat("[", 100000)}, 400, invalid, "more than 64 levels of nesting"},
		{"deep YAML", call{method: "POST", path: "/v1/bundle", contentType: yamlType,
			body: strings.Repeat("[", 5000) + strings.Repeat("]", 5000)}, 400, invalid,
			"more than 64 levels of nesting"},
		{"2 MiB body", call{method: "POST", path: "/v1/bundle", contentType: jsonType,
			body: strings.Repeat(" ", 2<<20)}, 413, gen.ErrorCodePayloadTooLarge, "larger than 1048576 bytes"},
		{"body on GET", call{path: "/v1/recipe", contentType: jsonType, body: "{}"}, 400, invalid,
			"GET /v1/recipe takes no body"},

		{"no components", call{method: "POST", path: "/v1/bundle", contentType: jsonType, body: recipeJSON("")}, 400,
			invalid, "invalid /componentRefs"},
		{"hostile name", call{method: "POST", path: "/v1/bundle", contentType: jsonType,
			body: recipeJSON(foreign("../../x",
				""))}, 400, invalid, `invalid /componentRefs/0/name: "../../x" is malformed`},
		{"newline in version", call{method: "POST", path: "/v1/bundle", contentType: jsonType,
			body: recipeJSON(`{"name":"cert-manager","version":"1.0.0\n"}`)}, 400, invalid,
			"invalid /componentRefs/0/version"},
		{"version range", call{method: "POST", path: "/v1/bundle", contentType: jsonType,
			body: recipeJSON(`{"name":"cert-manager","version":"1.x"}`)}, 400, invalid, "want: Exact version"},
		{"shell in repository", call{method: "POST", path: "/v1/bundle", contentType: jsonType,
			body: recipeJSON(`{"name":"cert-manager","version":"1.0.0","repository":"https://x/$(id)"}`)}, 400,
			invalid, "invalid /componentRefs/0/repository"},
		{"option as chart", call{method: "POST", path: "/v1/bundle", contentType: jsonType,
			body: recipeJSON(`{"name":"cert-manager","version":"1.0.0","chart":"--post-renderer"}`)}, 400, invalid,
			"invalid /componentRefs/0/chart"},
		{"path as kind", call{method: "POST", path: "/v1/bundle", contentType: jsonType,
			body: recipeJSON(foreign("a",
				`,"manifests":[{"apiVersion":"v1","kind":"../X","metadata":{"name":"x"}}]`))}, 400, invalid,
			"invalid /componentRefs/0/manifests/0/kind"},
		{"no version", call{method: "POST", path: "/v1/bundle", contentType: jsonType,
			body: recipeJSON(`{"name":"cert-manager"}`)}, 400, invalid, "missing field /componentRefs/0/version"},
		{"unknown component", call{method: "POST", path: "/v1/bundle", contentType: jsonType,
			body: recipeJSON(`{"name":"cert-manger","version":"1.0.0"}`)}, 400, invalid,
			`unknown component "cert-manger": known are aws-efa, cert-manager, `},
		{"alias as a component", call{method: "POST", path: "/v1/bundle", contentType: jsonType,
			body: recipeJSON(`{"name":"gpuoperator","version":"1.0.0"}`)}, 400, invalid,
			"it is an alias, use the name gpu-operator"},
		{"parameter on POST", call{method: "POST", path: "/v1/recipe?service=eks", contentType: jsonType,
			body: criteriaJSON("{}")}, 400, invalid,
			`unknown query parameter "service": must be one of explain, strict; all else is in the body`},
		{"duplicate component", call{method: "POST", path: "/v1/bundle", contentType: jsonType,
			body: recipeJSON(certManager + "," +
				certManager)}, 400, invalid, `"cert-manager" is in componentRefs twice`},
		{"dependency cycle", call{method: "POST", path: "/v1/bundle", contentType: jsonType,
			body: recipeJSON(foreign("a", `,"dependencyRefs":["b"]`) + "," +
				foreign("b", `,"dependencyRefs":["a"]`))}, 400, invalid, "dependency cycle: a -> b -> a"},
		{"missing dependency", call{method: "POST", path: "/v1/bundle", contentType: jsonType,
			body: recipeJSON(foreign("a",
				`,"dependencyRefs":["b"]`))}, 400, invalid, `"a" depends on "b", which the recipe doesn't have`},
		{"date of a recipe", call{method: "POST", path: "/v1/bundle", contentType: jsonType,
			body: strings.Replace(recipeJSON(certManager), "{", `{"metadata":{"created":"yesterday"},`, 1)},
			400, invalid, "invalid /metadata/created"},
		{"criteria of a recipe", call{method: "POST", path: "/v1/bundle", contentType: jsonType,
			body: strings.Replace(recipeJSON(certManager), "{", `{"criteria":{"os":"dos"},`, 1)}, 400, invalid,
			"invalid os type"},

		{"set of unknown component", bundleCall("set=nosuch:a=b", certManager), 400, invalid,
			`component "nosuch" is not in this bundle: must be cert-manager`},
		{"set without component", bundleCall("set=a=b", certManager), 400, invalid,
			"want: `<component or alias>:<path>=<value>`"},
		{"set without value", bundleCall("set=cert-manager:a", certManager), 400, invalid,
			`invalid set: "cert-manager:a" is malformed; want: `},
		{"set with an open index", bundleCall("set=cert-manager:a[0=1", certManager), 400, invalid,
			"a list index has no ]"},
		{"set of a large number", bundleCall("set=cert-manager:replicaCount=9007199254740993", certManager), 400,
			invalid, "can't be represented exactly"},
		{"set that nests deep", bundleCall("set=cert-manager:extraArgs"+strings.Repeat("[0]", 100)+"=1", certManager),
			400, invalid, "more than 64 levels of nesting"},
		{"set of a path that the chart doesn't take", bundleCall("set=cert-manager:replicaCont=2", certManager), 400,
			invalid,
			`invalid set "cert-manager:replicaCont=2": cert-manager v1.21.2 takes no value at replicaCont: nearest ` +
				`to it: replicaCount (force-set sets it anyway)`},
		{"repo for helm", bundleCall("repo=https://git.example.com/a.git", certManager), 400, invalid,
			"deployer helm reads nothing from a repository"},
		{"set with a huge index", bundleCall("set=cert-manager:a[60000]=1", certManager), 400, invalid,
			"list index 60000 is above 1023"},
		{"bundlers", bundleCall("bundlers=cert-manager,nosuch", certManager), 400, invalid,
			`component "nosuch" is not in the recipe: must be cert-manager`},
		{"selector without value", bundleCall("system-node-selector=a", certManager), 400, invalid,
			"want: `key=value`, a Kubernetes label"},
		{"selector that is no label", bundleCall("system-node-selector=a%20b=c", certManager), 400, invalid,
			"invalid system-node-selector"},
		{"toleration effect", bundleCall("accelerated-node-toleration=a=b:Never", certManager), 400, invalid,
			"Effect is NoSchedule, PreferNoSchedule or NoExecute"},
	}
	ts := start(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			resp, body := ts.do(t, tt.call)
			var e gen.Error
			if err := json.Unmarshal(body, &e); err != nil {
				t.Fatalf("%v: %s", err, body)
			}
			if resp.StatusCode != tt.status || e.Code != tt.code || !strings.Contains(e.Message, tt.message) {
				t.Errorf("got %d %s %q\nwant %d %s …%q…", resp.StatusCode, e.Code, e.Message, tt.status, tt.code,
					tt.message)
			}
			if wantAllow := tt.status == 405; (resp.Header.Get("Allow") != "") != wantAllow {
				t.Errorf("Allow is %q", resp.Header.Get("Allow"))
			}
			if e.Retryable {
				t.Error("says that the same request may succeed later")
			}
		})
	}
}

func bundleCall(query, refs string) call {
	return call{method: "POST", path: "/v1/bundle?" + query, contentType: jsonType, body: recipeJSON(refs)}
}

// aliasBomb is 500 bytes of YAML that stand for gigabytes.
func aliasBomb() string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 10; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10),
			", "))
	}
	return b.String()
}

// TestMethods tries every method on every route: what Allow names works, everything else is a 405
// that says so.
func TestMethods(t *testing.T) {
	ts := start(t)
	for path, item := range spec(t).Paths.Map() {
		path = strings.ReplaceAll(path, "{asset}", "docs.js")
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} {
			documented := item.GetOperation(method) != nil || method == "HEAD" && item.Get != nil
			resp, _ := ts.do(t, call{method: method, path: path})
			if got := resp.StatusCode != http.StatusMethodNotAllowed; got != documented {
				t.Errorf("%s %s: %d", method, path, resp.StatusCode)
			}
			if named := strings.Contains(resp.Header.Get("Allow"),
				method); resp.StatusCode == http.StatusMethodNotAllowed && named {
				t.Errorf("%s %s is not allowed, but Allow says %s", method, path, resp.Header.Get("Allow"))
			}
		}
	}
}

func TestRateLimited(t *testing.T) {
	ts := start(t, "CNS_RATE_LIMIT=0.5", "CNS_RATE_BURST=3")
	for range 3 {
		ts.get(t, "/v1/recipe")
	}
	resp, body := ts.do(t, call{path: "/v1/recipe"})
	example := spec(t).Components.Responses["RateLimited"].Value.Content[jsonType].Example.(map[string]any)
	var e gen.Error
	if err := json.Unmarshal(body, &e); err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != 429 || string(e.Code) != example["code"] || e.Message != example["message"] || !e.Retryable {
		t.Errorf("got %d %s", resp.StatusCode, body)
	}
	if e.Details.Limit != 0.5 || e.Details.Burst != 3 {
		t.Errorf("details %v", e.Details)
	}
	for name, want := range map[string]string{"X-RateLimit-Limit": "0.5", "X-RateLimit-Remaining": "0",
		"Retry-After": "2"} {
		if got := resp.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	for _, path := range []string{"/health", "/ready", "/metrics"} {
		resp, _ := ts.do(t, call{path: path})
		if resp.StatusCode != 200 || resp.Header.Get("X-RateLimit-Limit") != "" {
			t.Errorf("%s: %d %v", path, resp.StatusCode, resp.Header)
		}
	}
}

func TestPastDeadline(t *testing.T) {
	ts := start(t, "CNS_REQUEST_TIMEOUT=1ns")
	for _, c := range []call{
		{path: "/v1/recipe"},
		{method: "POST", path: "/v1/recipe", contentType: jsonType, body: criteriaJSON("{}")},
		bundleCall("", `{"name":"cert-manager","version":"v1.21.2"}`),
	} {
		resp, body := ts.do(t, c)
		var e gen.Error
		if err := json.Unmarshal(body,
			&e); err != nil || resp.StatusCode != 504 || e.Code != gen.ErrorCodeTimeout || !e.Retryable {
			t.Errorf("%s %s: %d %s", c.method, c.path, resp.StatusCode, body)
		}
	}
}
