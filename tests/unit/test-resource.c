/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices -> resources: which devices have something on the host, with which access, in which
 * order, and that no two of them fight over one file.
 */
#include "domain-fixture.h"

#include "base/string.h"
#include "domain/resource.h"

#define DISK(attrs, path, dev, flags) \
	"<disk " attrs "><source file='" path "'/><target dev='" dev "'/>" flags "</disk>\n"

static struct sv_resources resources_of(const struct sv_domain *dom)
{
	struct sv_resources list = {0};
	struct sv_error err = {0};

	if (sv_resources_of(dom, NULL, &list, &err) < 0)
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
			"/run/svirt/serial-file/serial1.sock");
	assert_true(list.items[1].may_create);
	assert_int_equal(list.items[1].n_overrides, 1);
	assert_false(list.items[1].overrides[0].relabel);
	assert_resource(&list.items[2], SV_RES_CHAR_SOCKET, SV_ACCESS_RW, "console1",
			"/run/collector.sock");
	assert_false(list.items[2].may_create); /* somebody else listens there */
	assert_int_equal(sockets.n, 1);
	assert_resource(&sockets.items[0], SV_RES_VNC_SOCKET, SV_ACCESS_RW, "vnc",
			"/run/svirt/vnc-socket/vnc.sock");
	assert_true(sockets.items[0].may_create);
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

		assert_int_equal(sv_resources_of(dom, NULL, &list, &err), -SV_E_USAGE);
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
		cmocka_unit_test(test_access),	   cmocka_unit_test(test_chars_and_sockets),
		cmocka_unit_test(test_boot_files), cmocka_unit_test(test_order_of_document),
		cmocka_unit_test(test_same_path),  cmocka_unit_test(test_same_path_read_only),
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
