/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices -> resources: which devices have host resources, with which access, in which order, and
 * that no two of them use one file in conflicting ways.
 */
#include "domain-fixture.h"

#include "base/string.h"
#include "domain/resource/resource.h"

#define DISK(attrs, path, dev, flags) \
	"<disk " attrs "><source file='" path "'/><target dev='" dev "'/>" flags "</disk>\n"

static struct sv_resources resources_of(const struct sv_domain *dom)
{
	struct sv_resources list = {0};
	struct sv_error err = {0};
	char run_dir[128];

	(void)snprintf(run_dir, sizeof(run_dir), "/run/svirt/%s/guest", dom->name);
	if (sv_resources_of(dom, NULL, run_dir, &list, &err) < 0)
		fail_msg("%s:%u: %s", err.file, err.line, err.msg);
	return list;
}

static void assert_resource(const struct sv_resource *res, enum sv_resource_kind kind,
			    enum sv_access access, const char *target, const char *path)
{
	assert_int_equal(res->kind, kind);
	assert_string_equal(sv_access_name(res->access), sv_access_name(access));
	assert_string_equal(res->target, target);
	assert_string_equal(res->path, path);
}

static void test_access(void **state)
{
	sv_auto_domain struct sv_domain *dom = domain_of(
		IN_DEVICES,
		DISK("", "/rw", "vda", "") DISK("", "/ro", "vdb", "<readonly/>")
			DISK("", "/shared", "vdc", "<shareable/>") DISK("", "/both", "vdd",
									"<readonly/><shareable/>")
				DISK("device='cdrom'", "/cd", "hda", "")
					DISK("device='cdrom'", "/cd2", "hdb", "<shareable/>")
						DISK("device='floppy'", "/fd", "fda",
						     "") "<disk device='cdrom'>"
							 "<target dev='hdc'/>"
							 "</disk>");
	sv_auto_resources struct sv_resources list = resources_of(dom);

	(void)state;
	assert_int_equal(list.n, 7); /* not the empty drive */
	assert_resource(&list.items[0], SV_RES_DISK, SV_ACCESS_RW, "vda", "/rw");
	assert_resource(&list.items[1], SV_RES_DISK, SV_ACCESS_RO, "vdb", "/ro");
	assert_resource(&list.items[2], SV_RES_DISK, SV_ACCESS_SHARED, "vdc", "/shared");
	assert_resource(&list.items[3], SV_RES_DISK, SV_ACCESS_SHARED, "vdd", "/both");
	assert_resource(&list.items[4], SV_RES_DISK, SV_ACCESS_RO, "hda", "/cd");
	assert_resource(&list.items[5], SV_RES_DISK, SV_ACCESS_RO, "hdb", "/cd2");
	assert_resource(&list.items[6], SV_RES_DISK, SV_ACCESS_RW, "fda", "/fd");
	assert_false(list.items[0].may_create);
	assert_int_equal(list.items[1].line, FRAME_DEVICES_LINE + 1);
}

static void test_chars_and_sockets(void **state)
{
	sv_auto_domain struct sv_domain *dom = domain_of_file("domains/serial-file.xml");
	sv_auto_domain struct sv_domain *vnc = domain_of_file("domains/vnc-socket.xml");
	sv_auto_resources struct sv_resources list = resources_of(dom);
	sv_auto_resources struct sv_resources sockets = resources_of(vnc);

	(void)state;
	assert_int_equal(list.n, 3);
	assert_resource(&list.items[0], SV_RES_CHAR_FILE, SV_ACCESS_RW, "serial0",
			"/var/log/svirt/serial-file.log");
	assert_true(list.items[0].may_create);
	assert_resource(&list.items[1], SV_RES_CHAR_SOCKET, SV_ACCESS_RW, "serial1",
			"/run/svirt/serial-file/guest/serial1.sock");
	assert_true(list.items[1].may_create);
	assert_int_equal(list.items[1].n_overrides, 1);
	assert_false(list.items[1].overrides[0].relabel);
	assert_resource(&list.items[2], SV_RES_CHAR_SOCKET, SV_ACCESS_RW, "console1",
			"/run/collector.sock");
	assert_false(list.items[2].may_create); /* another process listens there */
	assert_int_equal(sockets.n, 1);
	assert_resource(&sockets.items[0], SV_RES_GRAPHICS_SOCKET, SV_ACCESS_RW, "vnc",
			"/run/svirt/vnc-socket/guest/vnc.sock");
	assert_true(sockets.items[0].may_create);
}

