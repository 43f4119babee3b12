package server

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/NVIDIA/cloud-native-stack/gen"
)

// TestNames asks for bundles with versions, hosts and refs that are none to the tools which read
// them, and with odd ones that are.
func TestNames(t *testing.T) {
	ts := start(t)
	versioned := func(version string) string {
		return strings.Replace(recipeJSON(foreign("a", "")), "{", `{"metadata":{"version":"`+version+`"},`, 1)
	}
	of := func(field, value string) string {
		return recipeJSON(strings.Replace(foreign("a", ""), `"version":"1.0.0","repository":"https://example.com"`,
			map[string]string{
				"version":    `"version":"` + value + `","repository":"https://example.com"`,
				"repository": `"version":"1.0.0","repository":"` + value + `"`,
			}[field], 1))
	}
	in := func(repo string) string { return "deployer=flux&repo=" + url.QueryEscape(repo) }
	for _, tt := range []struct{ query, body, want string }{ // part of the message, none if it's taken
		{"", versioned("v1.2.3-4-g0a1b2c3-dirty"), ""},
		{"", versioned("dev"), ""},
		{"", versioned(""), ""},
		{"", versioned("[a](//b)"), "invalid /metadata/version"},
		{"", versioned("<b>"), "invalid /metadata/version"},
		{"", versioned("a@b.c"), "invalid /metadata/version"},
		{"", of("version", "v1.0.0-rc.1-a+b.c-d"), ""},
		{"", of("version", "1.0.0-a..b"), "want: Exact version"},
		{"", of("version", "1.0.0-a."), "want: Exact version"},
		{"", of("version", "1.0.0+a..b"), "want: Exact version"},
		{"", of("repository", "https://example.com:65535/A"), ""},
		{"", of("repository", "https://example.com:65536"), `port "65536" is none: ports go from 1 to 65535`},
		{"", of("repository", "https://a..b"), `"a..b" is no host`},
		{"", of("repository", "oci://example.com/B"), "must be lowercase"},
		{"mirror=example.com:65535/a", recipeJSON(foreign("a", "")), ""},
		{"mirror=example.com:65536/a", recipeJSON(foreign("a", "")), `port "65536" is none`},
		{in("https://example.com:65535/a?ref=a/b.c"), recipeJSON(foreign("a", "")), ""},
		{in("https://example.com:99999/a"), recipeJSON(foreign("a", "")), `port "99999" is none`},
		{in("https://example.com/a?ref=a//b"), recipeJSON(foreign("a", "")), "ref a//b is none that Git takes"},
		{in("oci://example.com/B"), recipeJSON(foreign("a", "")), "example.com/B is no repository in a registry"},
	} {
		post := call{method: "POST", path: "/v1/bundle?" + tt.query, contentType: jsonType, body: tt.body}
		resp, body := ts.do(t, post)
		var e gen.Error
		if resp.StatusCode != http.StatusOK {
			if err := json.Unmarshal(body, &e); err != nil {
				t.Fatalf("%v: %s", err, body)
			}
		}
		if (resp.StatusCode == http.StatusOK) != (tt.want == "") || !strings.Contains(e.Message, tt.want) {
			t.Errorf("%s %s: got %d %q, want %q", tt.query, tt.body, resp.StatusCode, e.Message, tt.want)
		}
	}
}
