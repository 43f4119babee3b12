package bundle

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
)

// Recipes is where bundles get the recipe data of the moment.
type Recipes interface {
	Catalog() *recipe.Catalog
}

// Service implements the contract's bundle operation.
type Service struct {
	recipes Recipes
	release recipe.Release
	options Options
}

// NewService makes bundles from recipes, and from criteria that it resolves to recipes of the release.
func NewService(recipes Recipes, release recipe.Release, options Options) *Service {
	return &Service{recipes: recipes, release: release, options: options}
}

// CreateBundle implements [gen.StrictServerInterface].
func (s *Service) CreateBundle(ctx context.Context, request gen.CreateBundleRequestObject) (gen.CreateBundleResponseObject, error) {
	start := time.Now()
	catalog := s.recipes.Catalog()
	r, err := s.recipe(catalog, request.Body)
	if err != nil {
		return nil, err
	}
	b, err := Build(ctx, catalog, s.options, r, request.Params)
	if err != nil {
		return nil, err
	}
	format := formatOf(request.Params)
	archive, err := format.pack(ctx, b.Files)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(archive)
	headers := gen.BundleResponseHeaders{
		ContentDisposition: `attachment; filename="` + format.file + `"`,
		ETag:               recipe.ETag(archive),
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

// recipe returns the recipe in a body, or the one that the criteria in it resolve to.
func (s *Service) recipe(catalog *recipe.Catalog, body *gen.CreateBundleJSONRequestBody) (gen.Recipe, error) {
	value, err := body.ValueByDiscriminator()
	if err != nil {
		return gen.Recipe{}, fmt.Errorf("decode a valid body: %w", err)
	}
	switch document := value.(type) {
	case gen.Recipe:
		return document, nil
	case gen.RecipeCriteria:
		return catalog.Resolve(document.Spec, s.release)
	default:
		return gen.Recipe{}, fmt.Errorf("no recipe from a %T", value)
	}
}
