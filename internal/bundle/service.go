package bundle

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/NVIDIA/cloud-native-stack/gen"
)

// Resolver turns criteria into a recipe that the caller owns.
type Resolver interface {
	Resolve(gen.Criteria) (gen.Recipe, error)
}

// Service implements the contract's bundle operation.
type Service struct {
	catalog  Catalog
	resolver Resolver
}

// NewService makes bundles from recipes, and from criteria that resolver turns into recipes.
func NewService(catalog Catalog, resolver Resolver) *Service {
	return &Service{catalog: catalog, resolver: resolver}
}

// CreateBundle implements [gen.StrictServerInterface].
func (s *Service) CreateBundle(ctx context.Context, request gen.CreateBundleRequestObject) (gen.CreateBundleResponseObject, error) {
	start := time.Now()
	recipe, err := s.recipe(request.Body)
	if err != nil {
		return nil, err
	}
	b, err := Build(ctx, s.catalog, recipe, request.Params)
	if err != nil {
		return nil, err
	}
	archive, err := Zip(b.Files)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(archive)
	headers := gen.BundleResponseHeaders{
		ContentDisposition: `attachment; filename="bundle.zip"`,
		ETag:               `"` + hex.EncodeToString(sum[:16]) + `"`,
		XBundleFiles:       len(b.Files),
		XBundleSize:        len(archive),
		XBundleDuration:    time.Since(start).Round(time.Microsecond).Seconds(),
	}
	if len(b.Warnings) > 0 {
		warnings := strings.Join(b.Warnings, "; ")
		headers.XBundleWarnings = &warnings
	}
	return gen.CreateBundle200ApplicationZipResponse{BundleApplicationZipResponse: gen.BundleApplicationZipResponse{
		Body: bytes.NewReader(archive), Headers: headers, ContentLength: int64(len(archive)),
	}}, nil
}

// recipe returns the recipe in a body, or the one that the criteria in it resolve to.
func (s *Service) recipe(body *gen.CreateBundleJSONRequestBody) (gen.Recipe, error) {
	value, err := body.ValueByDiscriminator()
	if err != nil {
		return gen.Recipe{}, fmt.Errorf("decode a valid body: %w", err)
	}
	switch document := value.(type) {
	case gen.Recipe:
		return document, nil
	case gen.RecipeCriteria:
		return s.resolver.Resolve(document.Spec)
	default:
		return gen.Recipe{}, fmt.Errorf("no recipe from a %T", value)
	}
}
