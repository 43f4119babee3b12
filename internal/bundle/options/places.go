package options

import (
	"errors"

	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/component"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
)

// CheckPlaces reports where the values and manifests of components hold something else than the
// options that go there. The components are those of a whole recipe. The error joins one for each
// component and option.
func CheckPlaces(r Recipe, components Components) error {
	var errs []error
	check := func(name string, value any, paths func(*catalog.Component) []string) {
		for i, c := range components {
			if known, ok := component.Named(r.Catalog, c.Name); ok && len(paths(known)) > 0 {
				_, err := put(components, i, paths(known), value, apierror.Details{Parameter: name})
				errs = append(errs, err)
			}
		}
	}
	for _, p := range placements(Params{}) {
		value, err := p.parse([]string{"key=value"})
		errs = append(errs, err)
		check(p.name, value, p.paths)
		_, _, err = r.putInManifests(components, nil, p.inManifests, value, apierror.Details{Parameter: p.name})
		errs = append(errs, err)
	}
	for _, h := range hints(Params{}) {
		check(h.name, h.value, h.paths)
	}
	return errors.Join(errs...)
}
