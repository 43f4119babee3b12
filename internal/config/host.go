package config

import (
	"errors"
	"net/netip"
	"regexp"
	"strings"
)

// Host is where a listener listens: an IP address, IPv6 ones without brackets, or a host name. An
// empty one is every address of the machine.
type Host string

// name matches host names, and more: whether there is one, its look-up tells.
var name = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9.])?$`)

// UnmarshalText implements [encoding.TextUnmarshaler]. It takes IPv6 addresses in brackets, too, as
// URLs have them.
func (h *Host) UnmarshalText(text []byte) error {
	s := string(text)
	inner, isBracketed := strings.CutPrefix(s, "[")
	if isBracketed {
		inner = strings.TrimSuffix(inner, "]")
	}
	address, err := netip.ParseAddr(inner)
	switch {
	case err == nil && (!isBracketed || address.Is6() && s == "["+inner+"]"):
		*h = Host(inner)
	case s == "" || name.MatchString(s):
		*h = Host(s)
	default:
		return errors.New("neither an IP address nor a host name")
	}
	return nil
}
