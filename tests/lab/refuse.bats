#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Refusals: an unconfined guest without --unconfined, labels that the policy does not have, levels in use, models of
# other hosts. Nothing has changed when svirt refuses.
# lab: timeout=600

load helper
load guest
quick_guests

static() { write_domain "$1" --disk "$IMG/$1.img" --type static --model selinux --relabel yes --label "$2"; }
dynamic() { write_domain a --disk "$IMG/a.img" --baselabel "$1"; }

setup_file() {
  make_boot "$IMG/a.img" "$HALT"
  make_boot "$IMG/b.img" "$HALT"
  make_boot "$IMG/c.img" "$HALT"
  svirt -q restore --all
}

@test "type none is refused without --unconfined" {
  local domain
  domain=$(write_domain a --disk "$IMG/a.img" --none)
  refused 2 "$domain:13: <seclabel type='none'> asks for an unconfined guest" start "$domain"
  refused 2 "$domain:13: <seclabel type='none'> asks for an unconfined guest" label "$domain"
  domain=$(write_domain a --disk "$IMG/a.img" --model none)
  refused 2 "$domain:13: <seclabel type='none'> asks for an unconfined guest" start "$domain"
  assert_line "svirt: hint: take the element out for a label of the guest's own, or say --unconfined"
}

# the policy is asked before anything changes, and by the dry run too
@test "--unconfined: the enforcing policy still decides" {
  local domain dry
  real_guests
  domain=$(write_domain a --disk "$IMG/a.img" --none)
  for dry in -n -q; do
    refused 4 "/usr/bin/qemu-system-x86_64: svirt_mgr_t may not { execute_no_trans } on qemu_exec_t (file)" \
      start "$dry" --unconfined "$domain"
    assert_line --partial "svirt: hint: the loaded policy lets svirt run no guest without a label: "
  done
  [[ $(denials) != *execute_no_trans* ]]
}

@test "a type that the policy does not have" {
  local domain text
  for text in system_u:system_r:nosuch_t:s0:c1,c2 nosuch_u:system_r:svirt_t:s0:c1,c2 \
    system_u:nosuch_r:svirt_t:s0:c1,c2 system_u:system_r:svirt_t:s1:c1,c2 system_u:system_r:svirt_t; do
    domain=$(static a "$text")
    refused 2 "$domain:13: static label '$text': *" start "$domain"
  done
  domain=$(dynamic system_u:system_r:nosuch_t:s0)
  refused 2 "$domain:13: baselabel 'system_u:system_r:nosuch_t:s0:c*': type 'nosuch_t' is not known to the loaded policy" start "$domain"
  domain=$(dynamic nosuch_t)
  refused 2 "$domain:13: baselabel *: type 'nosuch_t' is not known to the loaded policy" start "$domain"
}

@test "a type that is not for guests" {
  local domain
  # a type of files
  domain=$(dynamic bin_t)
  refused 2 "$domain:13: baselabel *does not allow role 'system_r' with this type*" start "$domain"
  # domains in which the manager may not start a program
  refused 4 "svirt_mgr_t may not { transition signal sigkill } on unconfined_t (process)" start "$(dynamic unconfined_t)"
  refused 4 "svirt_mgr_t may not { transition signal sigkill } on init_t (process)" start "$(static a system_u:system_r:init_t:s0:c1,c2)"
  # the manager's own domain
  refused 4 "svirt_mgr_t may not { transition } on svirt_mgr_t (process)" start "$(dynamic svirt_mgr_t)"
}

@test "a range is not accepted as a level" {
  local domain
  domain=$(static a system_u:system_r:svirt_t:s0-s0:c1,c2)
  refused 2 "$domain:13: static label *: a range is no level for a guest*" start "$domain"
  assert_line "svirt: hint: give one level, such as s0:c1,c2"
  domain=$(static a system_u:system_r:svirt_t:s0:c1-s0:c1,c2)
  refused 2 "$domain:13: static label *: a range is no level for a guest*" start "$domain"
}

@test "a running guest's level, or a level above or below it" {
  local level conflict="conflicts with guest 'b'"
  svirt -q start "$(static b system_u:system_r:svirt_t:s0:c5,c6)"
  for level in s0:c5,c6 s0:c5 s0:c6 s0:c5,c6,c7 s0:c5.c7 s0:c0.c1023; do
    refused 5 "the level of the static label 'system_u:system_r:svirt_t:$level' $conflict" \
      start "$(static a "system_u:system_r:svirt_t:$level")"
  done
  assert_line "svirt: hint: two guests whose levels are equal, or one above the other, are not kept apart: 'svirt list --levels' shows what is in use"
  # one common category is no conflict
  run svirt start "$(static a system_u:system_r:svirt_t:s0:c5,c7)"
  assert_success
}

