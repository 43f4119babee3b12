package contract

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/requestbody"
)

const (
	asJSON = "application/json"
	asYAML = "application/yaml"
)

// seen is what gets to a handler behind validation.
type seen struct {
	Query, Accept, ContentType, Body string
	Length                           int64
}

// chain routes the paths of testSpec to a handler that records what it gets, through validation.
// Errors go to failed.
func chain(c *Contract, got **seen, failed *error) http.Handler {
	fail := func(w http.ResponseWriter, _ *http.Request, err error) {
		*failed = err
		w.WriteHeader(http.StatusTeapot)
	}
	handler := func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(err)
		}
		*got = &seen{r.URL.RawQuery, r.Header.Get("Accept"), r.Header.Get("Content-Type"), string(body),
			r.ContentLength}
	}
	router := chi.NewRouter()
	router.Use(middleware.GetHead)
	router.Group(func(routed chi.Router) {
		routed.Use(c.Negotiate(fail), c.AdmitBody(fail), receive, c.Examine(fail), c.ValidateBody(fail))
		routed.Get("/", handler)
		routed.Get("/search", handler)
		routed.Get("/orders/{id}", handler)
		routed.Post("/things", handler)
		routed.Delete("/things", handler)
		routed.Post("/either", handler)
		routed.Get("/forgotten", handler)
	})
	return router
}

// receive takes bodies as package admission does.
func receive(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 {
			data, err := io.ReadAll(r.Body)
			if err != nil {
				panic(err)
			}
			requestbody.Set(r, data)
		}
		next.ServeHTTP(w, r)
	})
}

// try sends a request through chain. The problem is nil if the request got through.
func try(t *testing.T, c *Contract, r *http.Request) (*seen, *apierror.Error) {
	t.Helper()
	var got *seen
	var failed error
	w := httptest.NewRecorder()
	chain(c, &got, &failed).ServeHTTP(w, r)
	var p *apierror.Error
	switch {
	case failed == nil && got == nil:
		t.Fatalf("%s %s answers %d before validation", r.Method, r.URL, w.Code)
	case failed != nil && got != nil:
		t.Fatalf("the handler ran after the error %v", failed)
	case failed != nil && !errors.As(failed, &p):
		t.Fatalf("a fault of the server: %v", failed)
	}
	return got, p
}

func request(method, target, contentType, body string) *http.Request {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return r
}

