/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * <graphics> and <video>: the accepted elements, and which host resources they need. Their command
 * line has golden files (test-argv).
 */
#include "domain-fixture.h"

#include "base/string.h"
#include "domain/resource/resource.h"

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
		 "type of <graphics>: 'dbus' is not supported", "vnc, spice, egl-headless"},
	};

	(void)state;
	assert_all_bad(table, SV_N_ELEMENTS(table));
}

#define SPICE(attrs, text) "<graphics type='spice' " attrs ">" text "</graphics>"
#define PORT		   "port='5900' autoport='no'"

static void test_bad_spice(void **state)
{
	static const struct bad_lines table[] = {
		{IN_DEVICES, SPICE("port='0'", ""), 1, "port of <graphics>: 0 is out of range",
		 NULL},
		{IN_DEVICES, SPICE("autoport='yes' listen='0.0.0.0'", ""), 1,
		 "svirt looks for no free port of SPICE", "<listen type='socket'/>"},
		{IN_DEVICES, SPICE("tlsPort='5901'", ""), 1,
		 "tlsPort of <graphics>: svirt gives a guest no private key of the host", "ssh(1)"},
		{IN_DEVICES, SPICE("defaultMode='secure'", ""), 1,
		 "defaultMode='secure' of <graphics>: svirt gives a guest no private key", NULL},
		{IN_DEVICES, SPICE("defaultMode='some'", ""), 1,
		 "defaultMode of <graphics>: 'some'", "any, insecure, secure"},
		{IN_DEVICES, SPICE("", "\n<channel name='main' mode='secure'/>"), 2,
		 "mode='secure' of <channel>: svirt gives a guest no private key", "ssh(1)"},
		{IN_DEVICES, SPICE("", "<channel name='main'/>"), 1,
		 "attribute mode is missing in <channel>", NULL},
		{IN_DEVICES, SPICE("", "\n<image compression='zip'/>"), 2,
		 "compression of <image>: 'zip' is not supported", "auto_glz"},
		{IN_DEVICES, SPICE("", "<playback/>"), 1,
		 "attribute compression is missing in <playback>", NULL},
		{IN_DEVICES, SPICE("", "<clipboard copypaste='on'/>"), 1,
		 "copypaste of <clipboard>: 'on' is not supported", "yes, no"},
		{IN_DEVICES, SPICE("", "<mouse mode='server' x='y'/>"), 1,
		 "attribute x of <mouse> is not known", NULL},
		{IN_DEVICES, SPICE("", "\n<gl enable='yes'/>"), 2,
		 "attribute rendernode is missing in <gl>", "ls /dev/dri/"},
		{IN_DEVICES, SPICE("", "<gl rendernode='/dev/dri/renderD128'/>"), 1,
		 "attribute enable is missing in <gl>", NULL},
		{IN_DEVICES, SPICE("", "<gl enable='on'/>"), 1, "enable of <gl>: 'on' is neither",
		 NULL},
		{IN_DEVICES,
		 EGL(NODE) "\n" SPICE("", "<gl enable='yes' rendernode='/dev/dri/renderD129'/>"), 2,
		 "a second <gl>: the <graphics> of line 6 has the GPU", "one of the two"},
		{IN_DEVICES, SPICE(PORT, "<gl enable='yes' rendernode='/dev/dri/renderD128'/>"), 1,
		 "<gl enable='yes'> works through a socket only", "egl-headless"},
		{IN_DEVICES, SPICE(PORT, "<listen type='socket'/>"), 1,
		 "<graphics> has a socket and a port", NULL},
		{IN_DEVICES, SPICE(PORT, "<listen type='none'/>"), 1,
		 "<graphics> has <listen type='none'> and a port", NULL},
		{IN_DEVICES, SPICE("listen='127.0.0.1'", "<listen type='none'/>"), 1,
		 "<graphics> has <listen type='none'> and an address", NULL},
		{IN_DEVICES, SPICE("socket='/s'", "<listen type='none'/>"), 1,
		 "<graphics> has a socket and <listen type='none'>", NULL},
		{IN_DEVICES, SPICE("", "<listen type='none' socket='/s'/>"), 1,
		 "<listen type='none'> has an address of the other type", NULL},
		{IN_DEVICES, SPICE("", "<listen address='::1'/>"), 1,
		 "attribute type is missing in <listen>", NULL},
		{IN_DEVICES, SPICE("", "<listen type='address' network='default'/>"), 1,
		 "<listen type='address'> has an address of the other type", NULL},
		{IN_DEVICES, SPICE("", "<listen type='network' socket='/s'/>"), 1,
		 "<listen type='network'> has an address of the other type", NULL},
	};

	(void)state;
	assert_all_bad(table, SV_N_ELEMENTS(table));
}

