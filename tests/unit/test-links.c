/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of devices that are links. They need a /dev of their own, so the tests are skipped for who
 * is not root; tests/lab/hostdev.bats has them on a kernel that enforces.
 */
#include "domain-fixture.h"

#include "base/string.h"
#include "guest/files/links.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

static bool write_map(const char *path)
{
	sv_auto_close int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd >= 0 && write(fd, "0 0 1", 5) == 5;
}

/* An empty /dev that nobody else sees. */
static bool make_dev(void)
{
	if (geteuid() != 0)
		return false;
	if (unshare(CLONE_NEWNS) != 0 &&
	    (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0 || !write_map("/proc/self/uid_map")))
		return false;
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("none", "/dev", "tmpfs", 0, "mode=0755") == 0;
}

static int set_up(void **state)
{
	static const char *const dirs[] = {"/dev/disk", "/dev/disk/by-id", "/dev/vg", "/dev/open"};
	static const struct {
		const char *name, *leads;
	} links[] = {
		{"/dev/disk/by-id/ata-1", "../../sda"},
		{"/dev/disk/by-id/absolute", "/dev/sdb"},
		{"/dev/vg/lv", "../dm-0"},
		{"/dev/vg/dots", ".././/disk/../dm-1/"},
		{"/dev/vg/out", "/srv/a.img"},
		{"/dev/vg/up", "../../srv/a.img"},
		{"/dev/vg/above", "../../../dev/sda"},
		{"/dev/vg/dev", "/dev"},
		{"/dev/open/a", "../sda"},
		{"/dev/by-link", "disk/by-id"},
	};
	static bool ready;

	ready = make_dev();
	*state = &ready;
	for (size_t i = 0; ready && i < SV_N_ELEMENTS(dirs); i++)
		assert_int_equal(mkdir(dirs[i], 0755), 0);
	for (size_t i = 0; ready && i < SV_N_ELEMENTS(links); i++)
		assert_int_equal(symlink(links[i].leads, links[i].name), 0);
	if (ready)
		assert_int_equal(chmod("/dev/open", 0777), 0);
	return 0;
}

static void assert_follows(const char *path, const char *leads)
{
	struct sv_error err = {0};
	sv_auto_free char *way = NULL;

	assert_int_equal(sv_strdup(path, &way, &err), 0);
	assert_int_equal(sv_link_follow(&way, &err), 0);
	assert_string_equal(way, leads);
}

static void assert_stays(const char *path)
{
	assert_follows(path, path);
}

static void test_followed(void **state)
{
	if (!*(bool *)*state)
		skip();
	assert_follows("/dev/disk/by-id/ata-1", "/dev/sda");
	assert_follows("/dev/disk/by-id/absolute", "/dev/sdb");
	assert_follows("/dev/vg/lv", "/dev/dm-0");
	assert_follows("/dev/vg/dots", "/dev/dm-1");
	assert_follows("/dev/vg/above", "/dev/sda");
}

static void test_left(void **state)
{
	struct sv_error err = {0};
	char *none = NULL;

	if (!*(bool *)*state)
		skip();
	assert_int_equal(sv_link_follow(&none, &err), 0);
	assert_null(none);
	assert_stays("/dev/disk");
	assert_stays("/dev/disk/by-id/none");
	assert_stays("/dev/none/none");
	/* out of /dev, by a directory that is a link, and where others may make links */
	assert_stays("/dev/vg/out");
	assert_stays("/dev/vg/up");
	assert_stays("/dev/vg/dev");
	assert_stays("/dev/by-link/ata-1");
	assert_stays("/dev/open/a");
	assert_stays("/proc/self");
	assert_stays("/dev/vg/../vg/lv");
	/* of somebody else; a namespace with one user has nobody else */
	if (lchown("/dev/vg/lv", 1, 1) == 0) {
		assert_stays("/dev/vg/lv");
		assert_int_equal(lchown("/dev/vg/lv", 0, 0), 0);
	}
}

/* The rest of the document is as if the device had been named. */
static void test_document(void **state)
{
	sv_auto_domain struct sv_domain *dom = NULL;
	struct sv_error err = {0};

	if (!*(bool *)*state)
		skip();
	dom = domain_of(
		IN_DOMAIN,
		"<devices>"
		"<disk type='block'><driver type='raw'/><source dev='/dev/vg/lv'/>"
		"<target dev='vda'/></disk>"
		"<input type='evdev'><source dev='/dev/disk/by-id/ata-1'/></input>"
		"<serial type='dev'><source path='/dev/disk/by-id/ata-1'/></serial>"
		"<serial type='unix'><source mode='bind' path='/dev/disk/by-id/ata-1'/></serial>"
		"</devices>"
		"<q:commandline xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'>"
		"<q:arg value='-object'/>"
		"<q:arg value='input-linux,evdev=/dev/disk/by-id/ata-1,id=i'/>"
		"<q:arg value='-object'/>"
		"<q:arg value='input-linux,id=k,evdev=/dev/vg/lv'/>"
		"<q:arg value='-append'/><q:arg value='root=/dev/vg/lv'/>"
		"</q:commandline>");
	assert_int_equal(sv_links_follow(dom, &err), 0);
	assert_string_equal(dom->disks[0].path, "/dev/dm-0");
	assert_string_equal(dom->inputs[0].path, "/dev/sda");
	assert_string_equal(dom->chars[0].source.path, "/dev/sda");
	/* what is made there is no device */
	assert_string_equal(dom->chars[1].source.path, "/dev/disk/by-id/ata-1");
	assert_string_equal(dom->extra.files[0].path, "/dev/sda");
	assert_string_equal(dom->extra.args[1].text, "input-linux,evdev=/dev/sda,id=i");
	assert_string_equal(dom->extra.args[3].text, "input-linux,id=k,evdev=/dev/dm-0");
	assert_string_equal(dom->extra.args[5].text, "root=/dev/vg/lv");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_followed),
	cmocka_unit_test(test_left),
	cmocka_unit_test(test_document),
};

int main(void)
{
	return cmocka_run_group_tests(tests, set_up, NULL);
}
