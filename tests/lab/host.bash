# shellcheck shell=bash disable=SC2034,SC2154 # variables are those of lab
# SPDX-License-Identifier: GPL-2.0-or-later
#
# For a lab run with "kernel=host": there is no guest, and the kernel is that of this machine, because the one of User
# Mode Linux has no Landlock. The script runs as root in namespaces of its own, in a temporary copy of this machine's
# files (an overlay in memory). The security model of this kernel applies. Sourced by lab; uses $TOOLS, $WORK and
# cannot() of image.bash.

# landlock(7): the kernel returns its version of the interface, and before the sixth the answers differ. The number of
# the system call is the same on every architecture.
has_landlock() { perl -e 'exit(syscall(444, 0, 0, 1) > 5 ? 0 : 1)'; }

# Sets UNABLE to the reason why this machine cannot run the request; to nothing when it can. The features of its
# kernel are not a failure of the tests.
host_able() {
  UNABLE=
  [[ $lsm != landlock ]] || has_landlock || UNABLE="this machine's kernel has no Landlock of version 6 or later"
  unshare --mount --pid --fork --cgroup true 2>/dev/null || UNABLE='no namespaces: kernel=host needs root and a kernel with them'
}

host() {
  host_able
  [[ -z $UNABLE ]] || cannot "$UNABLE"
}

# Sets CMD to the command that runs it: the script's output goes to the descriptors 3 and 4, its status into the
# share.
host_command() {
  CMD=(unshare --mount --pid --ipc --cgroup --fork --kill-child "$LAB/host-init" "$WORK")
}
