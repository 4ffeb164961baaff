#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A TPM that swtpm emulates: a second process of the guest, with the guest's label, user and limits. Its state belongs
# to the guest alone while the guest runs. Labels and owners of the state are restored when both processes have ended,
# for any reason.
# lab: timeout=600

# bats sets status, output and stderr
# shellcheck disable=SC2154,SC2030,SC2031

bats_require_minimum_version 1.5.0
load helper
load guest
load crash
load steps
quick_guests

STATE=/srv/tpm
UUID=6695eb01-f6a4-8304-79aa-97f2502e1944

# dpkg is older than the policy module here
setup_file() {
  restorecon /usr/bin/swtpm
  id tss >/dev/null 2>&1 || useradd --system tss
  svirt -q restore --all
}

setup() {
  guest_setup
  rm -rf "$STATE" /var/lib/libvirt/swtpm "${IMG:?}"/*
  install -d -m 700 $STATE
}

teardown() {
  guest_teardown
  pkill -KILL -x swtpm || :
  [[ ! -e /usr/bin/swtpm.away ]] || mv /usr/bin/swtpm.away /usr/bin/swtpm
  [[ $(type_of "$(label_of /usr/bin/swtpm)") == svirt_vmm_exec_t ]] || restorecon -F /usr/bin/swtpm
}

# tpm_xml [ATTRIBUTES [MODEL]]: without attributes the state is in $STATE
tpm_xml() {
  local source="<source type='dir' path='$STATE'/>"
  [[ -z ${1-} ]] || source=
  printf "<tpm model='%s'><backend type='emulator' %s>%s</backend></tpm>" "${2-tpm-crb}" "${1-version='2.0'}" "$source"
}

# with_tpm NAME [OPTION...]: writes a domain with a TPM whose state is in $STATE, and prints its path
with_tpm() { write_domain "$1" --devices "$(tpm_xml)" "${@:2}"; }

# tree_of DIR: the properties that svirt changes in it
tree_of() { find "$1" -printf '%p %Z %u:%g %m\n' | sort; }

# whole DIR LABEL OWNER: everything in DIR has the label and the owner
whole() {
  local odd
  odd=$(find "$1" -printf '%Z +%U:+%G %p\n' | grep -vF "$2 $3 " || :)
  [[ -z $odd ]] || { echo "not $2 $3: $odd"; return 1; }
}

# tpms: the number of running swtpm
tpms() { pgrep -c -x swtpm || :; }

# tpm_of NAME: the PID of the guest's swtpm, found by its connection with QEMU
tpm_of() { pgrep -x swtpm -s "$(pgrep -x swtpm -d,)" | while read -r pid; do
  [[ $(domain_of "$pid") != "$(guest_label "$1")" ]] || echo "$pid"
done; }

no_tpm() { [[ $(tpms) == 0 ]]; }

# restored_as BEFORE: no process is left, and the state is as before, except for the files that swtpm has made, which
# have the label and owner of their directory
restored_as() {
  nothing_left
  no_tpm
  assert_equal "$(tree_of $STATE | grep -v "^$STATE/")" "$(grep -v "^$STATE/" <<<"$1")"
  assert_equal "$(find "$STATE" -printf '%Z %u:%g\n' | sort -u | wc -l)" 1
}

# started [ARG]...: guest a runs, with these arguments of with_tpm; BEFORE is its state before that
started() {
  BEFORE=$(tree_of $STATE)
  svirt -q start "$(with_tpm a "$@")"
}

@test "swtpm runs as the guest does: label, user, capabilities, limits, descriptors, environment" {
  # QEMU has a filter of system calls, and tells swtpm of the end
  real_guests
  local tpm guest field
  # its limits are not those of the caller
  run bash -c "ulimit -S -n 512 && svirt start '$(with_tpm a)'"
  assert_success
  guest=$(guest_pid a)
  tpm=$(tpm_of a)
  assert_equal "$(tpms)" 1
  assert_equal "$(readlink "/proc/$tpm/exe")" /usr/bin/swtpm
  assert_equal "$(domain_of "$tpm")" "$(guest_label a)"
  [[ $(guest_label a) == system_u:system_r:svirt_t:s0:c*,c* ]]
  for field in Uid Gid Groups CapInh CapPrm CapEff CapBnd CapAmb NoNewPrivs Seccomp Umask SigIgn; do
    assert_equal "$field $(awk -v f=$field: '$1 == f { $1 = ""; print }' "/proc/$tpm/status")" \
      "$field $(awk -v f=$field: '$1 == f { $1 = ""; print }' "/proc/$guest/status")"
  done
  assert_equal "$(cat "/proc/$tpm/limits")" "$(cat "/proc/$guest/limits")"
  assert_equal "$(tr '\0' '\n' <"/proc/$tpm/environ" | sort)" $'LC_ALL=C\nPATH=/usr/sbin:/usr/bin:/sbin:/bin'
  assert_equal "$(readlink "/proc/$tpm/cwd")" /
  # output twice, control, data; the lock of its state; a pipe of its own
  run bash -c "for fd in /proc/$tpm/fd/*; do readlink \$fd; done | sed -E 's/^(socket|pipe):.*/\1/' | sort | uniq -c"
  assert_equal "$(grep -vE " ($STATE/\.lock|/dev/null|pipe)$" <<<"$output")" "      4 socket"
  for field in 1 2 3; do
    assert_equal "$(stat -L -c %C "/proc/$tpm/fd/$field")" "$(guest_label a)"
  done
  run denials
  assert_output ""
  svirt -q destroy a
  wait_for 5 nothing_left
  no_tpm
}