#define EIGHT	  "12345678"
#define FIFTY_SIX EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT
#define VNC(word) "<graphics type='vnc' passwd='" word "'/>"

/* The message says nothing of the password. */
static void test_bad_password(void **state)
{
	static const struct {
		const char *lines, *msg, *hint;
	} table[] = {
		{VNC(""), "passwd of <graphics> has not 1 to 8 bytes",
		 "remove it, or write a password"},
		{VNC(EIGHT "9"), "passwd of <graphics> has not 1 to 8 bytes", "make it shorter"},
		{VNC("\u00e4\u00e4\u00e4\u00e4\u00e4"), "passwd of <graphics> has not 1 to 8 bytes",
		 "make it shorter"},
		{SPICE("passwd=''", ""), "passwd of <graphics> has not 1 to 59 bytes",
		 "remove it, or write a password"},
		{SPICE("passwd='" FIFTY_SIX "9abc'", ""),
		 "passwd of <graphics> has not 1 to 59 bytes", "make it shorter"},
	};

	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(table); i++) {
		const struct bad_lines bad = {IN_DEVICES, table[i].lines, 1, table[i].msg,
					      table[i].hint};
		struct sv_domain *dom = NULL;
		struct sv_error err = {0};
		char text[512];

		assert_all_bad(&bad, 1);
		(void)snprintf(text, sizeof(text),
			       "<domain type='kvm'><devices>%s</devices></domain>", table[i].lines);
		assert_int_equal(sv_domain_parse(text, strlen(text), "bad.xml", &dom, &err),
				 -SV_E_USAGE);
		assert_string_equal(err.msg, table[i].msg);
		assert_string_equal(err.hint, table[i].hint);
	}
}

static void test_password(void **state)
{
	sv_auto_domain struct sv_domain *one = domain_of(IN_DEVICES, VNC("a"));
	sv_auto_domain struct sv_domain *all =
		domain_of(IN_DEVICES, VNC(EIGHT) SPICE(PORT " passwd='" FIFTY_SIX "9ab'", ""));
	sv_auto_domain struct sv_domain *none = domain_of(IN_DEVICES, "<graphics type='vnc'/>");

	(void)state;
	assert_string_equal(one->graphics[0].password, "a");
	assert_string_equal(all->graphics[0].password, EIGHT);
	assert_string_equal(all->graphics[1].password, FIFTY_SIX "9ab");
	assert_null(none->graphics[0].password);
}

