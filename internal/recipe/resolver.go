package recipe

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"sync/atomic"
	"time"
	"weak"

	"github.com/maypok86/otter/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/document"
	"github.com/NVIDIA/cloud-native-stack/internal/document/yamlenc"
	"github.com/NVIDIA/cloud-native-stack/internal/httpcache"
	"github.com/NVIDIA/cloud-native-stack/internal/identity"
)

// Resolver implements the contract's recipe operations.
type Resolver struct {
	catalog       atomic.Pointer[catalog.Catalog]
	cache         *otter.Cache[cacheKey, representation]
	warnings      *otter.Cache[cacheKey, []gen.RecipeWarning]
	build         Build
	cacheControl  string
	buildDuration prometheus.Histogram
	cacheHits     prometheus.Counter
}

// cacheKey leaves nodes out: their number is unbounded, the other criteria have a few hundred
// combinations. Explanations are not kept either: they are asked for by people, and larger than the
// recipe.
type cacheKey struct {
	catalog  weak.Pointer[catalog.Catalog] // so that one which is no longer in use can go
	scope    string
	criteria gen.Criteria
	isYAML   bool
}

func newCacheKey(ctx context.Context, c *catalog.Catalog, criteria gen.Criteria, isYAML bool) cacheKey {
	criteria.Nodes = 0
	return cacheKey{weak.Make(c), identity.FromContext(ctx).Scope, decided(c, criteria), isYAML}
}

const (
	maxEncoded  = 4 << 20 // bytes of the encoded recipes that are kept
	maxWarnings = 1 << 20 // bytes of the warnings that are kept, roughly
)

// representation is an encoded recipe with its strong entity tag (RFC 9110).
type representation struct {
	body     []byte
	etag     string
	warnings []gen.RecipeWarning
}

// NewResolver answers from the catalog. Clients may keep answers for maxAge. Its metrics go to
// registry.
func NewResolver(c *catalog.Catalog, build Build, maxAge time.Duration, registry prometheus.Registerer) *Resolver {
	auto := promauto.With(registry)
	r := &Resolver{
		cache: otter.Must(&otter.Options[cacheKey, representation]{
			MaximumWeight: maxEncoded,
			Weigher:       func(_ cacheKey, e representation) uint32 { return uint32(len(e.body)) },
		}),
		warnings: otter.Must(&otter.Options[cacheKey, []gen.RecipeWarning]{
			MaximumWeight: maxWarnings,
			Weigher:       func(_ cacheKey, list []gen.RecipeWarning) uint32 { return bytesOf(list) },
		}),
		build:        build,
		cacheControl: fmt.Sprintf("public, max-age=%d", int(maxAge.Seconds())),
		buildDuration: auto.NewHistogram(prometheus.HistogramOpts{
			Name: "cns_recipe_build_duration_seconds", Help: "Time to resolve and encode a recipe that was not cached.",
			Buckets: prometheus.ExponentialBuckets(0.0001, 2, 14),
		}),
		cacheHits: auto.NewCounterVec(prometheus.CounterOpts{
			Name: "cns_recipe_cache_hits_total", Help: "Recipes answered from a cache, by kind of cache.",
		}, []string{"cache_type"}).WithLabelValues("memory"),
	}
	r.Replace(c)
	return r
}

// Catalog returns the catalog that the resolver answers from now. To get consistent answers take it
// once.
func (r *Resolver) Catalog() *catalog.Catalog { return r.catalog.Load() }

// Replace makes the resolver answer from another catalog. Requests that are being answered keep the
// one they began with.
func (r *Resolver) Replace(c *catalog.Catalog) { r.catalog.Store(c) }

