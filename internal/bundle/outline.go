package bundle

import (
	"context"
	"fmt"
	"slices"

	"github.com/NVIDIA/cloud-native-stack/gen"
)

// outline is a bundle before the set options. Those change the values of few components, so what a bundle has of the others is made once for
// all bundles that differ by set options alone. Nothing that an outline holds may be changed.
type outline struct {
	builder
	plan plan
}

// outline applies all options but the set ones. It leaves a shared recipe as it is, and takes over another one.
func (p *prepared) outline(catalog Catalog, o Options, params gen.CreateBundleParams) (*outline, error) {
	params = outlineParams(params)
	b := builder{Options: o, catalog: catalog, prepared: p.clone()}
	for _, step := range []func(gen.CreateBundleParams) error{b.keep, b.place, b.hint, b.mirror} {
		if err := step(params); err != nil {
			return nil, err
		}
	}
	laidOut, err := b.plan(params)
	if err != nil {
		return nil, err
	}
	for i, r := range laidOut.releases {
		n, err := countValues(r.ComponentRef, o.Limits)
		if err != nil {
			n = 0 // who sets something is told
		}
		b.origins[i] = origin{id: r.id, isShared: true, isChanged: b.origins[i].isChanged, pulled: r.pulled, valueCount: n}
	}
	return &outline{b, laidOut}, nil
}

// outlineParams are those that an outline follows from.
func outlineParams(params gen.CreateBundleParams) gen.CreateBundleParams {
	params.Set, params.ForceSet, params.Format, params.Accept = nil, nil, "", ""
	return params
}

// build makes a bundle with the set options of params, until ctx is done.
func (l *outline) build(ctx context.Context, params gen.CreateBundleParams) (Bundle, error) {
	b := builder{Options: l.Options, catalog: l.catalog, prepared: l.clone()}
	if err := b.override(params); err != nil {
		return Bundle{}, err
	}
	files, err := b.files(ctx, b.replan(l.plan))
	if err != nil {
		return Bundle{}, err
	}
	slices.SortFunc(files, byPath)
	sums, err := checksums(files)
	if err != nil {
		return Bundle{}, err
	}
	attested, err := b.provenance(params, sums)
	if err != nil {
		return Bundle{}, err
	}
	for _, f := range append(attested, sums) {
		i, _ := slices.BinarySearchFunc(files, f, byPath)
		files = slices.Insert(files, i, f)
	}
	return Bundle{Files: files, Warnings: b.warnings}, nil
}

// files returns the files of a plan, and warns of what they lack.
func (b *builder) files(ctx context.Context, p plan) ([]File, error) {
	files, err := p.common()
	if err != nil {
		return nil, err
	}
	files = slices.Clip(files)
	for _, r := range p.releases {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		more, err := r.files()
		if err != nil {
			return nil, fmt.Errorf("component %s: %w", r.Name, err)
		}
		files = append(files, more...)
	}
	lock, err := p.lock()
	if err != nil {
		return nil, err
	}
	supplies, err := p.supplies()
	if err != nil {
		return nil, err
	}
	bom, err := p.sbom(supplies.bom, lock)
	if err != nil {
		return nil, err
	}
	b.warnOfSupplies(p, lock)
	readme, err := p.readme(b.warnings)
	return append(append(files, supplies.files...), lock, bom, readme), err
}
