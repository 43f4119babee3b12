package options

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"helm.sh/helm/v4/pkg/strvals"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/component"
	"github.com/NVIDIA/cloud-native-stack/internal/valuepath"
	"github.com/NVIDIA/cloud-native-stack/internal/values"
)

// Bounds of what a few characters can make lists grow to. Helm's own bound is an index of 65536.
const (
	maxListIndex  = 1023
	maxListGrowth = 8 * maxListIndex // that all indexes of a request may add up to
)

// Set applies the set options, by Helm's own parser, and then the force-set options, whose paths
// aren't checked. It warns of components whose paths aren't known.
func Set(r Recipe, components Components, params Params) (_ Components, warnings []string, err error) {
	if len(params.Set)+len(params.ForceSet) == 0 {
		return components, nil, nil
	}
	s := setter{Recipe: r, components: components, edits: map[int]*edit{}}
	for i, item := range slices.Concat(params.Set, params.ForceSet) {
		option := "set"
		if i >= len(params.Set) {
			option = "force-set"
		}
		if err := s.set(option, item); err != nil {
			return nil, nil, err
		}
	}
	changed := slices.Clone(components)
	for i, e := range s.edits {
		if e.concernsImages {
			changed[i] = r.with(components[i], e.values)
		} else {
			changed[i] = components[i].With(e.values, components[i].Images)
		}
	}
	option := "set"
	if len(params.Set) == 0 {
		option = "force-set"
	}
	return changed, s.warnings, s.checkCount(option, changed)
}

// setter applies the items of set options one after the other.
type setter struct {
	Recipe
	components Components
	edits      map[int]*edit // by index of the component
	growth     int           // that list indexes add up to
	warnings   []string
}

// edit is what becomes of the values of one component.
type edit struct {
	values         map[string]any
	isWhole        bool // nothing of them is shared with other components
	concernsImages bool
}

// set applies one item of an option.
func (s *setter) set(option, item string) error {
	name, expression, _ := strings.Cut(item, ":")
	i := s.find(s.components, name)
	if i < 0 {
		all := names(s.components)
		return apierror.Invalidf(apierror.Details{Parameter: option, Requested: name, Allowed: all},
			"invalid %s: component %q is not in this bundle: must be %s", option, name, apierror.OneOf(all))
	}
	details := apierror.Details{Parameter: option, Requested: item}
	concernsImages := true
	var changes map[string]any // nil for anything
	err := s.checkKeys(expression)
	if err == nil && option == "set" {
		changes = map[string]any{}
		if err = strvals.ParseInto(expression, changes); err == nil {
			concernsImages, details.Allowed, err = s.checkPaths(s.components[i].ComponentRef, changes)
		}
	}
	if err == nil {
		e := s.edit(i, changes)
		e.concernsImages = e.concernsImages || concernsImages
		err = strvals.ParseInto(expression, e.values)
	}
	if err == nil {
		return nil
	}
	if strings.Contains(err.Error(), "interface conversion") {
		err = errors.New("the path treats a plain value as a mapping or list")
	}
	return apierror.Invalidf(details, "invalid %s %q: %v", option, item, err)
}

// edit returns the values of a component, of which changes can be made part in place. The first
// time that is where the changes are, if these are known, the second time everywhere: each of many
// changes could mean a copy of the same large list.
func (s *setter) edit(i int, changes map[string]any) *edit {
	e := s.edits[i]
	switch {
	case e == nil && changes != nil:
		e = &edit{values: values.CloneAt(s.components[i].Values, changes)}
	case e == nil:
		e = &edit{values: values.Clone(s.components[i].Values), isWhole: true}
	case !e.isWhole:
		e.values, e.isWhole = values.Clone(e.values), true
	}
	s.edits[i] = e
	return e
}

// checkPaths wants the chart to take each of some values. Charts that the server doesn't know take
// any, with a warning. It reports whether images may follow from one of the values, and returns the
// paths nearest to one that the chart doesn't take.
func (s *setter) checkPaths(ref gen.ComponentRef, set map[string]any) (forImages bool, nearest []string, err error) {
	paths := component.KnownPaths(s.Catalog, ref)
	if paths == nil {
		warning := fmt.Sprintf("set is not checked for %s %s: the value paths of this chart version are not known",
			ref.Name, ref.Version)
		if !slices.Contains(s.warnings, warning) {
			s.warnings = append(s.warnings, warning)
		}
		return true, nil, nil
	}
	chart := ref.Chart + " " + ref.Version
	images := component.KnownImages(s.Catalog, ref)
	for keys, value := range values.Leaves(set) {
		switch {
		case !paths.Takes(keys):
			hint := ""
			if nearest = paths.Nearest(keys); len(nearest) > 0 {
				hint = ": nearest to it: " + strings.Join(nearest, ", ")
			}
			return false, nearest, fmt.Errorf("%s takes no value at %s%s (force-set sets it anyway)",
				chart, apierror.Clip(valuepath.Join(keys)), hint)
		case value != nil && paths.IsMapping(keys): // null takes the chart's defaults away
			return false, nil, fmt.Errorf("%s takes a mapping at %s: set what is in it (force-set sets it anyway)",
				chart, apierror.Clip(valuepath.Join(keys)))
		}
		forImages = forImages || images == nil || images.Concerns(keys)
	}
	return forImages, nil, nil
}

// checkCount sees to it that the bundle's recipe.yaml can be sent to the server again. An option is
// what the error names.
func (s *setter) checkCount(option string, components Components) error {
	total := 0
	for i, c := range components {
		n, err := 0, error(nil)
		if s.edits[i] == nil {
			n = c.ValueCount()
		} else {
			n, err = component.CountValues(c.ComponentRef, s.Limits)
		}
		if total += n; err == nil && total > s.Limits.Values {
			err = fmt.Errorf("more than %d values", s.Limits.Values)
		}
		if err != nil {
			return apierror.Invalidf(apierror.Details{Parameter: option},
				"invalid %s: the recipe's values then hold %v", option, err)
		}
	}
	return nil
}

// checkKeys refuses what Helm's parser lets pass in a --set expression: keys without a name or at
// the end without a value, which set nothing, and list indexes that are too high, before any list
// is made. It tells keys from values as that parser does.
func (s *setter) checkKeys(expression string) error {
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
			if s.growth += n; s.growth > maxListGrowth {
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

// until splits s at the first of the stop characters that no backslash escapes, and takes the
// backslashes out of what is before it. Without a stop character, stop is 0 and rest empty.
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
