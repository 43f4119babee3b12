#!/usr/bin/env bash
# Lists lines that are too long to read in a diff: more than 120 columns, or 100 in Go's comments
# and in Markdown. A tab counts four. What can't be wrapped may be longer: code, tables and links in
# Markdown, and regular expressions in the contract.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
git ls-files --cached --others --exclude-standard -z '*.go' '*.md' Makefile api/openapi.yaml ':!gen/' |
  xargs -0 awk '
    FNR == 1 { code = 0 }
    FILENAME ~ /\.md$/ && /^ *```/ { code = !code }
    FILENAME ~ /\.md$/ && (code || /^\|/ || /]\(/) { next }
    FILENAME ~ /\.yaml$/ && /pattern:/ { next }
    {
      gsub(/\t/, "    ")
      limit = FILENAME ~ /\.md$/ || FILENAME ~ /\.go$/ && /^ *\/\/ / ? 100 : 120
      if (length() > limit) {
        printf "%s:%d: %d columns, %d at most\n", FILENAME, FNR, length(), limit
        found = 1
      }
    }
    END { exit found }'
