package recipe

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/NVIDIA/cloud-native-stack/internal/document/yamlenc"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/document"
	"github.com/NVIDIA/cloud-native-stack/internal/httpcache"
)

// Service implements the contract's recipe operations.
type Service struct {
	current      atomic.Pointer[answers]
	build        Build
	cacheControl string
	metrics      metrics
}

// answers are those that one catalog gives.
type answers struct {
	catalog *Catalog
	encoded sync.Map // of cacheKey to representation
}

// cacheKey leaves nodes out: their number is unbounded, the other criteria have a few hundred combinations. Explanations are not cached
// either: they are asked for by people, and larger than the recipe.
type cacheKey struct {
	criteria gen.Criteria
	isYAML   bool
}

// representation is an encoded recipe with its strong entity tag (RFC 9110).
type representation struct {
	body []byte
	etag string
}

type metrics struct {
	buildDuration prometheus.Histogram
	cacheHits     *prometheus.CounterVec
}

// NewService answers from the catalog. Clients may keep answers for maxAge. Its metrics go to registry.
func NewService(catalog *Catalog, build Build, maxAge time.Duration, registry prometheus.Registerer) *Service {
	s := &Service{
		build:        build,
		cacheControl: fmt.Sprintf("public, max-age=%d", int(maxAge.Seconds())),
		metrics: metrics{
			buildDuration: prometheus.NewHistogram(prometheus.HistogramOpts{
				Name: "cns_recipe_build_duration_seconds", Help: "Time to resolve and encode a recipe that was not cached.",
				Buckets: prometheus.ExponentialBuckets(0.0001, 2, 14),
			}),
			cacheHits: prometheus.NewCounterVec(prometheus.CounterOpts{
				Name: "cns_recipe_cache_hits_total", Help: "Recipes answered from a cache, by kind of cache.",
			}, []string{"cache_type"}),
		},
	}
	registry.MustRegister(s.metrics.buildDuration, s.metrics.cacheHits)
	s.metrics.cacheHits.WithLabelValues("memory")
	s.Replace(catalog)
	return s
}

// Catalog returns the catalog that the service answers from now. To get consistent answers take it once.
func (s *Service) Catalog() *Catalog { return s.current.Load().catalog }

// Replace makes the service answer from another catalog. Requests that are being answered keep the one they began with.
func (s *Service) Replace(catalog *Catalog) { s.current.Store(&answers{catalog: catalog}) }

// GetRecipe implements [gen.StrictServerInterface].
func (s *Service) GetRecipe(ctx context.Context, request gen.GetRecipeRequestObject) (gen.GetRecipeResponseObject, error) {
	p := request.Params
	if p.GPU != "" {
		if p.Accelerator != "" && p.Accelerator != p.GPU {
			return nil, apierror.Invalidf(apierror.Details{Parameter: "gpu"},
				"gpu=%s contradicts accelerator=%s: they are two names of one criterion, give one of them", p.GPU, p.Accelerator)
		}
		p.Accelerator = p.GPU
	}
	criteria := gen.Criteria{Service: p.Service, Accelerator: p.Accelerator, Intent: p.Intent, OS: p.OS, Nodes: p.Nodes}
	r, err := s.represent(ctx, criteria, p.Explain, p.Accept)
	if err != nil {
		return nil, err
	}
	headers := s.headers(r)
	if httpcache.Matches(p.IfNoneMatch, r.etag) {
		return gen.GetRecipe304Response{Headers: gen.NotModifiedResponseHeaders(headers)}, nil
	}
	return gen.GetRecipe200AsteriskResponse{RecipeAsteriskResponse: s.response(r, p.Accept)}, nil
}

// ResolveRecipe implements [gen.StrictServerInterface].
func (s *Service) ResolveRecipe(ctx context.Context, request gen.ResolveRecipeRequestObject) (gen.ResolveRecipeResponseObject, error) {
	r, err := s.represent(ctx, request.Body.Spec, request.Params.Explain, request.Params.Accept)
	if err != nil {
		return nil, err
	}
	return gen.ResolveRecipe200AsteriskResponse{RecipeAsteriskResponse: s.response(r, request.Params.Accept)}, nil
}

func (s *Service) response(r representation, mediaType string) gen.RecipeAsteriskResponse {
	return gen.RecipeAsteriskResponse{
		Body: bytes.NewReader(r.body), ContentType: mediaType, ContentLength: int64(len(r.body)), Headers: s.headers(r),
	}
}

func (s *Service) headers(r representation) gen.RecipeResponseHeaders {
	return gen.RecipeResponseHeaders{CacheControl: s.cacheControl, ETag: r.etag, Vary: "Accept, Accept-Encoding"}
}

// represent returns the encoded recipe, from the cache if it can.
func (s *Service) represent(ctx context.Context, criteria gen.Criteria, explain bool, mediaType string) (representation, error) {
	if err := ctx.Err(); err != nil {
		return representation{}, err
	}
	key := cacheKey{complete(criteria), mediaType != "application/json"}
	current := s.current.Load()
	cacheable := criteria.Nodes == 0 && !explain
	if cacheable {
		if cached, ok := current.encoded.Load(key); ok {
			s.metrics.cacheHits.WithLabelValues("memory").Inc()
			return cached.(representation), nil
		}
	}
	start := time.Now()
	recipe, err := current.catalog.Resolve(criteria, s.build)
	if err != nil {
		return representation{}, err
	}
	if explain {
		recipe.Explanations = current.catalog.Explain(recipe)
	}
	encode := document.EncodeJSON
	if key.isYAML {
		encode = yamlenc.Encode
	}
	body, err := encode(recipe)
	if err != nil {
		return representation{}, fmt.Errorf("encode recipe: %w", err)
	}
	r := representation{body: body, etag: httpcache.ETag(sha256.Sum256(body))}
	if cacheable {
		current.encoded.Store(key, r)
	}
	s.metrics.buildDuration.Observe(time.Since(start).Seconds())
	return r, nil
}
