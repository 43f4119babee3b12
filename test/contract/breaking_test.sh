#!/usr/bin/env bash
# Tests breaking.sh: what it lets pass, and what it doesn't.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
baseline=api/openapi.yaml

# changed <sed expression> makes a contract that differs from the baseline.
changed() {
  sed "$1" "$baseline" >"$work/contract.yaml"
  ! cmp -s "$baseline" "$work/contract.yaml" || fail "$1 changes nothing"
}

# expect <pass|break|fault> <what> checks the contract that was changed, with what is accepted.
expect() {
  local got=pass
  test/contract/breaking.sh "$baseline" "$work/contract.yaml" "$work/accepted.txt" >"$work/out" 2>"$work/err" || got='break'
  ! grep -q 'no reason above' "$work/err" || got=fault
  [[ $got == "$1" ]] || fail "$2: $got instead of $1"
}

fail() {
  echo "$1" >&2
  cat "$work/out" "$work/err" >&2
  exit 1
}

touch "$work/accepted.txt"
changed 's/enum: \[h100, /enum: [h100, b300, /'
expect pass 'a new accelerator'

changed 's/enum: \[eks, gke, /enum: [gke, /'
expect break 'an enum value removed'
grep -q '^GET /v1/recipe removed the enum value .eks. from the .query. request parameter .service.' "$work/out" || fail 'the break is not named'
grep ' /' "$work/out" >"$work/breaks"

cp "$work/breaks" "$work/accepted.txt"
expect fault 'accepted without a reason'
{ echo '#'; cat "$work/breaks"; } >"$work/accepted.txt"
expect fault 'accepted with an empty reason'
{ printf '# One reason.\n\n'; cat "$work/breaks"; } >"$work/accepted.txt"
expect fault 'accepted with the reason of something else'
{ echo '# EKS is no more.'; cat "$work/breaks"; } >"$work/accepted.txt"
expect pass 'accepted with a reason'

changed 's/enum: \[eks, gke, aks, /enum: [eks, gke, /'
expect break 'another enum value removed than the accepted one'
changed "s/enum: \[helm, helmfile, /enum: [helm, /"
expect break 'a deployer removed'
changed "/- \$ref: '#\/components\/parameters\/Nodes'/d"
expect break 'a parameter removed'
changed 's/default: helm$/default: flux/'
expect break 'another default'
changed '/^        X-Bundle-Warnings:/,/schema:/d'
expect break 'a header removed'
changed 's/operationId: getRecipe/operationId: readRecipe/'
expect break 'an operation renamed'
changed 's/\bExplanation:/Reason:/; s/\(schemas.\)Explanation\b/\1Reason/'
expect break 'a schema renamed'
{ echo '# A better name.'; grep '^components' "$work/out"; } >"$work/accepted.txt"
expect pass 'a schema renamed, accepted with a reason'
changed 's/^      required: \[kind, apiVersion, componentRefs\]/      required: [kind, apiVersion, componentRefs, criteria]/'
expect break 'a new field that is required'
