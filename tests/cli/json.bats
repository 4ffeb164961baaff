#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# --json: one document on standard output in every case, whose exit member is the status.

# bats sets status, output and stderr
# shellcheck disable=SC2154

load helper
setup() { empty_tree; }

@test "every verb that reads prints a document" {
	document --root "$TREE" list
	document --root "$TREE" list --all
	document --root "$TREE" list --levels
	document --root "$TREE" info
	document --root "$TREE" check
	document --root "$TREE" check --all
	document help
	document help start
	document --version
}

@test "an empty tree has no guests" {
	document --root "$TREE" list --all
	assert_equal "$status" 0
	assert_equal "$(jq -c .results <<<"$output")" '[]'
	run -0 --separate-stderr svirt --root "$TREE" list --all
	assert_output ''
}

@test "an unknown guest: 6, in the document and as the status" {
	document --root "$TREE" dominfo nosuch
	assert_equal "$status" 6
	assert_equal "$(jq -r .command <<<"$output")" dominfo
	assert_regex "$(jq -r .error.message <<<"$output")" nosuch
	assert_regex "$stderr" '^svirt: .*nosuch'
}

@test "a wrong command line is a document too" {
	document strat
	assert_equal "$status" 2
	document start --pausd web
	assert_equal "$status" 2
	assert_equal "$(jq -r .error.hint <<<"$output")" "Try 'svirt start --help'"
	document start
	assert_equal "$status" 2
	run --separate-stderr svirt start --pausd --json
	assert_failure 2
	jq -e '.exit == 2 and .command == "start"' <<<"$output" >/dev/null
}

@test "a bad domain file: its name and line" {
	printf '<domain type="kvm">\n<name>x</name\n' >"$TREE/bad.xml"
	document --root "$TREE" label -n "$TREE/bad.xml"
	assert_equal "$status" 2
	jq -e '.error.file | endswith("bad.xml")' <<<"$output" >/dev/null
	jq -e '.error.line > 0' <<<"$output" >/dev/null
	assert_regex "$stderr" 'bad.xml:[0-9]+: '
}

@test "a root that does not exist: 6" {
	document --root "$TREE/nosuch" list
	assert_equal "$status" 6
	assert_regex "$stderr" "^svirt: --root $TREE/nosuch: No such file"
}

@test "documents are ASCII, whatever the input is" {
	document list $'caf\xc3\xa9 \xff \xc2\x9b \e[1m'
	assert_equal "$status" 2
	LC_ALL=C grep -q '[^ -~]' <<<"$output" && fail "not ASCII: $output"
	assert_equal "$(jq -r .error.message <<<"$output")" \
		$'list: unexpected argument \'caf\xc3\xa9 \\xff \xc2\x9b \e[1m\''
}
