#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A host that does not meet svirt's needs: the kernel's answers are hidden, the manager or the monitor is not in its
# domain, the range is too small. Every case ends with a refusal before anything changes. None is taken for "SELinux
# is off", which would start guests unconfined on an enforcing kernel.
# lab: timeout=600

load helper
load guest

libexec=/usr/libexec/svirt
restart="start svirt from a context whose range has"
UNDER=()

# the command that "refused" runs
svirt() { "${UNDER[@]}" /usr/bin/svirt "$@"; }

# hiding PATH...: the commands that follow see these paths empty
hiding() {
  local path
  mkdir -p "$LAB_SCRATCH/empty"
  for path in "$@"; do
    if [[ -d $path ]]; then mount --bind "$LAB_SCRATCH/empty" "$path"; else mount --bind /dev/null "$path"; fi || exit
  done
}
export -f hiding
hide() { UNDER=(unshare --mount bash -c "hiding $*; exec \"\$0\" \"\$@\""); }

setup_file() {
  make_boot "$IMG/a.img" "$HALT"
  write_domain a --disk "$IMG/a.img" >/dev/null
  /usr/bin/svirt -q restore --all
}
setup() { lab_setup; }
teardown() {
  lab_teardown
  UNDER=()
  if [[ -e $libexec/gone ]]; then mv $libexec/gone $libexec/svirt-monitor; fi
  restorecon -R $libexec
  forget_guests
}

@test "nothing is hidden: the guest starts" {
  run svirt -q start "$LAB_SCRATCH/a.xml"
  assert_success
  assert_equal "$(emulators)" 1
}

@test "selinuxfs hidden: refused, and no message says that SELinux is off" {
  hide /sys/fs/selinux
  refused 9 "the kernel runs SELinux, libselinux says that it is off, so whether guests are confined is not known; this process is *:svirt_mgr_t:*" \
    start "$LAB_SCRATCH/a.xml"
  assert_line --partial "svirt: hint: selinuxfs may not be read by this domain"
  refused 9 "the kernel runs SELinux, libselinux says that it is off,*" start --unconfined "$LAB_SCRATCH/a.xml"
  refused 9 "the kernel runs SELinux, libselinux says that it is off,*" label "$LAB_SCRATCH/a.xml"
  refused 9 "the kernel runs SELinux, libselinux says that it is off,*" start --dry-run "$LAB_SCRATCH/a.xml"
}

@test "selinuxfs not mounted: refused" {
  # shellcheck disable=SC2016 # for the other bash
  UNDER=(unshare --mount bash -c 'umount /sys/fs/selinux; exec "$0" "$@"')
  refused 9 "the kernel runs SELinux, libselinux says that it is off,*" start "$LAB_SCRATCH/a.xml"
}

@test "every sign of SELinux hidden except the process's own context: refused" {
  hide /sys/fs/selinux /sys/kernel/security /proc/filesystems
  refused 9 "the kernel shows no SELinux, but a context, so whether guests are confined is not known; this process is *:svirt_mgr_t:*" \
    start "$LAB_SCRATCH/a.xml"
  refused 9 "the kernel shows no SELinux, but a context,*" start --unconfined "$LAB_SCRATCH/a.xml"
}

@test "no_new_privs: the manager cannot enter its domain, so it starts nothing" {
  UNDER=(setpriv --no-new-privs)
  refused 4 "unconfined_t may not { nnp_transition } on svirt_t (process2)" start "$LAB_SCRATCH/a.xml"
  assert_line --partial "svirt: hint: no_new_privs keeps this process out of svirt_mgr_t: "
  run denials
  assert_line --regexp "denied +\{ nnp_transition \} .*tcontext=unconfined_u:system_r:svirt_mgr_t:.* tclass=process2 permissive=0"
}

@test "a manager without its label stays in the caller's domain and starts nothing" {
  chcon -t bin_t $libexec/svirt-manager
  # the test module lets unconfined_t transition to svirt_t for the probe, but not from a manager
  refused 4 "unconfined_t may not { nnp_transition } on svirt_t (process2)" start "$LAB_SCRATCH/a.xml"
  assert_line "svirt: hint: this process should run in svirt_mgr_t: label svirt-manager with restorecon, and start it from a shell or a service"
}

@test "a monitor without its label, with another label, or missing: refused, and nothing is left behind" {
  chcon -t bin_t $libexec/svirt-monitor
  refused 4 "cannot execute $libexec/svirt-monitor: Permission denied" start "$LAB_SCRATCH/a.xml"
  assert_line "svirt: hint: install svirt completely; restorecon $libexec/svirt-monitor"
  mv $libexec/svirt-monitor $libexec/gone
  refused 3 "cannot execute $libexec/svirt-monitor: No such file or directory" start "$LAB_SCRATCH/a.xml"
  # a label that the manager may execute only as a guest: found when the guest exists
  mv $libexec/gone $libexec/svirt-monitor
  chcon -t qemu_exec_t $libexec/svirt-monitor
  before=$(inode_of "$IMG/a.img")
  run svirt start "$LAB_SCRATCH/a.xml"
  assert_failure 4
  assert_line "svirt: cannot execute $libexec/svirt-monitor: Permission denied"
  assert_equal "$(inode_of "$IMG/a.img")" "$before"
  assert_equal "$(emulators) $(svirt --json list | jq '.results | length')" "0 0"
}

@test "a static level outside the caller's range: refused" {
  local domain
  domain=$(write_domain s --disk "$IMG/a.img" --type static --relabel yes --label system_u:system_r:svirt_t:s0:c200,c300)
  UNDER=(runcon -l s0-s0:c0.c99)
  refused 4 "the guest's level s0:c200,c300 is outside this process' own range s0-s0:c0.c99" start "$domain"
  assert_line --partial "svirt: hint: $restart it"
  UNDER=(runcon -l s0-s0:c0.c299)
  refused 4 "the guest's level s0:c200,c300 is outside this process' own range s0-s0:c0.c299" start "$domain"
  UNDER=(runcon -l "s0-s0:c200,c300")
  run svirt -q start "$domain"
  assert_success
  assert_equal "$(domain_of "$(guest_pid s)")" system_u:system_r:svirt_t:s0:c200,c300
}

@test "a dynamic level is taken from the caller's range" {
  local i
  UNDER=(runcon -l s0-s0:c40.c42)
  for i in 1 2 3; do
    make_boot "$IMG/r$i.img" "$HALT"
    run svirt -q start "$(write_domain "r$i" --disk "$IMG/r$i.img")"
    assert_success
    level_of "$(domain_of "$(guest_pid "r$i")")" >>"$LAB_SCRATCH/levels"
  done
  # three categories are three pairs
  assert_equal "$(sort "$LAB_SCRATCH/levels")" $'s0:c40,c41\ns0:c40,c42\ns0:c41,c42'
  refused 7 "*no*free*" start "$LAB_SCRATCH/a.xml"
}

@test "a caller with one category or none is refused" {
  UNDER=(runcon -l s0)
  refused 3 "this process (unconfined_u:system_r:svirt_mgr_t:s0) has fewer than two categories to give to guests" \
    start "$LAB_SCRATCH/a.xml"
  assert_line --partial "svirt: hint: $restart categories"
  UNDER=(runcon -l s0-s0:c5)
  refused 3 "this process (*) has fewer than two categories to give to guests" start "$LAB_SCRATCH/a.xml"
}

@test "only root" {
  UNDER=(setpriv --reuid=65534 --regid=65534 --clear-groups)
  chmod 755 "$LAB_SCRATCH"
  refused 4 "start: only root may do this" start "$LAB_SCRATCH/a.xml"
}
