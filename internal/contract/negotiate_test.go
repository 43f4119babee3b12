package contract

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/api"
)

func TestPreferredType(t *testing.T) {
	const jsonType, xYAML, yamlType = "application/json", "application/x-yaml", "application/yaml"
	offers := []string{jsonType, yamlType, xYAML}
	tests := []struct {
		name   string
		accept string
		offers []string
		want   string // empty: none
	}{
		{"no header", "", offers, jsonType},
		{"anything", "*/*", offers, jsonType},
		{"one type", "application/yaml", offers, yamlType},
		{"other spelling", "application/x-yaml", offers, xYAML},
		{"upper case", "Application/YAML", offers, yamlType},
		{"subtypes", "application/*", offers, jsonType},
		{"other subtypes", "text/*", offers, ""},
		{"other type", "application/xml", offers, ""},
		{"prefix of a type", "application/yam", offers, ""},
		{"tie", "application/yaml, application/json", offers, yamlType},
		{"tie the other way round", "application/json, application/yaml", offers, jsonType},
		{"tie of wildcards", "text/*, application/*", []string{jsonType, "text/html"}, "text/html"},
		{"preference", "application/json;q=0.5, application/yaml;q=0.6", offers, yamlType},
		{"preference over anything", "application/yaml, */*;q=0.1", offers, yamlType},
		{"specific before general", "*/*;q=0.5, application/yaml;q=0.1", offers, jsonType},
		{"low specific beside high general", "application/json;q=0.1, */*;q=0.9", offers, yamlType},
		{"ruled out", "application/json;q=0", offers, ""},
		{"ruled out among others", "application/json;q=0, */*", offers, yamlType},
		{"ruled out in another spelling", "*/*, application/json;q=0.0", offers, yamlType},
		{"anything ruled out", "*/*;q=0", offers, ""},
		{"subtypes ruled out", "application/*;q=0, */*", []string{jsonType, "text/html"}, "text/html"},
		{"unknown among known", "application/xml, application/yaml;q=0.1", offers, yamlType},
		{"malformed", "rubbish", offers, ""},
		{"malformed among known", "rubbish, application/yaml", offers, yamlType},
		{"malformed quality", "application/yaml;q=x", offers, ""},
		{"malformed quality among known", "application/yaml;q=1.5, application/x-yaml", offers, xYAML},
		{"quality in upper case", "application/json;Q=0.1, application/yaml;Q=0.2", offers, yamlType},
		{"commas alone", ",,", offers, ""},
		{"empty items", ", application/yaml ,", offers, yamlType},
		{"spaces", "  application/yaml ; q=0.9 ", offers, yamlType},
		{"quality without a zero", "application/json;q=.2, application/yaml;q=.3", offers, yamlType},
		{"Java, JSON offered", "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", offers, jsonType},
		{"Java, HTML offered", "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2",
			[]string{jsonType, "text/html"}, "text/html"},
		{"star alone", "*", offers, jsonType},
		{"star with a quality", "text/html, *; q=.2", offers, jsonType},
		{"browser", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
			[]string{jsonType, "text/html"}, "text/html"},
		{"browser, no HTML offered", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", offers,
			jsonType},
		{"parameter", "application/json; charset=utf-8", offers, jsonType},
		{"parameter and quality", "application/yaml; charset=utf-8; q=0.9, application/json;q=0.1", offers, yamlType},
		{"quoted parameter", `application/yaml; profile="a;b"`, offers, yamlType},
		{"curl", "*/*", []string{jsonType, "text/html"}, jsonType},
		{"Prometheus", "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
			[]string{"text/plain"}, "text/plain"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := at(preferredType(tt.accept, tt.offers), tt.offers); got != tt.want {
				t.Errorf("%q: %q, want %q", tt.accept, got, tt.want)
			}
		})
	}
}

// at returns what was chosen, nothing if it's none.
func at(i int, offers []string) string {
	if i < 0 {
		return ""
	}
	return offers[i]
}

