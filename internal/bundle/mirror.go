package bundle

import (
	"errors"
	"slices"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/internal/values"

	"github.com/distribution/reference"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
)

// chartsFolder is where a mirror has charts.
const chartsFolder = "charts"

// mirror puts a registry in the place of those that charts and images come from.
func (b *builder) mirror(params gen.CreateBundleParams) error {
	if params.Mirror == "" {
		return nil
	}
	_, err := reference.ParseNormalizedNamed(params.Mirror + "/image")
	if host, _, _ := strings.Cut(params.Mirror, "/"); err == nil && !isRegistry(host) {
		err = errors.New("without a dot or a port it means a user of Docker Hub")
	}
	if err != nil {
		return apierror.Invalidf(apierror.Details{Parameter: "mirror", Requested: params.Mirror}, "invalid mirror %q: %v", params.Mirror, err)
	}
	charts := map[string]string{} // repositories of charts by name and version
	for i := range b.recipe.ComponentRefs {
		ref := b.own(i, true)
		ref.Manifests = slices.Clone(ref.Manifests)
		for j, object := range ref.Manifests {
			ref.Manifests[j] = values.Clone(object)
		}
		chart, repository := ref.Chart+" "+ref.Version, strings.TrimSuffix(ref.Repository, "/")
		if other := charts[chart]; other != "" && other != repository {
			return apierror.Invalidf(apierror.Details{Parameter: "mirror", Requested: params.Mirror},
				"mirror can't hold the chart %s both of %s and of %s: it has one place for them", chart, other, repository)
		}
		charts[chart] = repository
		ref.Repository = "oci://" + params.Mirror + "/" + chartsFolder
		if err := checkOCIChart(*ref, apierror.Details{Parameter: "mirror", Requested: params.Mirror}); err != nil {
			return err
		}
		known := b.knownImages(*ref)
		if known == nil {
			b.warn("mirror doesn't reach the images of %s %s, which this server doesn't know", ref.Name, ref.Version)
			continue
		}
		for _, registry := range known.Registries {
			for _, s := range sourcesOf(known, *ref, registry.Kind) {
				if err := s.mirror(registry.Path, params.Mirror, known.IsName(registry.Path)); err != nil {
					return apierror.Invalidf(apierror.Details{Parameter: "mirror"}, "mirror can't be applied to %s at %s: %v", ref.Name, registry.Path, err)
				}
			}
		}
	}
	return nil
}

// mirror replaces the registry at the beginning of a value, unless it is the mirror already. What isName is an image's name, else its
// beginning.
func (s source) mirror(path, mirror string, isName bool) error {
	if v, _ := values.Lookup(s.values, path); v != nil {
		if _, ok := v.(string); !ok {
			return errors.New("the recipe's values hold no text there")
		}
	}
	value := s.at(path)
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
	return values.Put(s.values, path, mirror)
}

// isRegistry tells a registry from the first part of a name on Docker Hub, by the rule of [reference.ParseNormalizedNamed].
func isRegistry(host string) bool { return strings.ContainsAny(host, ".:") || host == "localhost" }
