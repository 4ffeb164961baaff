#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Which program runs a verb, and as whom: svirt, svirt-manager, root, any user.

# bats sets status, output and stderr
# shellcheck disable=SC2154,SC2016

load helper
setup() { empty_tree; }

manager_verbs() { svirt __dump | jq -r '.verbs[] | select(.flags | index("manager")) | .name'; }

@test "the verbs that need the manager" {
	assert_equal "$(manager_verbs | sort | xargs)" 'destroy label restore resume start stop suspend'
}

@test "these verbs need root: 4, with a message" {
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

@test "--user: not for root, and not without a session" {
	run --separate-stderr as_root "$SVIRT" --user list
	assert_failure 2
	assert_regex "$stderr" '^svirt: --user is not for root'
	assert_regex "$stderr" "svirt: hint: leave --user out: root's guests are those of the system"
	run --separate-stderr as_root "$SVIRT" --user destroy web
	assert_failure 2
	run --separate-stderr as_nobody env -u XDG_RUNTIME_DIR "$SVIRT" --user destroy web
	assert_failure 3
	assert_regex "$stderr" '^svirt: XDG_RUNTIME_DIR is not set'
	run --separate-stderr as_nobody env XDG_RUNTIME_DIR=/usr "$SVIRT" --user list
	assert_failure 4
	assert_regex "$stderr" '^svirt: XDG_RUNTIME_DIR /usr is not yours'
}

@test "usage errors are reported before missing privileges" {
	run as_nobody "$SVIRT" start
	assert_failure 2
	run as_nobody "$SVIRT" start --help
	assert_success
}

@test "no guest is started or ended in an offline tree" {
	local verb
	printf '<domain type="qemu"><name>web</name><memory>65536</memory><os><type>hvm</type></os></domain>' \
		>"$TREE/web.xml"
	for verb in 'stop web' 'destroy web' 'restore --all' 'restore --stale -n' "label $TREE/web.xml" \
		"label -n $TREE/web.xml" "start -n $TREE/web.xml"; do
		# shellcheck disable=SC2086
		run --separate-stderr as_root "$SVIRT" --root "$TREE" $verb
		assert_failure 2
		assert_regex "$stderr" 'is a tree at rest'
	done
}

@test "svirt-manager has no other verb" {
	local verb
	for verb in list info 'dominfo web' 'policy install'; do
		# shellcheck disable=SC2086
		run --separate-stderr as_root "$SVIRT_MANAGER" $verb
		assert_failure 2
		assert_regex "$stderr" 'is no verb of svirt-manager'
	done
}

@test "svirt-caller has no verb of the manager" {
	local verb
	for verb in $(manager_verbs); do
		run --separate-stderr as_root "$(dirname "$SVIRT_MANAGER")/svirt-caller" "$verb" web
		assert_failure 2
		assert_regex "$stderr" 'is no verb of svirt-caller'
	done
}

@test "a domain file is opened with the caller's privileges" {
	run --separate-stderr as_root "$SVIRT" start "$TREE/none.xml"
	assert_failure 6
	assert_regex "$stderr" 'cannot open the domain file .*none.xml: No such file'
	printf 'nonsense' >"$TREE/bad.xml"
	run --separate-stderr as_root "$SVIRT" check "$TREE/bad.xml"
	assert_failure 1
	assert_regex "$output" 'svirt-domain-valid domain .*bad.xml'
	# all its errors are reported
	printf '%s\n' "<domain type='kvm'><name>bad</name><memory>1</memory>" '<os><type>hvm</type></os>' '<strange/>' \
		'<devices>' '<odd/>' "<vsock model='pci'/>" '</devices></domain>' >"$TREE/bad.xml"
	run --separate-stderr as_root "$SVIRT" check "$TREE/bad.xml"
	assert_failure 1
	assert_equal "$(grep -c '^FAIL *svirt-domain-valid' <<<"$output")" 3
	for line in 3 5 6; do assert_line --regexp "evidence: .*/bad.xml:$line\$"; done
}

# As root of a namespace without any state: svirt gets as far as executing its manager.
@test "the caller cannot choose the program that is executed as the manager" {
	printf '#!/bin/sh\ntouch "%s/executed"\n' "$TREE" >"$TREE/svirt-manager"
	chmod +x "$TREE/svirt-manager"
	cd "$TREE"
	unshare --user --map-root-user --mount -- true || skip 'no user namespaces here, as in a chroot'
	run env PATH="$TREE:$PATH" PKGLIBEXECDIR="$TREE" SVIRT_LIBEXECDIR="$TREE" \
		unshare --user --map-root-user --mount -- sh -c '
			mount -t tmpfs -o ro none /var/lib && mount -t tmpfs -o ro none /run || exit 77
			exec "$@"' sh "$SVIRT" stop nosuch
	assert_failure
	refute [ "$status" -eq 77 ]
	refute_output --partial 'only root may do this'
	assert [ ! -e "$TREE/executed" ]
	run svirt --manager="$TREE/svirt-manager" stop nosuch
	assert_failure 2
}
