/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The images of a disk as resources and as nodes of QEMU: each file once, with its own access, and
 * nothing that QEMU would have to probe.
 */
#include "domain-fixture.h"

#include "base/string.h"
#include "domain/resource/resource.h"
#include "qemu/argv.h"

#define NODE(p, f, r, ...)                                                                     \
	{                                                                                      \
		.path = (char[]){p}, .format = SV_IMAGE_##f, .role = SV_IMAGE_##r, __VA_ARGS__ \
	}
#define TOP .overlay = SV_IMAGE_NO_OVERLAY, .given = true

/* vda: a qcow2 on a device, with a data file, above a qcow2 with a data file, above a raw file. */
static struct sv_image_node chain[] = {
	NODE("/dev/top", QCOW2, RW_TOP, TOP, .block = true),
	NODE("/i/top.data", RAW, DATA_FILE, .part = SV_IMAGE_DATA, .overlay = 0),
	NODE("/srv/middle.qcow2", QCOW2, RO_BASE, .overlay = 0, .given = true),
	NODE("/i/middle.data", RAW, RO_BASE, .part = SV_IMAGE_DATA, .overlay = 2),
	NODE("/dev/mapper/base", RAW, RO_BASE, .overlay = 2, .given = true, .block = true),
};
/* vdb: a vmdk of two extents above another one. */
static struct sv_image_node vmdk[] = {
	NODE("/srv/open.vmdk", VMDK, RW_TOP, TOP),
	NODE("/srv/open-flat.vmdk", RAW, DATA_FILE, .part = SV_IMAGE_EXTENT, .overlay = 0),
	NODE("/srv/parent.vmdk", VMDK, RO_BASE, .overlay = 0, .given = true),
};
/* vdc: a single file */
static struct sv_image_node alone[] = {NODE("/srv/alone.qcow2", QCOW2, RW_TOP, TOP)};

static struct sv_image_graph graphs[] = {
	{chain, SV_N_ELEMENTS(chain)},
	{vmdk, SV_N_ELEMENTS(vmdk)},
	{alone, SV_N_ELEMENTS(alone)},
};
static const struct sv_images images = {graphs, SV_N_ELEMENTS(graphs)};

static void test_resources(void **state)
{
	sv_auto_domain struct sv_domain *dom = domain_of_file("domains/backing-store.xml");
	sv_auto_resources struct sv_resources list = {0};
	sv_auto_buf struct sv_buf buf = {0};
	struct sv_error err = {0};
	size_t i;

	(void)state;
	assert_int_equal(sv_resources_of(dom, &images, "/run/svirt/web/guest", &list, &err), 0);
	for (i = 0; i < list.n; i++) {
		const struct sv_resource *res = &list.items[i];

		sv_buf_printf(&buf, "%s %s %s %s %s%s\n", res->target, sv_access_name(res->access),
			      res->role, res->format, res->path, res->n_overrides ? " own" : "");
		assert_int_equal(res->kind, SV_RES_DISK);
		assert_false(res->may_create);
	}
	assert_string_equal(buf.s, "vda rw rw-top qcow2 /dev/top\n"
				   "vda[1] rw data-file raw /i/top.data\n"
				   "vda[2] ro ro-base qcow2 /srv/middle.qcow2 own\n"
				   "vda[3] ro ro-base raw /i/middle.data\n"
				   "vda[4] ro ro-base raw /dev/mapper/base\n"
				   "vdb rw rw-top vmdk /srv/open.vmdk\n"
				   "vdb[1] rw data-file raw /srv/open-flat.vmdk\n"
				   "vdb[2] ro ro-base vmdk /srv/parent.vmdk\n"
				   "vdc rw rw-top qcow2 /srv/alone.qcow2\n");
	assert_false(list.items[2].overrides[0].relabel);
}

/* A backing file without a <seclabel> of its own has that of the disk, also when a header named
 * it. */
static void test_overrides_of_the_disk(void **state)
{
	sv_auto_domain struct sv_domain *dom =
		domain_of(IN_DEVICES, "<disk><source file='/srv/alone.qcow2'>"
				      "<seclabel model='selinux' relabel='no'/></source>"
				      "<target dev='vda'/></disk>");
	struct sv_image_node nodes[] = {
		NODE("/srv/alone.qcow2", QCOW2, RW_TOP, TOP),
		NODE("/srv/base", RAW, RO_BASE, .overlay = 0),
	};
	struct sv_image_graph graph = {nodes, 2};
	const struct sv_images one = {&graph, 1};
	sv_auto_resources struct sv_resources list = {0};
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(sv_resources_of(dom, &one, "/run/svirt/web/guest", &list, &err), 0);
	assert_int_equal(list.n, 2);
	assert_ptr_equal(list.items[1].overrides, dom->disks[0].seclabels);
	assert_int_equal(list.items[1].n_overrides, 1);
}

