#!/usr/bin/env bash
# Installs Chromium from Debian's packages where it is missing. CHROMIUM names another one to test with.
set -euo pipefail
if command -v "${CHROMIUM:-chromium}" >/dev/null; then
  exit
fi
if [[ -n ${CHROMIUM:-} || $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
  echo "no browser: there is no program ${CHROMIUM:-chromium}; install it (on Debian: apt-get install chromium), or name one by CHROMIUM" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -qq --no-install-recommends chromium </dev/null >/dev/null
