package bundle

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/httpcache"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
)

// Recipes is where bundles get the recipe data of the moment.
type Recipes interface {
	Catalog() *catalog.Catalog
}

// Service implements the contract's bundle operation.
type Service struct {
	recipes Recipes
	release recipe.Build
	options Options
	made    atomic.Pointer[made]
}

// made is what was made of one catalog, for requests that come again with other options.
type made struct {
	catalog  *catalog.Catalog
	recipes  *otter.Cache[gen.Criteria, *prepared]
	outlines *otter.Cache[outlineKey, *outline]
}

// outlineKey is what an outline follows from.
type outlineKey struct{ body, options string }

const (
	maxRecipes  = 32      // of some 50 KB
	maxOutlines = 2 << 20 // bytes
	// Outlines of longer ones aren't kept.
	maxOutlinedBody    = 16 << 10 // bytes
	maxOutlinedOptions = 1 << 10  // bytes
)

func newMade(catalog *catalog.Catalog) *made {
	const (
		outlineBytes = 50 << 10 // of one, roughly
		perByte      = 8        // of a body, which is kept decoded and encoded
		perOption    = 50       // for each byte of options, which get into the values of several components
	)
	return &made{
		catalog,
		otter.Must(&otter.Options[gen.Criteria, *prepared]{MaximumSize: maxRecipes}),
		otter.Must(&otter.Options[outlineKey, *outline]{
			MaximumWeight: maxOutlines,
			Weigher: func(key outlineKey, _ *outline) uint32 {
				return uint32(outlineBytes + perByte*len(key.body) + perOption*len(key.options))
			},
		}),
	}
}

// NewService makes bundles from recipes, and from criteria that it resolves to recipes of the release.
func NewService(recipes Recipes, release recipe.Build, options Options) *Service {
	return &Service{recipes: recipes, release: release, options: options}
}

// CreateBundle implements [gen.StrictServerInterface].
func (s *Service) CreateBundle(ctx context.Context, request gen.CreateBundleRequestObject) (gen.CreateBundleResponseObject, error) {
	start := time.Now()
	l, err := s.outline(request)
	if err != nil {
		return nil, err
	}
	b, err := l.build(ctx, request.Params)
	if err != nil {
		return nil, err
	}
	format := s.options.Cache.formatOf(request.Params)
	archive, err := format.pack(ctx, b.Files)
	if err != nil {
		return nil, err
	}
	size, sum := 0, sha256.New()
	for _, piece := range archive {
		size += len(piece)
		sum.Write(piece) // never fails
	}
	digest := [sha256.Size]byte(sum.Sum(nil))
	headers := gen.BundleResponseHeaders{
		ContentDisposition: `attachment; filename="` + format.file + `"`,
		ETag:               httpcache.ETag(digest),
		ReprDigest:         "sha-256=:" + base64.StdEncoding.EncodeToString(digest[:]) + ":",
		Vary:               "Accept",
		XBundleFiles:       len(b.Files),
		XBundleSize:        size,
		XBundleDuration:    time.Since(start).Round(time.Microsecond).Seconds(),
	}
	if len(b.Warnings) > 0 {
		headers.XBundleWarnings = new(inHeader(b.Warnings))
	}
	return gen.CreateBundle200AsteriskResponse{BundleAsteriskResponse: gen.BundleAsteriskResponse{
		Body: &archive, ContentType: format.mediaType, Headers: headers, ContentLength: int64(size),
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

// outline lays out the recipe in a body, or the one that the criteria in it resolve to.
func (s *Service) outline(request gen.CreateBundleRequestObject) (*outline, error) {
	catalog := s.recipes.Catalog()
	kept := s.made.Load()
	if kept == nil || kept.catalog != catalog {
		kept = newMade(catalog)
		s.made.Store(kept)
	}
	produce := func() (*outline, error) {
		p, err := s.prepare(kept, request.Body)
		if err != nil {
			return nil, err
		}
		return p.outline(catalog, s.options, request.Params)
	}
	body, err := request.Body.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("encode body: %w", err)
	}
	options, err := json.Marshal(outlineParams(request.Params))
	if err != nil {
		return nil, fmt.Errorf("encode options: %w", err)
	}
	if len(body) > maxOutlinedBody || len(options) > maxOutlinedOptions {
		return produce()
	}
	return find(kept.outlines, outlineKey{string(body), string(options)}, produce)
}

// prepare completes the recipe in a body, or the one that the criteria in it resolve to.
func (s *Service) prepare(kept *made, body *gen.CreateBundleJSONRequestBody) (*prepared, error) {
	value, err := body.ValueByDiscriminator()
	if err != nil {
		return nil, fmt.Errorf("decode a valid body: %w", err)
	}
	switch document := value.(type) {
	case gen.Recipe:
		return prepare(kept.catalog, document)
	case gen.RecipeCriteria:
		return s.resolve(kept, document.Spec)
	default:
		return nil, fmt.Errorf("no recipe from a %T", value)
	}
}

// resolve returns the recipe for an environment. Those for a number of nodes aren't kept: there are too many.
func (s *Service) resolve(kept *made, criteria gen.Criteria) (*prepared, error) {
	fresh := func() (*prepared, error) {
		r, err := recipe.Resolve(context.TODO(), kept.catalog, criteria, s.release)
		if err != nil {
			return nil, err
		}
		return prepare(kept.catalog, r)
	}
	if criteria.Nodes != 0 {
		return fresh()
	}
	return find(kept.recipes, criteria, func() (*prepared, error) {
		p, err := fresh()
		if err != nil {
			return nil, err
		}
		return p, p.share(kept.catalog, s.options)
	})
}

// find returns what a cache has under a key. What it hasn't is made, and kept.
func find[K comparable, V any](cache *otter.Cache[K, V], key K, produce func() (V, error)) (V, error) {
	if v, ok := cache.GetIfPresent(key); ok {
		return v, nil
	}
	v, err := produce()
	if err == nil {
		cache.Set(key, v)
	}
	return v, err
}
