#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The arguments that the command line accepts and refuses, verb by verb.

load helper

@test "every verb takes its arguments" {
	accepted label web
	accepted start web
	accepted start ./web.xml
	accepted start -
	accepted stop web
	accepted destroy web
	accepted suspend web
	accepted resume web
	accepted dominfo web
	accepted list
	accepted restore web
	accepted restore --all
	accepted restore --stale
	accepted restore --rebuild
	accepted restore --stale ./a.img /srv/b.img
	accepted restore --list
	accepted restore --list web
	accepted check
	accepted check web db
	accepted check --all
	accepted info
	accepted policy status
	accepted policy install
	accepted policy remove
	accepted policy fcontext web
	accepted policy fcontext ./web.xml
	accepted help
	accepted help start
}

@test "every option of every verb" {
	accepted label --require-enforcing web
	accepted label --unconfined web
	accepted start --paused --require-enforcing web
	accepted start --paused --unconfined web
	accepted stop --timeout 1 web
	accepted stop --timeout=86400 web
	accepted list --all
	accepted list --levels
	accepted list --levels --all
	accepted restore --to=policy web
	accepted restore --all --to original
	accepted policy fcontext --remove web
}

@test "missing arguments" {
	refused 'no verb was given'
	local verb
	for verb in label start stop destroy suspend resume dominfo; do
		refused "$verb: DOMAIN is missing" "$verb"
	done
	refused 'restore: needs a DOMAIN, --all, --stale, --rebuild or --list' restore
	refused 'policy: status.install.remove.fcontext is missing' policy
	refused 'policy: fcontext: DOMAIN is missing' policy fcontext
}

@test "too many arguments, and empty ones" {
	local verb
	for verb in label start stop destroy suspend resume dominfo restore; do
		refused "$verb: unexpected argument 'b'" "$verb" a b
		refused "$verb: argument 1 is empty" "$verb" ''
	done
	refused "list: unexpected argument 'web'" list web
	refused "info: unexpected argument 'web'" info web
	refused "help: unexpected argument 'b'" help start b
	refused 'check: argument 2 is empty' check web ''
	refused "policy: 'on' is not status.install.remove.fcontext" policy on
	refused "policy: unexpected argument 'web'" policy status web
	refused "policy: unexpected argument 'db'" policy fcontext web db
	refused 'policy: argument 2 is empty' policy fcontext ''
}

@test "options that exclude each other" {
	refused 'label: --require-enforcing and --unconfined exclude each other' \
		label --require-enforcing --unconfined web
	refused 'start: --unconfined and --require-enforcing exclude each other' \
		start web --unconfined --require-enforcing
	refused 'restore: --all and --stale exclude each other' restore --all --stale
	refused 'restore: --all and --rebuild exclude each other' restore --all --rebuild
	refused 'restore: --all and --list exclude each other' restore --all --list
	refused 'restore: --all and a DOMAIN exclude each other' restore --all web
	refused 'restore: --rebuild and a DOMAIN exclude each other' restore web --rebuild
	refused 'restore: --to=policy is not for an IMAGE' restore --stale --to=policy ./a.img
	refused "restore: unexpected argument 'b'" restore --list a b
	refused 'check: --all and a DOMAIN exclude each other' check --all web
	refused 'policy: --remove is only for fcontext' policy remove --remove
	refused '--quiet and --verbose exclude each other' -qv list
	refused '--quiet and --verbose exclude each other' -q list -v
}

@test "--user: every verb about guests" {
	local verb
	for verb in label start stop destroy suspend resume dominfo restore; do
		accepted --user "$verb" web
	done
	accepted --user list
	accepted --user check
	accepted --user info
	refused 'list: --user and --root exclude each other|--root and --user exclude each other' --root "$BATS_TEST_TMPDIR" list --user
	refused 'policy: --user is for guests, and this is about the whole system' --user policy status
}

@test "global options before the verb, after it and after arguments" {
	local opt
	for opt in --json -q --quiet -v --verbose -n --dry-run --color=always "--root=$BATS_TEST_TMPDIR"; do
		accepted "$opt" start web
		accepted start "$opt" web
		accepted start web "$opt"
		POSIXLY_CORRECT=1 accepted start web "$opt"
	done
	accepted --color never start web
	accepted --progress json start web
	accepted start web --root "$BATS_TEST_TMPDIR"
	accepted start web -qn
}

