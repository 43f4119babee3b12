#!/usr/bin/env bash
# Writes gen/client from api/openapi.yaml: by a generator for each language, which the Makefile installs, the files of
# api/codegen/<language>/_client, and a README with the example beside it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export PATH="$PWD/.tools/python/bin:$PWD/.tools/npm/node_modules/.bin:$PATH"

views=$(mktemp -d)
trap 'rm -rf "$views"' EXIT
for language in python typescript; do
  go run ./api/codegen/view "api/codegen/$language/overlay.yaml" api/openapi.yaml >"$views/$language.yaml"
done

rm -rf gen/client
mkdir -p gen/client/go gen/client/python
go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen -config api/codegen/go/config.yaml api/openapi.yaml
openapi-python-client generate --meta none --path "$views/python.yaml" --config api/codegen/python/config.yaml --fail-on-warning \
  --custom-template-path api/codegen/python/templates --output-path gen/client/python/cnsd_client >/dev/null
VIEW=$views/typescript.yaml OUTPUT=gen/client/typescript/src openapi-ts --silent --file api/codegen/typescript/openapi-ts.config.mjs

for example in go/example/main.go python/example.py typescript/example.ts; do
  language=${example%%/*}
  cp -R "api/codegen/$language/_client/." "gen/client/$language"
  sed -e "/^<example>\$/{r api/codegen/$example" -e 'd;}' "api/codegen/$language/README.md" >"gen/client/$language/README.md"
done
