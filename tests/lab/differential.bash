# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# For the bats files that compare with libvirt: "load helper", "load guest", "load libvirt", then "load differential".
# Starts one domain with libvirt, labels the same domain with svirt, and prints each file whose class of label
# differs: rw (image label and the guest's level), shared (without categories), ro (the content label), - (unchanged).
# Contains no expectation: the table beside the bats file does.

# libvirt's guests have their images here, because their domain is confined
IMG=/var/lib/libvirt/images
# Made once; each side gets a copy that has never been labelled.
SEED=/srv/seed
# Files outside of $IMG that are compared too; the bats file sets them.
ELSEWHERE=()

file() { echo "<disk type='file' device='${4:-disk}'><driver name='qemu' type='${3:-raw}'/><source file='$IMG/$1'>${6-}</source><target dev='$2'/>${5-}</disk>"; }
block() { echo "<disk type='block' device='disk'><driver name='qemu' type='${3:-raw}'/><source dev='$1'/><target dev='$2'/>${4-}</disk>"; }
store() { echo "<backingStore type='file'><format type='$2'/><source file='$IMG/$1'>${4-}</source>${3-}</backingStore>"; }
seclabel() { echo "<seclabel type='$1' model='${4:-selinux}' relabel='${3:-yes}'>${2-}</seclabel>"; }
own() { echo "<seclabel model='${3:-selinux}' relabel='${2:-yes}'>${1:+<label>$1</label>}</seclabel>"; }
# shellcheck disable=SC2034 # the bats files read it
STATIC='<label>system_u:system_r:svirt_t:s0:c1,c2</label>'
# a label that every guest may use, because a guest has to start with its files as they are
OPEN=system_u:object_r:svirt_image_t:s0

# reset: makes the files anew, with labels that no guest has, except sockets with a listening process; every guest may
# use open.*
reset() {
  find "$IMG" -mindepth 1 ! -name private.sock ! -name open.sock -delete
  cp -a "$SEED/." "$IMG/"
  restorecon -RF "$IMG" </dev/null >/dev/null 2>&1
  chcon -hR "$OPEN" "$IMG"/open.*
  reset_more
}

look() {
  { find "$IMG" -mindepth 1 -printf '%P %Z\n'; stat -c '%n %C' "${ELSEWHERE[@]}"; } | LC_ALL=C sort >"$1"
}

# classes BEFORE AFTER LABEL: "PATH CLASS" for each file that existed before
classes() {
  LC_ALL=C join "$1" "$2" | awk -v level="$(level_of "$3")" '
    { class = $3; if ($2 == $3) class = "-"
      else if ($3 ~ /:svirt_image_t:/) { sub(/.*:svirt_image_t:/, "", class); class = class == level ? "rw" : class == "s0" ? "shared" : $3 }
      else if ($3 ~ /:virt_content_t:s0$/) class = "ro"
      else { split($3, part, ":"); class = part[3] ":" (substr($3, length($3) - length(level)) == ":" level ? "LEVEL" : "other") }
      print $1, class }'
}

# domain NAME DEVICES [CHILDREN OF DOMAIN [OF OS]]; uses $MACHINE and $MEMORY (MiB) when they are set
domain() {
  local file=$LAB_SCRATCH/$1.xml
  printf "<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n  <name>%s</name>\n" "$1" >"$file"
  printf "  <memory unit='MiB'>%s</memory>\n" "${MEMORY:-32}" >>"$file"
  printf "  <os><type arch='x86_64' machine='%s'>hvm</type>%s</os>\n  <devices>\n%s\n  </devices>\n%s\n</domain>\n" \
    "${MACHINE:-pc}" "${4-}" "$2" "${3-}" >>"$file"
  echo "$file"
}

# libvirts NAME FILE: starts it, writes the classes to $LAB_SCRATCH/theirs and keeps libvirt's version of the document
libvirts() {
  reset
  look "$LAB_SCRATCH/before"
  libvirt_start "$1" "$2" >"$LAB_SCRATCH/$1.libvirt" || return 1
  look "$LAB_SCRATCH/after"
  classes "$LAB_SCRATCH/before" "$LAB_SCRATCH/after" "$(libvirt_label "$1")" >"$LAB_SCRATCH/theirs"
  # virsh writes to a pipe, because it may write to no file of the test
  virsh dumpxml --inactive "$1" | cat >"$LAB_SCRATCH/dumped.xml"
  virsh destroy "$1" >/dev/null
}

# svirts NAME FILE: labels it, and writes the classes to $LAB_SCRATCH/ours
svirts() {
  local label
  reset
  look "$LAB_SCRATCH/before"
  label=$(svirt --json label --unconfined --shared-level "$2" 2>"$LAB_SCRATCH/$1.svirt") || return 1
  look "$LAB_SCRATCH/after"
  classes "$LAB_SCRATCH/before" "$LAB_SCRATCH/after" "$(jq -r '.results[0].label.text' <<<"$label")" >"$LAB_SCRATCH/ours"
  svirt -q restore "$1" >/dev/null
}

# svirt_starts NAME FILE
svirt_starts() {
  reset
  svirt -q start --unconfined --paused "$2" >/dev/null 2>"$LAB_SCRATCH/$1.svirt" || return 1
  svirt -q destroy "$1" >/dev/null
}

# compare NAME DEVICES...: prints a line "NAME PATH LIBVIRT SVIRT" for each file that differs, "NAME * LIBVIRT SVIRT"
# when only one side accepts the domain, and "NAME dumpxml - refused" when svirt does not accept the output of "virsh
# dumpxml --inactive"
compare() {
  local file name=$1 theirs=started ours=labelled
  file=$(domain "$@")
  n=$((n + 1))
  libvirts "$name" "$file" || theirs=refused
  svirts "$name" "$file" || ours=refused
  case $theirs-$ours in
  started-labelled)
    LC_ALL=C join "$LAB_SCRATCH/theirs" "$LAB_SCRATCH/ours" | awk -v name="$name" '$2 != $3 { print name, $1, $2, $3 }'
    svirt -q label -n --unconfined --shared-level "$LAB_SCRATCH/dumped.xml" >/dev/null 2>"$LAB_SCRATCH/$name.svirt" || echo "$name dumpxml - refused"
    ;;
  started-refused) echo "$name * started refused" ;;
  # a domain that libvirt cannot start may be one that no guest can have here
  refused-labelled) ! svirt_starts "$name" "$file" || echo "$name * refused started" ;;
  esac
  echo "# $name: $theirs, $ours $(awk '$2 != "-" { printf " %s %s", $1, $2 }' "$LAB_SCRATCH/ours")" >&3
  [[ $theirs-$ours != *refused* ]] || sed "s/^/#   /" "$LAB_SCRATCH/$name".{libvirt,svirt} >&3
  : >"$LAB_SCRATCH/ours"
}

# same_as TABLE COUNT FUNCTION...: the functions compare COUNT domains, and their output is the table beside the bats
# file
same_as() {
  local table=$BATS_TEST_DIRNAME/$1 count=$2 part
  n=0
  : >"$LAB_SCRATCH/ours"
  for part in "${@:3}"; do "$part"; done >"$LAB_SCRATCH/differences"
  echo "# $n domains" >&3
  ((n == count))
  run diff "$table" "$LAB_SCRATCH/differences"
  assert_success
}
