package bundle

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"time"
	"weak"

	"github.com/maypok86/otter/v2"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/attest"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/archive"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/component"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/deployer"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
	"github.com/NVIDIA/cloud-native-stack/internal/document"
	"github.com/NVIDIA/cloud-native-stack/internal/httpcache"
	"github.com/NVIDIA/cloud-native-stack/internal/identity"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
)

// Recipes is where bundles get the recipe data that are in use, and recipes of them.
type Recipes interface {
	Catalog() *catalog.Catalog
	Resolve(context.Context, *catalog.Catalog, gen.Criteria) (gen.Recipe, error)
}

// Options are what all bundles of a server have in common.
type Options struct {
	Build  recipe.Build       // of the server
	Limits document.Limits    // that each component's values keep to
	Signer *attest.Signer     // nil to leave bundles unsigned
	Spec   *contract.Contract // says which environments recipes may be for; nil for all
}

// Builder makes bundles, and implements the contract's bundle operation. It is safe for concurrent
// use.
type Builder struct {
	recipes   Recipes
	options   Options
	deployers map[gen.Deployer]deployer.Deployer
	pool      *component.Pool
	bases     *otter.Cache[baseKey, *base]
	zipper    archive.Zipper
}

// baseKey is what a base follows from.
type baseKey struct {
	scope         string
	catalog       weak.Pointer[catalog.Catalog] // so that one which is no longer in use can go
	body, options string
}

const (
	maxBases = 2 << 20 // bytes
	// Bases of longer ones aren't kept.
	maxBaseBody    = 16 << 10 // bytes
	maxBaseOptions = 1 << 10  // bytes
)

// NewBuilder makes bundles from recipes, and from criteria that it resolves to recipes.
func NewBuilder(recipes Recipes, options Options) *Builder {
	const (
		baseBytes = 50 << 10 // of one, roughly
		perByte   = 8        // of a body, which is kept decoded and encoded
		perOption = 50       // for each byte of options, which get into the values of several components
	)
	return &Builder{
		recipes: recipes, options: options, deployers: deployer.All(), pool: component.NewPool(),
		bases: otter.Must(&otter.Options[baseKey, *base]{
			MaximumWeight: maxBases,
			Weigher: func(key baseKey, b *base) uint32 {
				weight := baseBytes + perByte*len(key.body) + perOption*len(key.options)
				for _, c := range b.components {
					weight += component.BytesPerValue * c.Size()
				}
				return uint32(weight)
			},
		}),
	}
}

// baseOf returns the base of a bundle, which it makes if it has none.
func (b *Builder) baseOf(
	ctx context.Context, c *catalog.Catalog, body gen.RecipeOrCriteria, params gen.CreateBundleParams,
) (*base, error) {
	text, options := document.Must(body.MarshalJSON()), document.Must(json.Marshal(baseParams(params)))
	if len(text) > maxBaseBody || len(options) > maxBaseOptions {
		return b.makeBase(ctx, c, body, params)
	}
	key := baseKey{identity.FromContext(ctx).Scope, weak.Make(c), string(text), string(options)}
	if from, ok := b.bases.GetIfPresent(key); ok {
		return from, nil
	}
	from, err := b.makeBase(ctx, c, body, params)
	if err == nil {
		b.bases.Set(key, from)
	}
	return from, err
}

func (b *Builder) makeBase(
	ctx context.Context, c *catalog.Catalog, body gen.RecipeOrCriteria, params gen.CreateBundleParams,
) (*base, error) {
	r, err := b.recipe(ctx, c, body)
	if err == nil && params.Strict {
		err = recipe.Strict(r.Metadata.Warnings)
	}
	if err != nil {
		return nil, err
	}
	return b.newBase(ctx, c, r, params)
}

// recipe returns the recipe in a body, or the one that the criteria in it resolve to.
func (b *Builder) recipe(ctx context.Context, c *catalog.Catalog, body gen.RecipeOrCriteria) (gen.Recipe, error) {
	value, err := body.ValueByDiscriminator()
	if err != nil {
		return gen.Recipe{}, fmt.Errorf("decode a valid body: %w", err)
	}
	if criteria, ok := value.(gen.RecipeCriteria); ok {
		return b.recipes.Resolve(ctx, c, criteria.Spec)
	}
	r := value.(gen.Recipe)
	return r, b.admit(c, r.Metadata.AppliedOverlays)
}

// CreateBundle implements [gen.StrictServerInterface].
func (b *Builder) CreateBundle(
	ctx context.Context, request gen.CreateBundleRequestObject,
) (gen.CreateBundleResponseObject, error) {
	start := time.Now()
	var text bytes.Buffer
	var body gen.RecipeOrCriteria
	_, err := io.Copy(&text, request.Body)
	if err = cmp.Or(err, body.UnmarshalJSON(text.Bytes())); err != nil {
		return nil, fmt.Errorf("read a valid body: %w", err)
	}
	bundle, err := b.Build(ctx, body, request.Params)
	if err != nil {
		return nil, err
	}
	format := b.formatOf(request.Params)
	packed, err := format.pack(ctx, bundle.Files)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(packed)
	headers := gen.BundleResponseHeaders{
		ContentDisposition: `attachment; filename="` + format.file + `"`,
		ETag:               httpcache.ETag(digest),
		ReprDigest:         "sha-256=:" + base64.StdEncoding.EncodeToString(digest[:]) + ":",
		XBundleFiles:       len(bundle.Files),
		XBundleSize:        len(packed),
		XBundleDuration:    time.Since(start).Round(time.Microsecond).Seconds(),
	}
	if len(bundle.Warnings) > 0 {
		headers.XBundleWarnings = new(inHeader(bundle.Warnings))
	}
	return gen.CreateBundle200AsteriskResponse{BundleAsteriskResponse: gen.BundleAsteriskResponse{
		Body: bytes.NewReader(packed), ContentType: format.mediaType, ContentLength: int64(len(packed)),
		Headers: headers,
	}}, nil
}

// format is a form in which bundles come.
type format struct {
	mediaType string
	file      string
	pack      func(context.Context, []archive.File) ([]byte, error)
}

// formatOf picks the format that is asked for by name, or else by media type.
func (b *Builder) formatOf(params gen.CreateBundleParams) format {
	const gzipType = "application/gzip" // RFC 6713
	if params.Format == gen.FormatTarGz || params.Format == "" && params.Accept == gzipType {
		return format{gzipType, "bundle.tar.gz", archive.TarGz}
	}
	return format{"application/zip", "bundle.zip", b.zipper.Zip}
}

// inHeader joins warnings to a header that clients and proxies take: not much longer than a line of
// text.
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
