# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Common code of the gates (check-*): the location of the tree, the list of its sources, and the way to end.
# A gate prints an error as "FILE:LINE: MESSAGE", FILE relative to the tree, and ends with 0 (clean), 1
# (found something) or 2 (could not look: a gate that cannot look never passes). Sourced with the tree's
# root as first argument; must not know what any gate looks for.

set -euo pipefail
export LC_ALL=C
GATE=${0##*/}
HERE=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
ROOT=${1:-$HERE/..}
ROOT=$(realpath -e "$ROOT") || exit 2

gate_broken() {
  echo "$GATE: $*" >&2
  exit 2
}

# gate_sources ARRAY FOLDER... -- PATTERN...: the sources under the folders (relative to the tree; missing
# ones are skipped) whose names match the find(1) patterns, sorted. No source at all is an error of the
# gate.
gate_sources() {
  local -n found_=$1
  local dirs=() names=() pattern
  shift
  while [[ $1 != -- ]]; do
    [[ ! -e $ROOT/$1 ]] || dirs+=("$1")
    shift
  done
  shift
  for pattern; do names+=(-o -name "$pattern"); done
  [[ ${#dirs[@]} -gt 0 ]] || gate_broken "no sources in $ROOT"
  mapfile -t found_ < <(cd "$ROOT" && find "${dirs[@]}" \( -name .libs -o -name .deps \) -prune -o \
    -type f \( "${names[@]:1}" \) -print | sort)
  [[ ${#found_[@]} -gt 0 ]] || gate_broken "no sources in $ROOT: ${dirs[*]}"
}

# Ends the gate: standard input has its findings.
gate_end() {
  local found
  found=$(cat)
  [[ -n $found ]] || exit 0
  printf '%s\n' "$found"
  printf '%s: %d found\n' "$GATE" "$(grep -c '' <<<"$found")" >&2
  exit 1
}
