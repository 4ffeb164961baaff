/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of the SELinux driver that need no SELinux: the decision whether it is on, and the
 * level in a process's label. The lab tests everything that asks a kernel. The driver is also asked
 * on a host without SELinux, where it must not assume anything.
 */
#include "driver/selinux/level.h"
#include "driver/selinux/selinux.h"

#include "base/fs.h"
#include "base/string.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>

#include <cmocka.h>

extern char *selinux_mnt; /* libselinux */

#define CONTEXT "system_u:system_r:svirt_mgr_t:s0-s0:c0.c1023"
#define LSMS	"lockdown,capability,yama,selinux,bpf"

struct verdict {
	struct sv_selinux_signs signs;
	enum sv_mac_state state;
	const char *error; /* part of the message; NULL: state counts */
};

static void judges(void **state)
{
	static const struct verdict cases[] = {
		/* all agree */
		{{true, true, LSMS, CONTEXT}, SV_MAC_ENFORCING, NULL},
		{{true, true, NULL, CONTEXT}, SV_MAC_ENFORCING, NULL},
		{{false, false, "capability,yama", NULL}, SV_MAC_DISABLED, NULL},
		{{false, false, NULL, NULL}, SV_MAC_DISABLED, NULL},
		/* labels of other models, with or without colons */
		{{false, false, NULL, "_"}, SV_MAC_DISABLED, NULL},
		{{false, false, "apparmor", ":ns:profile (enforce)"}, SV_MAC_DISABLED, NULL},
		{{false, false, NULL, "lxc//&:lxc-a_</var>:unconfined (enforce)"},
		 SV_MAC_DISABLED,
		 NULL},
		/* a model's name within another one's is no proof */
		{{false, true, "capability,selinux2,xselinux", "_"}, SV_MAC_DISABLED, NULL},
		{{false, true, "selinux\n", "kernel"}, SV_MAC_NO_POLICY, NULL},
		/* no policy is loaded yet */
		{{true, true, LSMS, "kernel"}, SV_MAC_NO_POLICY, NULL},
		{{false, true, LSMS, "kernel"}, SV_MAC_NO_POLICY, NULL},
		/* selinuxfs may not be read: the case that would start guests unconfined */
		{{false, true, LSMS, CONTEXT}, 0, "libselinux says that it is off"},
		{{false, true, NULL, CONTEXT}, 0, "libselinux says that it is off"},
		{{false, false, LSMS, CONTEXT}, 0, "libselinux says that it is off"},
		{{false, true, LSMS, NULL}, 0, "does not show this process"},
		{{true, true, "capability,yama", CONTEXT}, 0, "the kernel does not"},
		/* every sign is hidden except this process's own context */
		{{false, false, NULL, CONTEXT}, 0, "the kernel shows no SELinux, but a context"},
		{{false, false, "", CONTEXT "\n"}, 0, "the kernel shows no SELinux, but a context"},
	};

	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(cases); i++) {
		enum sv_mac_state found = SV_MAC_DOMAIN_PERMISSIVE;
		struct sv_error err = {0};
		int r = sv_selinux_state(&cases[i].signs, &found, &err);

		if (!cases[i].error) {
			if (r != 0 || found != cases[i].state)
				fail_msg("case %zu: %d %s %s", i, r, sv_mac_state_name(found),
					 err.msg);
			continue;
		}
		if (r != -SV_E_UNKNOWN || !strstr(err.msg, cases[i].error))
			fail_msg("case %zu: %d '%s'", i, r, err.msg);
		assert_int_equal(found, SV_MAC_DOMAIN_PERMISSIVE);
		assert_non_null(strstr(err.hint, "selinuxfs may not be read by this domain"));
	}
}

