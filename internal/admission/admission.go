// Package admission holds all that bounds load: how much a server takes on at a time, and what
// happens to one too many.
//
//	what                   bound                of each    given back       one too many
//	connections            CNS_MAX_CONNECTIONS  server     when closed      ends one of whom the
//	                       3/4 of these         address    when closed      server waits for most
//	headers                64 KiB,              request    -                431, or closed
//	                       CNS_READ_HEADER_TIMEOUT
//	body                   1 MiB,               request    -                413
//	                       4 s for 16 KiB,                                  408
//	                       CNS_READ_TIMEOUT                                 408
//	bytes held: of a       6 MiB, of which as   server     when answered,   ends one of who keeps
//	request above 4 KiB,   much is left as one             when sent        most for longest: a
//	an answer above 128    address has                                      body with 503,
//	that isn't constant                                                     Retry-After
//	requests to limited    CNS_RATE_LIMIT       scope      as time passes   429, Retry-After
//	operations             a second, at once
//	                       CNS_RATE_BURST
//	requests worked on,    processors,          server     before the       waits, at last 504;
//	                       at least 2                      answer           addresses take turns
//	of 16 KiB or more      one less             server
//	answer                 CNS_WRITE_TIMEOUT    request    -                closed
//
// An address of IPv6 stands for its /64, which one client has to itself. Nothing but memory and a
// connection is held for a client that lets the server wait: a request is worked on when all of it
// is here, and no longer when its answer begins. Who waits for a client is what makes room for
// others; who waits for the server keeps what it has.
package admission

import "net/netip"

// addressOf returns the address that stands for the client behind an address with a port: that
// itself, or its /64 (RFC 6177) of IPv6.
func addressOf(remote string) string {
	withPort, err := netip.ParseAddrPort(remote)
	if err != nil {
		return remote
	}
	address := withPort.Addr().Unmap()
	if address.Is4() {
		return address.String()
	}
	network, err := address.WithZone("").Prefix(64)
	if err != nil {
		return address.String()
	}
	return network.String()
}
