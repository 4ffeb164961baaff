#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The header of an image is not trusted. Whatever a guest writes into it adds no file to the image's chain, whoever
# starts the guest and however often. A file that no header may add is refused at every start. An administrator who
# changes a chain accepts it once.
# lab: timeout=900

bats_require_minimum_version 1.5.0
load helper
load guest
load hostile
load headers
load crash
load steps
quick_guests

content=$(sed -n 2p /etc/selinux/default/contexts/virtual_image_context)

setup_file() {
  mkdir -p /opt
  printf '#!/bin/sh\n' >/opt/tool
  chmod 755 /opt/tool
}

teardown() {
  guest_teardown
  rm -rf "${IMG:?}"/* "${LAB_SCRATCH:?}"/*.keep
}

# overlay TOP BASE FORMAT: makes an empty qcow2 above BASE; its header names BASE as written
overlay() { qemu-img create -q -f qcow2 -b "$2" -F "$3" "$IMG/$1"; }

# hostile_with NAME MODES ORDER... -- DISK...: a hostile emulator with disks besides the one of its orders
hostile_with() {
  local name=$1 modes=$2 orders=() disks=() disk
  shift 2
  while [[ $1 != -- ]]; do orders+=("$1") && shift; done
  shift
  for disk; do disks+=(--disk "$disk"); done
  make_hostile "$name" "$modes" "${orders[@]}" >/dev/null
  write_domain "$name" --disk "$IMG/$name.img" "${disks[@]}" --devices "<emulator>$VMM</emulator>"
}

# keep FILE..., put_back FILE...: save the content and write it back, to the same inode
keep() { local f; for f; do cp "$f" "$LAB_SCRATCH/${f##*/}.keep"; done; }
put_back() { local f; for f; do cat "$LAB_SCRATCH/${f##*/}.keep" >"$f"; done; }

# failed_rules DOMAIN: the failures of check: rule, severity, message
failed_rules() { svirt --json check "$1" 2>/dev/null | jq -r '.results[] | select(.result == "fail") | [.rule, .severity, .message] | @tsv' | sort -u; }

# untouched FILE...: labels, owners and the first block
untouched() {
  inode_of "$@"
  local f
  for f; do [[ -p $f ]] || head -c 4096 "$f" | cksum; done
}

@test "a guest that writes the root disk into its header does not get it at its next start" {
  local domain before
  qemu-img create -q -f qcow2 "$IMG/q.qcow2" 1M
  cp "$IMG/q.qcow2" "$IMG/evil"
  qcow2_data "$IMG/evil" /dev/ubda
  domain=$(hostile_with a own-header "own-image $IMG/q.qcow2" -- "$IMG/q.qcow2:virtio:rw:qcow2")
  head -c 65536 "$IMG/evil" | dd of="$IMG/a.img" bs=524288 seek=1 conv=notrunc,sync status=none
  truncate -s 1M "$IMG/a.img"
  before=$(untouched /dev/ubda)
  svirt -q start "$domain"
  run played a own-header
  assert_line "header: written"
  svirt -q destroy a
  cmp -n 4096 "$IMG/evil" "$IMG/q.qcow2"
  refused 5 "$domain:*: disk vda: image '$IMG/q.qcow2': guest 'a' has had its header to write, which names another data file than was accepted: none before, '/dev/ubda' (raw) now" start "$domain"
  assert_line "svirt: hint: a guest can write its header; if it was you who changed the chain: svirt start --accept-chain=vda $domain"
  answered own-header "/dev/ubda as the data file of its own image" "start: exit 5"
  refused 5 "$domain:*: disk vda: image '$IMG/q.qcow2': its header names the data file '/dev/ubda', which no header brings in: '/dev/ubda' is a block device" start --accept-chain=vda "$domain"
  assert_equal "$(untouched /dev/ubda)" "$before"
  run failed_rules "$domain"
  assert_line --partial "svirt-header-differs-from-pin	high	"
  assert_line --partial "svirt-header-names-host-file	high	"
}

