#!/usr/bin/env bash
# Prints the path of Chromium, which it installs from Debian's packages where it is missing. CHROMIUM names another one.
set -euo pipefail
browser=${CHROMIUM:-chromium}
if command -v "$browser"; then
  exit
fi
if [[ -n ${CHROMIUM:-} || $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
  echo "no program $browser: install Chromium (on Debian: apt-get install chromium), or name a browser like it by CHROMIUM" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq >&2
apt-get install -qq --no-install-recommends -o DPkg::Lock::Timeout=300 chromium </dev/null >&2
command -v "$browser"
