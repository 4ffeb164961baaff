#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# svirt policy fcontext: the decisions that depend on the document alone.

# bats sets status, output and stderr
# shellcheck disable=SC2154

load helper
setup() { empty_tree; }

# a domain of tests/data, defined under its own name
define() { cp "$SVIRT_SRCDIR/tests/data/domains/$1.xml" "$TREE/etc/svirt/domains/$1.xml"; }

fcontext() { run --separate-stderr svirt --root "$TREE" policy fcontext "$@"; }

@test "a dynamic domain is refused, with its line and the remedy" {
	define dynamic
	fcontext dynamic
	assert_failure 2
	assert_equal "$output" ''
	local line
	line=$(grep -n '<seclabel' "$TREE/etc/svirt/domains/dynamic.xml" | cut -d: -f1)
	assert_regex "$stderr" "^svirt: [^ ]*/dynamic\\.xml:$line: guest 'dynamic' has a dynamic label: its files' labels change with each start"
	assert_regex "$stderr" "svirt: hint: nothing is needed for it: svirt labels its files when it starts\\. For labels that stay, give it <seclabel type='static' model='selinux'>"
}

@test "a domain without a seclabel is dynamic; a file works like a name" {
	sed '/<seclabel/,/<\/seclabel>/d' "$SVIRT_SRCDIR/tests/data/domains/static.xml" >"$TREE/plain.xml"
	fcontext "$TREE/plain.xml"
	assert_failure 2
	assert_regex "$stderr" "/plain\\.xml: guest 'static' has a dynamic label"
	fcontext --remove -n "$TREE/plain.xml"
	assert_failure 2
}

@test "a guest without a label is refused" {
	define none
	fcontext none
	assert_failure 2
	assert_regex "$stderr" "none\\.xml:[0-9]+: guest 'none' has no label \\(type='none'\\)"
	assert_regex "$stderr" "svirt: hint: only a static label can be kept by rules"
}

@test "an offline tree does not use files of this system" {
	define static
	fcontext static
	assert_failure 2
	assert_regex "$stderr" 'is a tree at rest'
}

@test "a domain that does not exist" {
	document --root "$TREE" policy fcontext nosuch
	assert_equal "$status" 6
	assert_equal "$(jq -r .command <<<"$output")" policy
	assert_regex "$(jq -r .error.message <<<"$output")" nosuch
}

@test "svirt-manager does not have the verb policy" {
	run -2 --separate-stderr "$SVIRT_MANAGER" policy fcontext static
	assert_regex "$stderr" 'policy is no verb of svirt-manager'
}
