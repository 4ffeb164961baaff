#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Exported directories: the files that are labelled, which guests can use them, and that everything is restored. The
# probe with the guest's label plays the guest, because the 512-byte test guest has no 9p.
# lab: timeout=600

# bats sets status, output and stderr
# shellcheck disable=SC2154,SC2030,SC2031

bats_require_minimum_version 1.5.0
load helper
load guest
quick_guests

TREE=/srv/tree

# every kind of file, at several levels
make_tree() {
  rm -rf "$TREE"
  mkdir -p "$TREE/a/b/c" "$TREE/other"
  echo one >"$TREE/one"
  echo deep >"$TREE/a/b/c/deep"
  echo different >"$TREE/other/different"
  ln -s /etc/shadow "$TREE/a/link"
  mkfifo "$TREE/a/fifo"
  chcon system_u:object_r:user_home_t:s0 "$TREE/other" "$TREE/other/different"
  chmod -R go+rX "$TREE"
}

setup() {
  guest_setup
  make_tree
}

# export_xml DIR [FLAGS] [TAG]: the <filesystem> element
export_xml() {
  printf "<filesystem type='mount' accessmode='mapped'><driver type='path'/>"
  printf "<source dir='%s'/><target dir='%s'/>%s</filesystem>" "$1" "${3:-share}" "${2-}"
}

# tree_of DIR: the properties that svirt changes in it
tree_of() { find "$1" -printf '%p %Z %U:%G %m\n' | sort; }

# whole DIR LABEL: everything in DIR has the label
whole() {
  local odd
  odd=$(find "$1" -printf '%Z %p\n' | grep -vF "$2 " || :)
  [[ -z $odd ]] || { echo "not $2: $odd"; return 1; }
}

@test "5000 files are labelled and restored while another guest starts and ends: neither waits for the other" {
  local before disk big small rounds=0
  mkdir "$TREE"/many-{1..5}
  touch "$TREE"/many-{1..5}/file-{1..1000}
  before=$(tree_of $TREE | sha256sum)
  make_disk "$IMG/small.img" 1M
  disk=$(inode_of "$IMG/small.img")
  write_domain big --devices "$(export_xml $TREE)" >/dev/null
  small=$(write_domain small --disk "$IMG/small.img")
  : >/var/lib/svirt/state.lock
  { svirt -q start --paused "$LAB_SCRATCH/big.xml" && svirt -q destroy big; } 3>&- &
  big=$!
  while kill -0 "$big" 2>/dev/null; do
    svirt -q start --paused "$small"
    assert_equal "$(level_of "$(label_of "$IMG/small.img")")" "$(level_of "$(guest_label small)")"
    svirt -q destroy small
    assert_equal "$(inode_of "$IMG/small.img")" "$disk"
    rounds=$((rounds + 1))
  done
  wait "$big"
  assert_equal "$(tree_of $TREE | sha256sum)" "$before"
  assert_equal "$(sqlite3 -readonly /var/lib/svirt/state.db 'SELECT count(*) FROM hold')" 0
  echo "# 5000 files there and back, $rounds guests meanwhile: the store was locked for $(awk '{ printf "%.1f", $2 / 1000 }' /var/lib/svirt/state.lock) ms at most" >&3
}

@test "a guest reads and writes its tree, another one cannot, and everything is restored" {
  local before label
  before=$(tree_of $TREE)
  svirt -q start "$(write_domain tree --devices "$(export_xml $TREE)")"
  svirt -q start "$(write_domain stranger)"
  label=$(guest_label tree)
  assert_equal "$(domain_of "$(guest_pid tree)")" "$label"
  whole $TREE "$(guest_image tree)"
  assert_equal "$(stat -c %u:%g $TREE/one)" 0:0
  run probe_as "$label" batch <<EOF
list $TREE/a/b/c
read $TREE/a/b/c/deep
write $TREE/other/different
create $TREE/a/new
EOF
  assert_success
  refute_output --partial denied
  run probe_as "$(guest_label stranger)" batch <<EOF
list $TREE
read $TREE/one
read $TREE/a/b/c/deep
write $TREE/other/different
create $TREE/new
EOF
  assert_success
  refute_output --partial allowed

  # files that the guest itself has made, moved and removed
  runcon "$label" "$LAB_TOOLS/probe" create $TREE/a/b/never >/dev/null
  echo made >$TREE/a/made
  mkdir $TREE/a/dir
  mv $TREE/one $TREE/a/dir/moved
  rm $TREE/a/fifo
  chcon "$(guest_image tree)" $TREE/a/made $TREE/a/dir
  svirt -q destroy tree
  wait_for 20 gone tree
  rm -r $TREE/a/made
  mv $TREE/a/dir/moved $TREE/one
  rmdir $TREE/a/dir
  mkfifo $TREE/a/fifo
  run diff <(echo "$before") <(tree_of $TREE)
  assert_output ""
}

