# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# bats sets status, output and stderr
# shellcheck disable=SC2154
#
# For every file here. The tests need no privileges and change nothing outside of their own directory: they work on
# $TREE, an empty system given by --root, or stop before anything changes (--test-args). SVIRT is the program under
# test; the default is the one that was built in SVIRT_BUILDDIR.

bats_require_minimum_version 1.5.0
bats_load_library bats-support
bats_load_library bats-assert

: "${SVIRT:=${SVIRT_BUILDDIR:-$BATS_TEST_DIRNAME/../..}/svirt}"
: "${SVIRT_MANAGER:=$(dirname "$SVIRT")/svirt-manager}"
: "${SVIRT_SRCDIR:=$BATS_TEST_DIRNAME/../..}"

unset NO_COLOR
export TERM=xterm LC_ALL=C.UTF-8
# for a build with AddressSanitizer: leaks of other libraries
export LSAN_OPTIONS="suppressions=$BATS_TEST_DIRNAME/lsan.supp:print_suppressions=0"

svirt() { "$SVIRT" "$@"; }

empty_tree() {
	TREE=$BATS_TEST_TMPDIR/tree
	mkdir -p "$TREE"/{etc/svirt/domains,var/lib,run}
}

verbs() { svirt __dump | jq -r '.verbs[].name'; }

# accepted WORD...: the command line is valid
accepted() {
	run --separate-stderr svirt --test-args "$@"
	assert_success
	assert_equal "$output$stderr" ''
}

# refused PATTERN WORD...: status 2, nothing on standard output, the reason and the next step on standard error
refused() {
	local pattern=$1

	shift
	run --separate-stderr svirt --test-args "$@"
	assert_failure 2
	assert_equal "$output" ''
	assert_regex "$stderr" "$pattern"
	assert_regex "$stderr" "svirt: hint: Try 'svirt "
}

# document WORD...: prints one JSON document; its exit member is the status of the program
document() {
	run --separate-stderr svirt --json "$@"
	jq -es --argjson status "$status" '
		length == 1 and (.[0] |
		.schema == "svirt/1" and .exit == $status and
		(.results | type) == "array" and (.warnings | type) == "array" and
		(if .exit > 1 and .exit != 9 then .error.code == .exit and (.error.message | length) > 0
		 else true end))' <<<"$output" >/dev/null ||
		fail "svirt --json $*: status $status and $output"
}

# Runs the rest as a user who is not root, whoever the caller is. Programs that root built may be in a directory that
# only root can search, hence the capability for that; a user namespace would work too, but a chroot has none.
as_nobody() {
	if [[ $EUID -eq 0 ]]; then
		setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=+dac_read_search \
			--ambient-caps=+dac_read_search -- "$@"
	else
		"$@"
	fi
}

# Runs the rest as root, or as root of a user namespace when the caller is not root. For commands that end before
# anything changes.
as_root() {
	if [[ $EUID -eq 0 ]]; then
		"$@"
	else
		unshare --user --map-root-user -- "$@"
	fi
}
