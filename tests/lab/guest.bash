# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Guests for bats files that run inside a lab guest: "load helper", then "load guest". Writes domain files, asks svirt
# about its guests, and ends them after each test in whatever state they are. Contains no expectation of any test.

# Outside of temporary directories, where a system may have its images: var_t, like all of /srv.
IMG=/srv/img
mkdir -p "$IMG"

guest_setup() { lab_setup; }

guest_teardown() {
  lab_teardown
  forget_guests
}

setup() { guest_setup; }
teardown() { guest_teardown; }

# seclabel_xml: the domain's <seclabel>, from write_domain's variables
seclabel_xml() {
  [[ -n $type$model$relabel$label$base ]] || return 0
  printf '  <seclabel'
  [[ -z $type ]] || printf " type='%s'" "$type"
  [[ -z $model ]] || printf " model='%s'" "$model"
  [[ -z $relabel ]] || printf " relabel='%s'" "$relabel"
  printf '>\n'
  [[ -z $label ]] || printf '    <label>%s</label>\n' "$label"
  [[ -z $base ]] || printf '    <baselabel>%s</baselabel>\n' "$base"
  printf '  </seclabel>\n'
}

# disk_xml PATH[:BUS[:ACCESS[:FORMAT]]]: one <disk>; counts the names of its bus in nth_hd, nth_vd, nth_sd
disk_xml() {
  local path bus access format prefix=hd device=disk
  IFS=: read -r path bus access format <<<"$1"
  case $bus in
  virtio) prefix=vd ;;
  scsi | sata | usb) prefix=sd ;;
  esac
  [[ $access != cdrom ]] || device=cdrom
  local -n nth=nth_$prefix
  printf "    <disk type='%s' device='%s'>\n      <driver name='qemu' type='%s'/>\n" \
    "$([[ -b $path ]] && echo block || echo file)" "$device" "${format:-raw}"
  printf "      <source %s='%s'>%s</source>\n" "$([[ -b $path ]] && echo dev || echo file)" "$path" "$source_xml"
  printf "      <target dev='%s%s' bus='%s'/>\n" "$prefix" "${letters:nth:1}" "${bus:-ide}"
  [[ -z $backing_xml ]] || printf '      %s\n' "$backing_xml"
  case $access in
  ro) printf '      <readonly/>\n' ;;
  shared) printf '      <shareable/>\n' ;;
  esac
  printf '    </disk>\n'
  nth=$((nth + 1))
}

# quick_guests: guests have the emulator that only opens its disks and speaks QMP (vmm.c). QEMU is most of the time of a
# start, so a file that tests svirt, and no device of a guest, says this. A guest with --serial has something to say,
# and always has QEMU; so have those of a test that says real_guests. LAB_QEMU=1 gives all of them QEMU.
EMULATOR=''
quick_guests() { [[ -n ${LAB_QEMU-} ]] || EMULATOR=$LAB_TOOLS/vmm; }
real_guests() { EMULATOR=''; }

# write_domain NAME [OPTION...]: writes the domain file $LAB_SCRATCH/NAME.xml and prints its path. Without
# options: a tiny TCG guest without devices and without a <seclabel>.
#   --disk PATH[:BUS[:ACCESS[:FORMAT]]]  ide virtio sata; rw ro shared cdrom; raw. Not made: see make_disk
#   --source XML                         goes into the <source> of the disks that follow
#   --backing XML                        goes into the <disk>s that follow: a <backingStore>
#   --serial                             COM1 to the file that serial_of prints, which is made
#   --type T --label L --baselabel B --relabel R --model M, --none: the domain's <seclabel>
#   --extra XML --devices XML --os XML   children of <domain>, of <devices>, of <os>
#   --virt kvm --machine q35 --mem MIB   instead of qemu, pc, 32
write_domain() {
  local name=$1 virt=qemu machine=pc mem=32 type='' label='' base='' relabel='' model='' extra='' devices=''
  local source_xml='' backing_xml='' letters=abcdefghijklmnopqrstuvwxyz disks='' boot=''
  local file=$LAB_SCRATCH/$1.xml emulator=$EMULATOR
  # shellcheck disable=SC2034 # counted by disk_xml
  local nth_hd=0 nth_vd=0 nth_sd=0
  shift
  while (($#)); do
    case $1 in
    --none) type=none && shift && continue ;;
    --serial)
      emulator=
      : >"$(serial_of "$name")"
      devices+="    <serial type='file'><source path='$(serial_of "$name")'/><target port='0'/></serial>"$'\n'
      shift && continue
      ;;
    esac
    (($# > 1)) || { echo "write_domain: $1 needs a value" >&2; return 1; }
    case $1 in
    --disk)
      # not in a subshell, because it counts
      disk_xml "$2" >"$file"
      disks+=$(<"$file")$'\n'
      [[ $boot == *hd* || $2 == *:cdrom* ]] || boot+="<boot dev='hd'/>"
      [[ $boot == *cdrom* || $2 != *:cdrom* ]] || boot+="<boot dev='cdrom'/>"
      ;;
    --source) source_xml=$2 ;;
    --backing) backing_xml=$2 ;;
    --type) type=$2 ;;
    --label) label=$2 ;;
    --baselabel) base=$2 ;;
    --relabel) relabel=$2 ;;
    --model) model=$2 ;;
    --os) boot+=$2 ;;
    --extra) extra+="  $2"$'\n' ;;
    --devices) devices+="    $2"$'\n' ;;
    --virt) virt=$2 ;;
    --machine) machine=$2 ;;
    --mem) mem=$2 ;;
    *) echo "write_domain: unknown option $1" >&2 && return 1 ;;
    esac
    shift 2
  done
  [[ $devices != *'<emulator>'* ]] || emulator=
  {
    printf "<domain type='%s'>\n  <name>%s</name>\n  <memory unit='MiB'>%s</memory>\n" "$virt" "$name" "$mem"
    printf "  <os><type arch='x86_64' machine='%s'>hvm</type>%s</os>\n  <features><acpi/></features>\n" "$machine" "$boot"
    printf '%s  <devices>%s\n%s%s  </devices>\n' "$extra" "${emulator:+<emulator>$emulator</emulator>}" "$disks" "$devices"
    seclabel_xml
    printf '</domain>\n'
  } >"$file"
  echo "$file"
}

