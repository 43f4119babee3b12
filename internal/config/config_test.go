package config

import (
	"bytes"
	"log/slog"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseDefaults(t *testing.T) {
	want := Config{
		Server:  Server{Port: 8080, LogLevel: slog.LevelInfo},
		Recipes: Recipes{MaxAge: 5 * time.Minute},
		Limits:  Limits{Rate: 100, Burst: 200, Connections: 512},
		Timeouts: Timeouts{
			Request: 10 * time.Second, ReadHeader: 5 * time.Second, Read: 15 * time.Second, Write: 30 * time.Second,
			Idle: 2 * time.Minute, DrainDelay: 5 * time.Second, Shutdown: 30 * time.Second,
		},
		Allowlists: map[string][]string{"CNS_ALLOWED_SERVICES": {}, "CNS_ALLOWED_OS": {}},
	}
	for name, environ := range map[string][]string{
		"no variables": nil, "empty variables": {"PORT=", "LOG_LEVEL=", "CNS_RATE_LIMIT=", "CNS_ALLOWED_OS="},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Parse(environ, allowlists())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestParse(t *testing.T) {
	defaults, err := Parse(nil, allowlists())
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		variable, value string
		want            func(*Config)
	}{
		{"CNS_ADDRESS", "127.0.0.1", func(c *Config) { c.Server.Address = "127.0.0.1" }},
		{"CNS_ADDRESS", "::1", func(c *Config) { c.Server.Address = "::1" }},
		{"CNS_ADDRESS", "[::1]", func(c *Config) { c.Server.Address = "::1" }},
		{"CNS_ADDRESS", "fe80::1%eth0", func(c *Config) { c.Server.Address = "fe80::1%eth0" }},
		{"CNS_ADDRESS", "localhost", func(c *Config) { c.Server.Address = "localhost" }},
		{"CNS_ADDRESS", "node-1.example.com.", func(c *Config) { c.Server.Address = "node-1.example.com." }},
		{"PORT", "0", func(c *Config) { c.Server.Port = 0 }},
		{"PORT", "65535", func(c *Config) { c.Server.Port = 65535 }},
		{"LOG_LEVEL", "debug", func(c *Config) { c.Server.LogLevel = slog.LevelDebug }},
		{"LOG_LEVEL", "ERROR", func(c *Config) { c.Server.LogLevel = slog.LevelError }},
		{"CNS_ALLOWED_SERVICES", " eks ,, GKE,\t", func(c *Config) { admit(c, "CNS_ALLOWED_SERVICES", "eks", "GKE") }},
		{"CNS_ALLOWED_SERVICES", "", func(*Config) {}},
		{"CNS_ALLOWED_OS", "rhel,ubuntu", func(c *Config) { admit(c, "CNS_ALLOWED_OS", "rhel", "ubuntu") }},
		{"CNS_RATE_LIMIT", "0", func(c *Config) { c.Limits.Rate = 0 }},
		{"CNS_RATE_LIMIT", "0.5", func(c *Config) { c.Limits.Rate = 0.5 }},
		{"CNS_RATE_LIMIT", "1e9", func(c *Config) { c.Limits.Rate = 1e9 }},
		{"CNS_RATE_BURST", "1", func(c *Config) { c.Limits.Burst = 1 }},
		{"CNS_RATE_BURST", "1000000000", func(c *Config) { c.Limits.Burst = 1000000000 }},
		{"CNS_CACHE_MAX_AGE", "0s", func(c *Config) { c.Recipes.MaxAge = 0 }},
		{"CNS_MAX_CONNECTIONS", "5", func(c *Config) { c.Limits.Connections = 5 }},
		{"CNS_REQUEST_TIMEOUT", "1ms", func(c *Config) { c.Timeouts.Request = time.Millisecond }},
		{"CNS_READ_HEADER_TIMEOUT", "1s", func(c *Config) { c.Timeouts.ReadHeader = time.Second }},
		{"CNS_SIGNING_KEY_FILE", "key.pem", func(c *Config) { c.Signing.KeyFile = "key.pem" }},
		{"CNS_RECIPES_DIR", "/etc/cns/recipes", func(c *Config) { c.Recipes.Dir = "/etc/cns/recipes" }},
		{"CNS_READ_TIMEOUT", "20s", func(c *Config) { c.Timeouts.Read = 20 * time.Second }},
		{"CNS_WRITE_TIMEOUT", "1h", func(c *Config) { c.Timeouts.Write = time.Hour }},
		{"CNS_IDLE_TIMEOUT", "1m30s", func(c *Config) { c.Timeouts.Idle = 90 * time.Second }},
		{"CNS_DRAIN_DELAY", "0s", func(c *Config) { c.Timeouts.DrainDelay = 0 }},
		{"CNS_SHUTDOWN_TIMEOUT", "2s", func(c *Config) { c.Timeouts.Shutdown = 2 * time.Second }},
	}
	covered := map[string]bool{}
	for _, tt := range tests {
		covered[tt.variable] = true
		t.Run(tt.variable+"="+tt.value, func(t *testing.T) {
			want := defaults
			tt.want(&want)
			got, err := Parse([]string{tt.variable + "=" + tt.value, "HOME=/"}, allowlists())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	for _, name := range variables() {
		if !covered[name] {
			t.Errorf("%s is in no test", name)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	const (
		duration = " is not a duration of at most a year with a unit (ms, s, m, h), such as "
		positive = ": must be longer than 0s, and at most 8760h"
		address  = " is not an IP address or a host name, without a port (PORT has it), such as 127.0.0.1"
	)
	tests := []struct {
		variable, value string
		want            string
	}{
		{"CNS_ADDRESS", "127.0.0.1:80", `CNS_ADDRESS: "127.0.0.1:80"` + address},
		{"CNS_ADDRESS", "localhost:http", `CNS_ADDRESS: "localhost:http"` + address},
		{"CNS_ADDRESS", "[::1]:80", `CNS_ADDRESS: "[::1]:80"` + address},
		{"CNS_ADDRESS", "[::1", `CNS_ADDRESS: "[::1"` + address},
		{"CNS_ADDRESS", "[127.0.0.1]", `CNS_ADDRESS: "[127.0.0.1]"` + address},
		{"CNS_ADDRESS", "http://localhost", `CNS_ADDRESS: "http://localhost"` + address},
		{"CNS_ADDRESS", "*", `CNS_ADDRESS: "*"` + address},
		{"CNS_ADDRESS", " ", `CNS_ADDRESS: " "` + address},
		{"CNS_ADDRESS", "10.0.0.0/8", `CNS_ADDRESS: "10.0.0.0/8"` + address},
		{"PORT", "abc", `PORT: "abc" is not a whole number, such as 8080`},
		{"PORT", "80x80", `PORT: "80x80" is not a whole number, such as 8080`},
		{"PORT", " 80", `PORT: " 80" is not a whole number, such as 8080`},
		{"PORT", "99999999999999999999", "PORT: must be from 0 to 65535"},
		{"PORT", "-1", "PORT: must be from 0 to 65535"},
		{"PORT", "65536", "PORT: must be from 0 to 65535"},
		{"LOG_LEVEL", "loud", `LOG_LEVEL: "loud" is not a log level (debug, info, warn or error), such as info`},
		{"CNS_RATE_LIMIT", "many", `CNS_RATE_LIMIT: "many" is not a number, such as 100`},
		{"CNS_ALLOWED_OS", " , ", `CNS_ALLOWED_OS: " , " names nothing to admit: unset it to admit everything`},
		{"CNS_RATE_LIMIT", "1e-300", "CNS_RATE_LIMIT: must be 0, or from 0.001 to 1e9"},
		{"CNS_RATE_LIMIT", "-0.1", "CNS_RATE_LIMIT: must be 0, or from 0.001 to 1e9"},
		{"CNS_RATE_LIMIT", "NaN", "CNS_RATE_LIMIT: must be 0, or from 0.001 to 1e9"},
		{"CNS_RATE_LIMIT", "Inf", "CNS_RATE_LIMIT: must be 0, or from 0.001 to 1e9"},
		{"CNS_RATE_BURST", "1.5", `CNS_RATE_BURST: "1.5" is not a whole number, such as 200`},
		{"CNS_RATE_LIMIT", "1e400", "CNS_RATE_LIMIT: must be 0, or from 0.001 to 1e9"},
		{"CNS_RATE_BURST", "0", "CNS_RATE_BURST: must be from 1 to 1000000000"},
		{"CNS_RATE_BURST", "1000000001", "CNS_RATE_BURST: must be from 1 to 1000000000"},
		{"CNS_RATE_BURST", "99999999999999999999", "CNS_RATE_BURST: must be from 1 to 1000000000"},
		{"CNS_CACHE_MAX_AGE", "300", `CNS_CACHE_MAX_AGE: "300"` + duration + "300s"},
		{"CNS_CACHE_MAX_AGE", "-1s", "CNS_CACHE_MAX_AGE: must be from 0s to 8760h"},
		{"CNS_MAX_CONNECTIONS", "0", "CNS_MAX_CONNECTIONS: must be from 1 to 1000000"},
		{"CNS_MAX_CONNECTIONS", "1000001", "CNS_MAX_CONNECTIONS: must be from 1 to 1000000"},
		{"CNS_REQUEST_TIMEOUT", "soon", `CNS_REQUEST_TIMEOUT: "soon"` + duration + "10s"},
		{"CNS_REQUEST_TIMEOUT", "0s", "CNS_REQUEST_TIMEOUT" + positive},
		{"CNS_READ_HEADER_TIMEOUT", "x", `CNS_READ_HEADER_TIMEOUT: "x"` + duration + "5s"},
		{"CNS_READ_HEADER_TIMEOUT", "0s", "CNS_READ_HEADER_TIMEOUT" + positive},
		{"CNS_READ_TIMEOUT", "x", `CNS_READ_TIMEOUT: "x"` + duration + "15s"},
		{"CNS_READ_TIMEOUT", "-1s", "CNS_READ_TIMEOUT" + positive},
		{"CNS_WRITE_TIMEOUT", "x", `CNS_WRITE_TIMEOUT: "x"` + duration + "30s"},
		{"CNS_WRITE_TIMEOUT", "0s", "CNS_WRITE_TIMEOUT" + positive},
		{"CNS_WRITE_TIMEOUT", "14s",
			"CNS_READ_TIMEOUT: must be less than CNS_WRITE_TIMEOUT, so that a late request gets an answer"},
		{"CNS_REQUEST_TIMEOUT", "30s",
			"CNS_REQUEST_TIMEOUT: must be less than CNS_WRITE_TIMEOUT, so that a slow request gets an answer"},
		{"CNS_IDLE_TIMEOUT", "x", `CNS_IDLE_TIMEOUT: "x"` + duration + "120s"},
		{"CNS_IDLE_TIMEOUT", "0s", "CNS_IDLE_TIMEOUT" + positive},
		{"CNS_IDLE_TIMEOUT", "8761h", "CNS_IDLE_TIMEOUT" + positive},
		{"CNS_IDLE_TIMEOUT", "9999999h", `CNS_IDLE_TIMEOUT: "9999999h"` + duration + "120s"},
		{"CNS_DRAIN_DELAY", "x", `CNS_DRAIN_DELAY: "x"` + duration + "5s"},
		{"CNS_DRAIN_DELAY", "-1s", "CNS_DRAIN_DELAY: must be from 0s to 8760h"},
		{"CNS_SHUTDOWN_TIMEOUT", "x", `CNS_SHUTDOWN_TIMEOUT: "x"` + duration + "30s"},
		{"CNS_SHUTDOWN_TIMEOUT", "0s", "CNS_SHUTDOWN_TIMEOUT" + positive},
	}
	covered := map[string]bool{}
	for _, tt := range tests {
		covered[tt.variable] = true
		t.Run(tt.variable+"="+tt.value, func(t *testing.T) {
			_, err := Parse([]string{tt.variable + "=" + tt.value}, allowlists())
			if err == nil || err.Error() != tt.want {
				t.Errorf("error: %v\nwant:  %s", err, tt.want)
			}
		})
	}
	for _, name := range variables() {
		if !covered[name] && !isFree(name) {
			t.Errorf("%s is in no test", name)
		}
	}
}

func TestParseReportsAllAtOnce(t *testing.T) {
	tests := []struct {
		environ []string
		want    string
	}{
		{[]string{"PORT=x", "CNS_RATE_BURST=y"},
			"PORT: \"x\" is not a whole number, such as 8080\nCNS_RATE_BURST: \"y\" is not a whole number, such as " +
				"200"},
		{[]string{"PORT=-1", "CNS_RATE_BURST=0", "CNS_IDLE_TIMEOUT=0s", "CNS_WRITE_TIMEOUT=0s"},
			"CNS_IDLE_TIMEOUT: must be longer than 0s, and at most 8760h\nCNS_RATE_BURST: must be from 1 to " +
				"1000000000\nCNS_WRITE_TIMEOUT: must be longer than 0s, and at most 8760h\nPORT: " +
				"must be from 0 to 65535"},
	}
	for _, tt := range tests {
		_, err := Parse(tt.environ, allowlists())
		if err == nil {
			t.Fatal("accepted")
		}
		if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
			t.Error(diff)
		}
	}
}

// allowlists are those of a document.
func allowlists() map[string]string {
	return map[string]string{"CNS_ALLOWED_SERVICES": "services", "CNS_ALLOWED_OS": "operating systems"}
}

// admit gives a configuration another list, not one that it shares.
func admit(c *Config, variable string, values ...string) {
	c.Allowlists = maps.Clone(c.Allowlists)
	c.Allowlists[variable] = values
}

// TestEveryField wants a variable for each field of each group.
func TestEveryField(t *testing.T) {
	var c Config
	set := map[any]bool{}
	for _, v := range c.variables() {
		set[v.value] = true
	}
	var check func(group reflect.Value)
	check = func(group reflect.Value) {
		for f, value := range group.Fields() {
			switch field := value.Addr().Interface(); {
			case value.Kind() == reflect.Struct:
				check(value)
			case value.Kind() != reflect.Map && !set[field]:
				t.Errorf("%s.%s has no variable", group.Type(), f.Name)
			}
		}
	}
	check(reflect.ValueOf(&c).Elem())
}

// What Help prints as a default is one: parsing all of them changes nothing.
func TestHelp(t *testing.T) {
	var out bytes.Buffer
	if err := Help(&out, allowlists()); err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`^  ([A-Z_]+) {2,}(\S*) {2,}(\S.*)$`)
	var names, environ []string
	for text := range strings.Lines(out.String()) {
		match := line.FindStringSubmatch(strings.TrimSuffix(text, "\n"))
		if match == nil {
			t.Errorf("no variable, default and meaning in %q", text)
			continue
		}
		names = append(names, match[1])
		environ = append(environ, match[1]+"="+match[2])
		if match[2] == "" && !isFree(match[1]) {
			t.Errorf("%s has no default", match[1])
		}
	}
	if diff := cmp.Diff(variables(), names); diff != "" {
		t.Error(diff)
	}
	unset, err := Parse(nil, allowlists())
	if err != nil {
		t.Fatal(err)
	}
	printed, err := Parse(environ, allowlists())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(unset, printed); diff != "" {
		t.Error(diff)
	}
}

// variables lists all, in the order of the help.
func variables() []string {
	var names []string
	for _, v := range new(Config).variables() {
		names = append(names, v.name)
	}
	return slices.Concat(names, slices.Sorted(maps.Keys(allowlists())))
}

// isFree reports whether a variable may be unset, and is checked where it is used.
func isFree(name string) bool {
	return strings.HasPrefix(name, "CNS_ALLOWED_") || name == "CNS_ADDRESS" || name == "CNS_RECIPES_DIR" ||
		name == "CNS_SIGNING_KEY_FILE"
}
