#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Help, the version, and the command table behind them.

# bats sets status, output and stderr
# shellcheck disable=SC2154

load helper

@test "help for every verb, three ways" {
	local verb
	for verb in $(verbs); do
		run -0 --separate-stderr svirt help "$verb"
		assert_equal "$stderr" ''
		assert_line --index 0 --regexp "^Usage: svirt $verb \[OPTIONS\]"
		assert_line --partial '--json'
		local text=$output

		run -0 svirt "$verb" --help
		assert_output "$text"
		run -0 svirt -h "$verb"
		assert_output "$text"
	done
}

@test "help names every option of the table, and --dry-run only where it is accepted" {
	local verb opt
	while read -r verb opt; do
		run -0 svirt help "$verb"
		assert_output --partial "$opt"
	done < <(svirt __dump | jq -r '.verbs[] | .name as $verb | .options[] | "\($verb) --\(.name)"')
	run -0 svirt help list
	refute_output --partial '--dry-run'
	run -0 svirt help start
	assert_output --partial '--dry-run'
}

@test "help takes precedence over a missing argument, and needs no host" {
	run -0 svirt start --help
	run -0 svirt --root /nonexistent --help
	run -0 svirt list -n --help
}

@test "the general help names every verb" {
	local verb
	run -0 svirt help
	local text=$output
	for verb in $(verbs); do
		grep -q "^  $verb " <<<"$text" || fail "no $verb in the help"
	done
	run -0 svirt --help
	assert_output "$text"
}

@test "hidden verbs and options stay hidden" {
	run -0 svirt help
	refute_output --partial '__'
	refute_output --partial 'test-args'
	run -0 svirt __dump
	refute_output --partial '__'
	refute_output --partial 'test-args'
}

@test "the version" {
	run -0 svirt --version
	assert_output --regexp '^svirt [0-9]+\.[0-9]'
	run -0 svirt list --version
	assert_output --regexp '^svirt [0-9]+\.[0-9]'
	document --version
}

@test "the table: every verb and option is described" {
	svirt __dump | jq -e '
		(.verbs | length) > 10 and
		all(.verbs[]; (.summary | length) > 10 and (.args | type) == "string") and
		all(.global[], .verbs[].options[]; (.help | length) > 10 and
			(.kind == "flag") == (.arg == null) and
			(.kind == "choice") == (.values != null))' >/dev/null
	# letters and names are unique
	svirt __dump | jq -e '
		.global as $g | all(.verbs[]; [(.options + $g)[] | .name, (.short | values)] |
		length == (unique | length))' >/dev/null
}
