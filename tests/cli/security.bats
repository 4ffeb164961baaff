#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The measured tables of SECURITY.md are those that the lab compares with.

load helper

# rows FILE: the rows of the table that begins with "mode"
rows() { awk '/^\| mode \| /{ on = 1; next } /^\|---/ { next } !/^\|/ { on = 0 } on' "$1"; }
modes() { sed -n 's/^\t{"\([a-z-]*\)", VMM_.*/\1/p' "$SVIRT_SRCDIR"/tests/lab/vmm*.c; }

@test "SECURITY.md has the answers to a compromised emulator" {
	local answers all
	all=$(rows "$SVIRT_SRCDIR/SECURITY.md")
	for answers in hostile hostile-debian hostile-smack hostile-apparmor hostile-landlock; do
		answers=$SVIRT_SRCDIR/tests/lab/$answers.expected
		# compared as one block, because two tables may have the same row
		[[ $all == *"$(<"$answers")"* ]] || fail "SECURITY.md does not have the rows of $answers:
$(diff "$answers" <(grep -xFf "$answers" <<<"$all"))"
	done
}

@test "each row is about an existing mode" {
	local mode
	while read -r mode; do
		grep -qxF "$mode" <(modes) || fail "tests/lab/vmm*.c have no mode $mode"
	done < <(rows "$SVIRT_SRCDIR/SECURITY.md" | cut -d' ' -f2)
	assert [ "$(modes | wc -l)" -ge 25 ]
}
