/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of the Smack driver that need no Smack: the decision whether it is on, which labels are
 * valid, and the labels of a guest. The lab tests everything that asks a kernel.
 */
#include "driver/smack/smack.h"

#include "base/string.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define UUID "0f0e0d0c-1111-4222-8333-444455556666"

struct verdict {
	struct sv_smack_signs signs;
	enum sv_mac_state state;
	const char *error; /* part of the message; NULL: state counts */
};

static void judges(void **state)
{
	static const struct verdict cases[] = {
		{{"capability,yama,smack", true, true, "_"}, SV_MAC_ENFORCING, NULL},
		{{"smack\n", true, true, "Manager"}, SV_MAC_ENFORCING, NULL},
		{{NULL, true, true, "_"}, SV_MAC_ENFORCING, NULL},
		{{"capability,yama,selinux", false, false, "a:b:c:s0"}, SV_MAC_DISABLED, NULL},
		{{"capability,smackx", false, false, NULL}, SV_MAC_DISABLED, NULL},
		{{NULL, false, false, NULL}, SV_MAC_DISABLED, NULL},
		/* active, but its rules cannot be read: never "off" */
		{{"smack", true, false, "_"}, 0, "smackfs is not mounted"},
		{{NULL, true, false, "_"}, 0, "smackfs is not mounted"},
		{{"smack", true, true, NULL}, 0, "does not show this process' own label"},
		/* contradictions */
		{{"smack", false, false, "_"}, 0, "it does not know smackfs"},
		{{"capability", true, true, "_"}, 0, "it has got smackfs"},
		{{NULL, false, true, "_"}, 0, "it has got smackfs"},
	};

	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(cases); i++) {
		enum sv_mac_state found = SV_MAC_DOMAIN_PERMISSIVE;
		struct sv_error err = {0};
		int r = sv_smack_state(&cases[i].signs, &found, &err);

		if (!cases[i].error) {
			if (r != 0 || found != cases[i].state)
				fail_msg("case %zu: %d %s %s", i, r, sv_mac_state_name(found),
					 err.msg);
			continue;
		}
		if (r != -SV_E_UNKNOWN || !strstr(err.msg, cases[i].error))
			fail_msg("case %zu: %d '%s'", i, r, err.msg);
		assert_int_equal(found, SV_MAC_DOMAIN_PERMISSIVE);
		assert_true(err.hint[0] != '\0');
	}
}

/* A label that the kernel would refuse, or truncate silently, is refused here. */
static void knows_labels(void **state)
{
	static const char *const good[] = {"_", "a", "svirt-" UUID, "System::Run", "x-", "~"};
	static const char *const bad[] = {
		"",	"-a",  "a b",  "a\tb",	"a/b",	     "a\\b",
		"a\"b", "a'b", "a\nb", "a\x7f", "a\xc3\xa4", "a,smackfsdef=_",
	};
	char longest[SV_SMACK_MAX + 2];
	struct sv_error err = {0};

	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(good); i++)
		assert_int_equal(sv_smack_check(good[i], &err), 0);
	for (size_t i = 0; i < SV_N_ELEMENTS(bad); i++) {
		if (sv_smack_check(bad[i], &err) != -SV_E_USAGE)
			fail_msg("'%s' is taken", bad[i]);
		assert_non_null(strstr(err.msg, "is no Smack label: "));
		sv_error_clear(&err);
	}
	memset(longest, 'x', sizeof(longest));
	longest[SV_SMACK_MAX] = '\0';
	assert_int_equal(sv_smack_check(longest, &err), 0);
	longest[SV_SMACK_MAX] = 'x';
	longest[SV_SMACK_MAX + 1] = '\0';
	assert_int_equal(sv_smack_check(longest, &err), -SV_E_USAGE);
}

static void knows_kinds(void **state)
{
	static const struct {
		const char *label;
		enum sv_name_kind kind;
	} cases[] = {
		{"_", SV_NAME_COMMON},
		{"*", SV_NAME_COMMON},
		{"^", SV_NAME_COMMON},
		{"@", SV_NAME_COMMON},
		{"svirt-content", SV_NAME_COMMON},
		{"svirt-shared", SV_NAME_COMMON},
		{"svirt-" UUID, SV_NAME_GUEST},
		{"svirt-" UUID "0", SV_NAME_OTHER},
		{"svirt-0f0e0d0c", SV_NAME_OTHER},
		{"svirt-", SV_NAME_OTHER},
		{"Mine", SV_NAME_OTHER},
		{"__", SV_NAME_OTHER},
	};

	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(cases); i++)
		if (sv_driver_smack.kind(cases[i].label) != cases[i].kind)
			fail_msg("'%s'", cases[i].label);
}