# serial_of NAME: the file that "write_domain --serial" connects to COM1
serial_of() { echo "$IMG/$1.serial"; }

# wait_halted NAME: waits until the test guest (make_disk) has halted; prints its output
wait_halted() {
  local serial
  serial=$(serial_of "$1")
  wait_for 30 grep -q halted "$serial" || return 1
  tr -d '\r' <"$serial"
}

# Boot sectors for make_boot, in 16-bit code. The first halts and writes nothing, the second powers off at once, the
# third powers off when the power button is pressed (PIIX4's power management as SeaBIOS places it, ports 0x600 to
# 0x604).
# shellcheck disable=SC2034
HALT='\xfa\xf4'
POWER_OFF='\xba\x04\x06\xb8\x00\x20\xef\xfa\xf4'
# mov 0x100,0x602: button on; L: sti; hlt; in 0x600; test ah,1; jz L; then POWER_OFF
# shellcheck disable=SC2034
POWER_BUTTON='\xba\x02\x06\xb8\x00\x01\xef\xba\x00\x06\xfb\xf4\xed\xf6\xc4\x01\x74\xf8'$POWER_OFF

# make_boot PATH CODE: a disk of 1 MiB that runs these bytes
make_boot() {
  truncate -s 1M "$1"
  printf '%b' "$2" | dd of="$1" conv=notrunc status=none
  printf '\x55\xaa' | dd of="$1" bs=1 seek=510 conv=notrunc status=none
}

# make_cdrom PATH: a CD that boots the 512-byte test guest (El Torito, no emulation: the boot record in block 17, its
# catalogue in block 18, the program in block 19). The guest tries the hard disks.
make_cdrom() {
  truncate -s 64K "$1"
  printf '\0CD001\x01EL TORITO SPECIFICATION' | dd of="$1" bs=2048 seek=17 conv=notrunc status=none
  printf '\x12' | dd of="$1" bs=1 seek=$((17 * 2048 + 71)) conv=notrunc status=none
  {
    printf '\x01'
    head -c 27 /dev/zero
    printf '\xaa\x55\x55\xaa\x88\0\0\0\0\0\x01\0\x13\0\0\0'
  } | dd of="$1" bs=2048 seek=18 conv=notrunc status=none
  dd if="$LAB_TOOLS/boot.bin" of="$1" bs=2048 seek=19 conv=notrunc status=none
}

# stranger LEVEL: starts an emulator that is not a guest of svirt at that level; sets stranger to its PID
stranger() {
  runcon "system_u:system_r:svirt_t:$1" /usr/bin/qemu-system-x86_64 -machine none -nodefaults -display none \
    </dev/null >/dev/null 2>&1 3>&- &
  stranger=$!
  wait_for 10 at_level "$stranger" "$1"
}
at_level() { [[ $(level_of "$(domain_of "$1")") == "$2" ]]; }

# guest_fact NAME FILTER: a value of the JSON document of dominfo, "null" when there is none
guest_fact() { svirt --json dominfo "$1" | jq -r ".results[0]$2"; }
guest_pid() { guest_fact "$1" .pid; }
guest_state() { guest_fact "$1" .state; }
guest_image() { guest_fact "$1" .image.text; }
# guest_label NAME: the label from dominfo; domain_of "$(guest_pid NAME)" is the kernel's answer
guest_label() { guest_fact "$1" .label.text; }