func TestValidateAdmitsQueries(t *testing.T) {
	tests := []struct {
		name  string
		query string
		want  string
	}{
		{"nothing", "", "count=3"},
		{"canonical already", "count=4&color=red", "count=4&color=red"},
		{"canonical spelling", "color=RED&count=4", "color=red&count=4"},
		{"canonical spelling in upper case", "size=xl&count=4", "count=4&size=XL"},
		{"default beside others", "color=any", "color=any&count=3"},
		{"bounds", "count=0", "count=0"},
		{"upper bound", "count=9", "count=9"},
		{"list in one parameter", "only=a,b&count=1", "only=a,b&count=1"},
		{"list with escaped commas", "only=a%2Cb&count=1", "only=a%2Cb&count=1"},
		{"list of repeated parameters", "tag=a&tag=b&count=1", "tag=a&tag=b&count=1"},
		{"repeated parameters with a change", "tag=b&tag=a", "count=3&tag=b&tag=a"},
		{"escapes", "color=r%65d&count=1", "color=r%65d&count=1"},
		{"alias", "colour=RED&count=1", "color=red&count=1"},
		{"alias that agrees", "count=1&colour=RED&color=Red", "color=red&count=1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, p := try(t, loadSpec(t, nil), request("GET", "/search?"+tt.query, "", ""))
			if p != nil {
				t.Fatal(p)
			}
			if diff := cmp.Diff(&seen{Query: tt.want, Accept: asJSON}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestValidateRefusesQueries(t *testing.T) {
	const all = "color, colour, size, count, only, tag"
	names := []string{"color", "colour", "size", "count", "only", "tag"}
	tests := []struct {
		name   string
		target string
		want   string
		detail apierror.Details
	}{
		{"unknown parameter", "/search?colur=red", `unknown query parameter "colur": must be one of ` + all,
			apierror.Details{Parameter: "colur", Allowed: names}},
		{"parameter in another case", "/search?Color=red", `unknown query parameter "Color": must be one of ` + all,
			apierror.Details{Parameter: "Color", Allowed: names}},
		{"parameter without a name", "/search?=red", `unknown query parameter "": must be one of ` + all,
			apierror.Details{Parameter: "", Allowed: names}},
		{"parameter where there is none", "/orders/7?x=1",
			`unknown query parameter "x": GET /orders/{id} takes no query parameters`,
			apierror.Details{Parameter: "x"}},
		{"repeated parameter", "/search?color=red&color=red",
			`parameter "color" is given 2 times, it takes one value`, apierror.Details{Parameter: "color"}},
		{"repeated list in one parameter", "/search?only=a&only=b&only=c",
			`parameter "only" is given 3 times, it takes one value`, apierror.Details{Parameter: "only"}},
		{"more parameters than are looked at", "/search?" + strings.Repeat("x=1&", 110),
			"the query has 111 parameters: GET /search takes at most 102", apierror.Details{Limit: 102}},
		{"semicolon", "/search?count=1;color=red", "malformed query: invalid semicolon separator in query",
			apierror.Details{}},
		{"escape", "/search?color=%zz", `malformed query: invalid URL escape "%zz"`, apierror.Details{}},
		{"escape in a name", "/search?%zz=1", `malformed query: invalid URL escape "%zz"`, apierror.Details{}},
		{"enum", "/search?color=pink", "invalid color: must be one of red, green, blue, any",
			apierror.Details{Parameter: "color", Requested: "pink", Allowed: []string{"red", "green", "blue", "any"}}},
		{"enum without a title", "/search?size=L", "invalid size: must be one of S, M, XL",
			apierror.Details{Parameter: "size", Requested: "L", Allowed: []string{"S", "M", "XL"}}},
		{"enum, empty", "/search?color=", "invalid color: must be one of red, green, blue, any",
			apierror.Details{Parameter: "color", Requested: "", Allowed: []string{"red", "green", "blue", "any"}}},
		{"number with rubbish", "/search?count=8abc", `invalid count: "8abc" must be a whole number`,
			apierror.Details{Parameter: "count", Requested: "8abc"}},
		{"number with a fraction", "/search?count=1.5", `invalid count: "1.5" must be a whole number`,
			apierror.Details{Parameter: "count", Requested: "1.5"}},
		{"negative number", "/search?count=-1", "invalid count: number must be at least 0",
			apierror.Details{Parameter: "count", Requested: -1.0}},
		{"number too large", "/search?count=10", "invalid count: number must be at most 9",
			apierror.Details{Parameter: "count", Requested: 10.0}},
		{"pattern without a description", "/search?only=a,B", `invalid only: "B" is malformed; want: ^[a-z]+$`,
			apierror.Details{Parameter: "only", Requested: "B"}},
		{"pattern with a description", "/search?tag=B", `invalid tag: "B" is malformed; want: a word`,
			apierror.Details{Parameter: "tag", Requested: "B"}},
		{"alias that disagrees", "/search?colour=any&color=RED",
			"colour=any contradicts color=red: they are two names of one criterion, give one of them",
			apierror.Details{Parameter: "colour"}},
		{"alias, wrong value", "/search?colour=pink&color=red", "invalid color: must be one of red, green, blue, any",
			apierror.Details{Parameter: "colour", Requested: "pink", Allowed: []string{"red", "green", "blue", "any"}}},
		{"alias twice", "/search?colour=red&colour=red", `parameter "colour" is given 2 times, it takes one value`,
			apierror.Details{Parameter: "colour"}},
		{"too many items", "/search?tag=a&tag=b&tag=c", "invalid tag: maximum number of items is 2",
			apierror.Details{Parameter: "tag"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, p := try(t, loadSpec(t, nil), request("GET", tt.target, "", ""))
			checkProblem(t, p, apierror.Invalidf(tt.detail, "%s", tt.want))
		})
	}
}

func TestValidateNotAllowed(t *testing.T) {
	c := loadSpec(t, map[string][]string{"TEST_COLORS": {"red"}})
	allowed := []string{"red"}
	notAllowed := apierror.Invalidf(apierror.Details{Requested: "blue", Allowed: allowed}, "color not allowed")
	tests := []struct {
		name    string
		request *http.Request
		want    *apierror.Error
	}{
		{"allowed", request("GET", "/search?color=red", "", ""), nil},
		{"any", request("GET", "/search?color=any", "", ""), nil},
		{"shipped", request("GET", "/search?color=blue", "", ""), notAllowed},
		{"shipped, in another case", request("GET", "/search?color=BLUE", "", ""), notAllowed},
		{"shipped, in a body", request("POST", "/things", asJSON, `{"kind":"thing","spec":{"color":"Blue"}}`),
			notAllowed},
		{"unknown", request("GET", "/search?color=pink", "", ""),
			apierror.Invalidf(apierror.Details{Parameter: "color", Requested: "pink",
				Allowed: []string{"red", "any"}}, "invalid color: must be one of red, any")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, p := try(t, c, tt.request)
			checkProblem(t, p, tt.want)
		})
	}
}

func TestValidateAccept(t *testing.T) {
	offers := []string{asJSON, asYAML, "application/x-yaml"}
	tests := []struct {
		name, target string
		accept       []string
		want         string // empty: not acceptable
	}{
		{"none", "/search", nil, asJSON},
		{"JSON first", "/search", []string{"*/*"}, asJSON},
		{"JSON before what sorts first", "/", nil, asJSON},
		{"YAML", "/search", []string{asYAML}, asYAML},
		{"two headers", "/search", []string{asJSON + ";q=0.1", asYAML}, asYAML},
		{"HTML", "/", []string{"text/html"}, "text/html"},
		{"errors' type", "/search", []string{"application/problem+json"}, ""},
		{"XML", "/search", []string{"text/xml", "application/xml"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := request("GET", tt.target, "", "")
			r.Header["Accept"] = tt.accept
			got, p := try(t, loadSpec(t, nil), r)
			if tt.want == "" {
				checkProblem(t, p, apierror.New(apierror.NotAcceptable,
					apierror.Details{Requested: strings.Join(tt.accept, ", "), Allowed: offers},
					"no acceptable representation: Accept must admit one of application/json, application/yaml, "+
						"application/x-yaml"))
				return
			}
			if p != nil {
				t.Fatal(p)
			}
			if got.Accept != tt.want {
				t.Errorf("Accept %q, want %q", got.Accept, tt.want)
			}
		})
	}
}

func TestValidateRoutes(t *testing.T) {
	for _, r := range []*http.Request{
		request("HEAD", "/search", "", ""), request("GET", "/orders/7", "", ""), request("GET", "/orders/a%20b", "",
			""), request("DELETE", "/things", "", ""),
	} {
		if _, p := try(t, loadSpec(t, nil), r); p != nil {
			t.Errorf("%s %s: %v", r.Method, r.URL, p)
		}
	}
}

// A route that the document doesn't have is a fault of the server, not of the request.
func TestValidateUndocumentedRoute(t *testing.T) {
	var got *seen
	var failed error
	chain(loadSpec(t, nil), &got, &failed).ServeHTTP(httptest.NewRecorder(), request("GET", "/forgotten", "", ""))
	var p *apierror.Error
	if got != nil || errors.As(failed,
		&p) || failed == nil || failed.Error() != "the openapi document has no GET /forgotten" {
		t.Errorf("handler ran: %v, error %v", got != nil, failed)
	}
}

func checkProblem(t *testing.T, got, want *apierror.Error) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(apierror.Error{}, "Path")); diff != "" {
		t.Error(diff)
	}
}

// Headers that say what a body is are read whole, however many lines and parameters they have.
func TestContentHeaders(t *testing.T) {
	c := loadSpec(t, nil)
	for _, tt := range []struct {
		contentType string
		encoding    []string
		want        apierror.Kind
	}{
		{asJSON, []string{"identity", "gzip"}, apierror.UnsupportedMediaType},
		{asJSON, []string{"gzip", "identity"}, apierror.UnsupportedMediaType},
		{asJSON, []string{"", "gzip"}, apierror.UnsupportedMediaType},
		{asJSON, []string{"identity,gzip"}, apierror.UnsupportedMediaType},
		{asJSON + strings.Repeat("; a=b", c.Limits.HeaderItems+1), nil, apierror.Invalid},
	} {
		r := request(http.MethodPost, "/things", tt.contentType, "{}")
		r.Header["Content-Encoding"] = tt.encoding
		if _, p := try(t, c, r); p == nil || p.Kind != tt.want {
			t.Errorf("%s, %q: %v", tt.contentType, tt.encoding, p)
		}
	}
}
