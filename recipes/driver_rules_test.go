package recipes_test

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/util/version"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/constraint"
)

var driverRules = []rule{
	{"what the operator installs is admitted and patched", func(e *environment) string {
		installed, _ := value(operator(e), "driver.version").(string)
		if !ownDriver(e) {
			return ""
		}
		for _, name := range []string{"version", "patchedVersion"} {
			if c := e.Constraints["driver"][name]; c != "" && !admits(c, installed) {
				return fmt.Sprintf("driver.%s %s doesn't admit %s", name, c, installed)
			}
		}
		return ""
	}},
	{"what the operator installs is the oldest driver", func(e *environment) string {
		installed, _ := value(operator(e), "driver.version").(string)
		isKnown := e.offered && e.every(func(c gen.Criteria) bool { return c.OS != gen.OSAny })
		if c := e.Constraints["driver"]["version"]; isKnown && ownDriver(e) && c != "" &&
			!lowest(c).EqualTo(version.MustParseGeneric(installed)) {
			return fmt.Sprintf("driver %s, and the operator installs %s", c, installed)
		}
		return ""
	}},
	{"no driver is older than the CUDA that it has to have", func(e *environment) string {
		// CUDA Toolkit release notes.
		c := e.Constraints["driver"]
		if strings.HasSuffix(c["cudaVersion"], "13.0") && admits(c["version"], "580.65.05") {
			return fmt.Sprintf("CUDA %s with driver %s", c["cudaVersion"], c["version"])
		}
		return ""
	}},
	{"no constraint rejects a patch release of a driver", func(e *environment) string {
		// Who installs security fixes must not be told that the cluster fails: a branch that is
		// admitted at all is admitted to its end.
		for _, name := range []string{"version", "patchedVersion"} {
			c := e.Constraints["driver"][name]
			for alternative := range strings.SplitSeq(c, " || ") {
				for condition := range strings.FieldsSeq(alternative) {
					operator, bound := cut(condition)
					isWholeBranch := operator == "<" && strings.HasSuffix(bound, ".0.0")
					if operator != ">=" && !isWholeBranch {
						return fmt.Sprintf("driver.%s %s: %s may end within a branch", name, c, condition)
					}
				}
			}
		}
		return ""
	}},
	{"which drivers are patched is said", func(e *environment) string {
		// NVIDIA/product-security 2026/5861: the last versions without the fixes and the first with
		// them. R535 has none.
		patched := e.Constraints["driver"]["patchedVersion"]
		for driver, want := range map[string]bool{
			"535.309.01": false, "580.173.02": false, "580.178.04": true, "595.71.05": false, "595.91.07": true,
			"610.57.03": false, "610.57.04": true, "615.71.08": false, "615.71.09": true,
		} {
			if patched == "" || admits(patched, driver) != want {
				return fmt.Sprintf("driver.patchedVersion %q: admits %s: %t", patched, driver, !want)
			}
		}
		return ""
	}},
	{"a constraint on drivers can be met by a patched one", func(e *environment) string {
		version := e.Constraints["driver"]["version"]
		if version != "" && !admits(version, "580.178.04") && !admits(version, "595.91.07") {
			return "driver " + version
		}
		return ""
	}},
}

// cut splits a condition into its operator, empty for an exact value, and the version.
func cut(condition string) (operator, bound string) {
	bound = strings.TrimLeft(condition, "<>=")
	return strings.TrimSuffix(condition, bound), bound
}

// admits reports whether a constraint admits a version.
func admits(text, version string) bool {
	c, err := constraint.Parse(text)
	v, vErr := constraint.Parse(version)
	return err == nil && vErr == nil && c.Meets(v)
}

// lowest returns the floor of a range, which has to begin with it.
func lowest(constraint string) *version.Version {
	first, _, _ := strings.Cut(constraint, " ")
	return version.MustParseGeneric(strings.TrimPrefix(first, ">="))
}
