package middleware

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

func TestLoggedQuery(t *testing.T) {
	long := strings.Repeat("x", 240)
	for query, want := range map[string]string{
		"":                                  "",
		"os=ubuntu&deployer=flux":           "os=ubuntu&deployer=flux",
		"os=a%20b&&os":                      "os=a b&…&os",
		"set=db:a.b[0]=secret,c=secret":     "set=db:…",
		"s%65t=db:a%3Dsecret":               "set=db:…",
		"set=secret":                        "set=…",
		"set=db:secret":                     "set=db:…",
		"set=db:password:c2VjcmV0==":        "set=db:…",
		"SET=db:a=secret":                   "…",
		"x=1;set=db:a=secret":               "…",
		"os=a;set=db:a=secret&os=b":         "…&os=b",
		"set%00=db:a=secret":                "…",
		"&=set=db:a=secret":                 "…&…",
		"%zz=secret&os=%zz&os=a":            "…&…&os=a",
		"secret":                            "…",
		"os=ubuntu%26set%3Ddb:a%3Dsecret":   "os=ubuntu&set=…",
		"repo=https://me:secret@a.example":  "repo=…",
		"repo=https://a.example?key=secret": "repo=https://a.example?key=…",
		"os=" + long + "&set=db:a=secret":   "os=" + long + "&…",
		"os=secret" + long + long:           "…",
	} {
		if got := loggedQuery(query, parameters()); got != want {
			t.Errorf("%s:\n%s, want\n%s", query, got, want)
		}
	}
}

func TestLoggedPath(t *testing.T) {
	for path, want := range map[string]string{
		"/v1/recipe": "/v1/recipe", "/v1/bundle?set=db:a=secret": "/v1/bundle…",
		"/v1/bundle&set=db:a=secret": "/v1/bundle…", "/set=secret": "/set…",
	} {
		if got := loggedPath(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

// FuzzLog looks for what a parameter assigns in all that is logged of a request, however the query
// or the path around it is broken.
func FuzzLog(f *testing.F) {
	for _, around := range [][2]string{
		{"", ""}, {"x=1;", ""}, {"os=a&", "&os=b"}, {"&=", ""}, {"%zz", "%z"}, {"os=", ";"}, {"S", "="},
		{strings.Repeat("x", 240) + "&", ""}, {"os=https://me:", "@a.example"}, {"force-", "%00"}, {"set=a:b,", ""},
	} {
		f.Add(around[0], around[1], false, false)
		f.Add(around[0], around[1], true, true)
	}
	f.Fuzz(func(t *testing.T, before, after string, isEscaped, isPath bool) {
		const secret = "S3CR3T"
		if strings.Contains(strings.ToUpper(before+after), "3") {
			t.Skip("holds a part of the secret, or escapes one")
		}
		assignment := "set=db:a.b=" + secret
		if isEscaped {
			assignment = url.QueryEscape(assignment)
		}
		r := httptest.NewRequest(http.MethodGet, "/v1/bundle", nil)
		r.Header.Set("Referer", "https://a.example?"+assignment)
		if r.URL.RawQuery = before + assignment + after; isPath {
			r.URL.Path, r.URL.RawQuery = "/"+before+"set=db:a.b="+secret+after, ""
		}
		var log bytes.Buffer
		debug := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		h := router(nil, NewMetrics(prometheus.NewRegistry()).Observe, Log(debug, parameters()))
		h.ServeHTTP(httptest.NewRecorder(), r)
		if strings.Contains(log.String(), secret) {
			t.Errorf("%s?%s is logged as\n%s", r.URL.Path, r.URL.RawQuery, &log)
		}
	})
}

// BenchmarkLoggedQuery measures the queries of all clients but those with a fault.
func BenchmarkLoggedQuery(b *testing.B) {
	known := parameters()
	for b.Loop() {
		loggedQuery("os=ubuntu&deployer=flux&os=h100&os=training&deployer=8", known)
	}
}
