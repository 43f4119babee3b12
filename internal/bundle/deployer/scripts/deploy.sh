#!/usr/bin/env bash
# The same file in every bundle: names, versions and URLs reach it only as data, from releases.tsv.
# The environment may bring options (SHELLOPTS, BASHOPTS, POSIXLY_CORRECT) other than those that this is written for.
set -euo pipefail +aCfkm +o posix
shopt -u extglob failglob nocaseglob nocasematch
unset CDPATH GLOBIGNORE GLOBSORT GREP_OPTIONS

usage() {
  cat <<'EOF'
Usage: deploy.sh [--dry-run] [component ...]
Installs or upgrades the releases in releases.tsv, in that order; with names, only those. Before each, namespaces/ says
how its namespace is labelled, and the CRDs in the chart's crds folder are applied, which Helm itself never upgrades.
It stops at the first failure; running it again is safe. With --dry-run it touches no cluster: all objects go to
stdout as one YAML stream, but for namespaces that need no labels, which a real run creates where they are missing, and
for what charts add only where the cluster has certain APIs. CNS_KUBE_VERSION chooses the Kubernetes version that they see.

What has to be true of the cluster before is in README.md, "Before you install": nothing here checks it.

Needs helm 3.13 or newer and kubectl. KUBECONFIG and HELM_KUBECONTEXT choose the cluster, CNS_TIMEOUT (default: 10m)
limits the wait for each release.
EOF
}

uses_kubectl() { true; } # for the CRDs of any chart

# --- The same in deploy.sh and undeploy.sh, from here
die() { # exit status, message
  printf '%s: %s\n' "$script" "$2" >&2
  exit "$1"
}

contains() { # needle, items
  local item
  for item in "${@:2}"; do [[ $item != "$1" ]] || return 0; done
  return 1
}

own() { # a folder: kubectl takes all that is in it
  local file
  for file in "$1"/*; do
    [[ $listed == *"  $file"$'\n'* ]] ||
      die 1 "$(printf %q "$file") isn't in checksums.txt, so not of this bundle: unpack the bundle into an empty folder"
  done
}

shopt -s dotglob nullglob
export LC_ALL=C # globs in the order in which kubectl takes files, and kubectl's messages in English
script=${BASH_SOURCE[0]##*/}
timeout=${CNS_TIMEOUT:-10m}
dry_run=false needs_kubectl=false wanted=() known=() selected=() names=()
for argument in "$@"; do
  case $argument in
    --dry-run) dry_run=true ;;
    -h | --help) usage; exit 0 ;;
    -*) usage >&2; die 2 "unknown option $(printf %q "$argument")" ;;
    *) wanted+=("$argument") ;;
  esac
done

# kubectl doesn't read Helm's variable: without this, the two could talk to different clusters.
kubectl=(kubectl ${HELM_KUBECONTEXT:+"--context=$HELM_KUBECONTEXT"})
# From another folder a relative path names no file, and a missing kubeconfig is no error to either of them.
[[ ! :${KUBECONFIG:-} =~ :[^/:] ]] || die 2 "KUBECONFIG has a relative path: make it absolute"
# Helm takes paths for charts, and the caller's folder might hold one named like a chart.
[[ ! -L ${BASH_SOURCE[0]} ]] ||
  die 2 "this is a link to a bundle's script: run the script itself, in the folder of the bundle"
cd -- "$(dirname -- "${BASH_SOURCE[0]}")"
listed=$(<checksums.txt)$'\n'
[[ $listed$(<releases.tsv) != *$'\r'* ]] ||
  die 1 "releases.tsv or checksums.txt has line ends of Windows (CRLF): unpack the bundle anew, as it is"

