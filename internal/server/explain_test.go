package server

import (
	"bytes"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestExplain asks for explanations by GET and POST: without them the recipe is the one that is
// answered otherwise, and a bundle of it is the same bytes.
func TestExplain(t *testing.T) {
	ts := start(t)
	plain := ts.get(t, "/v1/recipe?service=eks&accelerator=gb200&intent=training")
	explained := ts.get(t, "/v1/recipe?service=eks&accelerator=gb200&intent=training&explain=true")
	_, posted := ts.do(t, call{method: http.MethodPost, path: "/v1/recipe?explain=true", contentType: jsonType,
		body: criteriaJSON(`{"service":"eks","accelerator":"gb200","intent":"training"}`)})
	if !bytes.Equal(explained, posted) {
		t.Error("GET and POST explain differently")
	}
	recipe := decode(t, explained).(map[string]any)
	explanations, _ := recipe["explanations"].([]any)
	if len(explanations) < 20 {
		t.Fatalf("%d explanations", len(explanations))
	}
	delete(recipe, "explanations")
	if diff := cmp.Diff(decode(t, plain), any(recipe)); diff != "" {
		t.Error(diff)
	}
	if again := ts.get(t,
		"/v1/recipe?service=eks&accelerator=gb200&intent=training&explain=false"); !bytes.Equal(plain, again) {
		t.Error("explain=false changes the recipe")
	}
	bundle := func(body []byte) []byte {
		resp, zip := ts.do(t, call{method: http.MethodPost, path: "/v1/bundle", contentType: jsonType,
			body: string(body)})
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("%d %s", resp.StatusCode, zip)
		}
		return zip
	}
	if !bytes.Equal(bundle(plain), bundle(explained)) {
		t.Error("explanations change the bundle")
	}
}