@test "--dry-run is only for verbs that change something" {
	local verb
	for verb in label start stop destroy suspend resume restore; do
		accepted "$verb" -n web
	done
	accepted policy install -n
	accepted policy fcontext -n web
	for verb in list info check; do
		refused "$verb: --dry-run is only for verbs that change something" "$verb" -n
	done
	refused 'dominfo: --dry-run' dominfo web --dry-run
}

@test "numbers are decimal and nothing else" {
	local number
	for number in '' 0 010 0x10 -1 +1 ' 1' '1 ' 1s 1.5 86401 99999999999 \
		18446744073709551617 340282366920938463463374607431768211456 １; do
		refused "stop: --timeout: '.*' is not a decimal number from 1 to 86400" \
			stop "--timeout=$number" web
	done
}

@test "an option with one value is given once" {
	refused 'stop: --timeout was given twice' stop --timeout 5 --timeout 6 web
	refused 'stop: --timeout was given twice' stop --timeout 5 web --timeout 5
	refused '--color was given twice' --color=auto --color=never list
	refused 'list: --color was given twice' --color=auto list --color=never
	refused 'list: --root was given twice' --root=/a list --root=/b
	accepted --json --json list --json
}

@test "values that are missing, wrong or not allowed" {
	refused 'stop: --timeout needs a value' stop web --timeout
	refused '--root needs a value' --root
	refused '--root needs a directory' --root= list
	refused "--color: 'blue' is none of auto, always, never" --color=blue list
	refused "--progress: 'text' is none of auto, json, never" --progress=text list
	refused "--color: '' is none of auto" --color= list
	refused '--json=yes: this option takes no value' --json=yes list
	refused 'start: --paused=1: this option takes no value' start --paused=1 web
}

@test "unknown options, with a suggestion" {
	refused "start: unknown option --pausd, did you mean --paused?" start --pausd web
	refused "unknown option --jsn, did you mean --json?" --jsn list
	refused "Try 'svirt stop --help'" stop --frobnicate web
	refused $'stop: unknown option --frobnicate\nsvirt' stop --frobnicate=5 web
	refused 'list: unknown option -x' list -x
	refused 'start: unknown option --timeout' start --timeout 5 web
	refused 'unknown option --jso, did you mean --json?' --jso list
}

@test "unknown verbs, with a suggestion" {
	refused "unknown verb 'strat', did you mean 'start'?" strat
	refused "unknown verb 'dom', did you mean 'dominfo'?" dom
	refused "unknown verb 'migrate'" migrate
	refused "unknown verb ''" ''
	refused "unknown verb 'strat', did you mean 'start'?" help strat
}

@test "after -- everything is an argument" {
	accepted start -- web
	accepted start -- --paused
	refused "list: unexpected argument '--json'" list -- --json
	accepted -- list
}

@test "words that the option parser would replace" {
	refused '!#:\+' --root '!#:+' list
	refused '!#:\+' start '!#:+'
}

@test "control characters in arguments do not reach the terminal" {
	refused "unknown verb '.x1b.2J.x0asvirt: all is well'" $'\e[2J\nsvirt: all is well'
	refused "unexpected argument '.xff.x9b'" list $'\xff\x9b'
	refused "unexpected argument 'café.xe2.x80.xaex'" list $'caf\xc3\xa9\xe2\x80\xaex'
	LC_ALL=C refused "unexpected argument 'caf.xc3.xa9'" list $'caf\xc3\xa9'
}

@test "too few open files: reported at once, with the remedy; the limit is raised where that is allowed" {
	local less=()

	# without this capability root cannot raise the limit
	((EUID)) || less=(setpriv --bounding-set=-sys_resource)
	run --separate-stderr "${less[@]}" bash -c "ulimit -n 64; exec '$SVIRT' label web"
	assert_failure 3
	# shellcheck disable=SC2154 # stderr is bats'
	assert_regex "$stderr" "svirt: this process may open 64 files, and svirt needs 256"
	assert_regex "$stderr" "svirt: hint: ulimit -n 1024"
	run --separate-stderr bash -c "ulimit -S -n 64; exec '$SVIRT' label web"
	[[ $stderr != *"may open"* ]]
}
