// Package config reads the server's configuration from the environment.
package config

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/caarlos0/env/v11"
)

// Config is the configuration. The tags are its documentation: variable, default and meaning.
type Config struct {
	Port     int        `env:"PORT" envDefault:"8080" help:"TCP port to listen on; 0 picks a free one"`
	LogLevel slog.Level `env:"LOG_LEVEL" envDefault:"info" help:"minimum log level: debug, info, warn or error"`

	RecipesDir string `env:"CNS_RECIPES_DIR" help:"directory of recipe data to lay over the embedded ones; none if unset"`

	SigningKeyFile string `env:"CNS_SIGNING_KEY_FILE" help:"PEM file with the ECDSA P-256 key that signs bundles; unsigned if unset"`

	AllowedAccelerators []string `env:"CNS_ALLOWED_ACCELERATORS" help:"accelerators to admit, separated by commas; all if unset"`
	AllowedServices     []string `env:"CNS_ALLOWED_SERVICES" help:"services to admit, separated by commas; all if unset"`
	AllowedIntents      []string `env:"CNS_ALLOWED_INTENTS" help:"intents to admit, separated by commas; all if unset"`
	AllowedOS           []string `env:"CNS_ALLOWED_OS" help:"operating systems to admit, separated by commas; all if unset"`

	RateLimit   float64       `env:"CNS_RATE_LIMIT" envDefault:"100" help:"requests per second to / and /v1/; 0 switches the limit off"`
	RateBurst   int           `env:"CNS_RATE_BURST" envDefault:"200" help:"requests that may come at once"`
	CacheMaxAge time.Duration `env:"CNS_CACHE_MAX_AGE" envDefault:"300s" help:"how long clients may keep a recipe"`

	MaxConnections int `env:"CNS_MAX_CONNECTIONS" envDefault:"512" help:"connections at a time, three quarters of them for one address; one more takes the place of an idle one"`

	RequestTimeout    time.Duration `env:"CNS_REQUEST_TIMEOUT" envDefault:"10s" help:"time limit per request; less than CNS_WRITE_TIMEOUT"`
	ReadHeaderTimeout time.Duration `env:"CNS_READ_HEADER_TIMEOUT" envDefault:"5s" help:"time for a request's headers to arrive"`
	ReadTimeout       time.Duration `env:"CNS_READ_TIMEOUT" envDefault:"15s" help:"time for a whole request to arrive; less than CNS_WRITE_TIMEOUT"`
	WriteTimeout      time.Duration `env:"CNS_WRITE_TIMEOUT" envDefault:"30s" help:"time from a request's headers to the end of its answer"`
	IdleTimeout       time.Duration `env:"CNS_IDLE_TIMEOUT" envDefault:"120s" help:"time that an idle connection stays open"`
	DrainDelay        time.Duration `env:"CNS_DRAIN_DELAY" envDefault:"5s" help:"how long to keep serving after SIGTERM while /ready answers 503"`
	ShutdownTimeout   time.Duration `env:"CNS_SHUTDOWN_TIMEOUT" envDefault:"30s" help:"time for requests in flight to finish after that"`
}

// Parse reads variables, in the form of [os.Environ]. Errors name the variable.
func Parse(environ []string) (Config, error) {
	var c Config
	variables := env.ToMap(environ)
	if unknown := unknown(variables); len(unknown) > 0 {
		return Config{}, fmt.Errorf("%s: unknown variable: cnsd --help lists those there are", strings.Join(unknown, ", "))
	}
	if err := env.ParseWithOptions(&c, env.Options{Environment: variables}); err != nil {
		return Config{}, named(err, variables)
	}
	lists := c.lists()
	for _, variable := range slices.Sorted(maps.Keys(lists)) {
		list := lists[variable]
		if *list = trimmed(*list); len(*list) == 0 && variables[variable] != "" {
			return Config{}, fmt.Errorf("%s: %q names nothing to admit: unset it to admit everything", variable, variables[variable])
		}
	}
	return c, c.validate()
}

// injected matches what Kubernetes sets for a Service of the same namespace that is called cns or cns-something.
var injected = regexp.MustCompile(`_SERVICE_(HOST|PORT)|_PORT(_|$)`)

