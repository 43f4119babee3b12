package server

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"gopkg.in/yaml.v3"

	"github.com/NVIDIA/cloud-native-stack/api"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
)

// TestRequestExamples sends every request example of the contract, in every format that it is
// documented for.
func TestRequestExamples(t *testing.T) {
	ts := start(t)
	for path, item := range spec(t).Paths.Map() {
		for method, op := range item.Operations() {
			if op.RequestBody == nil {
				continue
			}
			for mediaType, content := range op.RequestBody.Value.Content {
				for name, example := range content.Examples {
					t.Run(fmt.Sprintf("%s/%s/%s", op.OperationID, mediaType, name), func(t *testing.T) {
						resp, body := ts.do(t, call{method: method, path: path, contentType: mediaType,
							body: encode(t, mediaType, example.Value.Value)})
						if resp.StatusCode != http.StatusOK {
							t.Errorf("%d %s", resp.StatusCode, body)
						}
					})
				}
			}
		}
	}
}

// TestResponseExamples sends the request that each response example names and compares the answer
// with what is documented. Examples may leave things out: documented objects and lists have to be
// part of the real ones.
func TestResponseExamples(t *testing.T) {
	ts := start(t)
	doc := spec(t)
	for _, path := range doc.Paths.InMatchingOrder() {
		for _, op := range doc.Paths.Value(path).Operations() {
			for status, response := range op.Responses.Map() {
				content := response.Value.Content[jsonType]
				if content == nil {
					continue
				}
				for name, example := range content.Examples {
					t.Run(op.OperationID+"/"+name, func(t *testing.T) { provoke(t, ts, status, example.Value) })
				}
			}
		}
	}
}

func provoke(t *testing.T, ts *testServer, status string, example *openapi3.Example) {
	t.Helper()
	var request struct {
		Method, Path, Accept, ContentType string
		Body                              any
	}
	raw, err := json.Marshal(example.Extensions["x-request"])
	if err == nil {
		err = json.Unmarshal(raw, &request)
	}
	if err != nil || request.Method == "" {
		t.Fatalf("the example doesn't say which request it answers: x-request is %s", raw)
	}
	c := call{method: request.Method, path: request.Path, accept: request.Accept, contentType: request.ContentType}
	if request.Body != nil {
		c.body = encode(t, jsonType, request.Body)
	}
	resp, body := ts.do(t, c)
	if strconv.Itoa(resp.StatusCode) != status {
		t.Errorf("status %d, documented is %s", resp.StatusCode, status)
	}
	documented, _ := example.Value.(map[string]any)
	documented = maps.Clone(documented)
	delete(documented, "requestId")
	delete(documented, "timestamp")
	if path, ok := contains(decode(t, body), decode(t, []byte(encode(t, jsonType, documented)))); !ok {
		t.Errorf("documented, but not answered: %s\n%s", path, body)
	}
}

// contains reports whether the real value holds the documented one, and if not, where it differs.
func contains(real, documented any) (string, bool) {
	switch d := documented.(type) {
	case map[string]any:
		r, ok := real.(map[string]any)
		for _, key := range slices.Sorted(maps.Keys(d)) {
			if path, same := contains(r[key], d[key]); !ok || !same {
				return key + "/" + path, false
			}
		}
		return "", true
	case []any:
		r, _ := real.([]any)
		for i, item := range d {
			if !slices.ContainsFunc(r, func(other any) bool { _, ok := contains(other, item); return ok }) {
				return strconv.Itoa(i), false
			}
		}
		return "", true
	}
	return fmt.Sprintf("%v is %v", documented, real), documented == real
}

func encode(t testing.TB, mediaType string, value any) string {
	t.Helper()
	marshal := json.Marshal
	if mediaType != jsonType {
		marshal = yaml.Marshal
	}
	data, err := marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func spec(t testing.TB) *openapi3.T {
	t.Helper()
	c, err := contract.Load(api.Spec, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c.Doc
}
