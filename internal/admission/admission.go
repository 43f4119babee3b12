// Package admission holds all that bounds load: how much a server takes on at a time, and what
// happens to one too many.
//
//	what                  bound                of each    given back         one too many
//	connections           CNS_MAX_CONNECTIONS  server     when closed        ends the longest idle
//	                      3/4 of these         address    when closed        ends its longest idle
//	requests to limited   CNS_RATE_LIMIT a     scope      as time passes     429, Retry-After
//	operations            second, at once
//	                      CNS_RATE_BURST
//	requests with a body  32                   route      after the answer   503, Retry-After
//	of more than 64 KiB   4                    server     after the answer   503, Retry-After
//	or unknown length
//	requests worked on    processors           operation  before the answer  waits, at last 504
//	of 16 KiB or more     processors - 1       server     before the answer  waits, at last 504
//
// A request meets them in this order. Its body is received before it waits to be worked on.
package admission

import "net/http"

// Fail answers a request with an error.
type Fail = func(http.ResponseWriter, *http.Request, error)
