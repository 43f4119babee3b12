package bundle

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/internal/valuepath"

	"github.com/NVIDIA/cloud-native-stack/internal/values"

	"helm.sh/helm/v4/pkg/strvals"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/document"
)

// Bounds of what a few characters can make lists grow to. Helm's own bound is an index of 65536.
const (
	maxListIndex  = 1023
	maxListGrowth = 8 * maxListIndex // all indexes of a request together
)

// override applies the set options, by Helm's own parser, and then the force-set options, whose paths aren't checked.
func (b *builder) override(params gen.CreateBundleParams) error {
	growth := 0
	for _, item := range params.Set {
		if err := b.set("set", item, &growth); err != nil {
			return err
		}
	}
	for _, item := range params.ForceSet {
		if err := b.set("force-set", item, &growth); err != nil {
			return err
		}
	}
	if len(params.Set)+len(params.ForceSet) == 0 {
		return nil
	}
	return b.checkValues()
}

// set applies one item of an option. List indexes add to growth.
func (b *builder) set(option, item string, growth *int) error {
	name, expression, _ := strings.Cut(item, ":")
	i := b.find(name)
	if i < 0 {
		return apierror.Invalidf(apierror.Details{Parameter: option, Requested: name, Allowed: b.names()},
			"invalid %s: component %q is not in this bundle: must be %s", option, name, apierror.OneOf(b.names()))
	}
	concernsImages, changes := true, map[string]any{}
	err := checkKeys(expression, growth)
	if err == nil {
		err = strvals.ParseInto(expression, changes)
	}
	if err == nil && option == "set" {
		concernsImages, err = b.checkPaths(b.recipe.ComponentRefs[i], changes)
	}
	if err == nil {
		err = strvals.ParseInto(expression, b.ownAt(i, changes, concernsImages).Values)
	}
	if err == nil {
		return nil
	}
	if strings.Contains(err.Error(), "interface conversion") {
		err = errors.New("the path treats a plain value as a mapping or list")
	}
	details := apierror.Details{Parameter: option, Requested: item}
	var unknown *unknownPathError
	if errors.As(err, &unknown) && len(unknown.nearest) > 0 {
		details.Allowed = unknown.nearest
	}
	return apierror.Invalidf(details, "invalid %s %q: %v", option, item, err)
}

// checkPaths wants the chart to take each of some values. Charts that the server doesn't know take any, with a warning. It says whether images
// may follow from one.
func (b *builder) checkPaths(ref gen.ComponentRef, set map[string]any) (concernsImages bool, err error) {
	paths := b.knownPaths(ref)
	if paths == nil {
		b.warnOnce("set is not checked for %s %s: the value paths of this chart version are not known", ref.Name, ref.Version)
		return true, nil
	}
	images := b.knownImages(ref)
	for keys, value := range values.Leaves(set) {
		switch {
		case !paths.Takes(keys):
			return false, &unknownPathError{ref.Chart + " " + ref.Version, valuepath.Join(keys), paths.Nearest(keys)}
		case value != nil && paths.IsMapping(keys): // null takes the chart's defaults away
			return false, fmt.Errorf("%s %s takes a mapping at %s: set what is in it (force-set sets it anyway)",
				ref.Chart, ref.Version, apierror.Clip(valuepath.Join(keys)))
		}
		concernsImages = concernsImages || images == nil || images.Concerns(keys)
	}
	return concernsImages, nil
}

// unknownPathError names a path that a chart doesn't take, and those that may be meant.
type unknownPathError struct {
	chart   string
	path    string
	nearest []string
}

func (e *unknownPathError) Error() string {
	message := fmt.Sprintf("%s takes no value at %s", e.chart, apierror.Clip(e.path))
	if len(e.nearest) > 0 {
		message += ": nearest to it: " + strings.Join(e.nearest, ", ")
	}
	return message + " (force-set sets it anyway)"
}

// checkValues sees to it that the bundle's recipe.yaml can be sent to the server again.
func (b *builder) checkValues() error {
	total := 0
	for i, ref := range b.recipe.ComponentRefs {
		n, err := b.origins[i].valueCount, error(nil)
		if n == 0 {
			n, err = countValues(ref, b.Limits)
		}
		if total += n; err == nil && total > b.Limits.Values {
			err = fmt.Errorf("more than %d values", b.Limits.Values)
		}
		if err != nil {
			return apierror.Invalidf(apierror.Details{Parameter: "set"}, "invalid set: the recipe's values then hold %v", err)
		}
	}
	return nil
}

// countValues counts a component's values, as deep as they are in a recipe.
func countValues(ref gen.ComponentRef, limits document.Limits) (int, error) {
	return document.Count(object{"componentRefs": []any{object{"values": ref.Values}}}, limits)
}

// checkKeys refuses what Helm's parser lets pass in a --set expression: keys without a name or at the end without a value, which set
// nothing, and list indexes that are too high, before any list is made. It tells keys from values as that parser does. Indexes add to
// growth.
func checkKeys(expression string, growth *int) error {
	afterIndex, inKey := false, true
	for rest := expression; rest != ""; {
		var token string
		var stop byte
		token, stop, rest = until(rest, "=[,.")
		if token == "" && !afterIndex {
			return errors.New("a key has no name")
		}
		afterIndex, inKey = stop == '[', stop != '='
		switch {
		case stop == '[':
			token, stop, rest = until(rest, "]")
			if stop == 0 {
				return errors.New("a list index has no ]")
			}
			n, err := strconv.Atoi(token)
			if err != nil {
				continue // the parser reports it
			}
			if n > maxListIndex {
				return fmt.Errorf("list index %d is above %d", n, maxListIndex)
			}
			if *growth += n; *growth > maxListGrowth {
				return fmt.Errorf("the list indexes of all set options add up to more than %d", maxListGrowth)
			}
		case stop == '=' && strings.HasPrefix(rest, "{"):
			_, _, rest = until(rest, "}")
			rest = strings.TrimPrefix(rest, ",")
		case stop == '=':
			_, _, rest = until(rest, ",")
		}
	}
	if inKey {
		return errors.New(`it ends in a key without a value (a comma in a value is written \,)`)
	}
	return nil
}

// until splits s at the first of the stop characters that no backslash escapes, and takes the backslashes out of what is before it.
// Without a stop character, stop is 0 and rest empty.
func until(s, stops string) (token string, stop byte, rest string) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case strings.IndexByte(stops, c) >= 0:
			return b.String(), c, s[i+1:]
		case c == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case c != '\\':
			b.WriteByte(c)
		}
	}
	return b.String(), 0, ""
}