# The answers of check for all four disks, and of a start with one of them.
@test "data file, backing file, extent and parent: a disk of the host, a pipe, an idle guest's image, a host's program" {
  local domain target before i disk part how old format image nth=0 q=$IMG/q.qcow2 r=$IMG/r.qcow2 v=$IMG/v.vmdk x=$IMG/x.vhdx
  local kinds=("vda:data file:qcow2_data:$q:none:raw" "vdb:backing file:qcow2_backing:$r:none:no format named"
    "vdc:extent:vmdk_extent:$v:'$IMG/v-flat.vmdk' (raw):raw" "vdd:backing file:vhdx_parent:$x:none:no format named")
  mkfifo "$IMG/fifo"
  svirt -q start "$(make_hostile b behave)"
  svirt -q destroy b
  qemu-img create -q -f qcow2 "$q" 1M
  cp "$q" "$r"
  qemu-img create -q -f vmdk -o subformat=monolithicFlat "$v" 1M
  qemu-img create -q -f vhdx "$x" 4M
  keep "$q" "$r" "$v" "$x"
  domain=$(hostile_with a behave -- "$q:virtio:rw:qcow2" "$r:virtio:rw:qcow2" "$v:virtio:rw:vmdk" "$x:virtio:rw:vhdx")
  svirt -q start "$domain"
  svirt -q destroy a
  for target in /dev/ubda "$IMG/fifo" "$IMG/b.img" /opt/tool; do
    before=$(untouched "$target")
    for i in "${kinds[@]}"; do
      IFS=: read -r disk part how image old format <<<"$i"
      "$how" "$image" "$target"
    done
    run failed_rules "$domain"
    for i in "${kinds[@]}"; do
      IFS=: read -r disk part how image old format <<<"$i"
      assert_line --partial "svirt-header-differs-from-pin	high	disk $disk: image '$image': guest 'a' has had its header to write, which names another $part than was accepted: $old before, '$target' ($format) now"
      assert_line --partial "svirt-header-names-host-file	high	disk $disk: image '$image': its header names the $part '$target', which no header brings in: "
      printf '# %-12s| %-12s| %-14s| both rules of check\n' "${image##*.}" "$part" "$target" >&3
    done
    put_back "$q" "$r" "$v" "$x"
    # each round starts with another one of them
    IFS=: read -r disk part how image old format <<<"${kinds[nth]}"
    "$how" "$image" "$target"
    refused 5 "$domain:*: disk $disk: image '$image': guest 'a' has had its header to write, which names another $part than was accepted: $old before, '$target' ($format) now" start "$domain"
    run svirt start "--accept-chain=$disk" "$domain"
    assert_failure 5
    assert_output --partial "disk $disk: image '$image': its header names the $part '$target', which no header brings in: "
    printf '# %-12s| %-12s| %-14s| start: exit 5, also with --accept-chain\n' "${image##*.}" "$part" "$target" >&3
    put_back "$image"
    assert_equal "$(untouched "$target")" "$before"
    nth=$((nth + 1))
  done
  run failed_rules "$domain"
  assert_output ""
  svirt -q start "$domain"
}

@test "an unused file beside the images is not read either, unless it was accepted" {
  local domain before
  make_disk "$IMG/golden.img" 1M
  qemu-img create -q -f qcow2 "$IMG/q.qcow2" 1M
  domain=$(hostile_with a behave -- "$IMG/q.qcow2:virtio:rw:qcow2")
  svirt -q start "$domain"
  svirt -q destroy a
  before=$(untouched "$IMG/golden.img")
  qcow2_backing "$IMG/q.qcow2" golden.img
  refused 5 "*names another backing file than was accepted: none before, '$IMG/golden.img' (no format named) now" start "$domain"
  run failed_rules "$domain"
  assert_line --partial "svirt-header-differs-from-pin	high	"
  refute_output --partial "svirt-header-names-host-file"
  # the same by another name, below another guest, read-only, and for a path that does not exist
  mv "$IMG/q.qcow2" "$IMG/moved.qcow2"
  refused 5 "*image '$IMG/moved.qcow2': guest 'a' has had its header to write, *" start "$(write_domain c --disk "$IMG/moved.qcow2:virtio:ro:qcow2")"
  refused 5 "*image '$IMG/moved.qcow2': guest 'a' has had its header to write, *" start "$(write_domain c --disk "$IMG/moved.qcow2:virtio:rw:qcow2")"
  overlay c.qcow2 moved.qcow2 qcow2
  refused 5 "*image '$IMG/c.qcow2': its header names the backing file '$IMG/moved.qcow2', which no header brings in: guest 'a' has had it to write" start "$(write_domain c --disk "$IMG/c.qcow2:virtio:rw:qcow2")"
  refused 5 "*image '$IMG/moved.qcow2': guest 'a' has had its header to write, *" start "$(write_domain c \
    --backing "<backingStore type='file'><format type='qcow2'/><source file='$IMG/moved.qcow2'/></backingStore>" \
    --disk "$IMG/c.qcow2:virtio:rw:qcow2")"
  mv "$IMG/moved.qcow2" "$IMG/q.qcow2"
  qcow2_backing "$IMG/q.qcow2" nowhere.img
  refused 5 "*none before, '$IMG/nowhere.img' (no format named) now" start "$domain"
  qcow2_backing "$IMG/q.qcow2" 'json:{"driver":"raw","file":{"driver":"file","filename":"/srv/img/golden.img"}}'
  refused 5 "*none before, '$IMG/golden.img' (no format named) now" start "$domain"
  qcow2_backing "$IMG/q.qcow2" nbd://127.0.0.1/x
  refused 5 "*none before, 'nbd://127.0.0.1/x' (*) now" start "$domain"
  assert_equal "$(untouched "$IMG/golden.img")" "$before"
  # a disk that was raw, and is qcow2 in the document now
  svirt -q start "$(write_domain d --disk "$IMG/golden.img:virtio")"
  svirt -q destroy d
  overlay new.qcow2 a.img raw
  cat "$IMG/new.qcow2" >"$IMG/golden.img"
  refused 5 "*image '$IMG/golden.img': guest 'd' has had its header to write, which names another backing file than was accepted: none before, *" start "$(write_domain d --disk "$IMG/golden.img:virtio:rw:qcow2")"
}

