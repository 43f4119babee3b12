package bundle

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/archive"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/artifacts"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/component"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/deployer"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/options"
	"github.com/NVIDIA/cloud-native-stack/internal/document"
	"github.com/NVIDIA/cloud-native-stack/internal/document/yamlenc"
	"github.com/NVIDIA/cloud-native-stack/internal/identity"
)

// base is a bundle but for its set options. Those change few components, so bundles that differ by
// them alone are made of one base. It never changes.
type base struct {
	params     gen.CreateBundleParams // without set options
	recipe     gen.Recipe             // without components
	digest     [sha256.Size]byte      // of the recipe as JSON, before options
	components []*component.Component
	warnings   []string

	common        func() ([]archive.File, error)   // the deployer's files of all releases, worked out once
	releases      []func() ([]archive.File, error) // those of each, worked out once
	before, after *archive.Chunk                   // recipe.yaml around its components
	artifacts     *artifacts.Artifacts
	readme        readme
	plan          deployer.Plan
	deployer      deployer.Deployer
}

// newBase completes a recipe, applies all options but the set ones, and lays out what these can't
// change. The caller must not use r afterwards.
func (b *Builder) newBase(ctx context.Context, c component.Catalog, r gen.Recipe, p options.Params) (*base, error) {
	shared := &base{params: baseParams(p)}
	for _, w := range r.Metadata.Warnings {
		shared.warnings = append(shared.warnings, w.Message)
	}
	r.Explanations = nil // options may change what they are about
	refs, warnings, err := complete(c, r.ComponentRefs)
	if err != nil {
		return nil, err
	}
	r.ComponentRefs = refs
	if r.Preconditions, err = preconditions(c, r); err != nil {
		return nil, err
	}
	shared.recipe, shared.digest = r, sha256.Sum256(document.Must(document.EncodeJSON(r)))
	shared.recipe.ComponentRefs = nil
	components, err := b.components(ctx, c, r)
	if err != nil {
		return nil, err
	}
	components, more, err := options.Apply(ctx, b.recipeFor(c, shared.recipe), components, p,
		options.BeforeSet()...)
	if err != nil {
		return nil, err
	}
	shared.components, shared.warnings = components, slices.Concat(shared.warnings, warnings, more)
	shared.recipe.Preconditions = preconditionsOf(components, r.Preconditions)
	return shared, shared.layOut(ctx, b.deployers)
}

// baseParams are those that a base follows from.
func baseParams(params gen.CreateBundleParams) gen.CreateBundleParams {
	params.Set, params.ForceSet, params.Format, params.Accept = nil, nil, "", ""
	return params
}

// components returns those of a complete recipe. Ones that other bundles have, too, come from the
// pool.
func (b *Builder) components(ctx context.Context, c component.Catalog, r gen.Recipe) (options.Components, error) {
	scope := identity.FromContext(ctx).Scope
	components := make(options.Components, len(r.ComponentRefs))
	for i, ref := range r.ComponentRefs {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		images := component.ImagesOf(ref, component.KnownImages(c, ref), r.Constraints["os"], nil)
		components[i] = b.pool.Get(scope, ref, images)
	}
	return components, nil
}

// layOut works out what the bundles of a base have in common.
func (b *base) layOut(ctx context.Context, deployers map[gen.Deployer]deployer.Deployer) error {
	var ok bool
	if b.deployer, ok = deployers[b.params.Deployer]; !ok {
		return fmt.Errorf("no deployer %q", b.params.Deployer)
	}
	repo, err := deployer.RepoOf(b.params, deployers)
	if err != nil {
		return err
	}
	releases := component.Releases(b.components)
	b.plan = deployer.Plan{Releases: releases, Repo: repo, Constraints: b.recipe.Constraints}
	b.common = sync.OnceValues(func() ([]archive.File, error) { return b.deployer.Common(b.plan) })
	for _, r := range releases {
		files := func() ([]archive.File, error) { return b.deployer.Release(b.plan, r) }
		b.releases = append(b.releases, sync.OnceValues(files))
	}
	before, after, err := yamlenc.Around(b.recipe, "componentRefs")
	if err != nil {
		return fmt.Errorf("encode recipe: %w", err)
	}
	b.before, b.after = archive.Shared(before), archive.Shared(after)
	if b.artifacts, err = artifacts.New(ctx, releases, b.params, nil); err != nil {
		return err
	}
	b.readme, err = b.newReadme(slices.Concat(b.warnings, b.artifacts.Warnings(b.recipeFile(releases))))
	return err
}

// files returns what the deployer makes of releases. What it makes of those that are in the base is
// made once.
func (b *base) files(ctx context.Context, releases []component.Release) ([]archive.File, error) {
	files, err := b.common()
	if err != nil {
		return nil, err
	}
	files = slices.Clip(files)
	for i, r := range releases {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		lay := b.releases[i]
		if r.Component != b.components[i] {
			lay = func() ([]archive.File, error) { return b.deployer.Release(b.plan, r) }
		}
		more, err := lay()
		if err != nil {
			return nil, fmt.Errorf("component %s: %w", r.Name, err)
		}
		files = append(files, more...)
	}
	return files, nil
}

// recipeFile is the recipe with the components of releases, by which the bundle can be made again.
func (b *base) recipeFile(releases []component.Release) archive.File {
	chunks := []*archive.Chunk{b.before}
	for _, r := range releases {
		chunks = append(chunks, r.EntryYAML())
	}
	return archive.NewFile("recipe.yaml", append(chunks, b.after)...)
}
