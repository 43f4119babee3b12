#!/usr/bin/env bash
# Tests vulnerabilities.py: what it lets pass, and what it doesn't.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "$1" >&2
  cat "$work/err" >&2
  exit 1
}

# expect <pass|fail> <what> judges findings.json, below the head of the output, with answered.txt.
expect() {
  local got=pass
  cat "$work/config.json" "$work/findings.json" | tools/vulnerabilities.py "$work/answered.txt" 2>"$work/err" || got='fail'
  [[ $got == "$1" ]] || fail "$2: $got instead of $1"
}

# finding <OSV> <where in it> prints a finding in a module, or in one of its packages and functions.
finding() {
  printf '{\n  "finding": {"osv": "%s", "fixed_version": "v1.27.4", "trace": [{"module": "stdlib", "version": "v1.27.3"%s}]}\n}\n' "$1" "$2"
}
symbol=', "package": "net/http", "function": "Read"'

printf '{\n  "config": {"scanner_name": "govulncheck", "scan_level": "symbol"}\n}\n{\n  "osv": {"id": "GO-2026-0001"}\n}\n' >"$work/config.json"
: >"$work/answered.txt"
: >"$work/findings.json"
expect pass 'nothing found'
{ finding GO-2026-0001 ''; finding GO-2026-0001 ', "package": "net/http"'; } >"$work/findings.json"
expect pass 'a module and a package whose functions are not in the binary'
{ finding GO-2026-0001 "$symbol"; finding GO-2026-0002 "$symbol"; } >"$work/findings.json"
expect fail 'functions in the binary'
grep -q '^GO-2026-0002: in net/http of stdlib v1.27.3, fixed in v1.27.4$' "$work/err" || fail 'the finding is not named'

printf '# No request reaches it.\nGO-2026-0001\nGO-2026-0002\n' >"$work/answered.txt"
expect pass 'answered with one reason'
printf '# No request reaches it.\nGO-2026-0001\n' >"$work/answered.txt"
expect fail 'one of two answered'
printf '# No request reaches it.\nGO-2026-0001\n\nGO-2026-0002\n' >"$work/answered.txt"
expect fail 'answered without a reason'
grep -q '^GO-2026-0002: no reason' "$work/err" || fail 'the lack of a reason is not named'
printf '#\nGO-2026-0001\nGO-2026-0002\n' >"$work/answered.txt"
expect fail 'answered with an empty reason'
printf '# No request reaches it.\nGO-2026-0001\nGO-2026-0002\nGO-2025-0003\n' >"$work/answered.txt"
expect fail 'a stale answer'
grep -q '^GO-2025-0003: .* remove it$' "$work/err" || fail 'the stale answer is not named'

: >"$work/answered.txt"
: >"$work/findings.json"
printf '{"config": {"scan_level": "module"}}' >"$work/config.json"
expect fail 'a look at modules alone'
: >"$work/config.json"
expect fail 'no output'
