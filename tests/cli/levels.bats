#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Levels where no kernel is needed: the categories of svirt.conf, --level, --share-group and --join.

# bats sets status, output and stderr
# shellcheck disable=SC2154,SC2030,SC2031

load helper
setup() { empty_tree; }

# wrong_conf LINE MESSAGE: every verb that reads the configuration ends with this error
wrong_conf() {
	echo "$1" >"$TREE/etc/svirt/svirt.conf"
	run --separate-stderr svirt --root "$TREE" info
	assert_failure 2
	assert_equal "$output" ''
	assert_regex "$stderr" "^svirt: $TREE/etc/svirt/svirt.conf:1: $2"
}

@test "svirt.conf: invalid categories are errors with key and value" {
	wrong_conf 'categories = c5-c9' "categories 'c5-c9': unexpected '-c9'"
	wrong_conf 'exclude_categories = 7' "exclude_categories: categories '7': '7' is not a category"
	wrong_conf 'categories = c7' "categories without exclude_categories leaves one category"
	assert_regex "$stderr" 'svirt: hint: name more in categories, or fewer in exclude_categories'
}

@test "svirt.conf: a line that sets nothing ends the command, also in a drop-in of an empty file" {
	mkdir -p "$TREE/etc/svirt/svirt.conf.d"
	: >"$TREE/etc/svirt/svirt.conf"
	printf '[n]\nu' >"$TREE/etc/svirt/svirt.conf.d/10.conf"
	run --separate-stderr svirt --root "$TREE" info
	assert_failure 2
	assert_equal "$stderr" "svirt: $TREE/etc/svirt/svirt.conf.d/10.conf:1: has a section '[n]': keys stand without one
svirt: hint: [network NAME], in a line of its own, is the one that there is"
	rm "$TREE/etc/svirt/svirt.conf.d/10.conf" "$TREE/etc/svirt/svirt.conf"
	mkfifo "$TREE/etc/svirt/svirt.conf"
	run --separate-stderr timeout 5 "$SVIRT" --root "$TREE" info
	assert_failure 2
	assert_equal "$stderr" "svirt: $TREE/etc/svirt/svirt.conf: is not a regular file"
}

@test "svirt.conf: a drop-in replaces the categories of the vendor's file" {
	mkdir -p "$TREE/etc/svirt/svirt.conf.d"
	echo 'categories = c7' >"$TREE/etc/svirt/svirt.conf"
	echo 'categories = c7,c8' >"$TREE/etc/svirt/svirt.conf.d/50-site.conf"
	run svirt --root "$TREE" info
	assert_success
}

# wrong_level LEVEL MESSAGE: start and label report it before they look at the host, with -n too
wrong_level() {
	local how

	for how in start label 'start -n' 'label -n'; do
		# shellcheck disable=SC2086
		run --separate-stderr as_root "$SVIRT" --root "$TREE" $how --level "$1" \
			"$SVIRT_SRCDIR/tests/data/domains/dynamic.xml"
		assert_failure 2
		assert_equal "$output" ''
		assert_regex "$stderr" "^svirt: level '$1': $2"
		assert_regex "$stderr" 'svirt: hint: '
	done
}

@test "--level: text that is no level, and a level with too few categories, are usage errors" {
	wrong_level junk "'junk' is not a sensitivity"
	wrong_level s0-s0:c1,c2 "unexpected '-s0:c1,c2'"
	wrong_level s0:c2000,c1 'category: 2000 is out of range'
	wrong_level s0 "a guest's level takes two categories"
	wrong_level s0:c5 "a guest's level takes two categories"
	assert_equal "$(find "$TREE" -type f)" ''
}

@test "--level: needs a value, once" {
	accepted start --level s0:c1,c2 web
	accepted label --level=s0:c1,c2 -n web
	refused '--level needs a value' start --level= web
	refused '--level was given twice' start --level s0:c1,c2 --level s0:c1,c2 web
	refused 'unknown option --level' list --level s0:c1,c2
}

@test "--share-group: an invalid name is a usage error" {
	local how name

	for how in start label 'start -n' 'label -n'; do
		for name in ../etc 'a b' .a -a "$(printf 'a%.0s' {1..65})"; do
			# shellcheck disable=SC2086
			run --separate-stderr as_root "$SVIRT" --root "$TREE" $how "--share-group=$name" \
				"$SVIRT_SRCDIR/tests/data/domains/dynamic.xml"
			assert_failure 2
			assert_equal "$output" ''
			assert_regex "$stderr" "^svirt: '$name' is no name for a share group"
			assert_regex "$stderr" "svirt: hint: letters, digits, '.', '_' and '-'"
		done
	done
	assert_equal "$(find "$TREE" -type f)" ''
	accepted start --share-group web.1-a_b web
	accepted label --level s0:c1,c2 --share-group web web
	refused '--share-group needs a value' start --share-group= web
	refused 'unknown option --share-group' list --share-group web
}

@test "--join: an invalid name of a guest, and a conflicting option, are usage errors" {
	local how other

	for how in start label 'start -n' 'label -n'; do
		# shellcheck disable=SC2086
		run --separate-stderr as_root "$SVIRT" --root "$TREE" $how --join ./a.xml \
			"$SVIRT_SRCDIR/tests/data/domains/dynamic.xml"
		assert_failure 2
		assert_equal "$output" ''
		assert_regex "$stderr" "^svirt: './a.xml' cannot be the name of a guest"
		assert_regex "$stderr" "svirt: hint: --join takes the name of a guest: 'svirt list' shows them"
		for other in --level=s0:c1,c2 --share-group=web; do
			# shellcheck disable=SC2086
			run --separate-stderr as_root "$SVIRT" --root "$TREE" $how --join a "$other" \
				"$SVIRT_SRCDIR/tests/data/domains/dynamic.xml"
			assert_failure 2
			assert_equal "$output" ''
			assert_regex "$stderr" "^svirt: --join and ${other%%=*} exclude each other"
			assert_regex "$stderr" 'svirt: hint: who joins a guest has its level, and is in its share group'
		done
	done
	assert_equal "$(find "$TREE" -type f)" ''
	accepted start --join a web
	accepted label --join='a b' -n web
	refused '--join needs a value' start --join= web
	refused 'unknown option --join' list --join a
}
