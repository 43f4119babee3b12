package options

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/distribution/reference"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/component"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/values"
)

// ChartsFolder is where a mirror has charts.
const ChartsFolder = "charts"

// Mirror lets charts and images come from a registry instead of those that they come from by
// themselves. It warns of components whose images aren't known.
func Mirror(r Recipe, components Components, params Params) (mirrored Components, warnings []string, err error) {
	mirror := params.Mirror
	if mirror == "" {
		return components, nil, nil
	}
	details := apierror.Details{Parameter: "mirror", Requested: mirror}
	if err := checkMirror(mirror); err != nil {
		return nil, nil, apierror.Invalidf(details, "invalid mirror %q: %v", mirror, err)
	}
	charts := map[string]string{} // repositories of charts by name and version
	for _, c := range components {
		chart, repository := c.Chart+" "+c.Version, strings.TrimSuffix(c.Repository, "/")
		if other := charts[chart]; other != "" && other != repository {
			const format = "mirror can't hold the chart %s both of %s and of %s: it has one place for them"
			return nil, nil, apierror.Invalidf(details, format, chart, other, repository)
		}
		charts[chart] = repository
		ref := c.ComponentRef
		ref.Repository = "oci://" + mirror + "/" + ChartsFolder
		if err := component.CheckChart(ref, details); err != nil {
			return nil, nil, err
		}
		ref.Values, ref.Manifests = values.Clone(ref.Values), slices.Clone(ref.Manifests)
		for i, object := range ref.Manifests {
			ref.Manifests[i] = values.Clone(object)
		}
		if known := component.KnownImages(r.Catalog, ref); known == nil {
			warnings = append(warnings, fmt.Sprintf(
				"mirror doesn't reach the images of %s %s, which this server doesn't know", ref.Name, ref.Version))
		} else if err := mirrorImages(ref, known, mirror); err != nil {
			return nil, nil, err
		}
		mirrored = append(mirrored, component.NewSingle(ref, r.images(ref, c.Images)))
	}
	return mirrored, warnings, nil
}

func checkMirror(mirror string) error {
	if _, err := reference.ParseNormalizedNamed(mirror + "/image"); err != nil {
		return err
	}
	host, _, _ := strings.Cut(mirror, "/")
	if !isRegistry(host) {
		return errors.New("without a dot or a port it means a user of Docker Hub")
	}
	return component.CheckHost(host)
}

// mirrorImages puts the mirror into the names of images in a component's values and manifests, in
// place.
func mirrorImages(ref gen.ComponentRef, known *catalog.Images, mirror string) error {
	for _, registry := range known.Registries {
		for _, s := range component.Sources(known, ref, registry.Kind) {
			if err := mirrorAt(s, registry.Path, mirror, known.IsName(registry.Path)); err != nil {
				return apierror.Invalidf(apierror.Details{Parameter: "mirror"},
					"mirror can't be applied to %s at %s: %v", ref.Name, registry.Path, err)
			}
		}
	}
	return nil
}

// mirrorAt replaces the registry at the beginning of a value, unless it is the mirror already. The
// value is an image's name if isName, else the beginning of one.
func mirrorAt(s component.Source, path, mirror string, isName bool) error {
	if v, _ := values.Lookup(s.Values, path); v != nil {
		if _, ok := v.(string); !ok {
			return errors.New("the recipe's values hold no text there")
		}
	}
	value := s.Text(path)
	if value == "" || strings.HasPrefix(value+"/", mirror+"/") {
		return nil
	}
	host, rest, _ := strings.Cut(value, "/")
	if !isRegistry(host) {
		host, rest = "docker.io", value
	}
	if isName && host == "docker.io" && !strings.Contains(rest, "/") {
		rest = "library/" + rest // where Docker Hub has it, and what copies it puts it
	}
	if rest != "" {
		mirror += "/" + rest
	}
	return values.Put(s.Values, path, mirror)
}

// isRegistry tells a registry from the first part of a name on Docker Hub, by the rule of
// [reference.ParseNormalizedNamed].
func isRegistry(host string) bool { return strings.ContainsAny(host, ".:") || host == "localhost" }
