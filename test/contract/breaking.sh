#!/usr/bin/env bash
# Fails when a contract breaks clients of an earlier one, unless the break is accepted and the reason is given.
# By breaking-levels.txt, new values of enums in answers are no break: the contract says that they come. But another default is one, and so is the
# loss of a header, an operation's ID or a schema, of which the generated clients make names.
# Usage: breaking.sh <earlier contract> <contract> <accepted breaks>
set -euo pipefail
earlier=$1 contract=$2 accepted=$3
levels=$(dirname "${BASH_SOURCE[0]}")/breaking-levels.txt

awk '
  /^##/ || /^[[:space:]]*$/ { reason = 0; next }
  /^#[[:space:]]*[^[:space:]]/ { reason = 1; next }
  !reason { printf "%s:%d: no reason above this entry: put it there, as a line that begins with #\n", FILENAME, FNR; faults = 1 }
  END { exit faults }' "$accepted" >&2

# Without the name of the file, a line is what an entry has to be.
oasdiff breaking --fail-on WARN --format singleline --severity-levels "$levels" --err-ignore "$accepted" --warn-ignore "$accepted" \
  "$earlier" "$contract" | sed -E '/^$/d; s/^(error|warning)( at [^ ]+)?, in (API )?//' || {
  echo "The contract breaks clients of $earlier. Where that is meant, add these lines to $accepted, below a line with # and the reason." >&2
  exit 1
}