@test "an administrator rebases and commits: the old and the new chain are printed, --accept-chain is recorded" {
  local domain
  make_disk "$IMG/one.img" 1M
  make_disk "$IMG/two.img" 1M
  overlay mid.qcow2 one.img raw
  overlay q.qcow2 mid.qcow2 qcow2
  domain=$(hostile_with a behave -- "$IMG/q.qcow2:virtio:rw:qcow2")
  svirt -q start "$domain"
  svirt -q destroy a
  qemu-img commit -q "$IMG/mid.qcow2"
  qemu-img rebase -q -b one.img -F raw "$IMG/q.qcow2"
  refused 5 "$domain:*: disk vda: image '$IMG/q.qcow2': guest 'a' has had its header to write, which names another backing file than was accepted: '$IMG/mid.qcow2' (qcow2) before, '$IMG/one.img' (no format named) now" start "$domain"
  refused 2 "--accept-chain=vdx: the domain has no image of that name" start --accept-chain=vdx "$domain"
  assert_line "svirt: hint: its disks are: hda, vda"
  # a dry run records nothing
  run svirt -n start --accept-chain=vda "$domain"
  assert_success
  refused 5 "*before, '$IMG/one.img' (no format named) now" start "$domain"
  run svirt start --accept-chain=vda "$domain"
  assert_success
  assert_line --regexp "svirt: warning: disk vda: accepted: image '$IMG/q.qcow2': .* '$IMG/mid.qcow2' \\(qcow2\\) before, '$IMG/one.img' \\(raw\\) now"
  assert_equal "$(label_of "$IMG/one.img")" "$content"
  svirt -q destroy a
  svirt -q start "$domain"
  svirt -q destroy a
  qemu-img rebase -q -b two.img -F raw "$IMG/q.qcow2"
  refused 5 "*'$IMG/one.img' (raw) before, '$IMG/two.img' (no format named) now" label "$domain"
  svirt -q label --accept-chain=vda --accept-chain=hda "$domain"
  svirt -q restore a
  svirt -q start "$domain"
  svirt -q destroy a
  # a shorter chain than the accepted one is another chain too
  qemu-img rebase -q -b '' "$IMG/q.qcow2"
  refused 5 "*'$IMG/two.img' (raw) before, none now" start "$domain"
}

@test "a domain that names the files is trusted where the header agrees" {
  local domain backing="<backingStore type='file'><format type='raw'/><source file='$IMG/base.img'/></backingStore>"
  make_disk "$IMG/base.img" 1M
  make_disk "$IMG/other.img" 1M
  svirt -q start "$(write_domain b --disk "$IMG/base.img")"
  svirt -q destroy b
  overlay a.qcow2 base.img raw
  refused 5 "*its header names the backing file '$IMG/base.img', which no header brings in: guest 'b' has had it to write" \
    start "$(write_domain a --disk "$IMG/a.qcow2:virtio:rw:qcow2")"
  assert_line --partial "hint: a guest that writes an image writes its header: see who did; a file that is wanted has to be named by <backingStore>"
  domain=$(write_domain a --backing "$backing" --disk "$IMG/a.qcow2:virtio:rw:qcow2")
  svirt -q start "$domain"
  svirt -q destroy a
  qcow2_backing "$IMG/a.qcow2" other.img
  refused 5 "$domain:*: disk vda: image '$IMG/a.qcow2': its header names the backing file '$IMG/other.img', and <backingStore> '$IMG/base.img'" start "$domain"
  run failed_rules "$domain"
  assert_line --partial "svirt-header-differs-from-pin	high	"
  # <dataStore>: a block device, which no header may add
  modprobe loop >/dev/null 2>&1 3>&-
  truncate -s 1M "$LAB_SCRATCH/lo.keep"
  losetup /dev/loop5 "$LAB_SCRATCH/lo.keep"
  qemu-img create -q -f qcow2 "$IMG/d.qcow2" 1M
  qcow2_data "$IMG/d.qcow2" /dev/loop5
  refused 5 "*its header names the data file '/dev/loop5', which no header brings in: '/dev/loop5' is a block device" \
    start "$(write_domain d --disk "$IMG/d.qcow2:virtio:rw:qcow2")"
  domain=$(write_domain d --source "<dataStore type='block'><format type='raw'/><source dev='/dev/loop5'/></dataStore>" --disk "$IMG/d.qcow2:virtio:rw:qcow2")
  svirt -q start "$domain"
  assert_equal "$(label_of /dev/loop5)" "$(guest_image d)"
  svirt -q destroy d
  qcow2_data "$IMG/d.qcow2" /dev/loop6
  refused 5 "*its header names the data file '/dev/loop6', and <dataStore> '/dev/loop5'" start "$domain"
  losetup -d /dev/loop5
}

