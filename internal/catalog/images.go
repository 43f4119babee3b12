package catalog

import (
	"slices"
	"strings"
)

// Images says which container images a version of a chart pulls and which values name them. It must
// not be changed.
type Images struct {
	Version    string              `yaml:"version" json:"version"`
	Systems    map[string][]string `yaml:"systems" json:"systems,omitempty"` // what {os} stands for, by os.id
	Defaults   Mapping             `yaml:"defaults" json:"defaults,omitempty"`
	Registries []ValuePath         `yaml:"registries" json:"registries,omitempty"` // of values that begin with one
	Images     []Image             `yaml:"images" json:"images"`
}

// ValuePath leads to a value: keys separated by dots.
type ValuePath struct {
	Path string `yaml:"path" json:"path"`
	Kind string `yaml:"kind" json:"kind,omitempty"` // of the object that has it; of the chart's values if empty
}

// Image says of which values the name of an image consists.
type Image struct {
	Repository []string  `yaml:"repository" json:"repository"`   // paths, joined by slashes
	Tag        []string  `yaml:"tag" json:"tag,omitempty"`       // paths, of which the first that isn't empty counts
	Suffix     string    `yaml:"suffix" json:"suffix,omitempty"` // of the tag; {os} and {arch} are what nodes have
	Digest     string    `yaml:"digest" json:"digest,omitempty"` // path
	When       []string  `yaml:"when" json:"when,omitempty"`     // paths that have to be true
	With       ValuePath `yaml:"with" json:"with,omitzero"`      // that has to exist
	Kind       string    `yaml:"kind" json:"kind,omitempty"`     // of the object that has the paths, as in ValuePath
}

// Paths returns the paths of the values that the image follows from.
func (i Image) Paths() []string {
	paths := slices.Concat(i.Repository, i.Tag, i.When)
	if i.Digest != "" {
		paths = append(paths, i.Digest)
	}
	return paths
}

// IsName reports whether an image has all of its name at a path, but for the tag.
func (i *Images) IsName(path string) bool {
	isIt := func(image Image) bool { return slices.Equal(image.Repository, []string{path}) }
	return slices.ContainsFunc(i.Images, isIt)
}

// Concerns reports whether images follow from values at a path: from what is there, above or below.
func (i *Images) Concerns(keys []string) bool {
	path := strings.Join(keys, ".") + "."
	isRelated := func(p string) bool { return strings.HasPrefix(p+".", path) || strings.HasPrefix(path, p+".") }
	return slices.ContainsFunc(i.Images, func(image Image) bool {
		return image.Kind == "" && slices.ContainsFunc(image.Paths(), isRelated)
	})
}

// loadImages reads images.yaml.
func (l *loader) loadImages(c *Component, file string) {
	images := &Images{}
	if !l.decode(file, images) {
		return
	}
	c.ImageData = images
	if images.Version == "" {
		l.refuse(file, nil, "no version: say which one of the chart these images are of")
	}
	for _, image := range images.Images {
		l.checkImage(file, images, image)
	}
	for _, registry := range images.Registries {
		if _, ok := images.Defaults[registry.Path]; !ok && registry.Kind == "" {
			l.refuse(file, []string{"registries"}, "no default for %s, which holds a registry", registry.Path)
		}
	}
}

// checkImage finds misspelt paths: one that an image names needs a default, and a registry that a
// mirror can replace.
func (l *loader) checkImage(file string, images *Images, image Image) {
	if len(image.Repository) == 0 {
		l.refuse(file, []string{"images"}, "an image has no repository")
		return
	}
	for _, p := range image.Paths() {
		if _, ok := images.Defaults[p]; !ok && image.Kind == "" {
			l.refuse(file, []string{"defaults"}, "no default for %s, which an image names", p)
		}
	}
	registry := ValuePath{Path: image.Repository[0], Kind: image.Kind}
	if !slices.Contains(images.Registries, registry) {
		l.refuse(file, []string{"registries"}, "%s is missing, with which the name of an image begins", registry.Path)
	}
	if image.With.Path != "" && image.With.Kind == "" {
		l.refuse(file, []string{"images"}, "no kind of object that %s has to be in", image.With.Path)
	}
}
