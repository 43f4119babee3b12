package config

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// Parse reads variables, in the form of [os.Environ]. Those of allowlists are given, with what they
// admit, as in "services". Errors name the variable.
func Parse(environ []string, allowlists map[string]string) (Config, error) {
	c := Config{Allowlists: map[string][]string{}}
	given := map[string]string{}
	for _, text := range environ {
		name, value, _ := strings.Cut(text, "=")
		given[name] = value
	}
	if unknown := unknown(given, allowlists); len(unknown) > 0 {
		return Config{}, fmt.Errorf("%s: unknown variable: cnsd --help lists those there are",
			strings.Join(unknown, ", "))
	}
	var errs []error
	for _, v := range c.variables() {
		text := cmp.Or(given[v.name], v.standard)
		if want, ok := set(v.value, text); !ok {
			errs = append(errs, fmt.Errorf("%s: %q is not %s, such as %s",
				v.name, text, want, cmp.Or(v.standard, "127.0.0.1")))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(allowlists)) {
		list := strings.Split(given[name], ",")
		for i := range list {
			list[i] = strings.TrimSpace(list[i])
		}
		c.Allowlists[name] = slices.DeleteFunc(list, func(item string) bool { return item == "" })
		if len(c.Allowlists[name]) == 0 && given[name] != "" {
			errs = append(errs, fmt.Errorf("%s: %q names nothing to admit: unset it to admit everything",
				name, given[name]))
		}
	}
	if len(errs) > 0 {
		return Config{}, errors.Join(errs...)
	}
	return c, c.validate()
}

// set reads a text. If it isn't one for the value, set returns what would be. A number that is too
// large becomes the largest one, which validate then refuses with the range.
func set(value any, text string) (want string, ok bool) {
	var err error
	switch value := value.(type) {
	case *string:
		*value = text
	case *int:
		want = "a whole number"
		*value, err = strconv.Atoi(text)
		err = unlessRange(err)
	case *float64:
		want = "a number"
		*value, err = strconv.ParseFloat(text, 64)
		err = unlessRange(err)
	case *time.Duration:
		want = "a duration of at most a year with a unit (ms, s, m, h)"
		*value, err = time.ParseDuration(text)
	case *Host:
		want = "an IP address or a host name, without a port (PORT has it)"
		err = value.UnmarshalText([]byte(text))
	case *slog.Level:
		want = "a log level (debug, info, warn or error)"
		err = value.UnmarshalText([]byte(text))
	}
	return want, err == nil
}

func unlessRange(err error) error {
	if errors.Is(err, strconv.ErrRange) {
		return nil
	}
	return err
}

// longest is what a duration may be: a year.
const longest = 8760 * time.Hour

func (c *Config) validate() error {
	var errs []error
	check := func(ok bool, variable, want string) {
		if !ok {
			errs = append(errs, fmt.Errorf("%s: must be %s", variable, want))
		}
	}
	l, t := c.Limits, c.Timeouts
	check(c.Server.Port >= 0 && c.Server.Port <= 65535, "PORT", "from 0 to 65535")
	check(l.Rate == 0 || l.Rate >= 0.001 && l.Rate <= 1e9, "CNS_RATE_LIMIT", "0, or from 0.001 to 1e9")
	check(l.Burst >= 1 && l.Burst <= 1e9, "CNS_RATE_BURST", "from 1 to 1000000000")
	check(l.Connections >= 1 && l.Connections <= 1e6, "CNS_MAX_CONNECTIONS", "from 1 to 1000000")
	for _, v := range c.variables() {
		switch d, _ := v.value.(*time.Duration); d {
		case nil:
		case &c.Timeouts.DrainDelay, &c.Recipes.MaxAge:
			check(*d >= 0 && *d <= longest, v.name, "from 0s to 8760h")
		default:
			check(*d > 0 && *d <= longest, v.name, "longer than 0s, and at most 8760h")
		}
	}
	check(t.Read < t.Write || t.Write <= 0, "CNS_READ_TIMEOUT",
		"less than CNS_WRITE_TIMEOUT, so that a late request gets an answer")
	check(t.Request < t.Write || t.Write <= 0, "CNS_REQUEST_TIMEOUT",
		"less than CNS_WRITE_TIMEOUT, so that a slow request gets an answer")
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(errs...)
}

// Help writes every variable with its default and meaning. It takes what Parse does of allowlists.
func Help(w io.Writer, allowlists map[string]string) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, v := range new(Config).variables() {
		fmt.Fprintf(tw, "  %s\t%s\t%s\n", v.name, v.standard, v.help)
	}
	for _, name := range slices.Sorted(maps.Keys(allowlists)) {
		fmt.Fprintf(tw, "  %s\t\t%s to admit, separated by commas; all if unset\n", name, allowlists[name])
	}
	return tw.Flush()
}