static const struct {
	const char *label, *levels;
	bool pool_unknown;
} end_cases[] = {
	{"system_u:system_r:svirt_t:s0:c1,c2", "s0:c1,c2", false},
	{"u:r:t:s0:c1,c2-s0:c1,c2", "s0:c1,c2", false},
	/* the kernel decides by the high level */
	{"u:r:t:s0-s0:c1,c2", "-s0:c1,c2", false},
	{"u:r:t:s0-s0:c5", "-s0:c5", false},
	{"u:r:t:s0-s0:c0.c8", "-s0:c0.c8", false},
	{"u:r:t:s0:c1-s0:c1,c2", "s0:c1 -s0:c1,c2", false},
	{"u:r:t:s0-s15:c1,c2", "-s15:c1,c2", false},
	{"u:r:t:s3:c5-s15:c4.c8", "s3:c5 -s15:c4.c8", false},
	{"u:r:t:s0:c1,c2-s3:c1,c2", "s0:c1,c2 -s3:c1,c2", false},
	/* administrators, by their high level */
	{"u:r:t:s0-s0:c0.c9", "", false},
	{"u:r:t:s0-s0:c0.c1023", "", false},
	{"u:r:t:s0-s15:c0.c1023", "", false},
	{"u:r:t:s3:c5-s3:c0.c9", "s3:c5", false},
	{"u:r:t:s0:c0.c9", "s0:c0.c9", false},
	{"u:r:t:s0-s0:c0.c9", "-s0:c0.c9", true},
	/* the kernel's own level */
	{"u:r:t:s15:c0.c9", "", false},
	{"u:r:t:s15:c0.c9", "", true},
	{"u:r:t:s0-s15:c0.c9", "", true},
	/* no categories, no levels, another model's label */
	{"u:r:t:s0", "", false},
	{"u:r:t:s0-s3", "", false},
	{"u:r:t", "", false},
	{"kernel", "", false},
	{"", "", false},
	{"docker-default (enforce)", "", false},
	/* a level that cannot be parsed may be the one that is drawn next */
	{"u:r:t:s0:c1,x9", NULL, false},
	{"u:r:t:s0-s0:c1,x9", NULL, false},
	{"u:r:t:s0:c1-s0:c2", NULL, false},
	{"u:r:t:s0:c1,c2-", NULL, false},
};

/* The ends of a process's range that are checked: with the pool c0.c9 (none: unknown), and the
 * kernel at s15:c0.c9. */
static void ends(void **state)
{
	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(end_cases); i++) {
		struct sv_selinux_view view = {0};
		struct sv_selinux_end found[2];
		sv_auto_buf struct sv_buf text = {0};
		struct sv_error err = {0};
		int n;

		assert_int_equal(sv_level_parse("s15:c0.c9", &view.top, &err), 0);
		if (!end_cases[i].pool_unknown)
			view.pool = view.top.cats;
		n = sv_selinux_ends(end_cases[i].label, &view, found, &err);
		if (!end_cases[i].levels) {
			assert_int_equal(n, -SV_E_USAGE);
			continue;
		}
		for (int j = 0; j < n; j++) {
			sv_auto_free char *level = NULL;

			assert_int_equal(sv_level_format(&found[j].level, &level, &err), 0);
			sv_buf_printf(&text, "%s%s%s", j ? " " : "", found[j].high ? "-" : "",
				      level);
		}
		if (n < 0 || !sv_streq(text.len ? text.s : "", end_cases[i].levels))
			fail_msg("'%s': %d '%s' %s", end_cases[i].label, n, text.len ? text.s : "",
				 err.msg);
	}
}

static void level_of(void **state)
{
	struct sv_level level = {0};
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(sv_selinux_level_of("u:r:t:s2:c7,c9", &level, &err), 0);
	assert_int_equal(level.sens, 2);
	assert_int_equal(sv_catset_count(&level.cats), 2);
	assert_int_equal(sv_selinux_level_of("u:r:t:s1:c3-s2:c3,c4", &level, &err), 0);
	assert_int_equal(level.sens, 1);
	assert_int_equal(sv_selinux_level_of("u:r:t", &level, &err), SV_NONE);
	assert_int_equal(sv_selinux_level_of("garbage", &level, &err), -SV_E_USAGE);
}

static void types(void **state)
{
	char out[SV_TYPE_LEN];

	(void)state;
	assert_string_equal(sv_selinux_type(CONTEXT, out), "svirt_mgr_t");
	assert_string_equal(sv_selinux_type("nonsense", out), "?");
}

