#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What SECURITY.md says was measured is what the lab compares with.

load helper

# the rows of the table that begins with "mode"
rows() { awk '/^\| mode \| /{ on = 1; next } /^\|---/ { next } !/^\|/ { on = 0 } on' "$1"; }
modes() { sed -n 's/^\t{"\([a-z-]*\)", VMM_.*/\1/p' "$SVIRT_SRCDIR"/tests/lab/vmm*.c; }

@test "SECURITY.md has the answers that an emulator which was taken over gets" {
	local answers
	for answers in hostile hostile-debian; do
		answers=$SVIRT_SRCDIR/tests/lab/$answers.expected
		run diff "$answers" <(rows "$SVIRT_SRCDIR/SECURITY.md" | grep -xFf "$answers")
		assert_output ''
		assert_success
	done
}

@test "each row is about a mode that there is" {
	local mode
	while read -r mode; do
		grep -qxF "$mode" <(modes) || fail "tests/lab/vmm*.c have no mode $mode"
	done < <(rows "$SVIRT_SRCDIR/SECURITY.md" | cut -d' ' -f2)
	assert [ "$(modes | wc -l)" -ge 25 ]
}
