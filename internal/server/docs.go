package server

import (
	"compress/gzip"
	"context"
	"embed"
	"fmt"
	"path"
	"strings"

	"github.com/swaggest/swgui/v5/static"

	"github.com/NVIDIA/cloud-native-stack/gen"
)

var (
	//go:embed docs/index.html
	page string
	//go:embed docs/docs.js docs/docs.css
	assets embed.FS
)

// docsPolicy lets the page load this server's own files and nothing else.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// GetDocs implements [gen.StrictServerInterface].
func (s *system) GetDocs(context.Context, gen.GetDocsRequestObject) (gen.GetDocsResponseObject, error) {
	return gen.GetDocs200TextHTMLResponse{
		Body: strings.NewReader(page), ContentLength: int64(len(page)),
		Headers: gen.GetDocs200ResponseHeaders{ContentSecurityPolicy: docsPolicy, CacheControl: revalidate},
	}, nil
}

// GetDocsAsset implements [gen.StrictServerInterface]. It is asked once for each file and coding:
// the answer is kept.
func (s *system) GetDocsAsset(
	_ context.Context, request gen.GetDocsAssetRequestObject,
) (gen.GetDocsAssetResponseObject, error) {
	const gzipped = "gzip"
	response := gen.GetDocsAsset200AsteriskResponse{
		Headers: gen.GetDocsAsset200ResponseHeaders{CacheControl: "public, max-age=3600"},
	}
	var err error
	switch request.Asset {
	case "docs.js", "docs.css":
		response.Body, err = assets.Open("docs/" + request.Asset)
	case "swagger-ui-bundle.js", "swagger-ui.css": // Swagger UI's files are embedded compressed
		response.Body, err = static.FS.Open(request.Asset + ".gz")
		if request.Params.AcceptEncoding == gzipped {
			response.Headers.ContentEncoding = new(gzipped)
		} else if err == nil {
			response.Body, err = gzip.NewReader(response.Body)
		}
	default:
		return nil, errNotFound("/docs/" + request.Asset)
	}
	if err != nil {
		return nil, fmt.Errorf("asset %s: %w", request.Asset, err)
	}
	contentType := map[string]string{".js": "text/javascript", ".css": "text/css"}[path.Ext(request.Asset)]
	response.ContentType = contentType + "; charset=utf-8"
	return response, nil
}
