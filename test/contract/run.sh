#!/usr/bin/env bash
# Tests a server against the contract that it serves, as it comes and with every allowlist set.
# Usage: run.sh <server> <requests per operation in a phase>
set -euo pipefail
server=$(realpath "$1") requests=$2
cd "$(dirname "${BASH_SOURCE[0]}")" # where Schemathesis looks for its configuration
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PYTHONDONTWRITEBYTECODE=1 HYPOTHESIS_STORAGE_DIRECTORY=$work/hypothesis

# check <name> <variable>... runs, in a subshell, the server with these variables, and Schemathesis against it.
check() {
  local name=$1 port=''
  env PORT=0 CNS_RATE_LIMIT=0 CNS_DRAIN_DELAY=0s "${@:2}" "$server" 2>"$work/$name.log" &
  pid=$!
  trap 'kill "$pid" && wait "$pid"' EXIT # once the function has returned, so pid isn't local to it
  while [[ -z $port ]]; do
    kill -0 "$pid" 2>/dev/null || { cat "$work/$name.log" >&2; return 1; }
    sleep 0.1
    port=$(sed -n 's/.*"address":".*:\([0-9]*\)".*/\1/p' "$work/$name.log")
  done
  ../../.tools/schemathesis/bin/st run "http://127.0.0.1:$port/openapi.json" --max-examples "$requests" --no-color
}

(check shipped) >"$work/shipped.out" 2>&1 &
shipped=$!
(check narrowed CNS_ALLOWED_SERVICES=eks,gke CNS_ALLOWED_ACCELERATORS=h100 CNS_ALLOWED_INTENTS=training CNS_ALLOWED_OS=ubuntu) \
  >"$work/narrowed.out" 2>&1 &
narrowed=$!
status=0
wait "$shipped" || status=1
wait "$narrowed" || status=1
for name in shipped narrowed; do
  printf '=== %s\n' "$name"
  cat "$work/$name.out"
done
exit "$status"
