// Package api holds the OpenAPI document: the single source of the HTTP contract.
package api

import _ "embed"

// Spec is openapi.yaml, byte for byte.
//
//go:embed openapi.yaml
var Spec []byte
