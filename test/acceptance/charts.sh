#!/usr/bin/env bash
# Packs the charts of all components into a folder, as <component>-<version>.tgz, for TestRender: as their publishers
# have them, or else from the sources that the component's value paths are from, of the version that stands for its own
# where these are of another one. A chart that is there already stays, and one that can't be had is said and left out.
set -euo pipefail
into=$(mkdir -p "$1" && cd "$1" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")/../../recipes/components"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

field() { sed -n "s/^$2: //p" "$1/component.yaml"; }

published() { # component, version
  local repository chart from
  repository=$(field "$1" repository) chart=$(field "$1" chart)
  from=("$chart" --repo "$repository")
  [[ $repository != oci://* ]] || from=("$repository/$chart")
  helm pull "${from[@]}" --version "$2" --destination "$work/pulled" 2>>"$work/log"
}

sources() { # <Go module>@<version> (Go module), or <repository on GitHub> at <commit>: puts them into $work/tree
  local folder
  if [[ $1 == *@* ]]; then
    folder=$(cd "$work" && go mod download -json "${1%% *}" 2>>"$work/log" |
      sed -n 's/^\t"Dir": "\(.*\)",\{0,1\}$/\1/p')
    [[ -n $folder ]] && cp -R "$folder" "$work/tree" && chmod -R u+w "$work/tree"
    return
  fi
  GIT_TERMINAL_PROMPT=0 git clone --quiet --no-checkout --filter=blob:none "https://github.com/${1%% *}" "$work/tree" \
    2>>"$work/log" && git -C "$work/tree" checkout --quiet "${1##* }" 2>>"$work/log"
}

from_sources() { # component, version
  local source folder stamp=()
  source=$(sed -n 's/^# Source: //p' "$1/paths/$2.txt") folder=${source##*, }
  sources "${source%, *}" || return 1
  folder=$work/tree/$folder
  # cert-manager's gets its name at the release.
  [[ -f $folder/Chart.yaml ]] || mv "$folder/Chart.template.yaml" "$folder/Chart.yaml" 2>>"$work/log" || return 1
  # Where git has another version, the release stamps it, and this one the tag of images too
  # (distros/kubernetes/Makefile, helm-publish).
  [[ $source != */NVSentinel* ]] || sed -i "s/tag: \"main\"/tag: \"$2\"/" "$folder/values.yaml"
  grep -Eq "^version: *[\"']?$2[\"']?$" "$folder/Chart.yaml" || stamp=(--version "$2" --app-version "$2")
  helm package "$folder" ${stamp[@]+"${stamp[@]}"} --destination "$work/pulled" >>"$work/log" 2>&1
}

pack() { # component, version, how
  local target=$into/$1-$2.tgz
  [[ ! -f $target ]] || return 0
  rm -rf "${work:?}"/*
  mkdir "$work/pulled"
  "$3" "$1" "$2" && mv "$work"/pulled/*.tgz "$target"
}

for component in *; do
  version=$(field "$component" version) stands=$(field "$component" pathsFrom)
  pack "$component" "$version" published || pack "$component" "${stands:-$version}" from_sources ||
    echo "$component $version: not to be had: $(tail -n 1 "$work/log")" >&2
done
