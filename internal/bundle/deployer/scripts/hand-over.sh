#!/usr/bin/env bash
# The same file in every bundle for Argo CD and for Flux: names reach it only as data, from releases.tsv.
# The environment may bring options (SHELLOPTS, BASHOPTS, POSIXLY_CORRECT) other than those that this is written for.
set -euo pipefail +aCfkm +o posix
shopt -u extglob failglob nocaseglob nocasematch
unset CDPATH GLOBIGNORE GLOBSORT GREP_OPTIONS

usage() {
  cat <<'USAGE'
Usage: deploy.sh
Hands the releases in releases.tsv to Argo CD or to Flux, whichever this bundle is for, in that order, and applies the
manifests beside them. It waits for each release and stops at the first failure; running it again is safe.

What has to be true of the cluster before is in README.md, "Before you install": nothing here checks it.

Needs kubectl, and that tool in the cluster. KUBECONFIG chooses the cluster, CNS_TIMEOUT (default: 20m) limits the wait
for each release.
USAGE
}

die() { # exit status, message
  printf '%s: %s\n' "${BASH_SOURCE[0]##*/}" "$2" >&2
  exit "$1"
}

apply() { # a file or folder
  kubectl apply --server-side --force-conflicts --filename="$1"
}

argocd() { # folder, release
  local application=application.argoproj.io/$2
  apply "applications/${1#*-}.yaml"
  # What Argo CD found before this apply must not count. Without it, it compares at once.
  kubectl patch --namespace=argocd --type=merge --patch='{"status":{"sync":null,"health":null}}' -- "$application"
  kubectl wait --namespace=argocd --for=jsonpath='{.status.sync.status}'=Synced --timeout="$timeout" -- "$application"
  kubectl wait --namespace=argocd --for=jsonpath='{.status.health.status}'=Healthy --timeout="$timeout" -- "$application"
}

flux() { # folder, release
  apply "$1/release"
  kubectl wait --namespace=flux-system --for=condition=Ready --timeout="$timeout" -- "helmrelease.helm.toolkit.fluxcd.io/$2"
}

own() { # a folder: kubectl takes all that is in it
  local file
  for file in "$1"/*; do
    [[ $listed == *"  $file"$'\n'* ]] ||
      die 1 "$(printf %q "$file") isn't in checksums.txt, so not of this bundle: unpack the bundle into an empty folder"
  done
}

manifests() { # a folder, which only some releases have
  [[ ! -d $1 ]] || apply "$1"
}

namespace() { # its name
  local file=namespaces/namespace-$1.yaml found
  if [[ -f $file ]]; then
    # As a manager of its own, so that labels which others applied stay.
    kubectl apply --server-side --force-conflicts --field-manager=cns-bundle --filename="$file"
    return
  fi
  # No apply: it would take away labels that another apply gave the namespace.
  found=$(kubectl get namespace --ignore-not-found --output=name -- "$1")
  [[ -n $found ]] || kubectl create namespace -- "$1"
}

for argument in "$@"; do
  case $argument in
    -h | --help) usage; exit 0 ;;
    *) usage >&2; die 2 "unknown argument $(printf %q "$argument")" ;;
  esac
done
[[ ! :${KUBECONFIG:-} =~ :[^/:] ]] || die 2 "KUBECONFIG has a relative path: make it absolute"
command -v kubectl >/dev/null || die 1 "kubectl is not on PATH"
timeout=${CNS_TIMEOUT:-20m}
[[ ! -L ${BASH_SOURCE[0]} ]] ||
  die 2 "this is a link to a bundle's script: run the script itself, in the folder of the bundle"
cd -- "$(dirname -- "${BASH_SOURCE[0]}")"
shopt -s dotglob nullglob
listed=$(<checksums.txt)$'\n'
[[ $listed$(<releases.tsv) != *$'\r'* ]] ||
  die 1 "releases.tsv or checksums.txt has line ends of Windows (CRLF): unpack the bundle anew, as it is"

own namespaces

lines=()
while IFS= read -r line || [[ -n $line ]]; do
  [[ -n $line && $line != '#'* ]] || continue
  IFS=$'\t' read -r folder _ _ _ _ version <<<"$line"
  # The folder becomes part of file names, which kubectl splits at commas.
  [[ -n $version && $version != *$'\t'* && $folder =~ ^[0-9]+-[A-Za-z0-9][A-Za-z0-9._-]*$ ]] ||
    die 1 "malformed line in releases.tsv: $(printf %q "$line")"
  own "$folder/manifests/before-chart"
  own "$folder/manifests/after-chart"
  lines+=("$line")
done <releases.tsv
[[ ${#lines[@]} -gt 0 ]] || die 1 "releases.tsv lists no release"

on_exit() {
  [[ $? -eq 0 ]] ||
    printf '\n%q failed; nothing after it was started. After fixing this, run the script again.\n' "$release" >&2
}
trap on_exit EXIT

step=0
for line in "${lines[@]}"; do
  IFS=$'\t' read -r folder release namespace _ _ version <<<"$line"
  step=$((step + 1))
  printf '[%d/%d] %q %q -> namespace %q\n' "$step" "${#lines[@]}" "$release" "$version" "$namespace" >&2
  namespace "$namespace"
  manifests "$folder/manifests/before-chart"
  if [[ -d applications ]]; then argocd "$folder" "$release"; else flux "$folder" "$release"; fi </dev/null
  manifests "$folder/manifests/after-chart"
done