@test "a tree that was renamed while it was held is restored" {
  local before
  before=$(tree_of $TREE)
  svirt -q label "$(write_domain tree --devices "$(export_xml $TREE)")"
  mv $TREE $TREE.away
  run svirt restore tree
  assert_success
  assert_output --partial "$TREE was moved or renamed"
  mv $TREE.away $TREE
  run diff <(echo "$before") <(tree_of $TREE)
  assert_output ""
}

@test "files that were made in the meantime get the label of the root" {
  local root
  root=$(label_of $TREE)
  svirt -q label "$(write_domain tree --devices "$(export_xml $TREE)")"
  mkdir $TREE/other/made
  echo x >$TREE/other/made/x
  chcon -R "$(label_of $TREE/one)" $TREE/other/made
  svirt -q restore tree
  assert_equal "$(label_of $TREE/other/made/x)" "$root"
  assert_equal "$(label_of $TREE/other/made)" "$root"
  assert_equal "$(type_of "$(label_of $TREE/other/different)")" user_home_t
}

@test "a read-only tree is shared by two guests and restored by the last" {
  local before
  before=$(tree_of $TREE)
  svirt -q label "$(write_domain one --devices "$(export_xml $TREE '<readonly/>')")"
  whole $TREE system_u:object_r:virt_content_t:s0
  svirt -q label "$(write_domain two --devices "$(export_xml $TREE '<readonly/>')")"
  svirt -q restore one
  whole $TREE system_u:object_r:virt_content_t:s0
  svirt -q restore two
  run diff <(echo "$before") <(tree_of $TREE)
  assert_output ""
  assert_equal "$(sqlite3 -readonly /var/lib/svirt/state.db 'SELECT count(*) FROM leaf')" 0
}

@test "no link is followed, and no filesystem below is entered" {
  local shadow below
  mkdir $TREE/mnt
  mount -t tmpfs -o rootcontext=system_u:object_r:var_t:s0 below $TREE/mnt
  echo below >$TREE/mnt/file
  mknod $TREE/a/device c 1 3
  shadow=$(label_of /etc/shadow) below=$(tree_of $TREE/mnt)
  local device
  device=$(label_of $TREE/a/device)
  # a file that is not relabelled does not affect whether the guest can use the tree
  chown nobody $TREE
  run svirt check "$(write_domain tree --devices "$(export_xml $TREE)")"
  assert_line --regexp "^PASS .*svirt-resource-access .*$TREE: share \\(rw\\) can be used"
  run svirt -v label "$(write_domain tree --devices "$(export_xml $TREE)")"
  assert_success
  assert_line --regexp "^leave +selinux +rw +share +$TREE/mnt .*another filesystem is mounted here"
  assert_line --regexp "^leave +selinux +rw +share +$TREE/a/device .*a device in a directory is not the guest's"
  assert_equal "$(label_of /etc/shadow)" "$shadow"
  assert_equal "$(label_of $TREE/a/link)" "$(label_of $TREE/one)"
  assert_equal "$(label_of $TREE/a/device)" "$device"
  run diff <(echo "$below") <(tree_of $TREE/mnt)
  assert_output ""
  svirt -q restore tree
  umount $TREE/mnt
}

@test "a file with two hard links is refused before anything changes" {
  ln $TREE/a/b/c/deep $TREE/second
  local before
  before=$(tree_of $TREE)
  run svirt label "$(write_domain tree --devices "$(export_xml $TREE)")"
  assert_failure 2
  assert_output --regexp "$TREE/(second|a/b/c/deep): has more than one name \\(hard links\\)"
  run diff <(echo "$before") <(tree_of $TREE)
  assert_output ""
}

