package recipe

import (
	"iter"
	"slices"
	"strings"
)

// Images says which container images a version of a chart pulls and which values name them. Its holder must not change it.
type Images struct {
	Version    string              `yaml:"version" json:"version"`
	Systems    map[string][]string `yaml:"systems" json:"systems,omitempty"` // what {os} stands for, by the constraint os.id
	Defaults   mapping             `yaml:"defaults" json:"defaults,omitempty"`
	Registries []ValuePath         `yaml:"registries" json:"registries,omitempty"` // where a registry stands at the beginning of a value
	Images     []Image             `yaml:"images" json:"images"`
}

// ValuePath leads to a value: keys separated by dots.
type ValuePath struct {
	Path string `yaml:"path" json:"path"`
	Kind string `yaml:"kind" json:"kind,omitempty"` // of the Kubernetes object that has it; of the chart's values if empty
}

// Image says of which values the name of an image is made.
type Image struct {
	Repository []string  `yaml:"repository" json:"repository"`   // paths, joined by slashes
	Tag        []string  `yaml:"tag" json:"tag,omitempty"`       // paths, of which the first that isn't empty counts
	Suffix     string    `yaml:"suffix" json:"suffix,omitempty"` // of the tag; {os} and {arch} stand for what nodes have
	Digest     string    `yaml:"digest" json:"digest,omitempty"` // path
	When       []string  `yaml:"when" json:"when,omitempty"`     // paths that have to be true
	With       ValuePath `yaml:"with" json:"with,omitzero"`      // that has to exist
	Kind       string    `yaml:"kind" json:"kind,omitempty"`     // of the object that has the paths; of the chart's values if empty
}

// paths yields where values say something of the image.
func (i Image) paths() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, paths := range [][]string{i.Repository, i.Tag, i.When} {
			for _, path := range paths {
				if !yield(path) {
					return
				}
			}
		}
		if i.Digest != "" {
			yield(i.Digest)
		}
	}
}

// Images returns the images of a chart version, nil where they aren't known.
func (c *Component) Images(version string) *Images {
	if c.images == nil || c.images.Version != version {
		return nil
	}
	return c.images
}

// IsName says whether an image has all of its name at a path, but for the tag.
func (i *Images) IsName(path string) bool {
	return slices.ContainsFunc(i.Images, func(image Image) bool { return slices.Equal(image.Repository, []string{path}) })
}

// Concerns says whether images follow from values at a path: from what is there, above or below.
func (i *Images) Concerns(keys []string) bool {
	path := strings.Join(keys, ".")
	for _, image := range i.Images {
		if image.Kind != "" {
			continue
		}
		for p := range image.paths() {
			if isAtOrBelow(p, path) || isAtOrBelow(path, p) {
				return true
			}
		}
	}
	return false
}

func isAtOrBelow(path, above string) bool {
	rest, ok := strings.CutPrefix(path, above)
	return ok && (rest == "" || rest[0] == '.')
}

// loadImages reads images.yaml.
func (l *loader) loadImages(component *Component) error {
	file := component.path("images.yaml")
	images := &Images{}
	if err := l.decode(file, images); err != nil {
		return err
	}
	if images.Version == "" {
		return l.at(file, nil, "no version: say which one of the chart these images are of")
	}
	for _, image := range images.Images {
		if err := l.checkImage(file, images, image); err != nil {
			return err
		}
	}
	for _, registry := range images.Registries {
		if _, ok := images.Defaults[registry.Path]; !ok && registry.Kind == "" {
			return l.at(file, []string{"registries"}, "no default for %s, which holds a registry", registry.Path)
		}
	}
	component.images = images
	return nil
}

// checkImage finds misspelt paths: one that names a part of an image needs a default, and a registry that a mirror can replace.
func (l *loader) checkImage(file string, images *Images, image Image) error {
	if len(image.Repository) == 0 {
		return l.at(file, []string{"images"}, "an image has no repository")
	}
	for p := range image.paths() {
		if _, ok := images.Defaults[p]; !ok && image.Kind == "" {
			return l.at(file, []string{"defaults"}, "no default for %s, which an image names", p)
		}
	}
	if registry := (ValuePath{Path: image.Repository[0], Kind: image.Kind}); !slices.Contains(images.Registries, registry) {
		return l.at(file, []string{"registries"}, "%s is missing, with which the name of an image begins", registry.Path)
	}
	if image.With.Path != "" && image.With.Kind == "" {
		return l.at(file, []string{"images"}, "no kind of object that %s has to be in", image.With.Path)
	}
	return nil
}
