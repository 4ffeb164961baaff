/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of mountinfo, as kernels write them, and what they say about labels. */
#include "base/mount.h"
#include "base/string.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const char text[] =
	"16 1 98:0 / / rw,relatime - ext4 /dev/root rw,seclabel\n"
	"18 16 0:15 / /proc rw,nosuid,nodev shared:13 master:2 - proc proc rw\n"
	"28 16 7:0 / /mnt/with\\040blank\\134x ro,nodev,relatime shared:1 - vfat /dev/loop0 "
	"rw,fmask=0022\n"
	"116 16 7:1 / /ctx rw - ext4 /dev/loop1 rw,context=\"system_u:object_r:svirt_image_t:s0:c1,"
	"seclabel,ro\"\n"
	"117 16 7:1 / /ctx2 rw - ext4 /dev/loop1 rw,context=system_u:object_r:nfs_t:s0\n"
	"40 16 0:40 / /nfs rw,relatime - nfs4 srv:/x rw,seclabel,vers=4.2\n"
	"41 16 0:41 / /nfs3 rw,relatime - nfs srv:/x ro,vers=3\n"
	"42 16 0:42 / /ovl rw - overlay ovl rw,lowerdir=/seclabel,upperdir=/u\n"
	"43 16 0:43 / /sshfs rw,relatime - fuse.sshfs u@h:/ rw,user_id=0,fscontext=x\n"
	"45 16 0:45 / /all rw - fuse x rw,user_id=0,group_id=0,default_permissions,allow_other\n"
	"46 16 0:46 / /shared rw - virtiofs tag rw\n"
	"44 16 0:44 / /short rw";

static struct sv_mount of(uint64_t id)
{
	struct sv_mount mount = {0};

	assert_int_equal(sv_mount_parse(text, id, &mount), 0);
	assert_true(mount.id == id);
	return mount;
}

static void test_flags(void **state)
{
	struct sv_mount m = of(28);

	(void)state;
	assert_string_equal(m.type, "vfat");
	assert_string_equal(m.point, "/mnt/with blank\\x");
	assert_true(m.read_only && m.nodev && !m.seclabel && !m.context);
	m = of(16);
	assert_string_equal(m.point, "/");
	assert_true(!m.read_only && !m.nodev && m.seclabel && !m.context);
	/* read-only by the filesystem's options, not the mount's */
	assert_true(of(41).read_only);
	/* a quoted value is one word */
	m = of(116);
	assert_true(m.context && !m.seclabel && !m.read_only);
	assert_false(of(42).seclabel);
	assert_false(of(43).context);
	/* FUSE for root alone; FUSE for every user, and filesystems without these options */
	assert_true(of(43).mounter_only);
	assert_false(of(45).mounter_only || of(16).mounter_only || of(46).mounter_only);
}

static void test_labels(void **state)
{
	static const struct {
		uint64_t id;
		enum sv_mount_labels labels;
	} rows[] = {
		{16, SV_MOUNT_NATIVE},	 {28, SV_MOUNT_ONE}, {116, SV_MOUNT_CONTEXT},
		{117, SV_MOUNT_CONTEXT}, {40, SV_MOUNT_NFS}, {41, SV_MOUNT_ONE},
		{43, SV_MOUNT_ONE},
	};

	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(rows); i++) {
		struct sv_mount m = of(rows[i].id);

		assert_int_equal(sv_mount_labels(&m), rows[i].labels);
	}
}

static void test_missing(void **state)
{
	struct sv_mount m = {.id = 7};

	(void)state;
	assert_int_equal(sv_mount_parse(text, 1, &m), SV_NONE);
	assert_int_equal(sv_mount_parse(text, 6, &m), SV_NONE);
	assert_int_equal(sv_mount_parse("", 16, &m), SV_NONE);
	assert_int_equal(m.id, 7);
	/* a truncated line has only its complete fields */
	m = of(44);
	assert_string_equal(m.type, "");
	assert_string_equal(m.point, "/short");
}