// unknown returns the variables with the server's prefix that it doesn't know: misspelt ones, one of which may be meant to restrict it.
func unknown(variables map[string]string) []string {
	known := map[string]bool{}
	for f := range reflect.TypeFor[Config]().Fields() {
		known[f.Tag.Get("env")] = true
	}
	var names []string
	for name := range variables {
		if strings.HasPrefix(name, "CNS_") && !known[name] && !injected.MatchString(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Allowlists returns the values to admit by variable.
func (c Config) Allowlists() map[string][]string {
	values := map[string][]string{}
	for variable, list := range c.lists() {
		values[variable] = *list
	}
	return values
}

// lists returns the allowlists by variable.
func (c *Config) lists() map[string]*[]string {
	return map[string]*[]string{
		"CNS_ALLOWED_ACCELERATORS": &c.AllowedAccelerators,
		"CNS_ALLOWED_SERVICES":     &c.AllowedServices,
		"CNS_ALLOWED_INTENTS":      &c.AllowedIntents,
		"CNS_ALLOWED_OS":           &c.AllowedOS,
	}
}

func (c Config) validate() error {
	var errs []error
	check := func(ok bool, variable, want string) {
		if !ok {
			errs = append(errs, fmt.Errorf("%s: must be %s", variable, want))
		}
	}
	check(c.Port >= 0 && c.Port <= 65535, "PORT", "from 0 to 65535")
	check(c.RateLimit == 0 || c.RateLimit >= 0.001 && c.RateLimit <= 1e9, "CNS_RATE_LIMIT", "0, or from 0.001 to 1e9")
	check(c.RateBurst >= 1, "CNS_RATE_BURST", "1 or more")
	check(c.MaxConnections >= 1, "CNS_MAX_CONNECTIONS", "1 or more")
	for variable, d := range map[string]time.Duration{
		"CNS_REQUEST_TIMEOUT": c.RequestTimeout, "CNS_READ_HEADER_TIMEOUT": c.ReadHeaderTimeout, "CNS_READ_TIMEOUT": c.ReadTimeout,
		"CNS_WRITE_TIMEOUT": c.WriteTimeout, "CNS_IDLE_TIMEOUT": c.IdleTimeout, "CNS_SHUTDOWN_TIMEOUT": c.ShutdownTimeout,
	} {
		check(d > 0, variable, "longer than 0s")
	}
	check(c.ReadTimeout < c.WriteTimeout || c.WriteTimeout <= 0, "CNS_READ_TIMEOUT", "less than CNS_WRITE_TIMEOUT, so that a late request gets an answer")
	check(c.RequestTimeout < c.WriteTimeout || c.WriteTimeout <= 0, "CNS_REQUEST_TIMEOUT", "less than CNS_WRITE_TIMEOUT, so that a slow request gets an answer")
	check(c.CacheMaxAge >= 0, "CNS_CACHE_MAX_AGE", "0s or longer")
	check(c.DrainDelay >= 0, "CNS_DRAIN_DELAY", "0s or longer")
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(errs...)
}

// named words the library's errors, which name the struct's field, for the operator who sets the variable.
func named(err error, environ map[string]string) error {
	var all env.AggregateError
	if !errors.As(err, &all) {
		return err
	}
	var errs []error
	for _, e := range all.Errors {
		var parse env.ParseError
		if errors.As(e, &parse) {
			field, _ := reflect.TypeFor[Config]().FieldByName(parse.Name)
			variable := field.Tag.Get("env")
			e = fmt.Errorf("%s: %q is not %s, such as %s", variable, environ[variable], kind(field.Type), field.Tag.Get("envDefault"))
		}
		errs = append(errs, e)
	}
	return errors.Join(errs...)
}

// kind says what values a type takes.
func kind(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[int]():
		return "a whole number"
	case reflect.TypeFor[float64]():
		return "a number"
	case reflect.TypeFor[time.Duration]():
		return "a duration with a unit (ms, s, m, h)"
	case reflect.TypeFor[slog.Level]():
		return "a log level (debug, info, warn or error)"
	}
	return "a " + t.String()
}

func trimmed(list []string) []string {
	items := []string{}
	for _, item := range list {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

// Help writes every variable with its default and meaning.
func Help(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for f := range reflect.TypeFor[Config]().Fields() {
		fmt.Fprintf(tw, "  %s\t%s\t%s\n", f.Tag.Get("env"), f.Tag.Get("envDefault"), f.Tag.Get("help"))
	}
	return tw.Flush()
}
