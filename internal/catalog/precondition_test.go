package catalog_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
)

func TestLoadRefusesPreconditions(t *testing.T) {
	d := minimal()
	in := func(lines ...string) data {
		return d.With(eks, append([]string{"criteria: {service: eks}", "preconditions:"}, lines...)...)
	}
	const own = "preconditions: {a: {text: t, why: w, source: s}}"
	runLoadCases(t, []loadCase{
		{"name", in("  No_Name: {text: t, why: w, source: s}"),
			`overlays/eks.yaml:3: invalid /name: "No_Name" is malformed; want: Its name in the recipe: lowercase ` +
				"letters, digits and `-`, with a letter or digit at either end."},
		{"blank text", in("  a: {text: ' ', why: w, source: s}"),
			`overlays/eks.yaml:3: invalid /text: " " is malformed; want: What has to be true; not blank.`},
		{"blank reason", in("  a: {text: t, why: ' ', source: s}"),
			`overlays/eks.yaml:3: invalid /why: " " is malformed; …`},
		{"blank source", in("  a: {text: t, why: w, source: ' '}"),
			`overlays/eks.yaml:3: invalid /source: " " is malformed; …`},
		{"blank command", in("  a: {text: t, why: w, source: s, command: ' '}"),
			`overlays/eks.yaml:3: invalid /command: " " is malformed; …`},
		{"blank check", in("  a: {text: t, why: w, source: s, check: ' '}"),
			`overlays/eks.yaml:3: invalid /check: " " is malformed; …`},
		{"no text", in("  a:", "    why: w", "    source: s"), `overlays/eks.yaml:3: missing field /text`},
		{"no reason", in("  a:", "    text: t", "    source: s"), `overlays/eks.yaml:3: missing field /why`},
		{"no source", in("  a: {text: t, why: w, source: ''}"), `overlays/eks.yaml:3: missing field /source`},
		{"command of two lines", in("  a:", "    text: t", "    why: w", "    source: s", "    command: \"a\\nb\""),
			`overlays/eks.yaml:7: invalid /command: "a\nb" is malformed; …`},
		{"check of two lines", in("  a:", "    text: t", "    why: w", "    source: s", "    check: \"a\\nb\""),
			`overlays/eks.yaml:7: invalid /check: "a\nb" is malformed; …`},
		{"unknown field", in("  a: {name: a}"),
			`overlays/eks.yaml:3: unknown field "name": must be one of check, command, component, source, text, why`},
		{"unknown component", in("  a:", "    text: t", "    why: w", "    source: s", "    component: drivers"),
			`overlays/eks.yaml:7: unknown component "drivers": must be one of driver, monitor, spare`},
		{"list", in("  - {text: t, why: w, source: s}"), `overlays/eks.yaml:3: preconditions: want a mapping`},
		{"null in a component", d.With(driver, component("driver", "preconditions: {a: null}")),
			`components/driver/component.yaml:5: null takes a precondition out of recipes, which overlays do: ` +
				`leave it out here`},
		{"of another component", d.With(driver, component("driver",
			"preconditions: {a: {component: monitor, text: t, why: w, source: s}}")),
			`components/driver/component.yaml:5: it is the component's own: state that of monitor in its own file`},
		{"of two components", d.With(driver, component("driver", own)).With(monitor, component("monitor", own)),
			`components/monitor/component.yaml:5: the precondition "a" is one of driver already`},
	})
}

// Those of components that a recipe has come first, then those of overlays, the most specific last.
func TestPreconditions(t *testing.T) {
	c := load(t, minimal().
		With(driver, component("driver", "preconditions:\n  own: {text: t, why: w, source: s, command: do, check: c}\n"+
			"  gone: {text: t, why: w, source: s}\n  replaced: {text: t, why: w, source: s}")).
		With("components/spare/component.yaml",
			component("spare", "preconditions: {spare: {text: t, why: w, source: s}}")).
		With(eks, "criteria: {service: eks}", "preconditions:",
			"  a: {text: t, why: w, source: s}",
			"  b: {text: t, why: w, source: s, component: spare}",
			"  replaced: {text: new, why: w, source: s}",
			"  gone: null").
		With("overlays/eks-cos.yaml", "criteria: {service: eks, os: cos}", "components: {driver: null, spare: {}}",
			"preconditions: {a: {text: newer, why: w, source: s}}"))
	of := func(name, component, text string) gen.Precondition {
		return gen.Precondition{Name: name, Component: component, Text: text, Why: "w", Source: "s"}
	}
	own := of("own", "driver", "t")
	own.Command, own.Check = "do", "c"
	for name, tt := range map[string]struct {
		environment map[string]string
		want        []gen.Precondition
	}{
		"of components": {nil, []gen.Precondition{of("gone", "driver", "t"), own, of("replaced", "driver", "t")}},
		"of an overlay": {map[string]string{"service": "eks"},
			[]gen.Precondition{of("a", "", "t"), own, of("replaced", "", "new")}},
		"of the components that are there": {map[string]string{"service": "eks", "os": "cos"}, []gen.Precondition{
			of("a", "", "newer"), of("b", "spare", "t"), of("replaced", "", "new"), of("spare", "spare", "t")}},
	} {
		applied := catalog.Applied(c.Overlays(), tt.environment)
		if diff := cmp.Diff(tt.want, c.Preconditions(applied, catalog.Present(applied))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
