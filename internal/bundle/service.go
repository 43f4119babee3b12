package bundle

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
)

// Recipes is where bundles get the recipe data of the moment.
type Recipes interface {
	Catalog() *recipe.Catalog
}

// Service implements the contract's bundle operation.
type Service struct {
	recipes  Recipes
	release  recipe.Release
	options  Options
	resolved atomic.Pointer[resolved]
}

// resolved are recipes of one catalog, ready for the options of requests.
type resolved struct {
	catalog *recipe.Catalog
	recipes *otter.Cache[gen.Criteria, *prepared]
}

// maxResolved is how many are kept. One takes some 50 KB.
const maxResolved = 32

// NewService makes bundles from recipes, and from criteria that it resolves to recipes of the release.
func NewService(recipes Recipes, release recipe.Release, options Options) *Service {
	return &Service{recipes: recipes, release: release, options: options}
}

// CreateBundle implements [gen.StrictServerInterface].
func (s *Service) CreateBundle(ctx context.Context, request gen.CreateBundleRequestObject) (gen.CreateBundleResponseObject, error) {
	start := time.Now()
	catalog := s.recipes.Catalog()
	p, err := s.prepare(catalog, request.Body)
	if err != nil {
		return nil, err
	}
	b, err := p.build(ctx, catalog, s.options, request.Params)
	if err != nil {
		return nil, err
	}
	format := s.options.Cache.formatOf(request.Params)
	archive, err := format.pack(ctx, b.Files)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(archive)
	headers := gen.BundleResponseHeaders{
		ContentDisposition: `attachment; filename="` + format.file + `"`,
		ETag:               recipe.ETag(digest),
		ReprDigest:         "sha-256=:" + base64.StdEncoding.EncodeToString(digest[:]) + ":",
		Vary:               "Accept",
		XBundleFiles:       len(b.Files),
		XBundleSize:        len(archive),
		XBundleDuration:    time.Since(start).Round(time.Microsecond).Seconds(),
	}
	if len(b.Warnings) > 0 {
		headers.XBundleWarnings = new(inHeader(b.Warnings))
	}
	return gen.CreateBundle200AsteriskResponse{BundleAsteriskResponse: gen.BundleAsteriskResponse{
		Body: bytes.NewReader(archive), ContentType: format.mediaType, Headers: headers, ContentLength: int64(len(archive)),
	}}, nil
}

// inHeader joins warnings to a header that clients and proxies take: not much longer than a line of text.
func inHeader(warnings []string) string {
	const most = 2000
	var header string
	for i, warning := range warnings {
		if i > 0 {
			warning = "; " + warning
		}
		if len(header)+len(warning) > most {
			return fmt.Sprintf("%s; and %d more, see README.md in the bundle", header, len(warnings)-i)
		}
		header += warning
	}
	return header
}

// prepare returns the recipe in a body, or the one that the criteria in it resolve to.
func (s *Service) prepare(catalog *recipe.Catalog, body *gen.CreateBundleJSONRequestBody) (*prepared, error) {
	value, err := body.ValueByDiscriminator()
	if err != nil {
		return nil, fmt.Errorf("decode a valid body: %w", err)
	}
	switch document := value.(type) {
	case gen.Recipe:
		return prepare(catalog, document)
	case gen.RecipeCriteria:
		return s.resolve(catalog, document.Spec)
	default:
		return nil, fmt.Errorf("no recipe from a %T", value)
	}
}

// resolve returns the recipe for an environment. Those for a number of nodes aren't kept: there are too many.
func (s *Service) resolve(catalog *recipe.Catalog, criteria gen.Criteria) (*prepared, error) {
	kept := s.resolved.Load()
	if kept == nil || kept.catalog != catalog {
		kept = &resolved{catalog, otter.Must(&otter.Options[gen.Criteria, *prepared]{MaximumSize: maxResolved})}
		s.resolved.Store(kept)
	}
	if p, ok := kept.recipes.GetIfPresent(criteria); ok {
		return p, nil
	}
	r, err := catalog.Resolve(criteria, s.release)
	if err != nil {
		return nil, err
	}
	p, err := prepare(catalog, r)
	if err != nil || criteria.Nodes != 0 {
		return p, err
	}
	if err := p.share(catalog, s.options); err != nil {
		return nil, err
	}
	kept.recipes.Set(criteria, p)
	return p, nil
}