static const char *path_of(const struct sv_resources *list, const char *target, size_t nth)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		if (sv_streq(list->items[i].target, target) && nth-- == 0)
			return list->items[i].path;
	}
	return NULL;
}

static void test_every_chardev(void **state)
{
	sv_auto_domain struct sv_domain *dom = domain_of_file("argv/chardevs.xml");
	sv_auto_resources struct sv_resources list = resources_of(dom);
	static const struct {
		enum sv_resource_kind kind;
		const char *target, *path;
		bool may_create, own;
	} wanted[] = {
		{SV_RES_CHAR_FILE, "serial0-log", "/srv/log/serial0,1.log", true, false},
		{SV_RES_CHAR_DEVICE, "serial1", "/dev/ttyS1", false, false},
		{SV_RES_CHAR_PIPE, "serial2", "/srv/fifo", false, false},
		{SV_RES_CHAR_PIPE, "serial2", "/srv/fifo.in", false, false},
		{SV_RES_CHAR_PIPE, "serial2", "/srv/fifo.out", false, false},
		{SV_RES_CHAR_SOCKET, "serial3", "/run/svirt/chardevs/guest/serial3.sock", true,
		 true},
		{SV_RES_CHAR_DEVICE, "parallel0", "/dev/parport0", false, false},
		{SV_RES_CHAR_FILE, "parallel2", "/srv/log/lpt3", true, false},
		{SV_RES_CHAR_SOCKET, "channel0",
		 "/run/svirt/chardevs/guest/org.qemu.guest_agent.0.sock", true, true},
		{SV_RES_CHAR_SOCKET, "channel1", "/srv/agent.sock", false, false},
		{SV_RES_CHAR_SOCKET, "channel2", "/run/svirt/chardevs/guest/channel2.sock", true,
		 true},
	};
	size_t i;

	(void)state;
	assert_int_equal(list.n, SV_N_ELEMENTS(wanted));
	for (i = 0; i < list.n; i++) {
		const struct sv_resource *res = &list.items[i];

		assert_resource(res, wanted[i].kind, SV_ACCESS_RW, wanted[i].target,
				wanted[i].path);
		assert_int_equal(res->may_create, wanted[i].may_create);
		assert_int_equal(res->own, wanted[i].own);
		assert_int_equal(res->pipe != NULL, res->kind == SV_RES_CHAR_PIPE);
		/* the device's label is for its file, not for its log */
		assert_int_equal(res->n_overrides, sv_streq(res->target, "serial2") ? 1 : 0);
	}
	assert_string_equal(path_of(&list, "serial2", 2), "/srv/fifo.out");
}

static void test_attached(void **state)
{
	sv_auto_domain struct sv_domain *dom = domain_of_file("argv/attached.xml");
	sv_auto_domain struct sv_domain *tpm = domain_of_file("argv/tpm.xml");
	sv_auto_domain struct sv_domain *emulated = domain_of_file("argv/tpm-emulator.xml");
	sv_auto_resources struct sv_resources list = resources_of(dom);
	sv_auto_resources struct sv_resources one = resources_of(tpm);
	sv_auto_resources struct sv_resources state_of = resources_of(emulated);

	(void)state;
	assert_int_equal(list.n, 4);
	assert_resource(&list.items[0], SV_RES_CHAR_SOCKET, SV_ACCESS_RW, "smartcard1",
			"/run/svirt/attached/guest/smartcard1.sock");
	assert_true(list.items[0].own);
	assert_resource(&list.items[1], SV_RES_CHAR_SOCKET, SV_ACCESS_RW, "redirdev2",
			"/srv/usb.sock");
	assert_int_equal(list.items[1].n_overrides, 1);
	assert_resource(&list.items[2], SV_RES_CHAR_SOCKET, SV_ACCESS_RW, "tpm", "/srv/swtpm.sock");
	assert_int_equal(list.items[2].n_overrides, 1);
	assert_false(list.items[2].may_create);
	assert_resource(&list.items[3], SV_RES_VSOCK, SV_ACCESS_RW, "vsock", "/dev/vhost-vsock");
	assert_int_equal(one.n, 1);
	assert_resource(&one.items[0], SV_RES_TPM, SV_ACCESS_RW, "tpm", "/dev/tpm0");
	assert_false(one.items[0].may_create);
	assert_int_equal(state_of.n, 1);
	assert_resource(&state_of.items[0], SV_RES_TPM_STATE, SV_ACCESS_RW, "tpm",
			"/var/lib/libvirt/swtpm/6695eb01-f6a4-8304-79aa-97f2502e1944/tpm2");
	assert_true(sv_resource_is_tree(&state_of.items[0]));
	assert_false(state_of.items[0].may_create);
}