/* A static label that is a range is refused before a kernel is asked. */
static void ranges_are_refused(void **state)
{
	struct sv_request req = {
		.type = SV_SECLABEL_STATIC, .label = "u:r:t:s0-s0:c1,c2", .relabel = true};
	sv_auto_subject struct sv_subject subject = {0};
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(sv_driver_selinux.subject(&req, &subject, &err), -SV_E_USAGE);
	assert_non_null(strstr(err.msg, "a range is no level for a guest"));
	assert_non_null(strstr(err.hint, "s0:c1,c2"));
	assert_null(subject.label);
	sv_error_clear(&err);
	req.label = "not a label";
	assert_int_equal(sv_driver_selinux.subject(&req, &subject, &err), -SV_E_USAGE);
	assert_non_null(strstr(err.msg, "static label: context 'not a label'"));
}

/* On a host with SELinux the probe says more; it never gives a wrong answer. */
static void on_this_host(void **state)
{
	bool here = access("/sys/fs/selinux/enforce", F_OK) == 0;
	const struct sv_strv only = {.v = (char *[]){(char[]){"selinux"}, NULL}, .n = 1};
	const struct sv_driver *model = NULL;
	struct sv_host_mac mac = {.state = SV_MAC_DOMAIN_PERMISSIVE};
	struct sv_error err = {0};
	int r = sv_driver_selinux.probe(&mac, &err);

	(void)state;
	if (here) {
		assert_true(r < 0 || mac.state != SV_MAC_DISABLED);
		return;
	}
	assert_int_equal(r, 0);
	assert_int_equal(mac.state, SV_MAC_DISABLED);
	assert_string_equal(mac.policy, "");
	assert_int_equal(sv_driver_main(&only, &model, &mac, &err), SV_NONE);
	assert_null(model);
}

static void table(void **state)
{
	(void)state;
	assert_ptr_equal(sv_driver_find("selinux"), &sv_driver_selinux);
	assert_ptr_equal(sv_driver_find("dac"), &sv_driver_dac);
	assert_null(sv_driver_find("nonsense"));
	assert_ptr_equal(sv_drivers[0], &sv_driver_selinux);
	/* dac drops the capabilities that the others need; Landlock needs its no_new_privs */
	for (size_t i = 0; sv_drivers[i]; i++)
		if (sv_drivers[i] == &sv_driver_dac) {
			assert_ptr_equal(sv_drivers[i + 1], &sv_driver_landlock);
			assert_null(sv_drivers[i + 2]);
		}
}

static void contexts_file(void **state)
{
	char path[] = "/tmp/svirt-test-XXXXXX";
	sv_auto_close int fd = mkstemp(path);
	sv_auto_free char *line = NULL;
	struct sv_error err = {0};
	static const char text[] = "# comment\n\n   \n  \t# another\n";

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	assert_int_equal(sv_selinux_context_line(path, 1, &line, &err), SV_NONE);
	/* a file of more than 64 KiB is not a contexts file */
	assert_int_equal(ftruncate(fd, 1024 * 1024), 0);
	assert_int_equal(sv_selinux_context_line(path, 1, &line, &err), -SV_E_USAGE);
	assert_non_null(strstr(err.msg, path));
	assert_int_equal(unlink(path), 0);
	sv_error_clear(&err);
	assert_int_equal(sv_selinux_context_line(path, 1, &line, &err), SV_NONE);
	assert_int_equal(sv_selinux_context_line(NULL, 1, &line, &err), SV_NONE);
	assert_null(line);
}

