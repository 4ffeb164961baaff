#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Who runs what: svirt, svirt-manager, root, anybody.

# bats sets status, output and stderr
# shellcheck disable=SC2154

load helper
setup() { empty_tree; }

manager_verbs() { svirt __dump | jq -r '.verbs[] | select(.flags | index("manager")) | .name'; }

@test "the verbs that need the manager" {
	assert_equal "$(manager_verbs | sort | xargs)" 'destroy label restore resume start stop suspend'
}

@test "they need root: 4, and the message says so" {
	local verb
	for verb in $(manager_verbs); do
		run --separate-stderr as_nobody "$SVIRT" "$verb" web
		assert_failure 4
		assert_equal "$output" ''
		assert_regex "$stderr" "^svirt: $verb: only root may do this"
		assert_regex "$stderr" "svirt: hint: Run it as root: sudo svirt $verb"
	done
	run as_nobody "$SVIRT" --root / start web
	assert_failure 4
	run as_nobody "$SVIRT_MANAGER" start web
	assert_failure 4
}

@test "what is wrong is said before who may" {
	run as_nobody "$SVIRT" start
	assert_failure 2
	run as_nobody "$SVIRT" start --help
	assert_success
}

@test "a tree at rest is worked on in place" {
	run --separate-stderr as_nobody "$SVIRT" --root "$TREE" stop nosuch
	assert_failure
	refute_regex "$stderr" 'only root|svirt-manager'
}

@test "svirt-manager runs nothing else" {
	local verb
	for verb in list info check 'dominfo web' 'policy install'; do
		# shellcheck disable=SC2086
		run --separate-stderr "$SVIRT_MANAGER" $verb
		assert_failure 2
		assert_regex "$stderr" 'is no verb of svirt-manager'
	done
}

@test "nobody chooses what is executed as the manager" {
	run env PKGLIBEXECDIR="$TREE" SVIRT_MANAGER=/bin/true PATH="$TREE" "$SVIRT" --root "$TREE" stop nosuch
	assert_failure
	run svirt --manager=/bin/true start web
	assert_failure 2
}