static void test_taps(void **state)
{
	sv_auto_domain struct sv_domain *dom = domain_of_file("argv/net-taps.xml");
	sv_auto_resources struct sv_resources list = {0};
	struct sv_error err = {0};

	(void)state;
	dom->nets[3].node = strdup("/dev/tap7");
	assert_int_equal(sv_resources_of(dom, NULL, "/run/svirt/web/guest", &list, &err), 0);
	/* the driver of taps is listed once, at the first of them */
	assert_int_equal(list.n, 3);
	assert_resource(&list.items[0], SV_RES_TUN, SV_ACCESS_RW, "tap", "/dev/net/tun");
	assert_int_equal(list.items[0].line, dom->nets[1].line);
	assert_true(list.items[0].handed);
	assert_resource(&list.items[1], SV_RES_VHOST_NET, SV_ACCESS_RW, "vhost-net",
			"/dev/vhost-net");
	assert_int_equal(list.items[1].line, dom->nets[2].line);
	assert_true(list.items[1].handed);
	assert_resource(&list.items[2], SV_RES_MACVTAP, SV_ACCESS_RW, "net3", "/dev/tap7");
	assert_true(list.items[2].handed);
	assert_true(sv_resource_is_looked_up(&list.items[2]));
	/* macvtaps alone need no driver of taps: three of them, and vhost-net */
	sv_resources_done(&list);
	dom->nets[1].node = strdup("/dev/tap5");
	dom->nets[2].node = strdup("/dev/tap6");
	assert_int_equal(sv_resources_of(dom, NULL, "/run/svirt/web/guest", &list, &err), 0);
	assert_int_equal(list.n, 4);
}

static void test_vhost(void **state)
{
	sv_auto_domain struct sv_domain *dom = domain_of_file("argv/vhost-user.xml");
	sv_auto_resources struct sv_resources list = resources_of(dom);

	(void)state;
	assert_int_equal(list.n, 4);
	assert_resource(&list.items[0], SV_RES_CHAR_SOCKET, SV_ACCESS_RW, "vda", "/run/blk,1.sock");
	assert_resource(&list.items[1], SV_RES_CHAR_SOCKET, SV_ACCESS_RW, "net0", "/run/net.sock");
	assert_false(list.items[1].may_create);
	assert_resource(&list.items[2], SV_RES_CHAR_SOCKET, SV_ACCESS_RW, "net1", "/run/net2.sock");
	assert_true(list.items[2].may_create);
	assert_resource(&list.items[3], SV_RES_VDPA, SV_ACCESS_RW, "net2", "/dev/vhost-vdpa-0");
	assert_false(list.items[3].handed);
	assert_true(sv_resource_is_looked_up(&list.items[3]));
	/* a vDPA device pins the guest's memory */
	assert_int_equal(sv_domain_locked_kib(dom), (64 + 1024) * 1024);
}

static void bad_place(const char *lines, const char *msg, const char *hint)
{
	sv_auto_domain struct sv_domain *dom = domain_of(IN_DEVICES, lines);
	struct sv_resources list = {0};
	struct sv_error err = {0};

	assert_int_equal(sv_resources_of(dom, NULL, "/run/svirt/web/guest", &list, &err),
			 -SV_E_USAGE);
	if (!strstr(err.msg, msg) || !strstr(err.hint, hint))
		fail_msg("'%s' (%s)", err.msg, err.hint);
	assert_string_equal(err.file, "good.xml");
	assert_int_equal(err.line, FRAME_DEVICES_LINE);
	assert_null(list.items);
}

