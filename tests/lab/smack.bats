#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A host with Smack: the same domain files and verbs, judged by what the kernel allowed and denied. The attacker
# (probe.c) has guest a's label while guest b runs. First it is root with every capability but the two that bypass
# Smack, so that the label alone decides. At last it is the guest's own user without capabilities. models.bats has the
# tests that are the same for every model.
# lab: lsm=smack enforcing=1 timeout=600

load helper
load guest
load crash

RULES=/sys/fs/smackfs/load2

setup_file() {
  local name
  for name in a b; do
    make_disk "$IMG/$name.img" 1M
    chmod 666 "$IMG/$name.img"
  done
  make_disk "$IMG/base.img" 1M
  make_disk "$IMG/other.img" 1M
  make_disk "$IMG/all.img" 1M
  chmod 666 "$IMG"/*.img
  # two files with labels of their own, which no guest may read before
  set_label Images "$IMG/other.img" "$IMG/all.img"
  inode_of "$IMG"/*.img >"$LAB_SCRATCH/before"
  write_domain a --disk "$IMG/a.img:virtio" --disk "$IMG/other.img:virtio:ro" --disk "$IMG/all.img:virtio:shared" --serial >/dev/null
  write_domain b --disk "$IMG/b.img:virtio" --disk "$IMG/base.img:virtio:ro" --serial >/dev/null
  for name in a b; do svirt -q start "$LAB_SCRATCH/$name.xml" || return 1; done
  A=$(guest_label a) B=$(guest_label b)
  PID_A=$(guest_pid a) PID_B=$(guest_pid b) MONITOR=$(monitor_of b)
  OWNER=$(guest_fact a .owner) OWNER_B=$(guest_fact b .owner)
  export A B PID_A PID_B MONITOR OWNER OWNER_B
}
teardown_file() { forget_guests; }
setup() { lab_setup; }
teardown() { lab_teardown; }

# all_denied TRIES: $output has a denial for lack of permission for each try
all_denied() {
  local bad
  assert_success
  assert_equal "${#lines[@]}" "$(wc -l <<<"$1")"
  bad=$(grep -vE ': denied (EACCES|EPERM)$' <<<"$output" || :)
  [[ -z $bad ]] || fail "not denied:
$bad"
}

# denied_to LABEL: reads one try per line from standard input. Each must be denied to root with that label. Tries of
# guest a are saved, and its user repeats them.
denied_to() {
  local tries
  tries=$(cat)
  # tries on objects that no longer exist are left out
  [[ $1 != "$A" ]] || grep -vF -e com2 -e "kill $$ " <<<"$tries" >>"$LAB_SCRATCH/tries" || :
  run probe_as "$1" batch <<<"$tries"
  all_denied "$tries"
}

# allowed_to LABEL: reads tries from standard input. Each must succeed as the guest's user.
allowed_to() {
  local tries bad OWNER=$OWNER
  [[ $1 != "$B" ]] || OWNER=$OWNER_B
  tries=$(cat)
  run probe_as_guest "$1" <<<"$tries"
  assert_equal "${#lines[@]}" "$(wc -l <<<"$tries")"
  bad=$(grep -v ': allowed$' <<<"$output" || :)
  [[ -z $bad ]] || fail "not allowed:
$bad"
}

# as_root_of LABEL CMD...: root with every capability but those that bypass the model
as_root_of() {
  local label=$1
  shift
  run_as "$label" setpriv --bounding-set=-mac_override,-mac_admin --inh-caps=-mac_override,-mac_admin "$@" 2>&1
}

# as_user_of LABEL CMD...: the user and capabilities of a guest
as_user_of() {
  local label=$1 ids=${OWNER//+/}
  shift
  run_as "$label" setpriv --reuid="${ids%:*}" --regid="${ids#*:}" --clear-groups --bounding-set=-all --inh-caps=-all "$@" 2>&1
}

# shown SUBJECT OBJECT: prints the kernel's first record of the denial to the log of the tests
shown() {
  local line
  line=$(denied_in_log "$1" "$2" | head -n 1)
  [[ -n $line ]] || fail "no record of $1 on $2"
  echo "# $line" >&3
}

# says STATUS MESSAGE ARGS...: svirt ends with STATUS and prints that line (a glob)
says() {
  local wanted=$1 message=$2 line found=
  shift 2
  run svirt "$@"
  # shellcheck disable=SC2053 # a glob
  for line in "${lines[@]}"; do [[ $line != "svirt: "$message ]] || found=1; done
  [[ $status == "$wanted" && -n $found ]] || fail "svirt $* ended with $status: $output"
}

@test "two guests run with different labels, and their own disks work" {
  assert_equal "$(domain_of "$PID_A") $(domain_of "$PID_B")" "$A $B"
  assert_equal "$A" "svirt-$(guest_fact a .uuid)"
  [[ $A != "$B" ]]
  run wait_halted a
  assert_line "D0 R+W+"
  assert_line "D1 R+W-"
  run wait_halted b
  assert_line "D0 R+W+"
  assert_line "D1 R+W-"
  assert_equal "$(label_of "$IMG/a.img") $(label_of "$IMG/b.img")" "$A $B"
  [[ -n $(disk_mark "$IMG/a.img") && -n $(disk_mark "$IMG/b.img") ]]
  allowed_to "$A" <<<"read $IMG/a.img
write $IMG/a.img
append $IMG/a.img
list /run/svirt/a/guest
create /run/svirt/a/guest/new
read /etc/passwd"
}

@test "a guest has no capability in any set; a monitor has those that restoring labels needs" {
  local pid monitor
  # also a guest that runs as root, which takes a word of the administrator beside the document
  svirt -q start --shared-level --paused "$(write_domain root --extra "<seclabel type='static' model='dac'><label>+0:+0</label></seclabel>")"
  for pid in "$PID_A" "$(guest_pid root)"; do
    run awk '/^(Cap...|NoNewPrivs):/ { print $1, $2 }' "/proc/$pid/status"
    assert_output "$(printf 'Cap%s: 0000000000000000\n' Inh Prm Eff Bnd Amb)
NoNewPrivs: 1"
  done
  assert_equal "$(awk '/^Uid:/ { print $2 }' "/proc/$(guest_pid root)/status")" 0
  svirt -q destroy root
  monitor=$(awk '$1 == "CapEff:" { print $2 }' "/proc/$MONITOR/status")
  # chown, dac_override, dac_read_search, fowner, kill (0 to 5 without fsetid), audit_write (29), mac_override (32), mac_admin (33)
  assert_equal "$monitor" "$(printf '%016x' $((0x2f | 1 << 29 | 1 << 32 | 1 << 33)))"
  echo "# guest: no capability; monitor: $(capsh --decode="$monitor")" >&3
}

@test "the other guest's disk: read, write, append, stat, relabel denied" {
  denied_to "$A" <<<"read $IMG/b.img
write $IMG/b.img
append $IMG/b.img
stat $IMG/b.img
relabel $IMG/b.img $A
relabel $IMG/b.img _"
  assert_equal "$(label_of "$IMG/b.img")" "$B"
  shown "$A" "$B"
  allowed_to "$B" <<<"read $IMG/b.img
write $IMG/b.img"
}

# listen_at PATH LABEL: makes a socket with a listening process of that label; prints its PID
listen_at() {
  # shellcheck disable=SC2016 # perl's
  run_as "$2" perl -MSocket -e 'socket(S, PF_UNIX, SOCK_STREAM, 0) && bind(S, sockaddr_un($ARGV[0])) && chmod(0777, $ARGV[0]) && listen(S, 5) && sleep 60' \
    "$1" >/dev/null 3>&- &
  wait_for 5 test -S "$1"
  echo $!
}

@test "the other guest's run directory and sockets: denied" {
  local pid fd n=0
  pid=$(listen_at /run/svirt/b/guest/com1 "$B")
  denied_to "$A" <<<"list /run/svirt/b/guest
create /run/svirt/b/guest/new
connect /run/svirt/b/guest/com1"
  shown "$A" "$B"
  allowed_to "$B" <<<"list /run/svirt/b/guest
connect /run/svirt/b/guest/com1"
  # the same where the path does not protect the socket
  kill "$pid"
  pid=$(listen_at "$LAB_SCRATCH/com2" "$B")
  denied_to "$A" <<<"connect $LAB_SCRATCH/com2"
  allowed_to "$B" <<<"connect $LAB_SCRATCH/com2"
  kill "$pid"
  rm -f /run/svirt/b/guest/com1 "$LAB_SCRATCH/com2"
  # QMP is a pair of sockets with the guest's label
  for fd in "/proc/$MONITOR/fd"/*; do
    [[ $(getfattr --absolute-names --only-values -n security.SMACK64IPOUT "$fd" 2>/dev/null) != "$B" ]] || n=$((n + 1))
  done
  ((n > 0))
}

@test "the other guest's process: memory, /proc, ptrace, signals denied" {
  denied_to "$A" <<<"proc-mem $PID_B
proc-read $PID_B mem
proc-read $PID_B environ
proc-read $PID_B maps
proc-read $PID_B cmdline
proc-read $PID_B status
proc-read $PID_B attr/current
list /proc/$PID_B/fd
list /proc/$PID_B/task
ptrace $PID_B
kill $PID_B 9
kill $PID_B 19"
  shown "$A" "$B"
  assert_equal "$(domain_of "$PID_B")" "$B"
  allowed_to "$B" <<<"proc-read $PID_B cmdline
kill $PID_B 18"
}

@test "the monitors, svirt's files and the host's: denied" {
  local name
  denied_to "$A" <<<"kill $MONITOR 9
kill $MONITOR 15
ptrace $MONITOR
proc-mem $MONITOR
write /var/lib/svirt/state.db
create /var/lib/svirt/new
create /run/svirt/new
write /run/svirt/a/lock
create /etc/svirt/new
write /etc/passwd
write /etc/shadow
kill $$ 9
raw-disk /dev/ubda"
  shown "$A" _
  # a process that may search the directory is refused by the socket itself
  for name in a b; do
    # shellcheck disable=SC2016 # perl's
    run as_root_of "$A" perl -MSocket -e 'socket(S, PF_UNIX, SOCK_SEQPACKET, 0); connect(S, sockaddr_un($ARGV[0])) or die "$!\n"' "/run/svirt/$name/monitor"
    assert_output "Permission denied"
  done
}

@test "a guest can change neither its own label, nor other labels, nor the rules" {
  local before file
  denied_to "$A" <<<"relabel $IMG/a.img $B
relabel $IMG/a.img _
setcon $B
setcon _"
  before=$(cat $RULES)
  for file in load2 change-rule revoke-subject onlycap; do
    run as_root_of "$A" /bin/bash -c "printf '%s' '$A $B rw' >/sys/fs/smackfs/$file"
    assert_output --partial "Operation not permitted"
  done
  assert_equal "$(cat $RULES)" "$before"
  assert_equal "$(label_of "$IMG/a.img")" "$A"
}

@test "all of these tries as the guest's own user, and in a user namespace of its own" {
  local tries
  tries=$(cat "$LAB_SCRATCH/tries")
  run probe_as_guest "$A" <<<"$tries"
  all_denied "$tries"
  # root in the namespace has capabilities that Smack ignores
  run as_user_of "$A" unshare --user --map-root-user cat "$IMG/b.img"
  assert_output "cat: $IMG/b.img: Permission denied"
}

@test "a file that is only read: the floor label stays, another label is replaced by svirt's; no guest writes it" {
  assert_equal "$(label_of "$IMG/base.img") $(label_of "$IMG/other.img")" "_ svirt-content"
  allowed_to "$A" <<<"read $IMG/other.img
read $IMG/base.img"
  denied_to "$A" <<<"write $IMG/other.img
append $IMG/other.img
write $IMG/base.img"
  # guest b has no such file, and no rule
  denied_to "$B" <<<"read $IMG/other.img
write $IMG/base.img"
  shown "$B" svirt-content
}

@test "a shared file: the guests that have it write it, others may not" {
  assert_equal "$(label_of "$IMG/all.img")" svirt-shared
  denied_to "$B" <<<"read $IMG/all.img
write $IMG/all.img"
  make_disk "$IMG/c.img" 1M
  svirt -q start "$(write_domain c --disk "$IMG/c.img:virtio" --disk "$IMG/all.img:virtio:shared" --serial)"
  run wait_halted c
  assert_line "D1 R+W+"
  allowed_to "$(guest_label c)" <<<"write $IMG/all.img"
  allowed_to "$A" <<<"write $IMG/all.img"
  denied_to "$(guest_label c)" <<<"read $IMG/other.img
read $IMG/a.img"
  run sort "$RULES"
  assert_output "$(printf '%s\n' "$A svirt-content rxl" "$A svirt-shared rwxal" "$(guest_label c) svirt-shared rwxal" | sort)"
  svirt -q destroy c
  assert_equal "$(label_of "$IMG/all.img")" svirt-shared
  run sort "$RULES"
  assert_output "$(printf '%s\n' "$A svirt-content rxl" "$A svirt-shared rwxal" | sort)"
}

@test "check, info, list, dominfo, label -n answer for this model" {
  run svirt info
  assert_line "Security model: smack"
  assert_line "State:          enforcing"
  refute_line --partial "Policy module"
  run svirt check
  assert_success
  assert_line --partial "no rule opens one guest to another"
  run svirt check "$LAB_SCRATCH/a.xml"
  assert_line "PASS    svirt-label-unique domain a: nobody else has its label"
  run svirt dominfo a
  assert_success
  assert_line "Security label: $A (smack/enforcing)"
  run svirt list --levels
  assert_equal "$status" 3
  assert_output "svirt: no security model of this host has levels"
  run svirt --json list
  assert_equal "$(jq -r '[.results[].label.text] | sort | join(" ")' <<<"$output")" "$(printf '%s\n' "$A" "$B" | sort | tr '\n' ' ' | sed 's/ $//')"
}

@test "labels of other guests and of the host are refused, nothing changes" {
  local other=$IMG/c.img uuid before
  uuid=$(guest_fact b .uuid)
  make_disk "$other" 1M
  before=$(everything)
  says 5 "the label '$B' is that of guest 'b'" start "$(write_domain c --disk "$other" --extra "<uuid>$uuid</uuid>")"
  says 2 "*: the static label '$B' is a name that svirt makes of a guest's UUID" start "$(write_domain c --disk "$other" --type static --model smack --label "$B")"
  says 2 "*: the static label '_' is the host's, or that of what several guests use" start "$(write_domain c --disk "$other" --type static --model smack --label _)"
  says 2 "*: '-a' is no Smack label: it begins with a dash" start "$(write_domain c --disk "$other" --type static --model smack --label -a)"
  says 5 "*: the label '$B' of $other is not the guest's: others may use it" start \
    "$(write_domain c --source "<seclabel model='smack'><label>$B</label></seclabel>" --disk "$other")"
  says 5 "*: the label '_' of $other is not the guest's: others may use it" start \
    "$(write_domain c --source "<seclabel model='smack'><label>_</label></seclabel>" --disk "$other")"
  says 2 "--level is for a model with levels: this host runs smack" start --level s0:c1,c2 "$(write_domain c --disk "$other")"
  says 2 "--join is for a model with levels: this host runs smack" start --join b "$(write_domain c --disk "$other")"
  diff <(echo "$before") <(everything)
  set_label "$B" "$other"
  says 5 "*$other is labelled $B, the label of guest 'b'" start "$(write_domain c --disk "$other")"
  set_label _ "$other"
}

@test "a static label takes the word of an administrator, and works only once" {
  local label=Mine
  make_disk "$IMG/c.img" 1M
  make_disk "$IMG/d.img" 1M
  says 5 "*: files of the host may have the static label '$label'*" start "$(write_domain c --disk "$IMG/c.img" --type static --model smack --relabel yes --label $label)"
  svirt -q start --shared-level "$(write_domain c --disk "$IMG/c.img" --type static --model smack --relabel yes --label $label)"
  assert_equal "$(domain_of "$(guest_pid c)") $(label_of "$IMG/c.img")" "$label $label"
  says 5 "*: the label '$label' is that of guest 'c'" start "$(write_domain d --disk "$IMG/d.img" --type static --model smack --label $label)"
  svirt -q destroy c
  assert_equal "$(label_of "$IMG/c.img")" _
}

@test "a label that an ended guest left behind is not recorded as a file's original label" {
  make_disk "$IMG/c.img" 1M
  set_label svirt-11111111-2222-3333-4444-555555555555 "$IMG/c.img"
  svirt -q start "$(write_domain c --disk "$IMG/c.img")"
  svirt -q destroy c
  assert_equal "$(label_of "$IMG/c.img")" _
}

@test "a rule that opens one guest to another is found, and no guest starts" {
  make_disk "$IMG/c.img" 1M
  svirt -q label "$(write_domain c --disk "$IMG/c.img")"
  echo "$(guest_label c) $B rw" >$RULES
  run svirt start "$LAB_SCRATCH/c.xml"
  assert_equal "$status" 3
  assert_line --partial "guests are not kept apart: a Smack rule is loaded that lets '$(guest_label c)' { rw } what is labelled '$B'"
  echo "$(guest_label c) $B -" >$RULES
  svirt -q start "$LAB_SCRATCH/c.xml"
  svirt -q destroy c
}

@test "an emulator that would set a label of its own is refused" {
  local emulator=$IMG/vmm
  cp "$LAB_TOOLS/vmm" "$emulator"
  setfattr -n security.SMACK64EXEC -v Elsewhere "$emulator"
  make_disk "$IMG/c.img" 1M
  refused 3 "*$emulator has a label for who executes it ('Elsewhere'): the guest would not keep its own" start \
    "$(write_domain c --disk "$IMG/c.img" --devices "<emulator>$emulator</emulator>")"
  rm "$emulator"
}

@test "an unmounted smackfs is an error, and does not mean a host without Smack" {
  make_disk "$IMG/c.img" 1M
  write_domain c --disk "$IMG/c.img" >/dev/null
  umount /sys/fs/smackfs
  run svirt start "$LAB_SCRATCH/c.xml"
  mount -t smackfs smackfs /sys/fs/smackfs
  assert_equal "$status" 9
  assert_line "svirt: the kernel runs Smack, but smackfs is not mounted on /sys/fs/smackfs: its rules can neither be read nor loaded"
  assert_equal "$(label_of "$IMG/c.img")" _
}

@test "the end restores every label, and removes the guest's rules" {
  svirt -q destroy a
  svirt -q destroy b
  run inode_of "$IMG/a.img" "$IMG/all.img" "$IMG/b.img" "$IMG/base.img" "$IMG/other.img"
  assert_output "$(cat "$LAB_SCRATCH/before")"
  assert_equal "$(cat $RULES)" ""
  nothing_left
}

@test "a killed monitor: restore --stale ends the guest and removes labels and rules" {
  svirt -q start "$LAB_SCRATCH/a.xml"
  killed "$(monitor_of a)"
  [[ -n $(cat $RULES) ]]
  svirt -q restore --stale
  run inode_of "$IMG/a.img" "$IMG/all.img" "$IMG/other.img"
  assert_output "$(grep -E '/(a|all|other)\.img' "$LAB_SCRATCH/before")"
  assert_equal "$(cat $RULES)" ""
  nothing_left
}
