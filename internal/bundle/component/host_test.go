package component

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
)

func TestCheckHost(t *testing.T) {
	label := strings.Repeat("a", 63)
	for _, address := range []string{
		"example.com", "EXAMPLE.com", "localhost", "a:1", "a:65535", "10.0.0.1:443", "a-b.c1", label + ".com",
		strings.Repeat("a.", 126) + "a",
	} {
		if err := CheckHost(address); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, address := range []string{
		"", ":1", "a:", "a:0", "a:080", "a:65536", "a:99999", "a:x", "a:-1", "a:1:2", "a..b", ".a", "a.", "a-.b", "-a",
		"a_b", label + "a.com", strings.Repeat("a.", 127) + "a",
	} {
		if CheckHost(address) == nil {
			t.Errorf("%q is taken", address)
		}
	}
}

func TestCheckChart(t *testing.T) {
	details := apierror.Details{Field: "/x"}
	for repository, want := range map[string]string{
		"https://charts.example.com:8443/A/b/": "",
		"oci://example.com/a/":                 "",
		"https://example.com:99999/a": `component "net": repository https://example.com:99999/a: ` +
			`port "99999" is none: ports go from 1 to 65535`,
		"oci://example.com/A": `component "net": chart "net-chart" can't be in the OCI registry example.com/A: ` +
			"invalid reference format: repository name (A/net-chart) must be lowercase",
	} {
		ref := netRef(nil)
		ref.Repository = repository
		var refused *apierror.Error
		if err := CheckChart(ref, details); err != nil && !errors.As(err, &refused) {
			t.Fatal(err)
		}
		if refused == nil {
			refused = &apierror.Error{Details: details}
		}
		if refused.Message != want || !cmp.Equal(refused.Details, details) {
			t.Errorf("%s: %+v, want %s", repository, refused, want)
		}
	}
}