@test "the level of an unrelated process" {
  runcon system_u:system_r:svirt_t:s0:c11,c12 /usr/bin/qemu-system-x86_64 -machine none -nodefaults \
    -display none </dev/null >/dev/null 2>&1 3>&- &
  local pid=$!
  wait_for 5 grep -q svirt_t "/proc/$pid/attr/current"
  refused 5 "the level of the static label *conflicts with process $pid*" start "$(static a system_u:system_r:svirt_t:s0:c11)"
  kill "$pid"
  wait "$pid" || :
}

@test "a reserved level" {
  svirt -q label "$(static b system_u:system_r:svirt_t:s0:c5,c6)"
  refused 5 "the level of the static label *conflicts with guest 'b'" start "$(static a system_u:system_r:svirt_t:s0:c5,c6)"
}

@test "a device's own label, or its own relabel=no" {
  local domain
  domain=$(write_domain a --source "<seclabel><label>system_u:object_r:svirt_image_t:s0:c3,c4</label></seclabel>" \
    --disk "$IMG/a.img" --source "<seclabel model='selinux' relabel='no'/>" --disk "$IMG/b.img:ide:rw" \
    --source '' --disk "$IMG/c.img:ide:rw" --type dynamic --model selinux)
  local b
  b=$(label_of "$IMG/b.img")
  run svirt label --shared-level "$domain"
  assert_success
  assert_equal "$(label_of "$IMG/a.img")" system_u:object_r:svirt_image_t:s0:c3,c4
  assert_equal "$(label_of "$IMG/b.img")" "$b"
  assert_equal "$(level_of "$(label_of "$IMG/c.img")")" "$(level_of "$(guest_label a)")"
  svirt -q restore a
  assert_equal "$(type_of "$(label_of "$IMG/a.img")")" var_t
}

@test "a device's own label that the policy does not have: nothing changes, not even briefly" {
  local domain
  domain=$(write_domain a --disk "$IMG/b.img" \
    --source "<seclabel><label>system_u:object_r:nosuch_t:s0</label></seclabel>" --disk "$IMG/a.img")
  refused 2 "$domain:*: *system_u:object_r:nosuch_t:s0*" start "$domain"
  refused 2 "$domain:*: *system_u:object_r:nosuch_t:s0*" label -n "$domain"
}

@test "a model that this host does not run" {
  local domain model
  for model in landlock nosuch; do
    domain=$(write_domain a --disk "$IMG/a.img" --type dynamic --model "$model")
    refused 3 "$domain:13: security model '$model' does not run on this host" start "$domain"
  done
  assert_line "svirt: hint: this host runs: selinux"
  domain=$(write_domain a --disk "$IMG/a.img" --type static --model apparmor --label libvirt-a)
  refused 3 "$domain:13: security model 'apparmor' does not run on this host" start "$domain"
  # a dynamic label of that model is replaced by one of the host's model
  for model in apparmor smack; do
    domain=$(write_domain a --disk "$IMG/a.img" --type dynamic --model "$model")
    run svirt start -n "$domain"
    assert_success
    assert_line "svirt: warning: $domain:13: security model '$model' does not run on this host: selinux confines the guest instead"
    assert_output --partial "$IMG/a.img"
  done
}

@test "a second guest with a running guest's name" {
  svirt -q start "$(write_domain a --disk "$IMG/a.img")"
  refused 5 "guest 'a' is running, or another command works on it" start "$(write_domain a --disk "$IMG/b.img")"
  refused 5 "guest 'a' is running, or another command works on it" label "$(write_domain a --disk "$IMG/b.img")"
}

@test "--user on a host with SELinux: refused, because the policy has no domain for a user to start guests in" {
  local runtime=/run/user/1000 file
  mkdir -p $runtime
  chown 1000:1000 $runtime
  chmod 700 $runtime
  file=$(write_domain u)
  chmod 644 "$file"
  for verb in list "start $file"; do
    # shellcheck disable=SC2086 # words
    run env HOME=/ XDG_RUNTIME_DIR=$runtime setpriv --reuid=1000 --regid=1000 --clear-groups -- svirt --user $verb
    assert_equal "$status" 3
    assert_line "svirt: this host runs SELinux: its policy has no domain in which a user could start guests"
  done
}
