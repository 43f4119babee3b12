package contract

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
)

func TestValidateAdmitsBodies(t *testing.T) {
	tests := []struct {
		name              string
		path, contentType string
		body              string
		want              string
	}{
		{"JSON", "/things", asJSON, ` { "kind" : "thing" } `, `{"kind":"thing"}`},
		{"JSON with a charset", "/things", "Application/JSON; charset=utf-8", `{"kind":"thing"}`, `{"kind":"thing"}`},
		{"YAML", "/things", asYAML, "kind: thing\nfree: {at: 2026-01-27, n: 1000000}\n",
			`{"free":{"at":"2026-01-27","n":1000000},"kind":"thing"}`},
		{"canonical spelling", "/things", asJSON, `{"kind":"thing","spec":{"color":"RED","size":"xl","count":1}}`,
			`{"kind":"thing","spec":{"color":"red","count":1,"size":"XL"}}`},
		{"canonical spelling in YAML", "/things", asYAML, "kind: thing\nspec: {color: Any}",
			`{"kind":"thing","spec":{"color":"any"}}`},
		{"free text keeps its spelling", "/things", asJSON, `{"kind":"thing","note":"RED","free":{"color":"RED"}}`,
			`{"free":{"color":"RED"},"kind":"thing","note":"RED"}`},
		{"one of two", "/either", asJSON, `{"kind":"other","name":"x"}`, `{"kind":"other","name":"x"}`},
		{"the other, canonical", "/either", asJSON, `{"kind":"thing","spec":{"color":"Red"}}`,
			`{"kind":"thing","spec":{"color":"red"}}`},
		{"at the level limit", "/things", asJSON, `{"kind":"thing","free":{"a":[[[1]]]}}`,
			`{"free":{"a":[[[1]]]},"kind":"thing"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, p := try(t, loadSpec(t, nil), request("POST", tt.path, tt.contentType, tt.body))
			if p != nil {
				t.Fatal(p)
			}
			want := &seen{Accept: asJSON, ContentType: asJSON, Body: tt.want, Length: int64(len(tt.want))}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestBodiesComeAgain sends bodies several times: the answer is the same, and what is right as YAML
// isn't as JSON.
func TestBodiesComeAgain(t *testing.T) {
	var got *seen
	var failed error
	handler := chain(loadSpec(t, nil), &got, &failed)
	for range 3 {
		for _, tt := range []struct{ contentType, body, want string }{
			{asYAML, `{kind: thing, spec: {color: RED}}`, `{"kind":"thing","spec":{"color":"red"}}`},
			{asJSON, `{kind: thing, spec: {color: RED}}`, ""},
			{asJSON, `{"kind":"thing","spec":{"color":"RED"}}`, `{"kind":"thing","spec":{"color":"red"}}`},
			{asJSON, `{"kind":"thing","spec":{"color":"rot"}}`, ""},
			{asJSON, "", ""},
			{asJSON, `{"kind":"thing","free":"` + strings.Repeat(" ", 16<<10) + `"}`, ""},
		} {
			got, failed = nil, nil
			handler.ServeHTTP(httptest.NewRecorder(), request("POST", "/things", tt.contentType, tt.body))
			if isAdmitted := failed == nil; isAdmitted != (tt.want != "") || isAdmitted && got.Body != tt.want {
				t.Errorf("%s %.50s: got %+v, %v, want %q", tt.contentType, tt.body, got, failed, tt.want)
			}
		}
	}
}

func TestValidateRefusesBodies(t *testing.T) {
	in := func(field string) apierror.Details { return apierror.Details{Field: field} }
	kinds := func(requested string) apierror.Details {
		return apierror.Details{Field: "/kind", Requested: requested, Allowed: []string{"other", "thing"}}
	}
	tests := []struct {
		name              string
		path, contentType string
		body              string
		want              string
		detail            apierror.Details
	}{
		{"empty", "/things", asJSON, "", "body: the document is empty", apierror.Details{}},
		{"null", "/things", asJSON, "null", "invalid /: Value is not nullable", in("/")},
		{"list", "/things", asJSON, "[]", "invalid /: value must be an object", in("/")},
		{"cut", "/things", asJSON, "{\n\n", "body: line 3: unexpected end of JSON", apierror.Details{}},
		{"YAML for JSON", "/things", asJSON, "kind: thing",
			"body: line 1: invalid character 'k' looking for beginning of value", apierror.Details{}},
		{"repeated key", "/things", asJSON, `{"kind":"thing","kind":"thing"}`,
			`body: line 1: key "kind" is there twice`, apierror.Details{}},
		{"two YAML documents", "/things", asYAML, "kind: thing\n---\n", "body: more than one YAML document",
			apierror.Details{}},
		{"over the level limit", "/things", asJSON, `{"kind":"thing","free":{"a":[[[[1]]]]}}`,
			"body: line 1: more than 6 levels of nesting", apierror.Details{}},
		{"aliases over the size limit", "/things", asYAML,
			"kind: thing\nfree: {a: &x " + strings.Repeat("x", 200) + ", b: [*x, *x]}",
			"body: line 2: the document exceeds 512 bytes once its aliases are expanded", apierror.Details{}},
		{"missing field", "/things", asJSON, "{}", "missing field /kind", in("/kind")},
		{"enum", "/things", asJSON, `{"kind":"thong"}`, "invalid /kind: must be thing",
			apierror.Details{Field: "/kind", Requested: "thong", Allowed: []string{"thing"}}},
		{"enum of another type", "/things", asJSON, `{"kind":1}`, "invalid /kind: must be thing",
			apierror.Details{Field: "/kind", Requested: int64(1), Allowed: []string{"thing"}}},
		{"criterion", "/things", asJSON, `{"kind":"thing","spec":{"color":"pink"}}`,
			"invalid color: must be one of red, green, blue, any",
			apierror.Details{Field: "/spec/color", Requested: "pink",
				Allowed: []string{"red", "green", "blue", "any"}}},
		{"criterion in a list isn't canonical", "/things", asJSON, `{"kind":"thing","list":[{"color":"RED"}]}`,
			"invalid color: must be one of red, green, blue, any",
			apierror.Details{Field: "/list/0/color", Requested: "RED",
				Allowed: []string{"red", "green", "blue", "any"}}},
		{"unknown field", "/things", asJSON, `{"kind":"thing","specs":{}}`,
			`unknown field "specs" in /: must be one of at, free, kind, labels, list, note, spec`,
			apierror.Details{Field: "/", Requested: "specs",
				Allowed: []string{"at", "free", "kind", "labels", "list", "note", "spec"}}},
		{"unknown field below", "/things", asJSON, `{"kind":"thing","list":[{},{"colour":"red"}]}`,
			`unknown field "colour" in /list/1: must be one of color, count, size`,
			apierror.Details{Field: "/list/1", Requested: "colour", Allowed: []string{"color", "count", "size"}}},
		{"first of two unknown fields", "/things", asJSON, `{"kind":"thing","spec":{"y":1,"x":1,"count":1}}`,
			`unknown field "x" in /spec: must be one of color, count, size`,
			apierror.Details{Field: "/spec", Requested: "x", Allowed: []string{"color", "count", "size"}}},
		{"too long", "/things", asJSON, `{"kind":"thing","note":"abcde"}`,
			"invalid /note: maximum string length is 4", apierror.Details{Field: "/note", Requested: "abcde"}},
		{"fraction", "/things", asJSON, `{"kind":"thing","spec":{"count":1.5}}`,
			"invalid /spec/count: value must be an integer", apierror.Details{Field: "/spec/count", Requested: 1.5}},
		{"format", "/things", asJSON, `{"kind":"thing","at":"yesterday"}`, `invalid /at: "yesterday" is no date-time`,
			apierror.Details{Field: "/at", Requested: "yesterday"}},
		{"no discriminator", "/either", asJSON, `{"name":"x"}`, "invalid /kind: must be one of other, thing",
			kinds("")},
		{"unknown discriminator", "/either", asJSON, `{"kind":"x"}`, "invalid /kind: must be one of other, thing",
			kinds("x")},
		{"discriminator that is no string", "/either", asJSON, `{"kind":["thing"]}`,
			"invalid /kind: must be one of other, thing", kinds("")},
		{"list for one of two", "/either", asJSON, `[{"kind":"thing"}]`,
			"the body must be an object of kind other or thing", apierror.Details{}},
		{"null for one of two", "/either", asJSON, `null`, "the body must be an object of kind other or thing",
			apierror.Details{}},
		{"fault in one of two", "/either", asJSON, `{"kind":"other"}`, "missing field /name", in("/name")},
		{"field of the other", "/either", asJSON, `{"kind":"other","name":"x","note":"y"}`,
			`unknown field "note" in /: must be one of kind, name`,
			apierror.Details{Field: "/", Requested: "note", Allowed: []string{"kind", "name"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, p := try(t, loadSpec(t, nil), request("POST", tt.path, tt.contentType, tt.body))
			checkProblem(t, p, apierror.Invalidf(tt.detail, "%s", tt.want))
		})
	}
}

func TestValidateContentType(t *testing.T) {
	for _, contentType := range []string{"", "text/plain", "application/x-www-form-urlencoded", "application/yaml2",
		"application/json; charset", "*/*"} {
		t.Run(contentType, func(t *testing.T) {
			_, p := try(t, loadSpec(t, nil), request("POST", "/things", contentType, `{"kind":"thing"}`))
			checkProblem(t, p, apierror.New(apierror.UnsupportedMediaType,
				apierror.Details{Requested: contentType, Allowed: []string{asJSON, asYAML}},
				"unsupported Content-Type %q: must be one of application/json, application/yaml", contentType))
		})
	}
}

func TestValidateBodyWhereNoneBelongs(t *testing.T) {
	chunked := request("DELETE", "/things", "", "")
	chunked.Body, chunked.ContentLength = io.NopCloser(strings.NewReader("x")), -1
	for name, r := range map[string]*http.Request{"length known": request("DELETE", "/things", asJSON, "{}"),
		"length unknown": chunked} {
		t.Run(name, func(t *testing.T) {
			_, p := try(t, loadSpec(t, nil), r)
			checkProblem(t, p, apierror.Invalidf(apierror.Details{}, "DELETE /things takes no body"))
		})
	}
}

// An answer must not repeat what may be a megabyte.
func TestValidateAbridgesWhatItRepeats(t *testing.T) {
	long := "x" + strings.Repeat("é", 2000)
	spec := replaced(t, "bodyBytes: 512", "bodyBytes: 100000")
	c, err := Load(spec, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]*http.Request{
		"value":           request("POST", "/things", asJSON, `{"kind":"`+long+`"}`),
		"unknown field":   request("POST", "/things", asJSON, `{"kind":"thing","`+long+`":1}`),
		"field":           request("POST", "/things", asJSON, `{"kind":"thing","labels":{"`+long+`":1}}`),
		"repeated key":    request("POST", "/things", asJSON, `{"`+long+`":1,"`+long+`":1}`),
		"repeated in two": request("POST", "/things", asYAML, "? "+long+"\n: 1\n? "+long+"\n: 1\n"),
		"number":          request("POST", "/things", asJSON, strings.Repeat("9", 4000)),
		"parameter value": request("GET", "/search?tag="+long, "", ""),
	} {
		t.Run(name, func(t *testing.T) {
			_, p := try(t, c, r)
			if p == nil {
				t.Fatal("admitted")
			}
			data, err := json.Marshal([]any{p.Message, p.Details})
			if err != nil {
				t.Fatal(err)
			}
			if len(data) > 1500 || bytes.Contains(data, []byte(`\ufffd`)) {
				t.Errorf("%d bytes: %s", len(data), data)
			}
		})
	}
}