/* A base image of two disks has two readers. A guest's own disk may not be below another one. */
static void test_shared_files(void **state)
{
	sv_auto_domain struct sv_domain *dom =
		domain_of(IN_DEVICES, "<disk><source file='/a'/><target dev='vda'/></disk>\n"
				      "<disk><source file='/b'/><target dev='vdb'/></disk>");
	struct sv_image_node a[] = {
		NODE("/a", QCOW2, RW_TOP, TOP),
		NODE("/base", RAW, RO_BASE, .overlay = 0),
	};
	struct sv_image_node b[] = {
		NODE("/b", QCOW2, RW_TOP, TOP),
		NODE("/base", RAW, RO_BASE, .overlay = 0),
	};
	struct sv_image_graph two[] = {{a, 2}, {b, 2}};
	const struct sv_images both = {two, 2};
	struct sv_resources list = {0};
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(sv_resources_of(dom, &both, "/run/svirt/web/guest", &list, &err), 0);
	assert_int_equal(list.n, 4);
	sv_resources_done(&list);
	b[1].path = a[0].path;
	assert_int_equal(sv_resources_of(dom, &both, "/run/svirt/web/guest", &list, &err),
			 -SV_E_USAGE);
	assert_non_null(strstr(err.msg, "vda and vdb[1] are the same file '/a'"));
}

/* The -blockdev nodes of a command line, one per line. */
static void nodes_of(const struct sv_domain *dom, const struct sv_images *of, struct sv_buf *out)
{
	const struct sv_qemu_host host = {
		.emulator = "/usr/bin/qemu-system-x86_64",
		.qmp_fd = 3,
		.tap_fd = 5,
		.uuid = "00000000-1111-4222-8333-444444444444",
		.images = of,
	};
	sv_auto_strv struct sv_strv argv = {0};
	struct sv_error err = {0};

	if (sv_qemu_argv(dom, &host, &argv, &err) < 0)
		fail_msg("%s", err.msg);
	for (size_t i = 0; i + 1 < argv.n; i++) {
		if (sv_streq(argv.v[i], "-blockdev"))
			sv_buf_printf(out, "%s\n", argv.v[i + 1]);
	}
}

#define FILE_NODE(driver, name, path, ro)                                            \
	"{\"driver\":\"" driver "\",\"node-name\":\"" name "\",\"filename\":\"" path \
	"\",\"read-only\":" ro ",\"auto-read-only\":false}\n"
#define FORMAT_NODE(driver, name, ro, file, more)                                 \
	"{\"driver\":\"" driver "\",\"node-name\":\"" name "\",\"read-only\":" ro \
	",\"file\":\"" file "\"" more "}\n"

static void test_nodes(void **state)
{
	sv_auto_domain struct sv_domain *dom = domain_of_file("domains/backing-store.xml");
	sv_auto_buf struct sv_buf buf = {0};

	(void)state;
	nodes_of(dom, &images, &buf);
	assert_string_equal(
		buf.s,
		FILE_NODE("host_device", "file-vda-4", "/dev/mapper/base", "true") FORMAT_NODE(
			"raw", "drive-vda-4", "true", "file-vda-4",
			"") FILE_NODE("file", "file-vda-3", "/i/middle.data", "true")
			FILE_NODE("file", "file-vda-2", "/srv/middle.qcow2", "true") FORMAT_NODE(
				"qcow2", "drive-vda-2", "true", "file-vda-2",
				",\"data-file\":\"file-vda-3\",\"backing\":\"drive-vda-4\"")
				FILE_NODE("file", "file-vda-1", "/i/top.data", "false") FILE_NODE(
					"host_device", "file-vda", "/dev/top",
					"false") FORMAT_NODE("qcow2", "drive-vda", "false",
							     "file-vda",
							     ",\"data-file\":\"file-vda-1\",\"backing\":\"drive-vda-2\"")
					FILE_NODE("file", "file-vdb-2", "/srv/parent.vmdk",
						  "true") FORMAT_NODE("vmdk", "drive-vdb-2", "true",
								      "file-vdb-2",
								      ",\"backing\":null")
						FILE_NODE("file", "file-vdb", "/srv/open.vmdk",
							  "false")
							FORMAT_NODE("vmdk", "drive-vdb", "false",
								    "file-vdb",
								    ",\"backing\":\"drive-vdb-2\"")
								FILE_NODE("file", "file-vdc",
									  "/srv/alone.qcow2",
									  "false")
									FORMAT_NODE(
										"qcow2",
										"drive-vdc",
										"false", "file-vdc",
										",\"backing\":null"));
}

/* The cache mode and similar options are the disk's, for each of its files. */
static void test_modes(void **state)
{
	sv_auto_domain struct sv_domain *dom = domain_of(
		IN_DEVICES, "<disk><driver type='qcow2' cache='none' io='native' discard='unmap'/>"
			    "<source file='/a'/><target dev='vda'/></disk>");
	struct sv_image_node nodes[] = {
		NODE("/a", QCOW2, SHARED_RW, TOP),
		NODE("/b", RAW, SHARED_RW, .part = SV_IMAGE_DATA, .overlay = 0),
	};
	struct sv_image_graph graph = {nodes, 2};
	const struct sv_images one = {&graph, 1};
	sv_auto_buf struct sv_buf buf = {0};

	(void)state;
	nodes_of(dom, &one, &buf);
	assert_non_null(strstr(buf.s, "\"filename\":\"/b\",\"read-only\":false,"
				      "\"auto-read-only\":false,\"aio\":\"native\","
				      "\"discard\":\"unmap\",\"cache\":{\"direct\":true,"
				      "\"no-flush\":false}}\n"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_resources),    cmocka_unit_test(test_overrides_of_the_disk),
		cmocka_unit_test(test_shared_files), cmocka_unit_test(test_nodes),
		cmocka_unit_test(test_modes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
