package server

import (
	"bytes"
	"compress/gzip"
	"context"
	"embed"
	"fmt"
	"io"

	"github.com/swaggest/swgui/v5/static"

	"github.com/NVIDIA/cloud-native-stack/gen"
)

//go:embed docs
var page embed.FS

// docsPolicy lets the page load this server's own files and nothing else.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// GetDocs implements [gen.StrictServerInterface].
func (s *system) GetDocs(context.Context, gen.GetDocsRequestObject) (gen.GetDocsResponseObject, error) {
	html, err := page.ReadFile("docs/index.html")
	if err != nil {
		return nil, err
	}
	return gen.GetDocs200TextHTMLResponse{
		Body: bytes.NewReader(html), ContentLength: int64(len(html)),
		Headers: gen.GetDocs200ResponseHeaders{ContentSecurityPolicy: docsPolicy},
	}, nil
}

// GetDocsAsset implements [gen.StrictServerInterface].
func (s *system) GetDocsAsset(_ context.Context, request gen.GetDocsAssetRequestObject) (gen.GetDocsAssetResponseObject, error) {
	var body io.Reader
	var contentType string
	var err error
	switch request.Asset {
	case "docs.js":
		body, err = page.Open("docs/docs.js")
		contentType = "text/javascript; charset=utf-8"
	case "docs.css":
		body, err = page.Open("docs/docs.css")
		contentType = "text/css; charset=utf-8"
	case "swagger-ui-bundle.js":
		body, err = unzipped("swagger-ui-bundle.js.gz")
		contentType = "text/javascript; charset=utf-8"
	case "swagger-ui.css":
		body, err = unzipped("swagger-ui.css.gz")
		contentType = "text/css; charset=utf-8"
	default:
		return nil, errNotFound("/docs/" + request.Asset)
	}
	if err != nil {
		return nil, fmt.Errorf("asset %s: %w", request.Asset, err)
	}
	return gen.GetDocsAsset200AsteriskResponse{
		Body: body, ContentType: contentType,
		Headers: gen.GetDocsAsset200ResponseHeaders{CacheControl: "public, max-age=3600"},
	}, nil
}

// unzipped opens one of Swagger UI's files, which are embedded compressed.
func unzipped(name string) (io.Reader, error) {
	file, err := static.FS.Open(name)
	if err != nil {
		return nil, err
	}
	return gzip.NewReader(file)
}
