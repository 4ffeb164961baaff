#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The emulator that was taken over (vmm.c) under the MLS policy: what is its neighbour's, svirt's or the host's stays so.
# lab: policy=mls timeout=900

bats_require_minimum_version 1.5.0
load helper
load guest
load hostile

setup_file() { export TABLE=$LAB_SCRATCH/table; : >"$TABLE"; }

@test "MLS: what it reaches of others, of svirt and of the host: nothing" {
  local report modes="descriptors neighbour-disk neighbour-process monitor-process host-process neighbour-run svirt-files \
    own-image host-files devices selinux other-label other-user mounts io-uring knobs"
  report=$(start_two)
  [[ $report != *": not a "* ]]
  # shellcheck disable=SC2086 # words
  rows a $modes
  assert_equal "$(grep -cE ' \| E[A-Z]+: [^|]+ \|$' "$TABLE")" "$(wc -w <<<"$modes")"
  run ! grep allowed "$TABLE"
}