@test "another header gives no write access to a base that a guest's image uses; a moved directory is no change" {
  local domain
  mkdir "$IMG/pool"
  make_disk "$IMG/pool/base.img" 1M
  overlay pool/a.qcow2 base.img raw
  svirt -q start "$(write_domain a --disk "$IMG/pool/a.qcow2:virtio:rw:qcow2")"
  svirt -q destroy a
  qemu-img create -q -f qcow2 "$IMG/new.qcow2" 1M
  qcow2_data "$IMG/new.qcow2" "$IMG/pool/base.img"
  refused 5 "*its header names the data file '$IMG/pool/base.img', which no header brings in: guest 'a' has an image that lies on it" \
    start "$(write_domain b --disk "$IMG/new.qcow2:virtio:rw:qcow2")"
  mv "$IMG/pool" "$IMG/pond"
  svirt -q start "$(write_domain a --disk "$IMG/pond/a.qcow2:virtio:rw:qcow2")"
}

@test "a start that dies before the pin, or between pin and label, leaves no third state" {
  local domain k pins leases
  make_disk "$IMG/base.img" 1M
  for k in 1 2 3; do
    rm -f "$IMG/q.qcow2"
    overlay q.qcow2 base.img raw
    domain=$(write_domain a --disk "$IMG/q.qcow2:virtio:rw:qcow2")
    local before
    before=$(inode_of "$IMG"/*)
    # the first fdatasync is that of the transaction, and the first label follows it
    case $k in
    1) killed_at fdatasync 1 svirt -q label "$domain" ;;
    2) killed_at setxattr 1 svirt -q label "$domain" ;;
    3) killed_at setxattr 2 svirt -q label "$domain" ;;
    esac
    svirt -q restore --stale
    assert_equal "$(inode_of "$IMG"/*)" "$before"
    pins=$(sqlite3 -readonly /var/lib/svirt/state.db "SELECT count(*) FROM pin WHERE path = '$IMG/q.qcow2'")
    leases=$(sqlite3 -readonly /var/lib/svirt/state.db "SELECT (SELECT count(*) FROM guest) + (SELECT count(*) FROM hold)")
    # a pin of an image that no guest has written refuses nothing: the same chain starts
    [[ $pins == $((k > 1)) && $leases == 0 ]] || { echo "kill $k: $pins pins, $leases rows"; false; }
    svirt -q label "$domain"
    svirt -q restore a
  done
}

@test "a pin ends with its file: it is removed when the file is deleted, and a new file of that name is accepted" {
  local domain rows="SELECT count(*) FROM pin WHERE path LIKE '$IMG/q.qcow2'"
  make_disk "$IMG/base.img" 1M
  qemu-img create -q -f qcow2 "$IMG/q.qcow2" 1M
  domain=$(write_domain a --disk "$IMG/q.qcow2:virtio:rw:qcow2")
  svirt -q label "$domain"
  svirt -q restore a
  svirt -q restore --stale
  assert_equal "$(sqlite3 -readonly /var/lib/svirt/state.db "$rows")" 1
  rm "$IMG/q.qcow2"
  svirt -q restore --stale
  assert_equal "$(sqlite3 -readonly /var/lib/svirt/state.db "$rows")" 0
  overlay q.qcow2 base.img raw
  svirt -q label "$domain"
  svirt -q restore a
  rm "$IMG/q.qcow2"
  qemu-img create -q -f qcow2 "$IMG/q.qcow2" 1M
  svirt -q label "$domain"
  assert_equal "$(sqlite3 -readonly /var/lib/svirt/state.db "$rows")" 1
}

@test "each header is read once" {
  make_disk "$IMG/base.img" 1M
  overlay q.qcow2 base.img raw
  strace -f -y -e trace=pread64 -o "$LAB_SCRATCH/trace" svirt -q label "$(write_domain a --disk "$IMG/q.qcow2:virtio:rw:qcow2")"
  run grep -c "q.qcow2.*, 65536, 0) = 65536" "$LAB_SCRATCH/trace"
  assert_output 1
}