static void put_number(const char *dir, const char *name, const char *text)
{
	sv_auto_free char *path = NULL;
	struct sv_error err = {0};
	sv_auto_close int fd = -1;

	assert_int_equal(sv_asprintf(&path, &err, "%s/%s", dir, name), 0);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

/* The numbers of a class and a permission are valid for one policy, whose number each decision
 * has. */
static void class_numbers(void **state)
{
	static const char *const dirs[] = {"/class", "/class/file", "/class/file/perms"};
	char dir[] = "/tmp/svirt-test-XXXXXX", *mounted = selinux_mnt;
	struct sv_error err = {0};
	uint16_t tclass = 0;
	uint32_t bit = 0;
	char path[64];

	(void)state;
	assert_non_null(mkdtemp(dir));
	for (size_t i = 0; i < SV_N_ELEMENTS(dirs); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", dir, dirs[i]);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	put_number(dir, "class/file/index", "6\n");
	put_number(dir, "class/file/perms/read", "2\n");
	selinux_mnt = dir;
	assert_int_equal(sv_selinux_class("file", &tclass, &err), 0);
	assert_int_equal(tclass, 6);
	assert_true(sv_selinux_class_is_of(7));
	assert_int_equal(sv_selinux_perm("file", "read", &bit, &err), 0);
	assert_int_equal(bit, 2);
	assert_int_equal(sv_selinux_perm("file", "fly", &bit, &err), SV_NONE);
	/* another policy is loaded: its first decision has the number of the policy, and was asked
	 * with the old class numbers */
	put_number(dir, "class/file/index", "9\n");
	put_number(dir, "class/file/perms/read", "32\n");
	assert_true(sv_selinux_class_is_of(7));
	assert_int_equal(sv_selinux_class("file", &tclass, &err), 0);
	assert_int_equal(tclass, 6);
	assert_false(sv_selinux_class_is_of(8));
	assert_int_equal(sv_selinux_class("file", &tclass, &err), 0);
	assert_int_equal(tclass, 9);
	assert_int_equal(sv_selinux_perm("file", "read", &bit, &err), 0);
	assert_true(bit == 1u << 31);
	assert_true(sv_selinux_class_is_of(8));
	put_number(dir, "class/file/index", "no\n");
	assert_false(sv_selinux_class_is_of(9));
	assert_int_equal(sv_selinux_class("file", &tclass, &err), -SV_E_USAGE);
	selinux_mnt = mounted;
	assert_int_equal(sv_fs_remove_tree(dir, &err), 0);
}

/* A kernel without selinuxfs cannot check a context: that is an error, not "invalid". */
static void no_kernel_no_answer(void **state)
{
	struct sv_denial why = {0};
	struct sv_error err = {0};

	(void)state;
	if (access("/sys/fs/selinux/enforce", F_OK) == 0)
		return;
	assert_int_equal(sv_selinux_canonical("u:r:t:s0", NULL, &err), -SV_E_UNKNOWN);
	assert_non_null(strstr(err.msg, "cannot ask the kernel about context 'u:r:t:s0'"));
	sv_error_clear(&err);
	assert_int_equal(sv_driver_selinux.ask->may_use("u:r:t:s0:c1,c2", "u:r:t:s0", S_IFREG,
							SV_ACCESS_RW, &why, &err),
			 -SV_E_UNKNOWN);
	sv_error_clear(&err);
	assert_int_equal(sv_driver_selinux.same("u:r:t:s0:c1", "u:r:t:s0:c1", &err), 0);
	assert_int_equal(sv_driver_selinux.same("u:r:t:s0:c1", "u:r:t:s0:c2", &err), -SV_E_UNKNOWN);
}

/* A kernel that never checks { execmem }: the heap is executable. */
static void data_runs(void **state)
{
	static const struct {
		const char *maps;
		int want;
	} cases[] = {
		{"55d0-55d1 r-xp 00000000 00:01 5      /bin/cat\n"
		 "55d2-55d3 rw-p 00000000 00:00 0      [heap]\n"
		 "7ffc-7ffd rwxp 00000000 00:00 0      [stack]\n",
		 SV_NONE},
		{"55d0-55d1 r--p 00000000 00:01 5      /bin/cat\n"
		 "55d2-55d3 rwxp 00000000 00:00 0      [heap]\n",
		 0},
		{"55d2-55d3 rwxp 00000000 00:00 0      [heap]\n", 0},
		{"", -SV_E_UNKNOWN},
		{"[heap]\n", -SV_E_UNKNOWN},
		{" rw\n[heap]\n", -SV_E_UNKNOWN},
		{"1-2 rwxp 00000000 00:00 0            [heap]", -SV_E_UNKNOWN},
	};
	size_t i;

	(void)state;
	for (i = 0; i < SV_N_ELEMENTS(cases); i++) {
		struct sv_error err = {0};

		assert_int_equal(sv_selinux_data_runs(cases[i].maps, &err), cases[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_runs),	 cmocka_unit_test(judges),
		cmocka_unit_test(ends),		 cmocka_unit_test(level_of),
		cmocka_unit_test(types),	 cmocka_unit_test(ranges_are_refused),
		cmocka_unit_test(on_this_host),	 cmocka_unit_test(table),
		cmocka_unit_test(contexts_file), cmocka_unit_test(no_kernel_no_answer),
		cmocka_unit_test(class_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
