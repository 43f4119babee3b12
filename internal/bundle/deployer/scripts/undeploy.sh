#!/usr/bin/env bash
# The same file in every bundle: names, versions and URLs reach it only as data, from releases.tsv.
# The environment may bring options (SHELLOPTS, BASHOPTS, POSIXLY_CORRECT) other than those that this is written for.
set -euo pipefail +aCfkm +o posix
shopt -u extglob failglob nocaseglob nocasematch
unset CDPATH GLOBIGNORE GLOBSORT GREP_OPTIONS

usage() {
  cat <<'EOF'
Usage: undeploy.sh [--dry-run] [component ...]
Removes the releases in releases.tsv, the last one first; with names, only those. Namespaces and CRDs stay.
It stops at the first failure; running it again is safe. With --dry-run it touches no cluster: the commands
go to stdout, one on each line.

Needs helm 3.13 or newer and, for components with a manifests folder, kubectl. KUBECONFIG and HELM_KUBECONTEXT
choose the cluster, CNS_TIMEOUT (default: 10m) limits the wait for each deletion.
EOF
}

uses_kubectl() { [[ -d $1/manifests ]]; } # a folder

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

show() { # command
  local quoted
  printf -v quoted ' %q' "$@"
  quoted=${quoted// \~/ \\~} # bash 3.2 leaves tildes alone
  printf '%s\n' "${quoted:1}"
}

manifests() { # a folder, which only some releases have
  [[ -d $1 ]] || return 0
  local delete errors others status=0
  delete=("${kubectl[@]}" delete --ignore-not-found --timeout="$timeout" --filename="$1")
  if [[ $dry_run == true ]]; then
    show "${delete[@]}"
    return
  fi
  { errors=$("${delete[@]}" 2>&1 >&3) || status=$?; } 3>&1
  [[ -z $errors ]] || printf '%s\n' "$errors" >&2
  [[ $status -ne 0 ]] || return 0
  # Where a CRD is gone, its objects are too. kubectl deletes the others, then fails; only its words tell why.
  others=$(grep -v -e 'no matches for kind' -e '^ensure CRDs are installed first$' -e '^Warning: ' <<<"$errors" || true)
  [[ $errors == *'no matches for kind'* && -z $others ]] || return "$status"
  echo "(nothing is left of a kind that the cluster doesn't know: going on)" >&2
}

if [[ $dry_run == true ]]; then
  show cd -- "$PWD"
else
  command -v helm >/dev/null || die 1 "helm is not on PATH"
  [[ $needs_kubectl == false ]] || command -v kubectl >/dev/null || die 1 "kubectl is not on PATH"
fi

on_exit() {
  [[ $? -ne 0 ]] || return 0
  printf '\n%s: %q failed; nothing after it was removed.\n' "$script" "$release" >&2
  echo "After fixing this, run the same command again: what is gone already is no error." >&2
}
trap on_exit EXIT

for ((i = ${#selected[@]} - 1; i >= 0; i--)); do
  IFS=$'\t' read -r folder release namespace _ _ version <<<"${selected[i]}"
  printf '[%d/%d] %q %q <- namespace %q\n' \
    $((${#selected[@]} - i)) "${#selected[@]}" "$release" "$version" "$namespace" >&2
  uninstall=(helm uninstall --ignore-not-found --wait --timeout="$timeout" --namespace="$namespace" -- "$release")

  manifests "$folder/manifests/after-chart"
  if [[ $dry_run == true ]]; then show "${uninstall[@]}"; else "${uninstall[@]}"; fi
  manifests "$folder/manifests/before-chart"
done
echo "Kept: the namespaces, and every CRD that Helm doesn't remove with its chart." >&2