@test "no two guests in one tree, no system directory, none of the host's own" {
  svirt -q label "$(write_domain tree --devices "$(export_xml $TREE)")"
  run svirt label "$(write_domain inner --devices "$(export_xml $TREE/a)")"
  assert_failure 5
  assert_output --partial "$TREE/a and $TREE of guest tree lie in one another"
  run svirt label "$(write_domain same --devices "$(export_xml $TREE)")"
  assert_failure 5
  assert_output --partial "$TREE is held by guest tree with another label"
  svirt -q restore tree
  svirt -q label "$(write_domain inner --devices "$(export_xml $TREE/a)")"
  run svirt label "$(write_domain tree --devices "$(export_xml $TREE)")"
  assert_failure 5
  assert_output --partial "$TREE and $TREE/a of guest inner lie in one another"
  svirt -q restore inner
  run svirt label "$(write_domain tree --devices "$(export_xml /srv)")"
  assert_failure 2
  assert_output --partial "/srv is a directory of the system itself"
  run svirt label "$(write_domain tree --devices "$(export_xml /etc/ssl)")"
  assert_failure 2
  assert_output --partial "lies in the system directory /etc"
}

# A directory of hundreds is labelled by a ring of calls, after a measurement of which way is faster.
SETS=setxattr,io_uring_enter

@test "killed in the middle: the next command restores everything" {
  local before n died=0
  mkdir $TREE/many
  (cd $TREE/many && seq 1 300 | xargs touch)
  before=$(tree_of $TREE)
  write_domain tree --devices "$(export_xml $TREE)" >/dev/null
  for n in 1 2 8 12 15 18 20; do
    strace -f -o /dev/null -e trace=$SETS -e inject=$SETS:signal=KILL:when=$n \
      svirt -q label "$LAB_SCRATCH/tree.xml" && continue
    [[ $(tree_of $TREE) == "$before" ]] || died=$((died + 1))
    svirt -q restore --stale
    run diff <(echo "$before") <(tree_of $TREE)
    assert_output ""
  done
  ((died >= 3)) || { echo "only $died of them died with something labelled"; return 1; }
}

# A file of each kind among hundreds, two of them with other labels.
make_many() {
  mkdir $TREE/many
  (cd $TREE/many && seq 1 300 | xargs touch && ln -s /etc/shadow link && mkfifo fifo && mkdir sub &&
    chcon system_u:object_r:user_home_t:s0 7 299)
}

# rings COMMAND...: sets $status, and prints how often the command has entered the kernel for rings
rings() {
  run strace -qq -f -o "$LAB_SCRATCH/trace" -e trace=io_uring_setup,io_uring_enter "$@"
  rings=$(grep -c io_uring_enter "$LAB_SCRATCH/trace" || :)
}

@test "hundreds in one directory, by a ring and without one" {
  local before shadow way=() label domain
  make_many
  before=$(tree_of $TREE) shadow=$(label_of /etc/shadow)
  domain=$(write_domain tree --devices "$(export_xml $TREE)")
  rings svirt -q label "$domain"
  assert_success
  ((rings > 4)) || { cat "$LAB_SCRATCH/trace"; return 1; }
  label=$(guest_image tree)
  whole $TREE "$label"
  run svirt restore --list tree
  assert_success
  rings svirt -q restore tree
  ((rings > 4)) || { cat "$LAB_SCRATCH/trace"; return 1; }
  run diff <(echo "$before") <(tree_of $TREE)
  assert_output ""
  # a kernel without rings
  way=(strace -f -o /dev/null -e trace=io_uring_setup -e inject=io_uring_setup:error=ENOSYS)
  "${way[@]}" svirt -q label "$domain"
  whole $TREE "$(guest_image tree)"
  "${way[@]}" svirt -q restore tree
  run diff <(echo "$before") <(tree_of $TREE)
  assert_output ""
  # the monitor may not have a ring
  svirt -q start --paused "$domain"
  whole $TREE "$(guest_image tree)"
  kill -9 "$(guest_pid tree)"
  wait_for 20 gone tree
  run diff <(echo "$before") <(tree_of $TREE)
  assert_output ""
  assert_equal "$(label_of /etc/shadow)" "$shadow"
}

@test "hundreds in one directory, one of which may not be labelled" {
  local before
  make_many
  chcon -t shadow_t $TREE/many/150
  before=$(tree_of $TREE)
  run svirt label "$(write_domain tree --devices "$(export_xml $TREE)")"
  assert_failure 4
  assert_output --partial "$TREE/many/150: may not relabel it from shadow_t to svirt_image_t"
  run diff <(echo "$before") <(tree_of $TREE)
  assert_output ""
  run svirt list
  refute_output --partial tree
}

@test "a label that is there already is not written again" {
  local before
  svirt -q label "$(write_domain one --devices "$(export_xml $TREE '<readonly/>')")"
  before=$(find $TREE -printf '%p %C@\n' | sort)
  svirt -q label "$(write_domain two --devices "$(export_xml $TREE '<readonly/>')")"
  run diff <(echo "$before") <(find $TREE -printf '%p %C@\n' | sort)
  assert_output ""
}

