//go:build generate

// Package tools pins the generators of gen/ in go.mod and says how they run; those of gen/client,
// which aren't all Go, are run by api/codegen/clients.sh.
package tools

import _ "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen"

//go:generate -command oapi-codegen go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen
//go:generate oapi-codegen -config api/codegen/server.yaml api/openapi.yaml
//go:generate bash -c "mkdir -p gen/schema && go run ./cmd/cnsd recipes schema overlay > gen/schema/overlay.schema.json"
//go:generate bash -c "go run ./cmd/cnsd recipes schema component > gen/schema/component.schema.json"
//go:generate bash -c "go run ./cmd/cnsd recipes schema images > gen/schema/images.schema.json"
