#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The compromised emulator (vmm.c) under the MLS policy: the kernel denies it its neighbour's resources, svirt's and
# the host's.
# lab: policy=mls timeout=900

bats_require_minimum_version 1.5.0
load helper
load guest
load hostile

setup_file() { export TABLE=$LAB_SCRATCH/table; : >"$TABLE"; }

@test "MLS: a compromised emulator reaches no resource of other guests, of svirt or of the host" {
  local report modes="descriptors neighbour-disk neighbour-process monitor-process host-process neighbour-run svirt-files \
    own-image host-files devices selinux other-label other-user mounts io-uring knobs"
  report=$(start_two)
  [[ $report != *": not a "* ]]
  # shellcheck disable=SC2086 # words
  rows a $modes
  assert_equal "$(grep -cE ' \| E[A-Z]+: [^|]+ \|$' "$TABLE")" "$(wc -w <<<"$modes")"
  run ! grep allowed "$TABLE"
}