func TestPreferredCoding(t *testing.T) {
	offers := []string{"zstd", "gzip", identity}
	for header, want := range map[string]string{
		"":                                   identity,
		"gzip":                               "gzip",
		"GZip":                               "gzip",
		"gzip, deflate, br, zstd":            "zstd",
		"gzip;q=1.0, zstd;q=0.5":             "gzip",
		"gzip, identity":                     "gzip",
		"identity":                           identity,
		"identity, gzip;q=0.5":               identity,
		"identity;q=1, gzip;q=0.1":           identity,
		"gzip;q=0.001":                       "gzip",
		"gzip;q=0":                           identity,
		"gzip;q=0.0, zstd;q=0.000":           identity,
		"br":                                 identity,
		"br, *;q=0.1":                        identity,
		"*":                                  identity,
		"*, identity;q=0.5":                  "zstd",
		"*, gzip":                            "gzip",
		"gzip;q=0.3, *;q=0.5":                identity,
		"*, identity;q=0":                    "zstd",
		"gzip;q=0, *":                        identity,
		"gzip, *;q=0":                        "gzip",
		"identity;q=0.2, *;q=0":              identity,
		"identity;q=0":                       "",
		"*;q=0":                              "",
		"br, identity;q=0":                   "",
		"br, *;q=0":                          "",
		"gzip;q=2":                           identity,
		"gzip;q=-1":                          identity,
		"gzip;q=1e-1":                        identity,
		"gzip;q=NaN":                         identity,
		"gzip;q=":                            identity,
		"x\"gzip, \", gzip;q=0.5;y=\";q=0\"": "gzip",
		", ,gzip ; q = 0.5,":                 "gzip",
		"gzip, deflate;q=0.5":                "gzip",
		"x-unknown, gzip;level=\"a,b\";q=.5": "gzip",
	} {
		if got := at(preferredCoding(header, offers), offers); got != want {
			t.Errorf("%q: %q, want %q", header, got, want)
		}
	}
}

// TestNegotiatedHeaders tries what Negotiate leaves to those behind it, and what it refuses.
func TestNegotiatedHeaders(t *testing.T) {
	c := shipped(t, string(api.Spec))
	for _, tt := range []struct {
		endpoint         string
		accept, encoding []string
		status           int
		want             http.Header // of the request
		vary             string
	}{
		{"GET /v1/recipe", nil, nil, 200, http.Header{"Accept": {"application/json"}},
			"Accept, Accept-Encoding"},
		{"GET /v1/recipe", []string{"text/html", "*/*, application/json;q=0"}, []string{"br", "gzip"}, 200,
			http.Header{"Accept": {"application/yaml"}, "Accept-Encoding": {"gzip"}}, "Accept, Accept-Encoding"},
		{"GET /v1/recipe", []string{"text/html"}, nil, 406, nil, "Accept, Accept-Encoding"},
		{"GET /v1/recipe", nil, []string{"*;q=0"}, 406, nil, "Accept, Accept-Encoding"},
		{"GET /docs", nil, []string{"zstd, gzip"}, 200,
			http.Header{"Accept": {"text/html"}, "Accept-Encoding": {"gzip"}}, "Accept-Encoding"},
		{"POST /v1/bundle", nil, []string{"gzip, identity;q=0"}, 200,
			http.Header{"Accept": {"application/zip"}}, "Accept"},
		{"POST /v1/bundle", []string{"text/html"}, nil, 406, nil, "Accept"},
		{"GET /health", nil, []string{"gzip"}, 200, http.Header{"Accept": {"application/json"}}, ""},
		{"GET /health", []string{strings.Repeat("*,", c.Limits.HeaderItems-2) + "*/*"}, nil, 200,
			http.Header{"Accept": {"application/json"}}, ""},
		{"GET /health", []string{strings.Repeat("*,", c.Limits.HeaderItems) + "*/*"}, nil, 400, nil, ""},
		{"GET /health", []string{"*/*" + strings.Repeat(";a=b", c.Limits.HeaderItems)}, nil, 400, nil, ""},
		{"GET /health", slices.Repeat([]string{"*/*"}, c.Limits.HeaderItems+1), nil, 400, nil, ""},
		{"GET /docs", nil, []string{strings.Repeat("gzip,", c.Limits.HeaderItems) + "br"}, 400, nil, "Accept-Encoding"},
		{"GET /health", nil, []string{strings.Repeat("gzip,", c.Limits.HeaderItems) + "br"}, 200,
			http.Header{"Accept": {"application/json"}}, ""}, // not looked at
	} {
		var seen http.Header
		h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = r.Header })
		router := chi.NewRouter()
		method, path, _ := strings.Cut(tt.endpoint, " ")
		router.With(c.Negotiate(Fail(slog.New(slog.DiscardHandler)))).Method(method, path, h)
		r := httptest.NewRequest(method, path, nil)
		r.Header = http.Header{}
		if tt.accept != nil {
			r.Header["Accept"] = tt.accept
		}
		if tt.encoding != nil {
			r.Header["Accept-Encoding"] = tt.encoding
		}
		w := httptest.NewRecorder()
		router.ServeHTTP(w, r)
		if w.Code != tt.status || w.Header().Get("Vary") != tt.vary {
			t.Errorf("%s %.40q %.40q: %d, Vary %q: %s", tt.endpoint, tt.accept, tt.encoding, w.Code,
				w.Header().Get("Vary"), w.Body)
		}
		if diff := cmp.Diff(tt.want, seen); diff != "" {
			t.Errorf("%s %.40q %.40q: %s", tt.endpoint, tt.accept, tt.encoding, diff)
		}
	}
}
