#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What SECURITY.md says was measured is what the lab compares with.

load helper

# the rows of the table that begins with "mode"
rows() { awk '/^\| mode \| /{ on = 1; next } /^\|---/ { next } !/^\|/ { on = 0 } on' "$1"; }
modes() { sed -n 's/^\t{"\([a-z-]*\)", VMM_.*/\1/p' "$SVIRT_SRCDIR"/tests/lab/vmm*.c; }

@test "SECURITY.md has the answers that an emulator which was taken over gets" {
	local answers all
	all=$(rows "$SVIRT_SRCDIR/SECURITY.md")
	for answers in hostile hostile-debian hostile-smack hostile-apparmor hostile-landlock; do
		answers=$SVIRT_SRCDIR/tests/lab/$answers.expected
		# as they are there, one after the other: a row may be the same in two tables
		[[ $all == *"$(<"$answers")"* ]] || fail "SECURITY.md has not the rows of $answers:
$(diff "$answers" <(grep -xFf "$answers" <<<"$all"))"
	done
}

@test "each row is about a mode that there is" {
	local mode
	while read -r mode; do
		grep -qxF "$mode" <(modes) || fail "tests/lab/vmm*.c have no mode $mode"
	done < <(rows "$SVIRT_SRCDIR/SECURITY.md" | cut -d' ' -f2)
	assert [ "$(modes | wc -l)" -ge 25 ]
}