@test "the state belongs to the guest while it runs, another guest cannot use it, and all of it is restored" {
  local label
  # a link has a label and an owner of its own
  ln -s nowhere $STATE/link
  chown -h tss:tss $STATE $STATE/link
  started
  svirt -q start "$(write_domain b)"
  whole $STATE "$(guest_image a)" "$(guest_fact a .owner)"
  label=$(guest_label a)
  assert_exists $STATE/tpm2-00.permall
  export OWNER
  OWNER=$(guest_fact a .owner)
  run probe_as_guest "$label" <<<"read $STATE/tpm2-00.permall
write $STATE/tpm2-00.permall"
  assert_output "read $STATE/tpm2-00.permall: allowed
write $STATE/tpm2-00.permall: allowed"
  # with b's label, as root and as the user of both guests
  for who in "probe_as $(guest_label b) batch" "probe_as_guest $(guest_label b)"; do
    run $who <<<"read $STATE/tpm2-00.permall
write $STATE/tpm2-00.permall
list $STATE
create $STATE/new
append $STATE/tpm2-00.permall
kill $(tpm_of a) 9
read /proc/$(tpm_of a)/maps"
    assert_equal "${#lines[@]}" 7
    assert_equal "$(grep -vE ': denied (EACCES|EPERM)$' <<<"$output")" ""
  done
  assert_equal "$(tpms)" 1
  svirt -q destroy a
  svirt -q destroy b
  restored_as "$BEFORE"
  # also the files that swtpm has made
  assert_equal "$(stat -c '%U:%G %a' $STATE/tpm2-00.permall)" "tss:tss 600"
}

@test "the same state at another level, with files of swtpm's own user" {
  local before
  svirt -q start --level s0:c1,c2 "$(with_tpm a)"
  svirt -q destroy a
  chown tss:tss $STATE $STATE/tpm2-00.permall
  before=$(tree_of $STATE)
  svirt -q start --level s0:c3,c4 "$LAB_SCRATCH/a.xml"
  assert_equal "$(level_of "$(domain_of "$(tpm_of a)")")" s0:c3,c4
  whole $STATE "$(guest_image a)" "$(guest_fact a .owner)"
  run denials
  assert_output ""
  svirt -q destroy a
  assert_equal "$(tree_of $STATE)" "$before"
}