static void makes_subjects(void **state)
{
	struct sv_request request = {.type = SV_SECLABEL_DYNAMIC, .uuid = UUID, .relabel = true};
	sv_auto_subject struct sv_subject s = {0}, fixed = {0};
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(sv_driver_smack.subject(&request, &s, &err), 0);
	assert_string_equal(s.label, "svirt-" UUID);
	assert_string_equal(s.image[SV_ACCESS_RW], "svirt-" UUID);
	assert_string_equal(s.image[SV_ACCESS_RO], "svirt-content");
	assert_string_equal(s.image[SV_ACCESS_SHARED], "svirt-shared");
	assert_false(s.permissive);

	request = (struct sv_request){.type = SV_SECLABEL_STATIC, .label = "Mine"};
	assert_int_equal(sv_driver_smack.subject(&request, &fixed, &err), 0);
	assert_string_equal(fixed.label, "Mine");
	assert_null(fixed.image[SV_ACCESS_RW]);
}

static void refuses_subjects(void **state)
{
	static const struct {
		struct sv_request request;
		const char *message;
	} cases[] = {
		{{.type = SV_SECLABEL_DYNAMIC}, "takes the UUID of the guest"},
		{{.type = SV_SECLABEL_DYNAMIC, .uuid = "a b"}, "takes the UUID of the guest"},
		{{.type = SV_SECLABEL_DYNAMIC, .uuid = UUID, .baselabel = "x"},
		 "baselabel 'x': a Smack label has no parts"},
		{{.type = SV_SECLABEL_STATIC, .label = "a b"}, "'a b' is no Smack label"},
	};
	struct sv_subject s = {0};

	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(cases); i++) {
		struct sv_error err = {0};

		assert_int_equal(sv_driver_smack.subject(&cases[i].request, &s, &err), -SV_E_USAGE);
		assert_non_null(strstr(err.msg, cases[i].message));
		assert_null(s.label);
	}
}

/* On a kernel without Smack, or on one with it: every answer is defined. */
static void decides_without_rules(void **state)
{
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(sv_smack_allows("A", "A", "rwx", &err), 0);
	assert_int_equal(sv_smack_allows("A", "*", "rw", &err), 0);
	assert_int_equal(sv_smack_allows("A", "_", "rx", &err), 0);
	assert_int_equal(sv_smack_allows("A", "svirt-content", "rx", &err), 0);
	assert_int_equal(sv_smack_allows("A", "svirt-shared", "rwx", &err), 0);
	if (access(SV_SMACK_FS "/access2", F_OK) == 0)
		return;
	assert_int_equal(sv_smack_allows("A", "_", "w", &err), -SV_E_UNKNOWN);
	sv_error_clear(&err);
	assert_int_equal(sv_smack_allows("A", "svirt-content", "w", &err), -SV_E_UNKNOWN);
}

static void names_its_mount_options(void **state)
{
	sv_auto_free char *mine = NULL, *nobodys = NULL;
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(sv_smack_mount_options("A", &mine, &err), 0);
	assert_string_equal(mine, ",smackfsroot=A,smackfsdef=A");
	assert_int_equal(sv_smack_mount_options(NULL, &nobodys, &err), 0);
	assert_string_equal(nobodys, ",smackfsroot=_,smackfsdef=_");
}

static void knows_filesystems(void **state)
{
	(void)state;
	assert_false(sv_smack_is_fixed(NULL));
	assert_false(sv_smack_is_fixed(&(struct sv_mount){.type = "ext4"}));
	assert_true(sv_smack_is_fixed(&(struct sv_mount){.type = "vfat"}));
	assert_true(sv_smack_is_fixed(&(struct sv_mount){.type = "fuse.sshfs"}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges),
		cmocka_unit_test(knows_labels),
		cmocka_unit_test(knows_kinds),
		cmocka_unit_test(makes_subjects),
		cmocka_unit_test(refuses_subjects),
		cmocka_unit_test(decides_without_rules),
		cmocka_unit_test(names_its_mount_options),
		cmocka_unit_test(knows_filesystems),
	};

	return cmocka_run_group_tests_name("smack", tests, NULL, NULL);
}
