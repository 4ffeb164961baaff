#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The destination of output, its colours, and output that cannot be written.

# bats sets status, output and stderr; "$0" is for the shell that is run
# shellcheck disable=SC2154,SC2016

load helper
setup() { empty_tree; }

colored() { [[ $output == *$'\e['* ]]; }

check_tree() { svirt --root "$TREE" check "$@"; }

# Runs with a terminal as standard output; the environment comes first.
on_tty() {
	run script -qec "$(printf '%q ' env "$@" "$SVIRT" --root "$TREE" check)" /dev/null
}

@test "colour: never into a pipe, unless it is requested" {
	run check_tree
	assert [ -n "$output" ]
	run ! colored
	run check_tree --color=auto
	run ! colored
	run check_tree --color=always
	colored
	run env NO_COLOR=1 TERM=dumb "$SVIRT" --root "$TREE" check --color=always
	colored
}

@test "colour: on a terminal, unless NO_COLOR or TERM=dumb" {
	script -qec true /dev/null || skip 'no terminals here: /dev/pts is not mounted'
	on_tty TERM=xterm
	colored
	on_tty TERM=xterm NO_COLOR=
	colored
	on_tty TERM=xterm NO_COLOR=1
	run ! colored
	on_tty TERM=dumb
	run ! colored
	on_tty -u TERM
	run ! colored
}

@test "check: a line for each finding, a verdict at the end, less output with -q" {
	local domain=$SVIRT_SRCDIR/tests/data/domains/dynamic.xml

	run check_tree "$domain"
	local all_status=$status
	assert_line --regexp '^(PASS|FAIL|ERROR|UNKNOWN|N/A|INFO) +svirt-[a-z-]+ domain [^:]+: '
	assert_line --regexp '^PASS '
	[[ ${lines[-1]} == 'all clear' || ${lines[-1]} == 'no fault, but '* || ${lines[-1]} == *' failed, '*' could not be found out' ]]

	run check_tree "$domain" -q
	assert_equal "$status" "$all_status"
	refute_regex "$output" $'(^|\n)(PASS|N/A|INFO) '
	refute_regex "$output" 'all clear|could not be found out$'
}

@test "check: a domain that does not exist is no finding" {
	run --separate-stderr check_tree "$SVIRT_SRCDIR/tests/data/domains/dynamic.xml" nosuch
	assert_equal "$status" 6
	assert_line --regexp "^PASS "
	refute_regex "$output" "all clear|failed, "
	# the others are still checked
	run --separate-stderr check_tree nosuch "$SVIRT_SRCDIR/tests/data/domains/dynamic.xml"
	assert_equal "$status" 6
	assert_line --regexp "^PASS "
}

@test "check: an offline tree has no results that only a running host can give" {
	run check_tree
	assert_success
	refute_line --regexp '^PASS +svirt-(host|policy|manager|domain|own|capacity)'
	assert_line --regexp "^N/A +svirt-host-enforcing host: .* is a tree at rest: only a running host can tell\$"
	assert_line --regexp '^PASS +svirt-stale-state host: '
	assert_line 'no fault, but most of the rules do not apply here'
}

@test "check: an error in the document has its line" {
	printf '<domain>\n<nonsense></domain>\n' >"$TREE/bad.xml"
	run check_tree "$TREE/bad.xml"
	assert_failure 1
	assert_line --regexp "^        evidence: $TREE/bad.xml:2$"
}

@test "check, info: a property that this user may not read is unknown" {
	[[ $EUID == 0 ]] || skip 'only root can keep others from something'
	install -d -m 700 "$TREE/var/lib/svirt"
	chmod 711 "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}" "$BATS_TEST_TMPDIR" "$TREE" 2>/dev/null || :
	local as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	"${as[@]}" test -x "$TREE/var/lib" || skip 'another user has no way to the tree'
	"${as[@]}" "$SVIRT" --version >/dev/null 2>&1 || skip 'another user may not run what was built'
	run "${as[@]}" "$SVIRT" --root "$TREE" check
	assert_failure 9
	assert_line --regexp '^UNKNOWN +svirt-stale-state host: '
}

@test "data on standard output, errors on standard error" {
	run --separate-stderr svirt --root "$TREE" dominfo nosuch
	assert_failure 6
	assert_equal "$output" ''
	assert_regex "$stderr" '^svirt: '
	run --separate-stderr svirt --root "$TREE" info
	assert_success
	assert_line --regexp '^Security model: '
	assert_line --regexp '^Guests run as:  '
}

@test "standard output that cannot be written: 9, and the reason" {
	local how
	for how in '>/dev/full' '>&-'; do
		run --separate-stderr bash -c "\"\$0\" help $how" "$SVIRT"
		assert_failure 9
		assert_regex "$stderr" 'svirt: cannot write to standard output: '
	done
	run --separate-stderr bash -c '(sleep 0.3; "$0" help; echo $? >&2) | true' "$SVIRT"
	assert_regex "$stderr" 'Broken pipe'
	assert_regex "$stderr" '9$'
}

@test "closed descriptors are not taken for files" {
	run -0 bash -c '"$0" --root "$1" list <&- 2>&-' "$SVIRT" "$TREE"
}

# The manager's domain writes no file: its output comes through a pipe, and is complete when the command ends.
@test "a file gets all output of the manager, in order, and the status stays" {
	local out=$BATS_TEST_TMPDIR/out err=$BATS_TEST_TMPDIR/err rc=0

	"$SVIRT" --json destroy nosuch >"$out" 2>"$err" || rc=$?
	assert [ "$rc" -ne 0 ]
	run -0 jq -r '.exit' "$out"
	assert_equal "$output" "$rc"
	grep -q '^svirt: ' "$err"
	# one file by two names: in the order of the pipe
	run "$SVIRT" --json destroy nosuch
	rc=0
	{ echo first; "$SVIRT" --json destroy nosuch; } >"$out" 2>&1 || rc=$?
	assert_equal "$rc" "$status"
	assert_equal "$(tail -n +2 "$out" | grep -c .)" "$(grep -c . <<<"$output")"
	# files that are appended to keep their content
	"$SVIRT" --json destroy nosuch >>"$out" 2>/dev/null || :
	assert_equal "$(head -n 1 "$out")" first
	assert_equal "$(grep -c '"command"' "$out")" 2
}
