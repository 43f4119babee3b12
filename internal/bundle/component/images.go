package component

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/distribution/reference"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/constraint"
	"github.com/NVIDIA/cloud-native-stack/internal/values"
)

// Images are the container images that a component pulls. They never change.
type Images struct {
	Names    []string // sorted, as registry/repository:tag@digest
	Warnings []string // of images that Names lacks

	full map[string]string // Names by what the values make of them, which may leave out the registry
}

// ImagesOf returns the images of a component by what is known of its chart, nil if that is nothing,
// and by the operating system that the recipe's constraints admit. If they are those from before,
// it returns before, which may be nil.
func ImagesOf(ref gen.ComponentRef, known *catalog.Images, os map[string]string, before *Images) *Images {
	f := finder{known: known, os: os, found: &Images{full: map[string]string{}}}
	if before != nil {
		f.before = before.full
	}
	if known == nil {
		f.warn("images.txt lacks the images of %s %s, which this server doesn't know", ref.Name, ref.Version)
	} else {
		f.find(ref)
	}
	slices.Sort(f.found.Names)
	f.found.Names = slices.Compact(f.found.Names)
	if before != nil && slices.Equal(before.Names, f.found.Names) && slices.Equal(before.Warnings, f.found.Warnings) {
		return before
	}
	return f.found
}

// finder finds the images of one component.
type finder struct {
	known  *catalog.Images
	os     map[string]string
	before map[string]string // full names that were found before
	found  *Images
}

func (f *finder) warn(format string, args ...any) {
	if warning := fmt.Sprintf(format, args...); !slices.Contains(f.found.Warnings, warning) {
		f.found.Warnings = append(f.found.Warnings, warning)
	}
}

func (f *finder) find(ref gen.ComponentRef) {
	for _, image := range f.known.Images {
		for _, s := range Sources(f.known, ref, image.Kind) {
			if !s.pulls(image, ref) {
				continue
			}
			for _, name := range f.references(image, s) {
				full, err := f.full(name)
				if err != nil {
					f.warn("images.txt lacks an image of %s, because its name is malformed: %+q",
						ref.Name, apierror.Clip(name))
					continue
				}
				f.found.full[name] = full
				f.found.Names = append(f.found.Names, full)
			}
		}
	}
}

// full returns an image's name with its registry.
func (f *finder) full(name string) (string, error) {
	if full, ok := f.before[name]; ok {
		return full, nil
	}
	named, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return "", err
	}
	return named.String(), nil
}

// Source is where paths lead to values.
type Source struct {
	Values   map[string]any
	defaults map[string]any // by path; nil for a Kubernetes object
}

// Sources returns the chart's values if kind is empty, or else the component's objects of that
// kind.
func Sources(known *catalog.Images, ref gen.ComponentRef, kind string) []Source {
	if kind == "" {
		return []Source{{ref.Values, known.Defaults}}
	}
	var list []Source
	for _, object := range ref.Manifests {
		if object["kind"] == kind {
			list = append(list, Source{Values: object})
		}
	}
	return list
}

// Text returns what a path leads to, as text; empty if nothing.
func (s Source) Text(path string) string {
	v, ok := values.Lookup(s.Values, path)
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

// pulls reports whether the conditions of an image hold.
func (s Source) pulls(image catalog.Image, ref gen.ComponentRef) bool {
	if s.Text(image.Repository[0]) == "" {
		return false
	}
	holds := func(object gen.KubernetesObject) bool {
		v, _ := values.Lookup(object, image.With.Path)
		return v != nil && object["kind"] == image.With.Kind
	}
	if image.With.Path != "" && !slices.ContainsFunc(ref.Manifests, holds) {
		return false
	}
	isOff := func(path string) bool { return s.Text(path) != "true" }
	return !slices.ContainsFunc(image.When, isOff)
}

// references returns the image's names: several where the tag depends on the nodes and the recipe
// leaves open what they run.
func (f *finder) references(image catalog.Image, s Source) []string {
	keys := make([]string, len(image.Repository))
	for i, path := range image.Repository {
		keys[i] = s.Text(path)
	}
	name, digest := strings.Join(keys, "/"), ""
	if image.Digest != "" && s.Text(image.Digest) != "" {
		digest = "@sha256:" + strings.TrimPrefix(s.Text(image.Digest), "sha256:")
	}
	if len(image.Tag) == 0 {
		return []string{name + digest}
	}
	var tag string
	for _, path := range slices.Backward(image.Tag) {
		if t := s.Text(path); t != "" {
			tag = t
		}
	}
	suffixes := f.suffixes(image.Suffix)
	if len(suffixes) == 0 {
		f.warn("images.txt lacks %+q, which ends in what the nodes run: not known for os %s",
			apierror.Clip(name+":"+tag), strings.TrimSpace(f.os["id"]+" "+f.os["version"]))
	}
	var list []string
	for _, suffix := range suffixes {
		list = append(list, name+":"+tag+suffix+digest)
	}
	return list
}

// suffixes fills in what nodes have: the systems and architectures that the recipe admits.
func (f *finder) suffixes(suffix string) []string {
	systems, architectures := []string{""}, []string{""}
	if strings.Contains(suffix, "{os}") {
		systems = f.systems()
	}
	if strings.Contains(suffix, "{arch}") {
		architectures = []string{"amd64", "arm64"}
	}
	var list []string
	for _, system := range systems {
		for _, arch := range architectures {
			list = append(list, strings.NewReplacer("{os}", system, "{arch}", arch).Replace(suffix))
		}
	}
	return list
}

// systems returns those that the recipe's constraints admit, as tags name them: ubuntu24.04 is for
// 24.04, and rhel9 for each 9.x.
func (f *finder) systems() []string {
	admitted, err := constraint.Parse(f.os["version"])
	isAdmitted := func(release string) bool {
		releases, malformed := constraint.Parse("~" + release)
		// What isn't understood, or not stated, rules nothing out.
		return err != nil || malformed != nil || admitted.Meets(releases)
	}
	var list []string
	for _, id := range slices.Sorted(maps.Keys(f.known.Systems)) {
		if f.os["id"] != "" && f.os["id"] != id {
			continue
		}
		for _, system := range f.known.Systems[id] {
			if isAdmitted(strings.TrimPrefix(system, id)) {
				list = append(list, system)
			}
		}
	}
	return list
}