while IFS= read -r line || [[ -n $line ]]; do
  [[ -n $line && $line != '#'* ]] || continue
  IFS=$'\t' read -r folder release _ _ _ version <<<"$line"
  # The folder becomes part of file names, which both tools split at commas.
  [[ -n $version && $version != *$'\t'* && $folder =~ ^[0-9]+-[A-Za-z0-9][A-Za-z0-9._-]*$ ]] ||
    die 1 "malformed line in releases.tsv: $(printf %q "$line")"
  own "$folder/manifests/before-chart"
  own "$folder/manifests/after-chart"
  known+=("$release")
  if [[ ${#wanted[@]} -gt 0 ]] && ! contains "$release" "${wanted[@]}"; then continue; fi
  selected+=("$line") names+=("$release")
  if uses_kubectl "$folder" && [[ $dry_run == false ]]; then needs_kubectl=true; fi
done <releases.tsv
[[ ${#known[@]} -gt 0 ]] || die 1 "releases.tsv lists no release"
for name in ${wanted[@]+"${wanted[@]}"}; do # before bash 4.4 an empty array counts as unset
  contains "$name" "${known[@]}" ||
    die 2 "unknown component $(printf %q "$name"); this bundle has:$(printf ' %q' "${known[@]}")"
done
for name in "${!HELM_KUBE@}"; do # kubectl doesn't read them, and has to talk to the same cluster
  [[ $name == HELM_KUBECONTEXT || -z ${!name} || $needs_kubectl == false ]] ||
    die 2 "kubectl doesn't read $name: put what it says into a kubeconfig, and unset it"
done
# --- to here

chart_of() { # repository, chart: what Helm is to install
  case $1 in
    oci://*) printf %s "${1%/}/$2" ;;
    *) printf %s "$2" ;;
  esac
}

# Helm 3 prefers a path, such as helm pull --untar leaves, to any repository, and Helm 4 one to a registry.
for line in "${selected[@]}"; do
  IFS=$'\t' read -r _ _ _ repository chart _ <<<"$line"
  chart=$(chart_of "$repository" "$chart")
  [[ ! -e $chart ]] ||
    die 1 "Helm would take $(printf %q "$PWD/$chart") for the chart: move it out of the bundle's folder"
done

own namespaces

# Server-side: client-side apply copies each object into an annotation, too small for a large ConfigMap.
# By force: like helm upgrade, it takes back what others changed.
apply=("${kubectl[@]}" apply --server-side --force-conflicts)

labelled=' ' # the namespaces that are, each between spaces
namespace() { # its name
  local file=namespaces/namespace-$1.yaml found
  if [[ -f $file ]]; then
    [[ $labelled != *" $1 "* ]] || return 0
    labelled+="$1 "
    if [[ $dry_run == true ]]; then
      echo ---
      cat "$file"
    else
      # As a manager of its own, so that labels which others applied stay.
      "${apply[@]}" --field-manager=cns-bundle --filename="$file"
    fi
  elif [[ -d $folder/manifests/before-chart && $dry_run == false ]]; then
    # No apply: it would take away labels that another apply gave the namespace.
    found=$("${kubectl[@]}" get namespace --ignore-not-found --output=name -- "$1")
    [[ -n $found ]] || "${kubectl[@]}" create namespace -- "$1"
  fi
}

crds() { # release, chart: those in its crds folder, which Helm creates where they are missing and then leaves as they are
  local objects
  # From a file: a fault of the registry must not pass for that of a chart which needs a cluster.
  helm pull "${from[@]}" --destination="$scratch" -- "$2" >/dev/null
  objects=$("${render[@]}" "${options[@]}" -- "$1" "$scratch"/*.tgz |
    awk '/^# Source: / { isCRD = /\/crds\// && !/\/templates\// } isCRD') || {
    printf '%q: Helm renders it with a cluster only, so the CRDs of its crds folder are not upgraded\n' "$1" >&2
    objects=
  }
  rm -- "$scratch"/*.tgz
  [[ -z $objects ]] || "${apply[@]}" --filename=- <<<"$objects"
}

manifests() { # a folder, which only some releases have
  local file
  [[ -d $1 ]] || return 0
  if [[ $dry_run == false ]]; then
    "${apply[@]}" --filename="$1"
    return
  fi
  for file in "$1"/*; do
    [[ $file == *.json || $file == *.yaml || $file == *.yml ]] || continue # as kubectl does
    echo ---
    awk 1 "$file" # unlike cat, it ends the last line
  done
}

command -v helm >/dev/null || die 1 "helm is not on PATH"
[[ $needs_kubectl == false ]] || command -v kubectl >/dev/null || die 1 "kubectl is not on PATH"

# Rendering, Helm assumes a Kubernetes version of its own, which the charts may refuse.
kube_version=${CNS_KUBE_VERSION:-}
if [[ $dry_run == false ]]; then
  [[ $("${kubectl[@]}" get --raw=/version) =~ \"gitVersion\":\ *\"(v[0-9A-Za-z.+-]+)\" ]] ||
    die 1 "the cluster doesn't say its version"
  kube_version=${BASH_REMATCH[1]}
elif [[ -z $kube_version && -f kube-version.txt ]]; then
  IFS= read -r kube_version <kube-version.txt
fi
render=(helm template --include-crds --skip-tests ${kube_version:+"--kube-version=$kube_version"})

scratch=
[[ $dry_run == true ]] || scratch=$(mktemp -d) # for the chart that is next
on_exit() {
  local status=$?
  [[ -z $scratch ]] || rm -rf -- "$scratch"
  [[ $status -ne 0 ]] || return 0
  printf '\n%s: %q failed; nothing after it was started.\n' "$script" "$release" >&2
  [[ $dry_run == false ]] || return 0
  printf 'After fixing this, continue with:\n  %q%s\n' "$PWD/$script" "$(printf ' %q' "${names[@]:step-1}")" >&2
}
trap on_exit EXIT

step=0
for line in "${selected[@]}"; do
  IFS=$'\t' read -r folder release namespace repository chart version <<<"$line"
  step=$((step + 1))
  printf '[%d/%d] %q %q -> namespace %q\n' "$step" "${#selected[@]}" "$release" "$version" "$namespace" >&2
  from=(--version="$version")
  options=(--namespace="$namespace" --values="$folder/values.yaml")
  chart=$(chart_of "$repository" "$chart")
  [[ $repository == oci://* ]] || from+=(--repo="$repository")
  if [[ $dry_run == true ]]; then
    helm=("${render[@]}")
  else
    helm=(helm upgrade --install --create-namespace --wait --timeout="$timeout")
  fi

  namespace "$namespace"
  [[ $dry_run == true ]] || crds "$release" "$chart"
  manifests "$folder/manifests/before-chart"
  "${helm[@]}" "${from[@]}" "${options[@]}" -- "$release" "$chart"
  manifests "$folder/manifests/after-chart"
done
