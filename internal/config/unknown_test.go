package config

import (
	"strings"
	"testing"
)

func TestUnknown(t *testing.T) {
	environ := []string{
		"CNS_RATELIMIT=1", "CNS_ALLOWED_SERVICE=eks", "CNS_=x", "cns_rate_limit=1", "XCNS_A=1", "PORTS=1",
		"LOG_LEVELS=x", "CNS_RATE_LIMIT=1", "CNS_ALLOWED_OS=",
	}
	const want = "CNS_, CNS_ALLOWED_SERVICE, CNS_RATELIMIT: unknown variable: cnsd --help lists those there are"
	for range 20 { // in one order always
		if _, err := Parse(environ, allowlists()); err == nil || err.Error() != want {
			t.Fatal(err)
		}
	}
}

// ofServices is what Kubernetes sets for the Services cns and cns-api of the namespace.
func ofServices() []string {
	return []string{
		"CNS_SERVICE_HOST=10.0.0.1", "CNS_SERVICE_PORT=80", "CNS_SERVICE_PORT_HTTP=80",
		"CNS_SERVICE_PORT_HTTP_ADDR=81", "CNS_PORT=tcp://10.0.0.1:80", "CNS_PORT_80_TCP=tcp://10.0.0.1:80",
		"CNS_PORT_80_TCP_PROTO=tcp", "CNS_PORT_80_TCP_PORT=80", "CNS_PORT_80_TCP_ADDR=10.0.0.1",
		"CNS_API_SERVICE_HOST=fd00::2", "CNS_API_SERVICE_PORT=53", "CNS_API_PORT=udp://[fd00::2]:53",
		"CNS_API_PORT_53_UDP=udp://[fd00::2]:53", "CNS_API_PORT_53_UDP_ADDR=fd00::2",
	}
}

func TestVariablesOfServices(t *testing.T) {
	if _, err := Parse(ofServices(), allowlists()); err != nil {
		t.Error(err)
	}
	// Mistakes that look alike, without a Service and beside those.
	const hint = ": unknown variable: cnsd --help lists those there are"
	for variable, want := range map[string]string{
		"CNS_PORT=9090":                 "CNS_PORT (PORT?)" + hint,
		"CNS_PORT=http://10.0.0.1":      "CNS_PORT (PORT?)" + hint,
		"CNS_ALLOWED_SERVICES_PORT=eks": "CNS_ALLOWED_SERVICES_PORT" + hint,
		"CNS_SERVICE_PORT=http":         "CNS_SERVICE_PORT" + hint,
		"CNS_SERVICE_HOST=example.com":  "CNS_SERVICE_HOST" + hint,
		"CNS_PORT_80_TCP_PROTO=h2":      "CNS_PORT_80_TCP_PROTO" + hint,
		"CNS_PORT_80_TCP_PORT=all":      "CNS_PORT_80_TCP_PORT" + hint,
		"CNS_LOG_LEVEL=debug":           "CNS_LOG_LEVEL (LOG_LEVEL?)" + hint,
	} {
		for name, environ := range map[string][]string{"lone": nil, "beside Services": ofServices()} {
			_, err := Parse(append(environ, variable), allowlists())
			if err == nil || !strings.Contains(err.Error(), want[:strings.Index(want, ":")]) ||
				name == "lone" && err.Error() != want {
				t.Errorf("%s %s: %v", name, variable, err)
			}
		}
	}
	if _, err := Parse([]string{"CNS_PORT=tcp://10.0.0.1:80"}, allowlists()); err == nil {
		t.Error("half of what Kubernetes sets is accepted")
	}
}
