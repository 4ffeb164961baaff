#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Levels as far as no kernel has to be asked: svirt.conf's categories.

# bats sets status, output and stderr
# shellcheck disable=SC2154

load helper
setup() { empty_tree; }

# wrong_conf LINE MESSAGE: every verb that looks at the host ends with it
wrong_conf() {
	echo "$1" >"$TREE/etc/svirt/svirt.conf"
	run --separate-stderr svirt --root "$TREE" info
	assert_failure 2
	assert_equal "$output" ''
	assert_regex "$stderr" "^svirt: $TREE/etc/svirt/svirt.conf: $2"
}

@test "svirt.conf: categories that cannot be right are errors with key and value" {
	wrong_conf 'categories = c5-c9' "categories 'c5-c9': unexpected '-c9'"
	wrong_conf 'exclude_categories = 7' "exclude_categories: categories '7': '7' is not a category"
	wrong_conf 'categories = c7' "categories without exclude_categories leaves one category"
	assert_regex "$stderr" 'svirt: hint: name more in categories, or fewer in exclude_categories'
}

@test "svirt.conf: a drop-in sets the categories of the vendor's file anew" {
	mkdir -p "$TREE/etc/svirt/svirt.conf.d"
	echo 'categories = c7' >"$TREE/etc/svirt/svirt.conf"
	echo 'categories = c7,c8' >"$TREE/etc/svirt/svirt.conf.d/50-site.conf"
	run svirt --root "$TREE" info
	assert_success
}
