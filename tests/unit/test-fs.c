/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Paths become descriptors without following a link, and system directories are refused. */
#include "base/fhandle.h"
#include "base/string.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <time.h>

#include <cmocka.h>

struct tree {
	char dir[64];
	char path[200];
};

static const char *at(struct tree *t, const char *name)
{
	(void)snprintf(t->path, sizeof(t->path), "%s/%s", t->dir, name);
	return t->path;
}

static int make_tree(void **state)
{
	struct tree *t = calloc(1, sizeof(*t));
	char link_to[200];
	int fd;

	assert_non_null(t);
	(void)snprintf(t->dir, sizeof(t->dir), "/tmp/svirt-test-fs.XXXXXX");
	assert_non_null(mkdtemp(t->dir));
	assert_int_equal(mkdir(at(t, "real"), 0755), 0);
	fd = open(at(t, "real/disk"), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	close(fd);
	(void)snprintf(link_to, sizeof(link_to), "%s/real", t->dir);
	assert_int_equal(symlink(link_to, at(t, "dirlink")), 0);
	assert_int_equal(symlink("disk", at(t, "real/link")), 0);
	*state = t;
	return 0;
}

static int drop_tree(void **state)
{
	struct tree *t = *state;
	struct sv_error err = {0};

	assert_int_equal(sv_fs_remove_tree(t->dir, &err), 0);
	assert_int_equal(access(t->dir, F_OK), -1);
	free(t);
	return 0;
}

static void refused(const char *path, enum sv_code code, const char *message)
{
	sv_auto_node struct sv_node node = SV_NODE_EMPTY;
	struct sv_error err = {0};

	assert_int_equal(sv_node_open(path, &node, &err), -(int)code);
	assert_int_equal(node.fd, -1);
	if (!strstr(err.msg, message))
		fail_msg("'%s' does not say '%s'", err.msg, message);
}

static void test_opens(void **state)
{
	sv_auto_node struct sv_node node = SV_NODE_EMPTY;
	struct tree *t = *state;
	struct sv_error err = {0};
	struct stat st;

	assert_int_equal(sv_node_open(at(t, "real/disk"), &node, &err), 0);
	assert_int_equal(stat(t->path, &st), 0);
	assert_int_equal(node.ino, st.st_ino);
	assert_int_equal(node.dev, st.st_dev);
	assert_true(node.born <= (uint64_t)time(NULL) * UINT64_C(1000000000) + 999999999);
	assert_true(S_ISREG(node.mode));
	assert_int_equal(sv_node_check_target(&node, t->path, &err), 0);
	/* O_PATH: the content cannot be read */
	assert_int_equal(read(node.fd, &st, 1), -1);
}

static void test_links(void **state)
{
	struct tree *t = *state;

	refused(at(t, "real/link"), SV_E_USAGE, "real/link' is a symbolic link");
	refused(at(t, "dirlink/disk"), SV_E_USAGE, "dirlink' is a symbolic link");
	refused(at(t, "real/none"), SV_E_NOTFOUND, "No such file");
	refused(at(t, "none/disk"), SV_E_NOTFOUND, "none'");
}

/* The kernel resolves these to the same file; the list of system directories would miss them. */
static void test_spelling(void **state)
{
	(void)state;
	refused("etc/passwd", SV_E_USAGE, "not an absolute path");
	refused("//etc/passwd", SV_E_USAGE, "empty component");
	refused("/./etc/passwd", SV_E_USAGE, "component '.'");
	refused("/tmp/../etc/passwd", SV_E_USAGE, "component '..'");
	refused("/tmp/..", SV_E_USAGE, "component '..'");
	refused("/tmp//x", SV_E_USAGE, "empty component");
	refused("/tmp/", SV_E_USAGE, "empty component");
}

static void target(struct tree *t, const char *path, const char *message)
{
	sv_auto_node struct sv_node node = SV_NODE_EMPTY;
	struct sv_error err = {0};

	(void)t;
	assert_int_equal(sv_node_open(path, &node, &err), 0);
	assert_int_equal(sv_node_check_target(&node, path, &err), -(int)SV_E_USAGE);
	if (!strstr(err.msg, message))
		fail_msg("'%s' does not say '%s'", err.msg, message);
}

static void test_targets(void **state)
{
	struct tree *t = *state;
	char from[200];

	target(t, "/etc/passwd", "system directory /etc");
	target(t, "/proc/version", "system directory /proc");
	target(t, at(t, "real"), "is a directory");
	(void)snprintf(from, sizeof(from), "%s/real/disk", t->dir);
	assert_int_equal(link(from, at(t, "real/second")), 0);
	target(t, from, "2 names");
}

static void test_system_dirs(void **state)
{
	(void)state;
	assert_string_equal(sv_fs_system_dir("/"), "/");
	assert_string_equal(sv_fs_system_dir("/etc"), "/etc");
	assert_string_equal(sv_fs_system_dir("/usr/bin/x"), "/usr");
	assert_string_equal(sv_fs_system_dir("/run/systemd/transient/x.service"), "/run/systemd");
	assert_string_equal(sv_fs_system_dir("/var/spool/cron/crontabs/root"), "/var/spool/cron");
	assert_null(sv_fs_system_dir("/run/media/u/disk/x"));
	assert_null(sv_fs_system_dir("/etcetera/x"));
	assert_null(sv_fs_system_dir("/var/lib/libvirt/images/x"));
	assert_null(sv_fs_system_dir("/dev/loop0"));
}

static void test_read(void **state)
{
	struct tree *t = *state;
	sv_auto_free char *text = NULL;
	struct sv_error err = {0};
	size_t len = 0;
	int fd = open(at(t, "real/disk"), O_WRONLY | O_CLOEXEC);

	assert_int_equal(write(fd, "abc", 3), 3);
	close(fd);
	assert_int_equal(sv_fs_read(t->path, 3, &text, &len, &err), 0);
	assert_string_equal(text, "abc");
	assert_int_equal(len, 3);
	assert_int_equal(sv_fs_read(t->path, 2, &text, &len, &err), -(int)SV_E_USAGE);
	assert_non_null(strstr(err.msg, "larger than 2 bytes"));
}

/* A directory that others may write to is not used for state. */
static void test_mkdir(void **state)
{
	struct tree *t = *state;
	struct sv_error err = {0};
	struct stat st;

	assert_int_equal(sv_fs_mkdir(at(t, "state"), 0700, &err), 0);
	assert_int_equal(stat(t->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(sv_fs_mkdir(t->path, 0700, &err), 0);
	assert_int_equal(chmod(t->path, 0777), 0);
	assert_int_equal(sv_fs_mkdir(t->path, 0700, &err), -(int)SV_E_PERMISSION);
	sv_error_clear(&err);
	assert_int_equal(sv_fs_mkdir(at(t, "dirlink"), 0700, &err), -(int)SV_E_PERMISSION);
}

/* A link inside is removed, its target is not. */
static void test_remove_tree(void **state)
{
	struct tree *t = *state;
	struct sv_error err = {0};

	assert_int_equal(mkdir(at(t, "gone"), 0700), 0);
	assert_int_equal(mkdir(at(t, "gone/deep"), 0700), 0);
	assert_int_equal(symlink("../../real", at(t, "gone/deep/link")), 0);
	assert_int_equal(sv_fs_remove_tree(at(t, "gone"), &err), 0);
	assert_int_equal(access(t->path, F_OK), -1);
	assert_int_equal(access(at(t, "real/disk"), F_OK), 0);
	assert_int_equal(sv_fs_remove_tree(at(t, "gone"), &err), 0);
	assert_int_equal(sv_fs_remove_tree(at(t, "dirlink"), &err), -(int)SV_E_USAGE);
}

/* Deeper than the longest path, and than the number of files that a process may have open. */
static void test_remove_deep(void **state)
{
	static const int levels = 20000;
	struct tree *t = *state;
	struct sv_error err = {0};
	char name[NAME_MAX + 1];
	int fd;

	memset(name, 'd', NAME_MAX);
	name[NAME_MAX] = '\0';
	assert_int_equal(mkdir(at(t, "deep"), 0700), 0);
	fd = open(at(t, "deep"), O_RDONLY | O_DIRECTORY);
	for (int i = 0; i < levels; i++) {
		int next;

		assert_int_equal(mkdirat(fd, name, 0700), 0);
		assert_int_equal(mkdirat(fd, "a", 0700), 0);
		assert_int_equal(mkdirat(fd, "z", 0700), 0);
		next = openat(fd, name, O_RDONLY | O_DIRECTORY);
		assert_true(next >= 0);
		close(fd);
		fd = next;
	}
	close(fd);
	assert_int_equal(sv_fs_remove_tree(at(t, "deep"), &err), 0);
	assert_int_equal(access(at(t, "deep"), F_OK), -1);
}

/* An open object stays the same, whatever its path leads to now. */
static void test_refresh(void **state)
{
	struct tree *t = *state;
	sv_auto_node struct sv_node node = SV_NODE_EMPTY;
	struct sv_error err = {0};
	char path[200], second[200];
	int fd;

	(void)snprintf(path, sizeof(path), "%s", at(t, "real/disk"));
	(void)snprintf(second, sizeof(second), "%s", at(t, "real/second"));
	assert_int_equal(sv_node_open(path, &node, &err), 0);
	fd = node.fd;
	assert_int_equal(link(path, second), 0);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(sv_node_refresh(&node, path, &err), 0);
	assert_int_equal(node.fd, fd);
	assert_int_equal(node.nlink, 2);
	assert_int_equal(node.mode, S_IFREG | 0600);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(sv_node_refresh(&node, path, &err), SV_NONE);
	assert_int_equal(symlink("second", path), 0);
	assert_int_equal(sv_node_refresh(&node, path, &err), SV_NONE);
	assert_int_equal(sv_node_refresh(&node, second, &err), 0);
	assert_int_equal(node.nlink, 1);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rename(second, path), 0);
}

/* A text that is not a handle opens nothing. The lab tests what a handle finds, because that needs
 * a capability for the whole machine. */
static void test_handles(void **state)
{
	static const char *const bad[] = {"", "01", "01000000", "010000000", "010000000g"};
	sv_auto_node struct sv_node node = SV_NODE_EMPTY;
	struct tree *t = *state;
	struct sv_error err = {0};
	char text[2 * (sizeof(struct file_handle) + MAX_HANDLE_SZ + 1) + 1];
	size_t i;

	for (i = 0; i < SV_N_ELEMENTS(bad); i++)
		assert_int_equal(sv_fhandle_open(bad[i], at(t, "real/disk"), &node, &err), SV_NONE);
	memset(text, '0', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(sv_fhandle_open(text, at(t, "real/disk"), &node, &err), SV_NONE);
	assert_int_equal(sv_fhandle_open("0100000000", "no directory", &node, &err), SV_NONE);
	assert_int_equal(node.fd, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_opens, make_tree, drop_tree),
		cmocka_unit_test_setup_teardown(test_links, make_tree, drop_tree),
		cmocka_unit_test_setup_teardown(test_refresh, make_tree, drop_tree),
		cmocka_unit_test(test_spelling),
		cmocka_unit_test_setup_teardown(test_targets, make_tree, drop_tree),
		cmocka_unit_test(test_system_dirs),
		cmocka_unit_test_setup_teardown(test_read, make_tree, drop_tree),
		cmocka_unit_test_setup_teardown(test_mkdir, make_tree, drop_tree),
		cmocka_unit_test_setup_teardown(test_remove_tree, make_tree, drop_tree),
		cmocka_unit_test_setup_teardown(test_remove_deep, make_tree, drop_tree),
		cmocka_unit_test_setup_teardown(test_handles, make_tree, drop_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
