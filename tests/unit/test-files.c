/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which file of a pipe belongs to the guest depends on the existing files: QEMU opens PIPE.in and
 * PIPE.out when both exist, else PIPE. The other names are not used. A drive whose medium may be
 * missing is empty then.
 */
#include "domain-fixture.h"

#include "base/fs.h"
#include "base/string.h"
#include "guest/files/collect.h"

#include <sys/stat.h>

static char dir[64], path[128];
static unsigned told;
static char what[1200];

static const char *at(const char *name)
{
	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static int make_dir(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/svirt-test-files.XXXXXX");
	assert_non_null(mkdtemp(dir));
	return 0;
}

static int drop_dir(void **state)
{
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(sv_fs_remove_tree(dir, &err), 0);
	return 0;
}

static void tell(void *data, enum sv_files_part part, struct sv_error *err)
{
	(void)data;
	assert_int_equal(part, SV_FILES_DEVICE);
	assert_int_equal(err->line, FRAME_DEVICES_LINE);
	(void)snprintf(what, sizeof(what), "%s (%s)", err->msg, err->hint);
	told++;
}

/* The names of the files of a guest with this pipe and a log, with a blank after each. */
static void files(sv_files_fn fn, int wanted, const char *names, struct sv_error *err)
{
	const struct svirt sv = {.root = (char[]){""},
				 .run_dir = (char[]){"/run/svirt"},
				 .state_dir = (char[]){"/nowhere"},
				 .conf_dir = (char[]){"/nowhere"}};
	struct sv_files_request req = {.sv = &sv, .fn = fn};
	sv_auto_files struct sv_files found = {0};
	sv_auto_domain struct sv_domain *dom = NULL;
	sv_auto_buf struct sv_buf got = {0};
	char lines[256];

	(void)snprintf(lines, sizeof(lines),
		       "<serial type='pipe'><source path='%s/p'/><log file='%s/log'/></serial>",
		       dir, dir);
	dom = domain_of(IN_DEVICES, lines);
	told = 0;
	req.dom = dom;
	assert_int_equal(sv_files_of(&req, &found, err), wanted);
	for (size_t i = 0; i < found.resources.n; i++)
		sv_buf_printf(&got, "%s ", strrchr(found.resources.items[i].path, '/') + 1);
	sv_buf_puts(&got, "");
	assert_string_equal(got.s, names);
}

static void test_pipe(void **state)
{
	struct sv_error err = {0};

	(void)state;
	files(NULL, 0, "p log ", &err);
	assert_int_equal(mkfifo(at("p"), 0600), 0);
	files(NULL, 0, "p log ", &err);
	assert_int_equal(mkfifo(at("p.in"), 0600), 0);
	assert_int_equal(mkfifo(at("p.out"), 0600), 0);
	files(tell, 0, "p.in p.out log ", &err);
	assert_int_equal(told, 0);
}

static void test_half_a_pair(void **state)
{
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(mkfifo(at("p"), 0600), 0);
	assert_int_equal(mkfifo(at("p.out"), 0600), 0);
	files(NULL, -SV_E_USAGE, "", &err);
	assert_non_null(strstr(err.msg, "p.out is there and "));
	assert_int_equal(err.line, FRAME_DEVICES_LINE);
	/* a caller that wants every error gets each once */
	sv_error_clear(&err);
	files(tell, 0, "log ", &err);
	assert_int_equal(told, 1);
	assert_non_null(strstr(what, "p.in is not (mkfifo "));
}

static void keep_warning(void *data, const char *msg)
{
	(void)data;
	(void)snprintf(what, sizeof(what), "%s", msg);
	told++;
}

/* The number of files of a guest with this CD-ROM drive. */
static size_t media(const char *policy, const char *name, enum sv_disk_source wanted)
{
	const struct svirt sv = {.root = (char[]){""},
				 .run_dir = (char[]){"/run/svirt"},
				 .state_dir = (char[]){"/nowhere"},
				 .conf_dir = (char[]){"/nowhere"},
				 .warn = keep_warning};
	struct sv_files_request req = {.sv = &sv};
	sv_auto_files struct sv_files found = {0};
	sv_auto_domain struct sv_domain *dom = NULL;
	struct sv_error err = {0};
	char lines[256];

	(void)snprintf(lines, sizeof(lines),
		       "<disk device='cdrom'><source file='%s/%s' startupPolicy='%s'/>"
		       "<target dev='sda' bus='sata'/></disk>",
		       dir, name, policy);
	dom = domain_of(IN_DEVICES, lines);
	told = 0;
	req.dom = dom;
	assert_int_equal(sv_files_of(&req, &found, &err), 0);
	assert_int_equal(dom->disks[0].source, wanted);
	return found.resources.n;
}

static void test_optional_medium(void **state)
{
	sv_auto_file FILE *f = fopen(at("cd.iso"), "we");

	(void)state;
	assert_non_null(f);
	assert_int_equal(symlink("nowhere", at("link.iso")), 0);
	assert_int_equal(media("optional", "cd.iso", SV_DISK_FILE), 1);
	assert_int_equal(told, 0);
	assert_int_equal(media("optional", "no.iso", SV_DISK_NONE), 0);
	assert_int_equal(told, 1);
	assert_non_null(strstr(what, "good.xml:6: disk sda: '/tmp/svirt-test-files."));
	assert_non_null(strstr(what, "/no.iso' is missing: the drive is empty"));
	/* refused later: the file has to exist, or it exists and is not a medium */
	assert_int_equal(media("mandatory", "no.iso", SV_DISK_FILE), 1);
	assert_int_equal(media("optional", "link.iso", SV_DISK_FILE), 1);
	assert_int_equal(told, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_pipe, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(test_half_a_pair, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(test_optional_medium, make_dir, drop_dir),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