// Resolve returns the recipe for an environment from a catalog, as the function [Resolve] does.
// Warnings don't follow from the number of nodes, so those of an environment are worked out once:
// with all criteria open they take 40 times as long as the rest (BenchmarkResolver). The warnings
// are shared: the caller must not change them.
func (r *Resolver) Resolve(ctx context.Context, c *catalog.Catalog, criteria gen.Criteria) (gen.Recipe, error) {
	key := newCacheKey(ctx, c, criteria, false)
	warnings, ok := r.warnings.GetIfPresent(key)
	if !ok {
		warnings = Warnings(c, maps.Collect(Criteria(criteria)))
		r.warnings.Set(key, warnings)
	}
	return compose(ctx, c, criteria, r.build, warnings, Component)
}

// bytesOf is about how much memory warnings take.
func bytesOf(list []gen.RecipeWarning) uint32 {
	const each = 100 // of a struct, with the key of all
	size := each
	for _, w := range list {
		size += each + len(w.Message)
		for _, choice := range w.Choices {
			size += each
			for _, change := range choice.Changes {
				size += each + len(change)
			}
		}
	}
	return uint32(size)
}

// GetRecipe implements [gen.StrictServerInterface].
func (r *Resolver) GetRecipe(ctx context.Context, req gen.GetRecipeRequestObject) (gen.GetRecipeResponseObject, error) {
	p := req.Params
	response, err := r.answer(ctx, criteriaIn(p), p.Explain, p.Strict, p.Accept)
	if err != nil {
		return nil, err
	}
	return gen.GetRecipe200AsteriskResponse{RecipeAsteriskResponse: response}, nil
}

// ResolveRecipe implements [gen.StrictServerInterface].
func (r *Resolver) ResolveRecipe(
	ctx context.Context, request gen.ResolveRecipeRequestObject,
) (gen.ResolveRecipeResponseObject, error) {
	p := request.Params
	response, err := r.answer(ctx, request.Body.Spec, p.Explain, p.Strict, p.Accept)
	if err != nil {
		return nil, err
	}
	return gen.ResolveRecipe200AsteriskResponse{RecipeAsteriskResponse: response}, nil
}

func (r *Resolver) answer(
	ctx context.Context, criteria gen.Criteria, explain, strict bool, mediaType string,
) (gen.RecipeAsteriskResponse, error) {
	e, err := r.encoded(ctx, criteria, explain, mediaType != "application/json")
	if err == nil && strict {
		err = Strict(e.warnings)
	}
	return gen.RecipeAsteriskResponse{
		Body: bytes.NewReader(e.body), ContentType: mediaType, ContentLength: int64(len(e.body)),
		Headers: gen.RecipeResponseHeaders{CacheControl: r.cacheControl, ETag: e.etag},
	}, err
}

// encoded returns the recipe for criteria, from the cache if it can. The cache of answers knows
// requests by their bytes; those that are spelt otherwise, or posted, find the recipe here, in 5
// instead of 90 µs.
func (r *Resolver) encoded(ctx context.Context, criteria gen.Criteria, explain, isYAML bool) (representation, error) {
	if err := ctx.Err(); err != nil {
		return representation{}, err
	}
	c := r.Catalog()
	key := newCacheKey(ctx, c, criteria, isYAML)
	isKept := criteria.Nodes == 0 && !explain
	if e, ok := r.cache.GetIfPresent(key); ok && isKept {
		r.cacheHits.Inc()
		return e, nil
	}
	start := time.Now()
	recipe, err := r.Resolve(ctx, c, criteria)
	if err != nil {
		return representation{}, err
	}
	if explain {
		recipe.Explanations = Explain(c, recipe)
	}
	encode := document.EncodeJSON
	if isYAML {
		encode = yamlenc.Encode
	}
	body, err := encode(recipe)
	if err != nil {
		return representation{}, fmt.Errorf("encode recipe: %w", err)
	}
	e := representation{body, httpcache.ETag(sha256.Sum256(body)), recipe.Metadata.Warnings}
	if isKept {
		r.cache.Set(key, e)
	}
	r.buildDuration.Observe(time.Since(start).Seconds())
	return e, nil
}
