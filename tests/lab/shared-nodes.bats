#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Devices of the host that all guests open keep their labels. The policy decides whether a guest may open them, and
# check reports it. The lab's kernel has no driver for any of them: the nodes are made with mknod, have labels and
# modes like real ones, and open(2) fails. The tests depend on each other.
# lab: timeout=600

load helper
load guest
quick_guests

setup() {
  guest_setup
  mkdir -p /dev/dri
  node dri/renderD128 226 128 dri_device_t
  node sev 10 124 device_t
  node sgx_vepc 10 125 device_t
  node sgx_provision 10 126 device_t
}
teardown() {
  guest_teardown
  rm -rf /dev/dri /dev/sev /dev/sgx_vepc /dev/sgx_provision
}

# node NAME MAJOR MINOR TYPE
node() {
  mknod "/dev/$1" c "$2" "$3"
  chmod 666 "/dev/$1"
  chcon "system_u:object_r:$4:s0" "/dev/$1"
}

egl() { write_domain "$1" --devices "<graphics type='egl-headless'><gl rendernode='/dev/dri/renderD128'/></graphics>"; }

# sev NAME: a guest that is never started, because there is no KVM
sev() {
  write_domain "$1" --virt kvm --extra "<launchSecurity type='sev'><cbitpos>51</cbitpos>
    <reducedPhysBits>1</reducedPhysBits><policy>0x0001</policy></launchSecurity>"
}

sgx() { write_domain "$1" --mem 64 --devices "<memory model='sgx-epc'><target><size unit='MiB'>8</size></target></memory>"; }

# keeps DOMAIN PATH...: the guest's plan leaves these paths as they are
keeps() {
  local path file=$1
  shift
  run jq -r '.results[0].steps[] | select(.driver == "selinux") | [.path, .action, .why] | join(" ")' \
    <<<"$(svirt --json label -n "$file" 2>/dev/null)"
  for path in "$@"; do assert_line "$path leave device that all guests share"; done
}

# denied PATH TYPE: check of a guest reports the denial and the change of the policy that would allow it
denied() {
  assert_line --regexp "^FAIL +svirt-resource-access .*$1: type-denied: the policy keeps the guest from .* on $1 .*:$2:s0"
  assert_line --partial "remedy: all guests share it, so svirt gives it no label: see whether a boolean opens it (getsebool -a), or: echo '$(rule "$2")' >my.cil && semodule -i my.cil"
}
rule() { echo "(allow svirt_t $1 (chr_file (getattr open read write ioctl map)))"; }

# opened NAME ACCESS
opened() {
  assert_line --regexp "^PASS +svirt-resource-access .*: $1 \\($2\\) can be used; all guests share the device, and no label keeps them apart in it"
}

@test "a render node is shared by all guests, and the policy opens it to none" {
  local before file
  before=$(inode_of /dev/dri/renderD128)
  file=$(egl a)
  keeps "$file" /dev/dri/renderD128
  svirt -q label "$file"
  svirt -q label "$(egl b)"
  assert_equal "$(inode_of /dev/dri/renderD128)" "$before"
  run probe_as "$(guest_label a)" write /dev/dri/renderD128
  assert_output "write /dev/dri/renderD128: denied EACCES"
  run svirt check -v "$file"
  assert_failure 1
  denied /dev/dri/renderD128 dri_device_t
  svirt -q restore --all
  assert_equal "$(inode_of /dev/dri/renderD128)" "$before"
}

@test "a render node under another name, and another device under the name of one" {
  local before
  before=$(inode_of /dev/dri/renderD128)
  svirt -q label "$(write_domain a --devices "<serial type='dev'><source path='/dev/dri/renderD128'/></serial>")"
  assert_equal "$(inode_of /dev/dri/renderD128)" "$before"
  rm /dev/dri/renderD128
  node dri/renderD128 226 0 dri_device_t
  refused 2 "*/dev/dri/renderD128 is another device, not a render node" label "$(egl b)"
}

@test "encrypted memory: /dev/sev, for which the policy has no type" {
  local before file
  before=$(inode_of /dev/sev)
  file=$(sev a)
  keeps "$file" /dev/sev
  svirt -q label "$file"
  svirt -q label "$(sev b)"
  assert_equal "$(inode_of /dev/sev)" "$before"
  run probe_as "$(guest_label a)" write /dev/sev
  assert_output "write /dev/sev: denied EACCES"
  run svirt check -v "$file"
  assert_failure 1
  assert_line --regexp "^FAIL +svirt-resource-access .*/dev/sev: type-denied: "
  assert_line --partial "device_t is no type of its own but that of its directory: give it one and open that"
}

@test "SGX: two devices of the processor, one of them read-only" {
  local before
  before=$(inode_of /dev/sgx_*)
  keeps "$(sgx a)" /dev/sgx_vepc /dev/sgx_provision
  svirt -q label "$LAB_SCRATCH/a.xml"
  svirt -q label "$(sgx b)"
  assert_equal "$(inode_of /dev/sgx_*)" "$before"
  run svirt check -v "$LAB_SCRATCH/a.xml"
  assert_failure 1
  assert_line --regexp "^FAIL .*/dev/sgx_vepc: type-denied: the policy keeps the guest from \\{ getattr open read write \\}"
  assert_line --regexp "^FAIL .*/dev/sgx_provision: type-denied: the policy keeps the guest from \\{ getattr open read \\}"
}

# from here on the policy allows it
@test "the remedy of check opens the policy" {
  cat >"$LAB_SCRATCH/my.cil" <<'EOF'
(type sev_node_t)
(roletype object_r sev_node_t)
(typeattributeset device_node (sev_node_t))
(filecon "/dev/sev" char (system_u object_r sev_node_t ((s0) (s0))))
EOF
  { rule sev_node_t && rule dri_device_t; } >>"$LAB_SCRATCH/my.cil"
  timeout 150 semodule -i "$LAB_SCRATCH/my.cil" </dev/null 2>&1 | cat
  svirt -q label "$(egl a)"
  run svirt check -v "$LAB_SCRATCH/a.xml"
  assert_success
  opened rendernode rw
  # the guest may open the node: the open fails because there is no driver
  run probe_as "$(guest_label a)" write /dev/dri/renderD128
  assert_output "write /dev/dri/renderD128: denied ENXIO"
  restorecon /dev/sev
  svirt -q label "$(sev b)"
  run svirt check -v "$LAB_SCRATCH/b.xml"
  opened sev rw
  run probe_as "$(guest_label b)" write /dev/sev
  assert_output "write /dev/sev: denied ENODEV"
}

@test "a render node whose mode is for its owner alone" {
  chmod 600 /dev/dri/renderD128
  run svirt check -v "$(egl a)"
  assert_failure 1
  assert_line --partial "dac-open: the guest's user"
  assert_line --partial "remedy: all guests share it, so svirt leaves its owner as it is: setfacl -m u:"
}
