#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Bad domain files: each is refused with its status and one message that names file and line, and neither a file on
# the disk nor the store changes. The unit tests cover the reader's rules. These tests run "svirt start" as root, in
# the manager's domain.
# lab: timeout=600

load helper
load guest

setup_file() {
  make_boot "$IMG/a.img" "$HALT"
  svirt -q restore --all
  cp -r "$LAB_TESTS/data/bad" "$LAB_SCRATCH/bad"
  sh "$LAB_TESTS/data/make-bad.sh" "$LAB_SCRATCH/bad"
  everything >"$LAB_SCRATCH/before"
}

@test "every broken document of data/bad" {
  local file status_wanted line text n=0 bad=0 message rc
  cd "$LAB_SCRATCH/bad"
  while IFS='|' read -r file status_wanted line text; do
    [[ $file != '#'* ]] || continue
    n=$((n + 1)) rc=0
    message=$(svirt start "./$file" 2>&1) || rc=$?
    # there is one error; the hint and the host's own warnings are separate lines
    mapfile -t errors < <(grep -v -e '^svirt: hint: ' -e '^svirt: warning: ' <<<"$message")
    ((line == 0)) && line= || line=":$line"
    if [[ $rc != "$status_wanted" || ${#errors[@]} != 1 || ${errors[0]} != "svirt: ./$file$line: "*"$text"* ]]; then
      bad=$((bad + 1))
      printf '%s: wanted %s "%s: %s", got %s\n%s\n' "$file" "$status_wanted" "$line" "$text" "$rc" "$message"
    fi
  done <expected
  ((n > 90))
  ((bad == 0)) || { echo "$bad of $n"; return 1; }
  run diff "$LAB_SCRATCH/before" <(everything)
  assert_output ""
}

@test "json: the document has the same error, with file and line" {
  run jq -c '[.exit, .error.code, .error.file, .error.line, .results]' \
    <<<"$(svirt --json start "$LAB_SCRATCH/bad/no-name.xml" 2>/dev/null)"
  assert_output --partial "\"$LAB_SCRATCH/bad/no-name.xml\",1,[]]"
  assert_output --regexp "^\[2,"
}

@test "a file that does not exist" {
  refused 6 "*$LAB_SCRATCH/none.xml*No such file or directory*" start "$LAB_SCRATCH/none.xml"
  refused 6 "*$LAB_SCRATCH/none/none.xml*No such file or directory*" start "$LAB_SCRATCH/none/none.xml"
  refused 6 "no domain 'none' is defined" start none
}

@test "a directory" {
  refused 2 "$LAB_SCRATCH: a directory, not a description of a guest" start "$LAB_SCRATCH"
  refused 2 "$LAB_SCRATCH/: a directory, not a description of a guest" start "$LAB_SCRATCH/"
}

@test "/etc/shadow is not quoted in an error" {
  refused 4 "*/etc/shadow*" start /etc/shadow
  refute_output --partial "root:"
  # the policy denies the manager /etc/shadow; the reader refuses a file that the manager may read, and does not quote
  # it
  refused 2 "/etc/passwd:1: not well-formed XML: *" start /etc/passwd
  refute_output --partial "root:"
}

@test "a fifo does not block" {
  mkfifo "$LAB_SCRATCH/fifo.xml"
  SECONDS=0
  # the policy does not let the manager read a fifo
  refused 4 "*$LAB_SCRATCH/fifo.xml*" start "$LAB_SCRATCH/fifo.xml"
  ((SECONDS < 10))
}

@test "devices are not read" {
  local file
  for file in /dev/zero /dev/urandom /dev/tty /dev/mem; do
    run timeout 10 svirt start "$file"
    [[ $status == [23469] ]] || { echo "$file: $status $output"; return 1; }
  done
}

@test "100 MB" {
  truncate -s 100M "$LAB_SCRATCH/large.xml"
  SECONDS=0
  refused 2 "$LAB_SCRATCH/large.xml: larger than 1048576 bytes" start "$LAB_SCRATCH/large.xml"
  ((SECONDS < 10))
  # endless input
  run bash -c 'yes "<a>" | svirt start -'
  [[ $status == 2 ]]
  assert_line "svirt: -: larger than 1048576 bytes"
}

@test "links to a domain file are followed, because it is only read; a hard link is an ordinary file" {
  local domain
  domain=$(write_domain a --disk "$IMG/a.img")
  ln -s "$domain" "$LAB_SCRATCH/link.xml"
  ln "$domain" "$LAB_SCRATCH/hard.xml"
  run svirt start -n "$LAB_SCRATCH/link.xml"
  assert_success
  run svirt start -n "$LAB_SCRATCH/hard.xml"
  assert_success
  ln -s nowhere "$LAB_SCRATCH/dangling.xml"
  refused 6 "*$LAB_SCRATCH/dangling.xml*No such file or directory*" start "$LAB_SCRATCH/dangling.xml"
}

@test "a symbolic link, a hard link, a system file or a directory as a disk" {
  local domain
  ln -s a.img "$IMG/link.img"
  ln -s . "$IMG/dir"
  domain=$(write_domain a --disk "$IMG/link.img")
  refused 2 "$domain:7: *$IMG/link.img*link*" start "$domain"
  domain=$(write_domain a --disk "$IMG/dir/a.img")
  refused 2 "$domain:7: *$IMG/dir*link*" start "$domain"
  rm "$IMG/link.img" "$IMG/dir"
  ln "$IMG/a.img" "$IMG/second.img"
  domain=$(write_domain a --disk "$IMG/second.img")
  refused 2 "$domain:7: *$IMG/second.img*" start "$domain"
  rm "$IMG/second.img"
  domain=$(write_domain a --disk "$IMG")
  refused 2 "$domain:7: $IMG is a directory, not a regular file or a block device" start "$domain"
  domain=$(write_domain a --disk "$IMG/none.img")
  refused 6 "$domain:7: *$IMG/none.img*" start "$domain"
  domain=$(write_domain a --disk /etc/shadow)
  refused 2 "$domain:7: /etc/shadow lies in the system directory /etc, and the guest would write it" start "$domain"
}

@test "a name that differs from the file's name, and names with path components" {
  refused 6 "cannot open the domain file ../x: No such file or directory" destroy ../x
  refused 2 "'.hidden' cannot be the name of a guest" start .hidden
  mkdir -p /etc/svirt/domains
  cp "$(write_domain a --disk "$IMG/a.img")" /etc/svirt/domains/b.xml
  refused 2 "/etc/svirt/domains/b.xml: defines 'a', not 'b'" start b
  rm /etc/svirt/domains/b.xml
}