/* Where the document leaves the port to libvirt, the guest has a socket of its own. */
static void test_own_socket(void **state)
{
	static const struct {
		const char *lines, *path;
	} table[] = {
		{"<graphics type='spice'/>", "/run/svirt/web/guest/spice.sock"},
		{SPICE("autoport='yes'", "<listen type='address'/>"),
		 "/run/svirt/web/guest/spice.sock"},
		{SPICE("port='-1' listen='::1'", ""), "/run/svirt/web/guest/spice.sock"},
		{SPICE("", "<listen type='socket'/>"), "/run/svirt/web/guest/spice.sock"},
		{SPICE("socket='/s'", "<listen type='socket' socket='/s'/>"), "/s"},
		{SPICE("socket='/s'", "<listen type='socket'/>"), "/s"},
		{SPICE(PORT, ""), NULL},
		{SPICE("autoport='yes'", "<listen type='none'/>"), NULL},
		{SPICE("autoport='no'", "<listen type='none'/>"), NULL},
		{SPICE("autoport='no'", "<listen type='socket'/>"),
		 "/run/svirt/web/guest/spice.sock"},
		{"<graphics type='vnc'><listen type='socket'/></graphics>",
		 "/run/svirt/web/guest/vnc.sock"},
		{"<graphics type='vnc' autoport='yes'/>", NULL},
	};
	struct sv_error err = {0};

	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(table); i++) {
		sv_auto_domain struct sv_domain *dom = domain_of(IN_DEVICES, table[i].lines);
		sv_auto_resources struct sv_resources list = {0};

		assert_int_equal(sv_resources_of(dom, NULL, "/run/svirt/web/guest", &list, &err),
				 0);
		assert_int_equal(list.n, table[i].path != NULL);
		if (!table[i].path)
			continue;
		assert_string_equal(list.items[0].path, table[i].path);
		assert_int_equal(list.items[0].kind, SV_RES_GRAPHICS_SOCKET);
		assert_string_equal(list.items[0].target, sv_graphics_types[dom->graphics[0].type]);
		assert_true(list.items[0].may_create);
		assert_int_equal(list.items[0].own, list.items[0].made_path != NULL);
	}
}

/* The GPU renders for a client on this host, or for none. */
static void test_spice_gl(void **state)
{
	static const char *const listens[] = {
		"<listen type='socket'/>",
		"<listen type='socket' socket='/s'/>",
		"<listen type='none'/>",
	};

	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(listens); i++) {
		sv_auto_domain struct sv_domain *dom = NULL;
		char lines[256];

		(void)snprintf(lines, sizeof(lines),
			       SPICE("autoport='no'", "%s<gl enable='yes' "
						      "rendernode='/dev/dri/renderD128'/>"),
			       listens[i]);
		dom = domain_of(IN_DEVICES, lines);
		assert_string_equal(dom->graphics[0].render_node, "/dev/dri/renderD128");
	}
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

/* Any adapter is accepted; only a virtio one renders with a GPU. */
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

/* The channels of SPICE need no host resource. */
static void test_spice_resources(void **state)
{
	sv_auto_domain struct sv_domain *none = domain_of_file("argv/spice-none.xml");
	sv_auto_domain struct sv_domain *all = domain_of_file("argv/spice.xml");
	sv_auto_resources struct sv_resources one = {0}, two = {0};
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(sv_resources_of(none, NULL, "/run/svirt/spice/guest", &one, &err), 0);
	assert_int_equal(one.n, 1);
	assert_string_equal(one.items[0].path, "/dev/dri/renderD128");
	assert_int_equal(sv_resources_of(all, NULL, "/run/svirt/spice/guest", &two, &err), 0);
	assert_int_equal(two.n, 2);
	assert_string_equal(two.items[0].path, "/dev/dri/renderD129");
	assert_string_equal(two.items[1].path, "/run/svirt/spice/guest/spice.sock");
}

static void test_resources(void **state)
{
	sv_auto_domain struct sv_domain *dom = domain_of_file("argv/egl-headless.xml");
	sv_auto_resources struct sv_resources list = {0};
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(sv_resources_of(dom, NULL, "/run/svirt/egl/guest", &list, &err), 0);
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
		cmocka_unit_test(test_bad_render_node), cmocka_unit_test(test_bad_spice),
		cmocka_unit_test(test_own_socket),	cmocka_unit_test(test_spice_gl),
		cmocka_unit_test(test_spice_resources), cmocka_unit_test(test_bad_video),
		cmocka_unit_test(test_video),		cmocka_unit_test(test_resources),
		cmocka_unit_test(test_bad_password),	cmocka_unit_test(test_password),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