@test "the directory that libvirt uses, by the uuid; TPM 1.2; tpm-tis" {
  local dir=/var/lib/libvirt/swtpm/$UUID/tpm2 file before
  install -d -m 711 /var/lib/libvirt/swtpm /var/lib/libvirt/swtpm/$UUID
  install -d -m 700 -o tss -g tss $dir
  restorecon -RF /var/lib/libvirt
  before=$(stat -c '%C %U:%G %a' $dir)
  file=$(write_domain a --extra "<uuid>$UUID</uuid>" --devices "$(tpm_xml "version='2.0' persistent_state='yes'" tpm-tis)")
  refused 6 "*tpm1.2: No such file or directory" start \
    "$(write_domain b --extra "<uuid>$UUID</uuid>" --devices "$(tpm_xml "version='1.2'" tpm-tis)")"
  svirt -q start "$file"
  assert_exists $dir/tpm2-00.permall
  whole $dir "$(guest_image a)" "$(guest_fact a .owner)"
  assert_equal "$(stat -c '%U %a' /var/lib/libvirt/swtpm/$UUID)" "root 711"
  svirt -q destroy a
  assert_equal "$(stat -c '%C %U:%G %a' $dir)" "$before"
  dir=${dir%2}1.2
  install -d -m 700 "$dir"
  svirt -q start "$LAB_SCRATCH/b.xml"
  assert_exists "$dir/tpm-00.permall"
  svirt -q destroy b
}

@test "swtpm is not installed: nothing has changed" {
  local file
  file=$(with_tpm a)
  mv /usr/bin/swtpm /usr/bin/swtpm.away
  refused 3 "*a.xml:*TPM emulator /usr/bin/swtpm: No such file or directory" start "$file"
  run svirt start "$file"
  assert_output --partial "install the package swtpm"
  run svirt check "$file"
  assert_failure
  assert_output --partial "TPM emulator /usr/bin/swtpm: No such file or directory"
  # label starts no program
  svirt -q label "$file"
  mv /usr/bin/swtpm.away /usr/bin/swtpm
  run svirt check "$file"
  assert_output --partial "/usr/bin/swtpm can be executed, for its TPM"
}

@test "swtpm has the label of ordinary programs: the policy does not let a guest execute it" {
  chcon -t bin_t /usr/bin/swtpm
  refused 4 "/usr/bin/swtpm: svirt_mgr_t may not { open execute } on bin_t (file)" start "$(with_tpm a)"
  run svirt start "$LAB_SCRATCH/a.xml"
  assert_output --partial "svirt: hint: give it the label that the policy has for it: restorecon -v /usr/bin/swtpm"
  run svirt check "$LAB_SCRATCH/a.xml"
  assert_failure
  assert_output --partial "/usr/bin/swtpm: svirt_mgr_t may not { open execute } on bin_t (file)"
}

@test "the directory of the state does not exist: the hint makes it" {
  local hint
  rmdir $STATE
  refused 6 "*$STATE: No such file or directory" start "$(with_tpm a)"
  run svirt start "$LAB_SCRATCH/a.xml"
  assert_output --partial "install -d -m 700 '$STATE'"
  hint=$(grep -o "install -d -m 700 '[^']*'" <<<"$output")
  run svirt check "$LAB_SCRATCH/a.xml"
  assert_output --partial "install -d -m 700 '$STATE'"
  eval "$hint"
  svirt -q start "$LAB_SCRATCH/a.xml"
  svirt -q destroy a
}

@test "one state for two guests is refused, also at one level" {
  svirt -q start "$(with_tpm a)"
  refused 5 "*$STATE is held by guest a*" start "$(with_tpm b)"
  refused 5 "*$STATE is held by guest a*" start --join a "$LAB_SCRATCH/b.xml"
  assert_equal "$(tpms)" 1
}

