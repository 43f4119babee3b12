package bundle

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/values"

	"github.com/distribution/reference"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
)

// images lists the container images that a component pulls, sorted, as registry/repository:tag@digest. Where they aren't known, or values
// name one that can't be, it warns.
func (b *builder) images(ref gen.ComponentRef) []string {
	known := b.knownImages(ref)
	if known == nil {
		b.warnOnce("images.txt lacks the images of %s %s, which this server doesn't know", ref.Name, ref.Version)
		return nil
	}
	var list []string
	for _, image := range known.Images {
		for _, s := range sourcesOf(known, ref, image.Kind) {
			if !s.pulls(image, ref) {
				continue
			}
			for _, name := range b.references(known, image, s) {
				named, err := b.Cache.part("name of an image", name, func() ([]byte, error) {
					named, err := reference.ParseNormalizedNamed(name)
					if err != nil {
						return nil, err
					}
					return []byte(named.String()), nil
				})
				if err != nil {
					b.warnOnce("images.txt lacks an image of %s, because its name is malformed: %+q", ref.Name, apierror.Clip(name))
					continue
				}
				list = append(list, string(named.text))
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// pulled are the images of a component, and what there is to warn of.
type pulled struct{ images, warnings []string }

func (b *builder) pulledBy(ref gen.ComponentRef) *pulled {
	alone := builder{Options: b.Options, catalog: b.catalog, prepared: prepared{recipe: b.recipe}}
	images := alone.images(ref)
	return &pulled{images, alone.warnings}
}

func (b *builder) knownImages(ref gen.ComponentRef) *catalog.Images {
	if component := b.ofChart(ref); component != nil {
		return component.Images(ref.Version)
	}
	return nil
}

// source is where paths lead to values.
type source struct {
	values   map[string]any
	defaults map[string]any // by path; nil for a Kubernetes object
}

// sourcesOf returns the chart's values, or the component's objects of a kind.
func sourcesOf(known *catalog.Images, ref gen.ComponentRef, kind string) []source {
	if kind == "" {
		return []source{{ref.Values, known.Defaults}}
	}
	var list []source
	for _, object := range ref.Manifests {
		if object["kind"] == kind {
			list = append(list, source{values: object})
		}
	}
	return list
}

// at returns what a path leads to, as text; empty if nothing.
func (s source) at(path string) string {
	v, ok := values.Lookup(s.values, path)
	if !ok {
		v = s.defaults[path]
	}
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	return fmt.Sprint(v)
}

// pulls says whether the conditions of an image hold.
func (s source) pulls(image catalog.Image, ref gen.ComponentRef) bool {
	if s.at(image.Repository[0]) == "" {
		return false
	}
	if with := image.With; with.Path != "" {
		holds := func(object gen.KubernetesObject) bool {
			v, _ := values.Lookup(object, with.Path)
			return v != nil && object["kind"] == with.Kind
		}
		if !slices.ContainsFunc(ref.Manifests, holds) {
			return false
		}
	}
	isOff := func(path string) bool { return s.at(path) != "true" }
	return !slices.ContainsFunc(image.When, isOff)
}

// references returns the image's names: several where the tag depends on the nodes and the recipe leaves open what they are.
func (b *builder) references(known *catalog.Images, image catalog.Image, s source) []string {
	parts := make([]string, len(image.Repository))
	for i, path := range image.Repository {
		parts[i] = s.at(path)
	}
	name := strings.Join(parts, "/")
	var digest string
	if image.Digest != "" && s.at(image.Digest) != "" {
		digest = "@sha256:" + strings.TrimPrefix(s.at(image.Digest), "sha256:")
	}
	if len(image.Tag) == 0 {
		return []string{name + digest}
	}
	var tag string
	for _, path := range slices.Backward(image.Tag) {
		if t := s.at(path); t != "" {
			tag = t
		}
	}
	suffixes := b.suffixes(known, image.Suffix)
	if len(suffixes) == 0 {
		b.warnOnce("images.txt lacks %+q, which ends in what the nodes run: not known for os %s", apierror.Clip(name+":"+tag), b.recipe.Constraints["os"]["id"])
	}
	var list []string
	for _, suffix := range suffixes {
		list = append(list, name+":"+tag+suffix+digest)
	}
	return list
}

// suffixes fills in what nodes have: the systems and architectures that the recipe admits.
func (b *builder) suffixes(known *catalog.Images, suffix string) []string {
	list := []string{suffix}
	if strings.Contains(suffix, "{os}") {
		list = nil
		for _, system := range b.systems(known) {
			list = append(list, strings.ReplaceAll(suffix, "{os}", system))
		}
	}
	if !strings.Contains(suffix, "{arch}") {
		return list
	}
	var both []string
	for _, suffix := range list {
		for _, arch := range []string{"amd64", "arm64"} {
			both = append(both, strings.ReplaceAll(suffix, "{arch}", arch))
		}
	}
	return both
}

// systems returns those that the recipe's constraints admit, as tags name them.
func (b *builder) systems(known *catalog.Images) []string {
	os := b.recipe.Constraints["os"]
	var list, exact []string
	for _, id := range slices.Sorted(maps.Keys(known.Systems)) {
		if os["id"] != "" && os["id"] != id {
			continue
		}
		list = append(list, known.Systems[id]...)
		if system := id + os["version"]; slices.Contains(known.Systems[id], system) {
			exact = append(exact, system)
		}
	}
	if len(exact) > 0 {
		return exact
	}
	return list
}
