/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A path directory by directory: how far it was opened, and why it stopped. */
#include "base/string.h"
#include "base/walk.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>

#include <cmocka.h>

static char dir[64];

static const char *in_dir(const char *name, char out[128])
{
	(void)snprintf(out, 128, "%s/%s", dir, name);
	return out;
}

static int setup(void **state)
{
	char path[128];

	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/svirt-walk-XXXXXX");
	if (!mkdtemp(dir) || mkdir(in_dir("d", path), 0700) < 0 ||
	    symlink("d", in_dir("link", path)) < 0)
		return -1;
	return close(open(in_dir("d/file", path), O_CREAT | O_CLOEXEC, 0600));
}

static int teardown(void **state)
{
	struct sv_error err = {0};

	(void)state;
	return sv_fs_remove_tree(dir, &err);
}

/* How many directories were opened, and the reason of the stop; "": none. */
static void check(const char *name, size_t n, enum sv_code code, mode_t at)
{
	sv_auto_nodes struct sv_nodes nodes = {0};
	sv_auto_walk struct sv_walk walk = {.end = SV_NODE_EMPTY};
	struct sv_error err = {0};
	char path[128];

	assert_int_equal(sv_walk_open(in_dir(name, path), &nodes, &walk, &err), 0);
	/* "/" and "/tmp" */
	assert_int_equal(walk.n, n + 2);
	assert_int_equal(walk.stopped.code, code);
	assert_int_equal(walk.at & S_IFMT, at);
	assert_int_equal(walk.end.fd >= 0, code == SV_OK);
}

static void test_walks(void **state)
{
	(void)state;
	check("d/file", 2, SV_OK, 0);
	check("d", 1, SV_OK, 0);
	check("d/none", 2, SV_E_NOTFOUND, 0);
	check("none/file", 1, SV_E_NOTFOUND, 0);
	check("link", 1, SV_E_USAGE, S_IFLNK);
	check("link/file", 1, SV_E_USAGE, S_IFLNK);
	check("d/file/file", 2, SV_E_USAGE, S_IFREG);
}

/* An object that is open already, the end or a directory, is not opened again. */
static void test_opened_once(void **state)
{
	sv_auto_nodes struct sv_nodes nodes = {0};
	sv_auto_walk struct sv_walk first = {.end = SV_NODE_EMPTY};
	sv_auto_walk struct sv_walk second = {.end = SV_NODE_EMPTY};
	const struct sv_node *file;
	struct sv_error err = {0};
	char path[128];

	(void)state;
	assert_int_equal(sv_nodes_open(&nodes, in_dir("d/file", path), &file, &err), 0);
	assert_int_equal(sv_walk_open(path, &nodes, &first, &err), 0);
	assert_int_equal(first.end.fd, file->fd);
	/* "/", "/tmp", the directory of the test, "d", and the file */
	assert_int_equal(nodes.n, 5);
	assert_int_equal(sv_walk_open(in_dir("d/none", path), &nodes, &second, &err), 0);
	assert_int_equal(nodes.n, 5);
	assert_int_equal(second.n, 4);
	for (size_t i = 0; i < second.n; i++)
		assert_int_equal(second.dirs[i].fd, first.dirs[i].fd);
}

static void test_names(void **state)
{
	char out[64];

	(void)state;
	assert_string_equal(sv_walk_name("/a/b/c", 0, out, sizeof(out)), "/");
	assert_string_equal(sv_walk_name("/a/b/c", 1, out, sizeof(out)), "/a");
	assert_string_equal(sv_walk_name("/a/b/c", 2, out, sizeof(out)), "/a/b");
	assert_string_equal(sv_walk_name("/a/b/c", 9, out, sizeof(out)), "/a/b/c");
}

static void test_relative(void **state)
{
	sv_auto_nodes struct sv_nodes nodes = {0};
	struct sv_walk walk = {.end = SV_NODE_EMPTY};
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(sv_walk_open("a/b", &nodes, &walk, &err), -SV_E_USAGE);
	assert_string_equal(err.msg, "a path to walk along is absolute");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_walks, setup, teardown),
		cmocka_unit_test_setup_teardown(test_opened_once, setup, teardown),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_relative),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