# interrupted COMMAND...: sends SIGINT at the second label of a tree of 600 files; the command checks for it only
# after some hundred files
interrupted() {
  run strace -f -o /dev/null -e trace=setxattr -e inject=setxattr:signal=INT:when=2 "$@"
  assert_equal "$status" 130
}

# written DIR: the time of the last write of each file's inode
written() { find "$1" -type f -printf '%p %Z %C@\n' | sort; }

@test "interrupted: labels stay, the same command continues, and restore restores all of them" {
  local before domain odd=system_u:object_r:user_home_t:s0 done_before
  mkdir $TREE/many
  (cd $TREE/many && seq 1 600 | xargs touch && chcon $odd 599)
  domain=$(write_domain tree --devices "$(export_xml $TREE)")
  before=$(tree_of $TREE)
  interrupted svirt label "$domain"
  assert_line "svirt: warning: interrupted: the files of guest 'tree' are labelled in part; the same command goes on from here, svirt restore tree puts them back"
  # the lease is kept: the next command does not restore it, as it would after kill -9
  run svirt list
  assert_line --regexp 'tree +labelled'
  # other files are made in the meantime
  touch $TREE/many/new $TREE/many/odd
  chcon $odd $TREE/many/odd
  done_before=$(written $TREE | grep -F " $(guest_image tree) ")
  (($(wc -l <<<"$done_before") > 100 && $(wc -l <<<"$done_before") < 600))
  svirt -q label "$domain"
  whole $TREE "$(guest_image tree)"
  # no label is written twice
  run grep -cxFf <(echo "$done_before") <(written $TREE)
  assert_output "$(wc -l <<<"$done_before")"
  svirt -q restore tree
  assert_equal "$(label_of $TREE/many/odd)" $odd
  rm $TREE/many/new $TREE/many/odd
  run diff <(echo "$before") <(tree_of $TREE)
  assert_output ""
  # a start continues too, and an interrupted start leaves nothing changed
  interrupted svirt -q label "$domain"
  svirt -q start --paused "$domain"
  whole $TREE "$(guest_image tree)"
  svirt -q destroy tree
  run diff <(echo "$before") <(tree_of $TREE)
  assert_output ""
  interrupted svirt -q start "$domain"
  run diff <(echo "$before") <(tree_of $TREE)
  assert_output ""
}

@test "interrupted while the tree is read: nothing has changed" {
  local before
  mkdir $TREE/many
  (cd $TREE/many && seq 1 600 | xargs touch)
  before=$(written $TREE)
  run strace -f -o /dev/null -e trace=io_uring_enter -e inject=io_uring_enter:signal=INT:when=2 \
    svirt label "$(write_domain tree --devices "$(export_xml $TREE)")"
  assert_equal "$status" 130
  assert_equal "$(written $TREE)" "$before"
  run svirt list
  refute_output --partial tree
}

@test "progress: lines of JSON, a line on a terminal that is erased at the end, and quiet" {
  local domain
  mkdir $TREE/many
  (cd $TREE/many && seq 1 600 | xargs touch)
  domain=$(write_domain tree --devices "$(export_xml $TREE)")
  run --separate-stderr svirt -q --progress=json --json label "$domain"
  assert_success
  jq -es 'length == 1 and .[0].exit == 0' <<<"$output"
  jq -es --arg path $TREE 'map(select(.path == $path)) as $all | ($all | length) == length and
    ($all[0] | .progress == "read" and .done > 0 and .total == null) and
    ($all[-1] | .progress == "label" and .done == .total and .total > 600)' <<<"$stderr"
  run --separate-stderr svirt -q --progress=json restore tree
  jq -es '.[0].progress == "restore" and .[0].done > 0' <<<"$stderr"
  # one slow file among them: a line is drawn after a while
  TERM=linux run script -qec "strace -f -o /dev/null -e trace=setxattr -e inject=setxattr:delay_enter=900000:when=9 svirt label $domain" /dev/null
  assert_output --regexp $'labelling /srv/tree: [0-9]+ of [0-9]+\r\e\\[K'
  refute_output --regexp $'\r\e\\[K(labelling|reading|putting)[^\r]*$'
  svirt -q restore tree
  TERM=linux run script -qec "strace -f -o /dev/null -e trace=setxattr -e inject=setxattr:delay_enter=900000:when=9 svirt label --progress=never $domain" /dev/null
  refute_output --partial labelling
}