@test "a directory of the system, one with a hard link, and a file of the state as a disk are refused" {
  refused 2 "*/srv is a directory of the system itself" start \
    "$(write_domain a --devices "<tpm><backend type='emulator'><source type='dir' path='/srv'/></backend></tpm>")"
  touch $STATE/one
  ln $STATE/one $STATE/two
  refused 2 "*has more than one name (hard links)*" start "$(with_tpm a)"
  rm $STATE/two
  make_disk $STATE/a.img 1M
  refused 2 "*lies in the directory '$STATE' of tpm*" start "$(with_tpm a --disk $STATE/a.img)"
}

@test "a state that swtpm cannot read: the message is swtpm's, and no emulator was started" {
  local before
  echo rubbish >$STATE/tpm2-00.permall
  before=$(tree_of $STATE)
  refused 3 "swtpm says: *" start "$(with_tpm a)"
  restored_as "$before"
  assert_equal "$(cat $STATE/tpm2-00.permall)" rubbish
}

@test "a guest that fails to start leaves no swtpm" {
  real_guests
  local before
  before=$(tree_of $STATE)
  # QEMU itself fails: a duplicate id
  run svirt start "$(write_domain a --devices "$(tpm_xml)" --extra \
    "<qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><qemu:arg value='-device'/><qemu:arg value='virtio-rng-pci,id=tpm0'/></qemu:commandline>")"
  assert_failure
  assert_output --partial "svirt: the emulator says: "
  refute_output --partial "Data client"
  restored_as "$before"
}

@test "stop: swtpm has written its state and has ended before the labels are restored" {
  real_guests
  make_boot "$IMG/off.img" "$POWER_OFF"
  started --disk "$IMG/off.img"
  wait_for 30 nothing_left
  restored_as "$BEFORE"
}

@test "a swtpm that hangs is ended with its guest" {
  local tpm
  started
  tpm=$(tpm_of a)
  kill -STOP "$tpm"
  svirt -q destroy a
  assert_not_exists "/proc/$tpm"
  restored_as "$BEFORE"
}

@test "QEMU is killed: the monitor restores everything" {
  started
  monitor_of a >/dev/null
  killed "$(guest_pid a)"
  wait_for 20 nothing_left
  restored_as "$BEFORE"
}

@test "the monitor is killed, then QEMU: the next command restores everything" {
  started
  killed "$(monitor_of a)"
  # the guest still runs, with its TPM
  assert_equal "$(guest_state a)" crashed
  assert_equal "$(tpms)" 1
  killed "$(guest_pid a)"
  run -0 svirt restore --stale
  restored_as "$BEFORE"
}

@test "monitor and QEMU are killed while swtpm hangs, with a static label" {
  started --type static --label system_u:system_r:svirt_t:s0:c11,c22 --relabel yes
  # its own swtpm is no conflict
  run svirt check "$LAB_SCRATCH/a.xml"
  assert_output --partial "nobody else is at its level"
  kill -STOP "$(tpm_of a)"
  killed "$(monitor_of a)"
  killed "$(guest_pid a)"
  run -0 svirt restore --stale
  restored_as "$BEFORE"
}

@test "the monitor is killed: destroy ends QEMU and swtpm" {
  started
  killed "$(monitor_of a)"
  svirt -q destroy a
  restored_as "$BEFORE"
}

# Calls 1 to 3 of recvfrom are answers of swtpm, the next ones of QMP. Call 1 of vfork starts swtpm, call 2 QEMU.
KILLED_AT=("fchownat 1" "fchownat 2" "vfork 1" "vfork 2" "recvfrom 1" "recvfrom 2" "recvfrom 3" "recvfrom 4" "recvfrom 6")

