/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * <graphics> and <video>: what of a document is accepted, and what of the host becomes a resource.
 * Their command line has golden files (test-argv).
 */
#include "domain-fixture.h"

#include "base/string.h"
#include "domain/resource.h"

#define EGL(text) "<graphics type='egl-headless'>" text "</graphics>"
#define NODE	  "<gl rendernode='/dev/dri/renderD128'/>"

static void test_bad_render_node(void **state)
{
	static const struct bad_lines table[] = {
		{IN_DEVICES, EGL(""), 1, "<graphics type='egl-headless'> names no render node",
		 "put <gl rendernode="},
		{IN_DEVICES, EGL("\n<gl/>"), 2, "attribute rendernode is missing in <gl>",
		 "ls /dev/dri/ shows those of this host"},
		{IN_DEVICES, EGL("<gl rendernode='/dev/null'/>"), 1,
		 "rendernode of <gl>: '/dev/null' is not in /dev/dri", "/dev/dri/renderD128"},
		{IN_DEVICES, EGL("<gl rendernode='/dev/dri/../null'/>"), 1,
		 "has a '.' or '..' component", NULL},
		{IN_DEVICES, EGL("<gl rendernode='/dev/dri/'/>"), 1, "has an empty component",
		 NULL},
		{IN_DEVICES, EGL(NODE NODE), 1, "a second <gl>", NULL},
		{IN_DEVICES, EGL("<gl enable='yes' rendernode='/dev/dri/renderD128'/>"), 1,
		 "attribute enable of <gl> is not known", NULL},
		{IN_DEVICES, EGL(NODE) "\n" EGL(NODE), 2, "a second <graphics type='egl-headless'>",
		 NULL},
		{IN_DEVICES, "<graphics type='vnc' port='5900'>" NODE "</graphics>", 1,
		 "element <gl> is not known in <graphics>", NULL},
		{IN_DEVICES, "<graphics type='dbus'/>", 1,
		 "type of <graphics>: 'dbus' is not supported", "vnc, egl-headless"},
	};

	(void)state;
	assert_all_bad(table, SV_N_ELEMENTS(table));
}

#define ACCELERATION(text) \
	"<video>\n<model type='virtio'>\n<acceleration " text "/></model></video>"

static void test_bad_video(void **state)
{
	static const struct bad_lines table[] = {
		{IN_DEVICES, ACCELERATION("rendernode='/dev/dri/renderD128'"), 3,
		 "rendernode of <acceleration> is not supported", "egl-headless"},
		{IN_DEVICES, ACCELERATION("accel3d='on'"), 3,
		 "accel3d: 'on' is neither 'yes' nor 'no'", NULL},
		{IN_DEVICES, "<video><driver name='vhostuser' socket='/s'/></video>", 1,
		 "attribute socket of <driver> names a host resource", NULL},
	};

	(void)state;
	assert_all_bad(table, SV_N_ELEMENTS(table));
}

static bool is_3d(const char *lines)
{
	sv_auto_domain struct sv_domain *dom = domain_of(IN_DEVICES, lines);

	return dom->video_3d;
}

/* Any adapter is accepted; only one of virtio draws with a GPU. */
static void test_video(void **state)
{
	(void)state;
	assert_true(is_3d(ACCELERATION("accel3d='yes'")));
	assert_false(is_3d(ACCELERATION("accel3d='no'")));
	assert_false(is_3d(ACCELERATION("accel2d='yes'")));
	assert_false(is_3d("<video><model type='qxl' ram='65536' vram='65536' heads='1'>"
			   "<acceleration accel3d='yes'/></model></video>"));
	assert_false(is_3d("<video><model type='virtio'/></video>"));
	assert_false(is_3d("<video/>"));
}

static void test_resources(void **state)
{
	sv_auto_domain struct sv_domain *dom = domain_of_file("argv/egl-headless.xml");
	sv_auto_resources struct sv_resources list = {0};
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(sv_resources_of(dom, NULL, "/run/svirt/egl", &list, &err), 0);
	assert_int_equal(list.n, 1);
	assert_int_equal(list.items[0].kind, SV_RES_RENDER);
	assert_int_equal(list.items[0].access, SV_ACCESS_RW);
	assert_string_equal(list.items[0].target, "rendernode");
	assert_string_equal(list.items[0].path, "/dev/dri/renderD128");
	assert_int_equal(list.items[0].line, 11);
	assert_true(sv_resource_is_shared_device(&list.items[0]));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_render_node),
		cmocka_unit_test(test_bad_video),
		cmocka_unit_test(test_video),
		cmocka_unit_test(test_resources),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
