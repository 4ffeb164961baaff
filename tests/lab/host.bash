# shellcheck shell=bash disable=SC2034,SC2154 # variables are those of lab
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a lab run with "kernel=host" needs: no guest, but the kernel of this machine, for what that of User
# Mode Linux has not (Landlock). The script runs as root in namespaces of its own, and in a copy of this machine's
# files that is thrown away (an overlay in memory). It is judged by whatever security model this kernel runs.
# Sourced by lab; uses $TOOLS, $WORK and cannot() of image.bash.

# landlock(7): the kernel says which version it has, and before the sixth answers differ. The number of the call is the
# same on every architecture.
has_landlock() { perl -e 'exit(syscall(444, 0, 0, 1) > 5 ? 0 : 1)'; }

# Sets UNABLE to why this machine cannot run what was asked for; to nothing when it can. What its kernel is made of is no
# fault of the tests.
host_able() {
  UNABLE=
  [[ $lsm != landlock ]] || has_landlock || UNABLE="this machine's kernel has no Landlock of version 6 or later"
  unshare --mount --pid --fork --cgroup true 2>/dev/null || UNABLE='no namespaces: kernel=host needs root and a kernel with them'
}

host() {
  host_able
  [[ -z $UNABLE ]] || cannot "$UNABLE"
}

# Sets CMD to what runs it: the script's output to the descriptors 3 and 4, its status into the share.
host_command() {
  CMD=(unshare --mount --pid --ipc --cgroup --fork --kill-child "$LAB/host-init" "$WORK")
}