static void test_proc(void **state)
{
	sv_auto_close int fd = open("/proc", O_PATH | O_CLOEXEC);
	struct sv_error err = {0};
	struct sv_mount m = {0};
	uint64_t id = 0;

	(void)state;
	assert_true(fd >= 0);
	if (sv_mount_id(fd, &id, &err) != 0 || sv_mount_find(id, &m, &err) != 0)
		skip();
	assert_string_equal(m.type, "proc");
	assert_int_equal(sv_mount_find(UINT64_MAX, &m, &err), SV_NONE);
}

static void check_origin(const char *table, uint64_t id, const char *path, const char *origin)
{
	sv_auto_free char *found = NULL;
	struct sv_error err = {0};

	assert_int_equal(sv_mount_origin_in(table, id, path, &found, &err), origin ? 0 : SV_NONE);
	assert_true(sv_streq(found, origin));
}

static void test_origin(void **state)
{
	static const char table[] = "16 1 98:0 / / rw - ext4 /dev/root rw\n"
				    "20 16 8:1 / /home rw - ext4 /dev/sda1 rw\n"
				    "21 16 98:0 /etc /srv/dir rw - ext4 /dev/root rw\n"
				    "22 16 98:0 /etc/pass\\040wd /srv/file rw - ext4 /dev/root rw\n"
				    "23 16 8:1 /u/.ssh /mnt rw - ext4 /dev/sda1 rw\n"
				    "30 16 0:30 /@ /v rw - btrfs /dev/sdb rw\n"
				    "31 16 0:30 /@/etc /v2 rw - btrfs /dev/sdb rw\n"
				    "32 16 0:30 /@home /v3 rw - btrfs /dev/sdb rw\n"
				    "40 16 0:40 /x /only rw - ext4 /dev/sdc rw";

	(void)state;
	check_origin(table, 21, "/srv/dir/passwd", "/etc/passwd");
	check_origin(table, 21, "/srv/dir", "/etc");
	check_origin(table, 22, "/srv/file", "/etc/pass wd");
	check_origin(table, 23, "/mnt/id_rsa", "/home/u/.ssh/id_rsa");
	check_origin(table, 31, "/v2/passwd", "/v/etc/passwd");
	check_origin(table, 32, "/v3/x", NULL);
	check_origin(table, 30, "/v/x", NULL);
	check_origin(table, 40, "/only/x", NULL);
	check_origin(table, 16, "/etc/passwd", NULL);
	check_origin(table, 20, "/home/u/x", NULL);
	check_origin(table, 99, "/x", NULL);
	/* in a directory whose name only begins like that */
	check_origin(table, 21, "/srv/dirt/x", NULL);
}

static void check_below(const char *table, const char *dir, const char *point)
{
	sv_auto_free char *found = NULL;
	struct sv_error err = {0};

	assert_int_equal(sv_mount_below_in(table, dir, &found, &err), point ? 0 : SV_NONE);
	assert_true(sv_streq(found, point));
}

static void test_below(void **state)
{
	static const char table[] = "16 1 98:0 / / rw - ext4 /dev/root rw\n"
				    "20 16 8:1 / /srv/tree rw - ext4 /dev/sda1 rw\n"
				    "21 16 98:0 /etc /srv/tree/a\\040b/c rw - ext4 /dev/root rw\n"
				    "22 16 0:30 / /srv/tree2 rw - tmpfs svirt rw";

	(void)state;
	/* the directory itself may be a mount */
	check_below(table, "/srv/tree", "/srv/tree/a b/c");
	check_below(table, "/srv/tree/a b", "/srv/tree/a b/c");
	check_below(table, "/srv/tree/a b/c", NULL);
	check_below(table, "/srv/tree/a", NULL);
	check_below(table, "/srv/tre", NULL);
	check_below(table, "/srv/tree2", NULL);
	check_below(table, "/home", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flags),	cmocka_unit_test(test_labels),
		cmocka_unit_test(test_missing), cmocka_unit_test(test_proc),
		cmocka_unit_test(test_origin),	cmocka_unit_test(test_below),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
