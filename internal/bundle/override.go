package bundle

import (
	"fmt"
	"strconv"
	"strings"

	"helm.sh/helm/v4/pkg/strvals"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/problem"
)

// maxListIndex bounds what a few characters can make a list grow to. Helm's own bound is 65536.
const maxListIndex = 1023

// override applies the set options, by Helm's own parser.
func (b *builder) override(params gen.CreateBundleParams) error {
	for _, item := range params.Set {
		name, expression, _ := strings.Cut(item, ":")
		ref := b.find(name)
		if ref == nil {
			return problem.Invalid(map[string]any{"parameter": "set", "requested": name, "allowed": b.names()},
				"invalid set: component %q is not in this bundle: must be one of %s", name, strings.Join(b.names(), ", "))
		}
		err := checkIndexes(expression)
		if err == nil {
			err = strvals.ParseInto(expression, ref.Values)
		}
		if err != nil {
			return problem.Invalid(map[string]any{"parameter": "set", "requested": item}, "invalid set %q: %v", item, err)
		}
	}
	return nil
}

// checkIndexes refuses list indexes above maxListIndex in the keys of a --set expression, before any list is made.
func checkIndexes(expression string) error {
	inKey := true
	for i := 0; i < len(expression); i++ {
		switch c := expression[i]; {
		case c == '\\':
			i++
		case inKey && c == '=':
			inKey = false
			if strings.HasPrefix(expression[i+1:], "{") {
				end := strings.IndexByte(expression[i:], '}')
				if end < 0 {
					return nil // the parser reports it
				}
				i += end
			}
		case !inKey && c == ',':
			inKey = true
		case inKey && c == '[':
			digits, _, _ := strings.Cut(expression[i+1:], "]")
			if n, err := strconv.Atoi(strings.TrimSpace(digits)); err == nil && n > maxListIndex {
				return fmt.Errorf("list index %d is above %d", n, maxListIndex)
			}
		}
	}
	return nil
}
