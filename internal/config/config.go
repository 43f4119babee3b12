// Package config reads the server's configuration from the environment.
package config

import (
	"log/slog"
	"strconv"
	"time"
)

// Config is the configuration, in one group for each feature. Each field is set by a variable.
type Config struct {
	Server   Server
	Recipes  Recipes
	Signing  Signing
	Limits   Limits
	Timeouts Timeouts
	// Allowlists hold the values to admit, by variable. Which there are is in the OpenAPI document.
	Allowlists map[string][]string
}

// Server is how the process runs.
type Server struct {
	Address  Host
	Port     int // 0 picks a free one
	LogLevel slog.Level
}

// Recipes are the recipe data.
type Recipes struct {
	Dir    string // to lay over the embedded ones; may be empty
	MaxAge time.Duration
}

// Signing is what signs bundles.
type Signing struct {
	KeyFile string // PEM; may be empty
}

// Limits are the bounds of load that the operator sets; package admission has all.
type Limits struct {
	Rate        float64 // a second; 0 for none
	Burst       int
	Connections int
}

// Timeouts are the bounds of time.
type Timeouts struct {
	Request, ReadHeader, Read, Write, Idle, DrainDelay, Shutdown time.Duration
}

// DefaultConnections is how many there may be if nothing else is configured.
const DefaultConnections = 512

// variable is one of the environment.
type variable struct {
	name     string
	value    any // points at the field that it sets
	standard string
	help     string
}

// variables lists all, group by group, in the order of the help.
func (c *Config) variables() []variable {
	l, t := &c.Limits, &c.Timeouts
	return []variable{
		{"CNS_ADDRESS", &c.Server.Address, "",
			"IP address or host name to listen on; all addresses of the machine if unset"},
		{"PORT", &c.Server.Port, "8080", "TCP port to listen on; 0 picks a free one"},
		{"LOG_LEVEL", &c.Server.LogLevel, "info", "minimum log level: debug, info, warn or error"},

		{"CNS_RECIPES_DIR", &c.Recipes.Dir, "",
			"directory of recipe data to lay over the embedded ones; none if unset"},
		{"CNS_CACHE_MAX_AGE", &c.Recipes.MaxAge, "300s", "how long clients may keep a recipe"},

		{"CNS_SIGNING_KEY_FILE", &c.Signing.KeyFile, "",
			"PEM file with the ECDSA P-256 key that signs bundles; unsigned if unset"},

		{"CNS_RATE_LIMIT", &l.Rate, "100",
			"requests per second to / and /v1/ of all clients together; 0 switches the limit off"},
		{"CNS_RATE_BURST", &l.Burst, "200", "requests that may come at once"},
		{"CNS_MAX_CONNECTIONS", &l.Connections, strconv.Itoa(DefaultConnections), "connections at a time, " +
			"three quarters of them for one address; one more takes the place of an idle one"},

		{"CNS_REQUEST_TIMEOUT", &t.Request, "10s", "time limit per request; less than CNS_WRITE_TIMEOUT"},
		{"CNS_READ_HEADER_TIMEOUT", &t.ReadHeader, "5s", "time for a request's headers to arrive"},
		{"CNS_READ_TIMEOUT", &t.Read, "15s", "time for a whole request to arrive; less than CNS_WRITE_TIMEOUT"},
		{"CNS_WRITE_TIMEOUT", &t.Write, "30s", "time from a request's headers to the end of its answer"},
		{"CNS_IDLE_TIMEOUT", &t.Idle, "120s", "time that an idle connection stays open"},
		{"CNS_DRAIN_DELAY", &t.DrainDelay, "5s",
			"how long to keep serving after SIGTERM while /ready answers 503"},
		{"CNS_SHUTDOWN_TIMEOUT", &t.Shutdown, "30s", "time for requests in flight to finish after that"},
	}
}
