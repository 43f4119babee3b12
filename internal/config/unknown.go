package config

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// unknown returns the variables with the server's prefix that it doesn't know: misspelt ones, one
// of which may be meant to restrict it. Where all that is wrong is the prefix, it says so.
func unknown(given, allowlists map[string]string) []string {
	known := func(name string) bool {
		_, ok := allowlists[name]
		return ok || slices.ContainsFunc(new(Config).variables(), func(v variable) bool { return v.name == name })
	}
	var names []string
	for name := range given {
		short, isOurs := strings.CutPrefix(name, "CNS_")
		switch {
		case !isOurs || known(name) || injected(name, given):
		case known(short):
			names = append(names, name+" ("+short+"?)")
		default:
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// ofService matches the names of what Kubernetes sets for a Service of the same namespace that is
// called cns or cns-something. The first group is the Service.
var ofService = regexp.MustCompile(
	`^(.+?)_(SERVICE_HOST|SERVICE_PORT|SERVICE_PORT_[A-Z0-9_]+|PORT|PORT_[0-9]+_[A-Z]+(?:_(?:PROTO|PORT|ADDR))?)$`)

// injected reports whether Kubernetes has set a variable: its name and value look so, and the
// Service's address is given as well.
func injected(name string, given map[string]string) bool {
	match := ofService.FindStringSubmatch(name)
	if match == nil || !isAddress(given[match[1]+"_SERVICE_HOST"]) || !isPort(given[match[1]+"_SERVICE_PORT"]) {
		return false
	}
	value := given[name]
	switch kind := match[2]; {
	case strings.HasPrefix(kind, "SERVICE_PORT") || strings.HasSuffix(kind, "_PORT"):
		return isPort(value)
	case kind == "SERVICE_HOST" || strings.HasSuffix(kind, "_ADDR"):
		return isAddress(value)
	case strings.HasSuffix(kind, "_PROTO"):
		return slices.Contains([]string{"tcp", "udp", "sctp"}, value)
	}
	u, err := url.Parse(value)
	return err == nil && isAddress(u.Hostname()) && isPort(u.Port())
}

func isAddress(text string) bool {
	_, err := netip.ParseAddr(text)
	return err == nil
}

func isPort(text string) bool {
	_, err := strconv.ParseUint(text, 10, 16)
	return err == nil
}