# monitor_of NAME: the PID of its monitor, which the monitor itself reports a moment after the start
monitor_of() {
  wait_for 10 watched "$1" || return 1
  guest_fact "$1" .monitor_pid
}
watched() { (($(guest_fact "$1" .monitor_pid) > 0)); }

# probe_as_guest CONTEXT: runs a batch from standard input as the guest's user $OWNER without capabilities, like the
# VMM
probe_as_guest() {
  local dir ids=${OWNER//+/} rc=0
  local as_user=(setpriv --reuid="${ids%:*}" --regid="${ids#*:}" --clear-groups --bounding-set=-all --inh-caps=-all)
  dir=$(mktemp -d "$LAB_SCRATCH/probe.XXXXXX")
  cat >"$dir/in"
  : >"$dir/out"
  set_label "$(own_file_label "$1")" "$dir/in" "$dir/out"
  # Smack: setting a label needs a capability, so it comes before they are dropped; SELinux: dropping them needs one
  case $LAB_LSM in
  smack) run_as "$1" "${as_user[@]}" "$LAB_TOOLS/probe" batch <"$dir/in" >>"$dir/out" 2>&1 || rc=$? ;;
  *) "${as_user[@]}" runcon "$1" "$LAB_TOOLS/probe" batch <"$dir/in" >>"$dir/out" 2>&1 || rc=$? ;;
  esac
  cat "$dir/out"
  rm -rf "$dir"
  return $rc
}

# emulator_pids: the running VMMs; emulators: their number
emulator_pids() { pgrep "$@" -f "^(/usr/bin/qemu-system|$LAB_TOOLS/vmm )"; }
emulators() { emulator_pids -c || :; }

# inode_of PATH...: the properties of a file that svirt changes and has to restore: label, owner, group, mode
inode_of() {
  local path
  for path; do echo "$path $(label_of "$path") $(stat -c '%u:%g %a' "$path")"; done
}

# gone NAME: it does not run any more and its lease has ended
gone() { ! svirt -q dominfo "$1"; }

# run_left: the entries of svirt's run directory, without empty directories of ended guests (a monitor cannot unmount
# them, and the next command removes them)
run_left() { find /run/svirt -mindepth 1 -regextype egrep -not -regex '/run/svirt/\.ended(/[^/]+(/guest)?)?' -printf '%P\n'; }

# everything: all that a refusal may not change, for a comparison: labels, owners, modes and change times of the
# images, svirt's run directory, and the state
everything() {
  local label=%Z
  if [[ $LAB_LSM == smack ]]; then
    label=
    getfattr -R -h --absolute-names -n security.SMACK64 "$IMG" /run/svirt /var/lib/svirt
  fi
  find "$IMG" /run/svirt /var/lib/svirt -path /run/svirt/.ended -prune -o \
    -path "$IMG*" -printf "%p $label %U:%G %m %s %C@\n" -o -printf "%p $label %U:%G %m\n"
  sqlite3 -readonly /var/lib/svirt/state.db 'SELECT * FROM guest; SELECT * FROM object; SELECT * FROM hold'
}

# refused STATUS MESSAGE ARGS...: "svirt ARGS" ends with STATUS and prints "svirt: MESSAGE". Nothing has changed, and
# no lease and no VMM are left. MESSAGE is a glob for the whole line.
# shellcheck disable=SC2154 # status, output and lines are bats'
refused() {
  local status_wanted=$1 message=$2 before emulators_before after
  shift 2
  before=$(everything)
  emulators_before=$(emulators)
  run svirt "$@"
  [[ $status == "$status_wanted" ]] || { echo "svirt $* ended with $status: $output"; return 1; }
  # shellcheck disable=SC2053 # a glob
  local line found=
  for line in "${lines[@]}"; do [[ $line != "svirt: "$message ]] || found=1; done
  [[ -n $found ]] || { printf 'svirt %s said\n%s\nand not\nsvirt: %s\n' "$*" "$output" "$message"; return 1; }
  after=$(everything)
  [[ $after == "$before" ]] || { diff <(echo "$before") <(echo "$after"); echo "svirt $* changed this"; return 1; }
  [[ $(emulators) == "$emulators_before" ]] || { echo "svirt $* left an emulator"; return 1; }
}

# forget_guests: ends every guest and restores every label, whatever the test left. The guests of a user are in
# $RUN_DIR.
forget_guests() {
  local dir
  for dir in "${RUN_DIR:-/run/svirt}"/*/; do
    [[ ! -e $dir/guest ]] || svirt -q destroy "$(basename "$dir")" || :
  done
  svirt -q restore --all || :
}
