// Package artifacts lists what the deployment of a bundle pulls: images and charts, as plain lists,
// as an SBOM, and for the tools that carry them to sites without a network.
package artifacts

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/archive"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/component"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/options"
)

// Artifacts are the files of a bundle that follow from what its releases pull. They never change.
type Artifacts struct {
	Files []archive.File

	isZarfPackage bool
	releases      []component.Release
	charts        *archive.Chunk // charts.txt
	haulerCharts  *archive.Chunk
	sbom          sbom
	zarf          list
}

// New lists what releases pull. Tools for sites without a network get things where they are without
// a mirror, so with one they get no files. Base, which may be nil, is of the same releases with
// other values: what it has in common with them is taken over. The work stops when ctx is done.
func New(ctx context.Context, releases []component.Release, p options.Params, base *Artifacts) (*Artifacts, error) {
	if base != nil && slices.EqualFunc(releases, base.releases, pullSame) {
		return base, nil
	}
	w := writer{ctx: ctx, releases: releases, isSingle: base != nil || p.Mirror != "", chunk: archive.Shared}
	if w.isSingle {
		w.chunk = archive.Single
	}
	if base != nil {
		w.base = *base
	}
	a := &Artifacts{
		isZarfPackage: p.Mirror == "" && p.Deployer == gen.DeployerHelm, releases: releases,
		charts: w.base.charts, haulerCharts: w.base.haulerCharts, // other values change no chart
	}
	if base == nil {
		a.charts, a.haulerCharts = w.chunk(charts(releases)), w.chunk(haulerCharts(releases))
	}
	var err error
	if a.sbom, err = w.sbom(); err != nil {
		return nil, err
	}
	images := w.images()
	a.Files = []archive.File{
		w.file("charts.txt", a.charts), w.file("images.txt", w.chunk(lines(images))),
	}
	if p.Mirror != "" {
		return a, nil
	}
	a.Files = append(a.Files, w.file("hauler-manifest.yaml", w.chunk(haulerImages(images)), a.haulerCharts))
	if a.isZarfPackage {
		if a.zarf, err = w.zarf(); err != nil {
			return nil, err
		}
		a.Files = append(a.Files, w.file(zarfPath, a.zarf.chunks()...))
	}
	return a, nil
}

// pullSame reports whether two forms of a release pull the same images.
func pullSame(a, b component.Release) bool { return a.Images == b.Images }

// Warnings says what the files can't bring about. Recipe is recipe.yaml, which has all values and
// manifests.
func (a *Artifacts) Warnings(recipe archive.File) []string {
	var warnings []string
	for _, r := range a.releases {
		for _, warning := range r.Images.Warnings {
			if !slices.Contains(warnings, warning) {
				warnings = append(warnings, warning)
			}
		}
	}
	if !a.isZarfPackage {
		return warnings
	}
	for _, r := range a.releases {
		if r.Namespace == "kube-system" && len(r.Images.Names) > 0 {
			warnings = append(warnings, fmt.Sprintf("zarf.yaml can't make %s pull from Zarf's registry: "+
				"Zarf leaves pods in kube-system as they are", r.Name))
		}
	}
	if recipe.Contains("###ZARF_") { // credentials of the cluster's registry among them
		const warning = "values or manifests hold ###ZARF_, where Zarf puts variables and constants of its own"
		warnings = append(warnings, warning)
	}
	return warnings
}

// writer writes the files of releases, some of which may pull the same as in a base.
type writer struct {
	ctx      context.Context
	releases []component.Release
	base     Artifacts // the zero value if there is none
	isSingle bool      // other bundles hardly have the same files
	chunk    func(text []byte) *archive.Chunk
}

// file makes a file of chunks. One that other bundles have, too, is compressed as a whole.
func (w writer) file(path string, chunks ...*archive.Chunk) archive.File {
	if w.isSingle {
		return archive.NewFile(path, chunks...)
	}
	return archive.NewFile(path, archive.Join(chunks))
}

// images lists what all releases pull, sorted.
func (w writer) images() []string {
	images := make([][]string, len(w.releases))
	for i, r := range w.releases {
		images[i] = r.Images.Names
	}
	all := slices.Concat(images...)
	slices.Sort(all)
	return slices.Compact(all)
}

// isKept reports whether a release pulls the same as in the base.
func (w writer) isKept(i int) bool {
	return w.base.releases != nil && pullSame(w.releases[i], w.base.releases[i])
}

// list is a document with items for each release.
type list struct {
	before, after *archive.Chunk
	items         []*archive.Chunk
}

func (l list) chunks() []*archive.Chunk {
	return slices.Concat([]*archive.Chunk{l.before}, l.items, []*archive.Chunk{l.after})
}

// items encodes what each release gives to a list. Where that is the same as in the base, it is
// taken over.
func (w writer) items(
	base []*archive.Chunk, isKept func(i int) bool, encode func(i int, r component.Release) []byte,
) ([]*archive.Chunk, error) {
	items := make([]*archive.Chunk, len(w.releases))
	for i, r := range w.releases {
		if err := w.ctx.Err(); err != nil {
			return nil, err
		}
		if isKept(i) {
			items[i] = base[i]
		} else {
			items[i] = w.chunk(encode(i, r))
		}
	}
	return items, nil
}

// charts lists the charts of releases, in the order of installation.
func charts(releases []component.Release) []byte {
	list := []string{"# repository\tchart\tversion"}
	for _, r := range releases {
		list = append(list, r.Repository+"\t"+r.Chart+"\t"+r.Version)
	}
	return lines(list)
}

// lines ends each string with a line break.
func lines(list []string) []byte { return []byte(strings.Join(append(list, ""), "\n")) }