/* Files that the guest makes can be in its own directory; it gets no other file of svirt's. */
static void test_own_directory(void **state)
{
	static const char in[] = " lies in svirt's own directory /run/svirt",
			  hint[] = "in /run/svirt/web/guest/";
	char path[108], line[256];

	(void)state;
	bad_place(DISK("", "/run/svirt/web/guest/a.img", "vda", ""), in, hint);
	bad_place("<serial type='file'><source path='/run/svirt/web/lock'/></serial>", in, hint);
	bad_place("<serial type='file'><source path='/run/svirt/web/guest/a/b'/></serial>", in,
		  hint);
	bad_place("<serial type='file'><source path='/run/svirt/web2/guest/b'/></serial>", in,
		  hint);
	bad_place("<serial type='unix'><source path='/run/svirt/web/guest/b'/></serial>", in, hint);
	memset(path, 'a', sizeof(path));
	(void)snprintf(line, sizeof(line),
		       "<channel type='unix'><target type='virtio' name='%.64s'/></channel>", path);
	{
		sv_auto_domain struct sv_domain *dom = domain_of(IN_DEVICES, line);
		struct sv_resources list = {0};
		struct sv_error err = {0};

		assert_int_equal(
			sv_resources_of(dom, NULL,
					"/run/svirt/a-guest-with-a-long-name-of-its-own/guest",
					&list, &err),
			-SV_E_USAGE);
		assert_non_null(strstr(err.msg, "is longer than a socket's address can be"));
		assert_non_null(strstr(err.hint, "shorter name"));
	}
}

static void test_boot_files(void **state)
{
	sv_auto_domain struct sv_domain *dom = domain_of_file("argv/kernel.xml");
	sv_auto_resources struct sv_resources list = resources_of(dom);

	(void)state;
	assert_int_equal(list.n, 2);
	assert_resource(&list.items[0], SV_RES_BOOT_FILE, SV_ACCESS_RO, "kernel",
			"/srv/boot/vmlinuz,1");
	assert_resource(&list.items[1], SV_RES_BOOT_FILE, SV_ACCESS_RO, "initrd",
			"/srv/boot/initrd.img");
	assert_int_equal(list.items[1].line, 8);
	assert_false(list.items[0].may_create || list.items[1].may_create);
}

static void test_order_of_document(void **state)
{
	sv_auto_domain struct sv_domain *dom = domain_of(
		IN_DEVICES,
		"<graphics type='vnc' socket='/v'/>\n" DISK(
			"", "/b", "vdb",
			"") "<serial type='file'><source path='/s'/></serial>\n" DISK("", "/a",
										      "vda", ""));
	static const char *const expected[] = {"/v", "/b", "/s", "/a"};
	sv_auto_resources struct sv_resources list = resources_of(dom);
	size_t i;

	(void)state;
	assert_int_equal(list.n, SV_N_ELEMENTS(expected));
	for (i = 0; i < list.n; i++)
		assert_string_equal(list.items[i].path, expected[i]);
}

static void test_same_path(void **state)
{
	static const char *const clashes[] = {
		DISK("", "/a", "vda", "") DISK("", "/a", "vdb", ""),
		DISK("", "/a", "vda", "") DISK("", "/a", "vdb", "<readonly/>"),
		DISK("", "/a", "vda", "<shareable/>") DISK("", "/a", "vdb", "<shareable/>"),
		DISK("", "/a", "vda",
		     "") "<serial type='file'><source path='/a'/><target port='0'/></serial>",
	};
	size_t i;

	(void)state;
	for (i = 0; i < SV_N_ELEMENTS(clashes); i++) {
		sv_auto_domain struct sv_domain *dom = domain_of(IN_DEVICES, clashes[i]);
		struct sv_resources list = {0};
		struct sv_error err = {0};

		assert_int_equal(sv_resources_of(dom, NULL, "/run/svirt/web/guest", &list, &err),
				 -SV_E_USAGE);
		assert_non_null(strstr(err.msg, "are the same file '/a'"));
		assert_non_null(strstr(err.msg, "vda and "));
		assert_string_equal(err.file, "good.xml");
		assert_int_equal(err.line, FRAME_DEVICES_LINE + 1);
		assert_non_null(strstr(err.hint, "read-only"));
		assert_null(list.items);
	}
}