@test "the manager is killed at each step of the start: the next command ends the processes" {
  local before step seen=0
  touch $STATE/.lock
  before=$(tree_of $STATE)
  with_tpm a --type static --label system_u:system_r:svirt_t:s0:c11,c22 --relabel yes >/dev/null
  for step in "${KILLED_AT[@]}"; do
    # shellcheck disable=SC2086
    killed_at $step svirt -q start "$LAB_SCRATCH/a.xml"
    idle || wait_for 10 idle
    [[ $(tpms) == 0 ]] || seen=$((seen + 1))
    run -0 svirt restore --stale
    echo "killed at $step"
    restored_as "$before"
  done
  # swtpm does not notice that its manager has ended
  echo "swtpm had to be ended: $seen"
  ((seen >= 3))
}

@test "a guest that joins one with a TPM has its level, and each has its own TPM" {
  svirt -q start "$(with_tpm a)"
  install -d -m 700 "$IMG/b"
  svirt -q start --join a "$(write_domain b --devices \
    "<tpm><backend type='emulator'><source type='dir' path='$IMG/b'/></backend></tpm>")"
  assert_equal "$(guest_label a)" "$(guest_label b)"
  assert_equal "$(tpms)" 2
  run svirt check "$LAB_SCRATCH/a.xml"
  refute_output --partial "conflicts with process"
  svirt -q destroy a
  # the other guest's swtpm still runs
  assert_equal "$(tpms)" 1
  assert_equal "$(guest_state b)" running
  svirt -q destroy b
  assert_equal "$(tpms)" 0
}

@test "relabel='no': a prepared state is used as it is" {
  local before
  chown -R nobody:nogroup $STATE
  # a label that every guest may use, and that svirt would not set
  chcon -R -t svirt_image_t -l s0 $STATE
  before=$(tree_of $STATE)
  svirt -q start "$(with_tpm a --type static --label system_u:system_r:svirt_t:s0:c11,c22 --relabel no)"
  assert_equal "$(tree_of $STATE | head -n 1)" "$(head -n 1 <<<"$before")"
  svirt -q destroy a
}

@test "relabel='no' for one model: the state keeps its labels and changes its owners" {
  local before
  echo kept >$STATE/tpm2-00.permall
  chcon -R -t virt_image_t $STATE
  before=$(tree_of $STATE)
  svirt -q label "$(with_tpm a --type static --model selinux --label system_u:system_r:svirt_t:s0:c11,c22 --relabel no \
    --extra "<seclabel type='dynamic' model='dac'/>")"
  whole $STATE "$(label_of $STATE)" "$(guest_fact a .owner)"
  assert_equal "$(tree_of $STATE | cut -d ' ' -f 1,2,4)" "$(cut -d ' ' -f 1,2,4 <<<"$before")"
  svirt -q restore a
  assert_equal "$(tree_of $STATE)" "$before"
}

@test "the plan of a start has the state, and changes nothing" {
  local before
  before=$(tree_of $STATE)
  run jq -r '.results[0].steps[] | [.path, .driver, .action] | join(" ")' \
    <<<"$(svirt --json start -n "$(with_tpm a)" 2>/dev/null)"
  assert_output "$STATE selinux set
$STATE dac set"
  run jq -r '.results[0].tpm_argv | join(" ")' <<<"$(svirt --json start -n "$LAB_SCRATCH/a.xml" 2>/dev/null)"
  assert_output "/usr/bin/swtpm socket --tpm2 --ctrl type=unixio,clientfd=3 --tpmstate dir=$STATE,mode=0600 --terminate"
  assert_equal "$(tree_of $STATE)" "$before"
}

@test "a TPM and a tap: each descriptor has the number that the command line names" {
  modprobe tun >/dev/null 2>&1 3>&-
  restorecon /dev/net/tun </dev/null >/dev/null 2>&1 3>&-
  svirt -q start "$(with_tpm a --devices "<interface type='ethernet'/>")"
  assert_equal "$(guest_state a) $(tpms)" "running 1"
  assert_equal "$(readlink "/proc/$(guest_pid a)/fd/5")" /dev/net/tun
  assert_exists /sys/class/net/svirt0
  svirt -q destroy a
  no_tpm
  wait_for 5 test ! -e /sys/class/net/svirt0
}
