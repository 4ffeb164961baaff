#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Completions come from the command table, are up to date, and treat names as data.

# the completion calls the functions
# shellcheck disable=SC2317

load helper

# complete WORD...: bash's completions of the last word; svirt lists $NAMES as guests
complete_bash() {
	svirt() { printf '%s' "$NAMES"; }
	compopt() { :; }
	# shellcheck source=/dev/null
	source "$SVIRT_SRCDIR/completions/svirt.bash"
	COMP_WORDS=(svirt "$@")
	COMP_CWORD=$#
	_svirt
	printf '%s\n' "${COMPREPLY[@]}" | sort
}

@test "the committed completions are up to date" {
	"$SVIRT_SRCDIR/build-aux/gen-completions" --check "$SVIRT" "$SVIRT_SRCDIR/completions"
}

@test "a stale completion is found" {
	local file
	for file in svirt.bash _svirt svirt.fish; do
		cp "$SVIRT_SRCDIR"/completions/* "$BATS_TEST_TMPDIR"
		echo '# more' >>"$BATS_TEST_TMPDIR/$file"
		run "$SVIRT_SRCDIR/build-aux/gen-completions" --check "$SVIRT" "$BATS_TEST_TMPDIR"
		assert_failure 1
		assert_output --partial "$file is stale"
	done
}

@test "bash: the completion registers itself for svirt" {
	run bash --norc -c 'source "$0" && complete -p svirt' "$SVIRT_SRCDIR/completions/svirt.bash"
	assert_output 'complete -F _svirt svirt'
}

@test "bash: verbs" {
	run complete_bash st
	assert_output $'start\nstop'
	run complete_bash --json st
	assert_output $'start\nstop'
	run complete_bash --root /srv st
	assert_output $'start\nstop'
	run complete_bash --color = never st
	assert_output $'start\nstop'
	run complete_bash help inf
	assert_output info
}

@test "bash: options and their values" {
	run complete_bash start --p
	assert_output --partial '--paused'
	run complete_bash list --le
	assert_output --partial '--levels'
	run complete_bash --color a
	assert_output $'always\nauto'
	run complete_bash list --color = n
	assert_output never
	run complete_bash policy ''
	assert_output $'fcontext\ninstall\nremove\nstatus'
	run complete_bash stop --timeout ''
	assert_output ''
}

@test "bash: names of guests are offered, and never expanded" {
	NAMES=$'web\nweb two\nw$(touch '"$BATS_TEST_TMPDIR"$'/pwned)\ndb\n'
	run complete_bash stop w
	assert_line web
	assert_line 'web\ two'
	assert_line --partial 'w\$\(touch'
	refute_line db
	assert [ ! -e "$BATS_TEST_TMPDIR/pwned" ]
	run complete_bash start --join w
	assert_line 'web\ two'
	refute_line db
	run complete_bash label --join = d
	assert_output db
}

@test "bash: domains and XML files" {
	cd "$BATS_TEST_TMPDIR"
	touch web.xml web.txt
	NAMES=$'web\n'
	run complete_bash start we
	assert_output $'web\nweb.xml'
	run complete_bash policy fcontext --remove we
	assert_output $'web\nweb.xml'
	run complete_bash policy we
	assert_output ''
}