static void test_same_path_read_only(void **state)
{
	sv_auto_domain struct sv_domain *dom =
		domain_of(IN_DEVICES, DISK("device='cdrom'", "/a", "hda", "")
					      DISK("", "/a", "vda", "<readonly/>"));
	sv_auto_resources struct sv_resources list = resources_of(dom);

	(void)state;
	assert_int_equal(list.n, 2);
}

/* No guest may write a qcow2 image that several guests have: such a disk is read-only. */
static void test_shareable(void **state)
{
	sv_auto_domain struct sv_domain *dom = domain_of(
		IN_DEVICES,
		DISK("", "/q", "vda", "<driver name='qemu' type='qcow2'/><readonly/><shareable/>"));
	sv_auto_resources struct sv_resources list = resources_of(dom);

	(void)state;
	assert_int_equal(list.n, 1);
	assert_resource(&list.items[0], SV_RES_DISK, SV_ACCESS_RO, "vda", "/q");
}

#define EXPORT(dir, tag, flags) \
	"<filesystem><source dir='" dir "'/><target dir='" tag "'/>" flags "</filesystem>\n"

static void test_filesystems(void **state)
{
	sv_auto_domain struct sv_domain *dom = domain_of(
		IN_DEVICES,
		EXPORT("/a", "rw", "") EXPORT("/a-b", "ro", "<readonly/>") EXPORT(
			"/a-b", "again",
			"<readonly/>") "<filesystem><driver type='virtiofs'/><source socket='/s'/>"
				       "<target dir='host'/></filesystem>");
	sv_auto_resources struct sv_resources list = resources_of(dom);

	(void)state;
	assert_int_equal(list.n, 4);
	assert_resource(&list.items[0], SV_RES_TREE, SV_ACCESS_RW, "rw", "/a");
	assert_resource(&list.items[1], SV_RES_TREE, SV_ACCESS_RO, "ro", "/a-b");
	assert_resource(&list.items[3], SV_RES_CHAR_SOCKET, SV_ACCESS_RW, "host", "/s");
}

static void assert_nested(const char *devices, const char *msg)
{
	sv_auto_domain struct sv_domain *dom = domain_of(IN_DEVICES, devices);
	struct sv_resources list = {0};
	struct sv_error err = {0};

	assert_int_equal(sv_resources_of(dom, NULL, "/run/svirt/web/guest", &list, &err),
			 -SV_E_USAGE);
	assert_string_equal(err.msg, msg);
	assert_string_equal(err.hint, "keep what is exported in a directory of its own");
	assert_int_equal(err.line, FRAME_DEVICES_LINE + 1);
}

static void test_nested(void **state)
{
	(void)state;
	assert_nested(EXPORT("/a", "t", "<readonly/>") DISK("device='cdrom'", "/a/b/c", "hda", ""),
		      "hda: '/a/b/c' lies in the directory '/a' of t");
	assert_nested(DISK("", "/a/b", "vda", "") EXPORT("/a", "t", ""),
		      "vda: '/a/b' lies in the directory '/a' of t");
	assert_nested(EXPORT("/a/b", "inner", "") EXPORT("/a", "outer", ""),
		      "inner: '/a/b' lies in the directory '/a' of outer");
}

static void test_nothing(void **state)
{
	sv_auto_domain struct sv_domain *dom = domain_of_file("domains/tcg.xml");
	sv_auto_resources struct sv_resources list = resources_of(dom);

	(void)state;
	assert_int_equal(list.n, 0);
	assert_string_equal(sv_access_name(SV_ACCESS_RW), "rw");
	assert_string_equal(sv_access_name(SV_ACCESS_RO), "ro");
	assert_string_equal(sv_access_name(SV_ACCESS_SHARED), "shared");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_access),
		cmocka_unit_test(test_chars_and_sockets),
		cmocka_unit_test(test_every_chardev),
		cmocka_unit_test(test_own_directory),
		cmocka_unit_test(test_attached),
		cmocka_unit_test(test_taps),
		cmocka_unit_test(test_vhost),
		cmocka_unit_test(test_boot_files),
		cmocka_unit_test(test_order_of_document),
		cmocka_unit_test(test_same_path),
		cmocka_unit_test(test_same_path_read_only),
		cmocka_unit_test(test_shareable),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_filesystems),
		cmocka_unit_test(test_nested),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
