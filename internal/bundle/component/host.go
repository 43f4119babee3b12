package component

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/distribution/reference"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
)

// CheckHost refuses a host, with or without a port, that the contract's patterns let through though
// nothing can be called so (RFC 1123, section 2.1).
func CheckHost(address string) error {
	host, port, hasPort := strings.Cut(address, ":")
	if n, err := strconv.ParseUint(port, 10, 16); hasPort && (err != nil || n == 0 || port[0] == '0') {
		return fmt.Errorf("port %q is none: ports go from 1 to 65535", port)
	}
	const most = 253
	isWrong := len(host) > most
	for label := range strings.SplitSeq(strings.ToLower(host), ".") {
		isWrong = isWrong || len(validation.IsDNS1123Label(label)) > 0
	}
	if isWrong {
		return fmt.Errorf("%q is no host: one has up to %d characters, in parts of 1 to 63 letters, digits and dashes "+
			"between dots, with a letter or digit at either end", host, most)
	}
	return nil
}

// CheckChart refuses a chart whose repository can't be, or can't have a chart of that name: an OCI
// registry has none with capitals. The error has the details.
func CheckChart(ref gen.ComponentRef, details apierror.Details) error {
	scheme, repository, _ := strings.Cut(ref.Repository, "://")
	host, _, _ := strings.Cut(repository, "/")
	if err := CheckHost(host); err != nil {
		return apierror.Invalidf(details, "component %q: repository %s: %v", ref.Name, ref.Repository, err)
	}
	if scheme != "oci" {
		return nil
	}
	if _, err := reference.ParseNormalizedNamed(strings.TrimSuffix(repository, "/") + "/" + ref.Chart); err != nil {
		return apierror.Invalidf(details, "component %q: chart %q can't be in the OCI registry %s: %v",
			ref.Name, ref.Chart, repository, err)
	}
	return nil
}
