package server

import (
	"bytes"
	"context"
	"strings"
	"sync/atomic"
	"time"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
)

// revalidate lets clients keep a document, and ask each time whether it is current.
const revalidate = "public, no-cache"

// system implements the operations that are not of recipes and bundles.
type system struct {
	contract *contract.Contract
	version  string
	ready    *atomic.Bool
}

// GetIndex implements [gen.StrictServerInterface].
func (s *system) GetIndex(_ context.Context, request gen.GetIndexRequestObject) (gen.GetIndexResponseObject, error) {
	if request.Params.Accept == "text/html" {
		page := `<!DOCTYPE html><title>cnsd</title><a href="/docs">Documentation</a>`
		return gen.GetIndex302TextHTMLResponse{
			Body: strings.NewReader(page), ContentLength: int64(len(page)),
			Headers: gen.GetIndex302ResponseHeaders{Location: "/docs"},
		}, nil
	}
	return gen.GetIndex200JSONResponse{
		Service: gen.IndexServiceCnsd, Version: s.version, Routes: s.contract.Routes(),
	}, nil
}

// GetHealth implements [gen.StrictServerInterface].
func (s *system) GetHealth(context.Context, gen.GetHealthRequestObject) (gen.GetHealthResponseObject, error) {
	return gen.GetHealth200JSONResponse{Status: gen.HealthStatusHealthy, Timestamp: time.Now().UTC()}, nil
}

// GetReadiness implements [gen.StrictServerInterface].
func (s *system) GetReadiness(context.Context, gen.GetReadinessRequestObject) (gen.GetReadinessResponseObject, error) {
	if !s.ready.Load() {
		p := apierror.New(apierror.Unavailable, apierror.Details{}, "the server is stopping")
		p.RetryAfter = 1
		return nil, p
	}
	return gen.GetReadiness200JSONResponse{Status: gen.ReadinessStatusReady, Timestamp: time.Now().UTC()}, nil
}

// GetSpecYAML implements [gen.StrictServerInterface].
func (s *system) GetSpecYAML(context.Context, gen.GetSpecYAMLRequestObject) (gen.GetSpecYAMLResponseObject, error) {
	return gen.GetSpecYAML200AsteriskResponse{
		Body: bytes.NewReader(s.contract.YAML), ContentLength: int64(len(s.contract.YAML)),
		ContentType: "application/yaml", Headers: gen.GetSpecYAML200ResponseHeaders{CacheControl: revalidate},
	}, nil
}

// GetSpecJSON implements [gen.StrictServerInterface].
func (s *system) GetSpecJSON(context.Context, gen.GetSpecJSONRequestObject) (gen.GetSpecJSONResponseObject, error) {
	text, err := s.contract.JSON()
	if err != nil {
		return nil, err
	}
	return gen.GetSpecJSON200AsteriskResponse{
		Body: bytes.NewReader(text), ContentLength: int64(len(text)),
		ContentType: "application/json", Headers: gen.GetSpecJSON200ResponseHeaders{CacheControl: revalidate},
	}, nil
}
