/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What programs write into a document without meaning anything by it: elements without a value,
 * drives without a medium. It is as if it were not there; what means something is not.
 */
#include "domain-fixture.h"

#include "base/string.h"

static void test_boot_files(void **state)
{
	sv_auto_domain struct sv_domain *dom =
		domain_of(IN_OS, "<kernel/><initrd></initrd><cmdline>\n </cmdline><dtb/>"
				 "<loader/><nvram/>");

	(void)state;
	assert_null(dom->kernel.path);
	assert_null(dom->initrd.path);
	assert_null(dom->cmdline);
	assert_null(dom->boot.dtb.path);
	assert_null(dom->boot.loader.file.path);
	assert_null(dom->boot.nvram.path);
	assert_int_equal(dom->n_ignored, 0);
}

/* An element that asks for something has to say of what. */
static void test_not_empty(void **state)
{
	static const struct bad_lines table[] = {
		{IN_OS, "<loader type='pflash'/>", 1, "loader: '' is not absolute", NULL},
		{IN_OS, "<loader secure='yes'/>", 1, "loader: '' is not absolute", NULL},
		{IN_OS, "<kernel/>\n<kernel/>", 2, "a second <kernel>", NULL},
		{IN_OS, "<kernel><b/></kernel>", 1, "<kernel> holds more than text", NULL},
		{IN_OS, "<acpi><table type='slic'/></acpi>", 1, "table: '' is not absolute", NULL},
		{IN_DOMAIN, "<cpu mode='custom'><model fallback='allow'/></cpu>", 1,
		 "<cpu mode='custom'> has no <model>", NULL},
		{IN_DOMAIN, "<name/>", 1, "a second <name>", NULL},
	};

	(void)state;
	assert_all_bad(table, SV_N_ELEMENTS(table));
}

static void test_cpu_model(void **state)
{
	static const char *const modes[] = {"host-model", "host-passthrough", "maximum"};

	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(modes); i++) {
		sv_auto_domain struct sv_domain *dom = NULL;
		char text[128];

		(void)snprintf(text, sizeof(text),
			       "<cpu mode='%s'>\n<model fallback='allow'/></cpu>", modes[i]);
		dom = domain_of(IN_DOMAIN, text);
		assert_null(dom->cpu_model);
		assert_string_equal(dom->cpu_mode, modes[i]);
	}
}

#define DRIVE(attrs, source) \
	"<disk device='cdrom' " attrs ">" source "<target dev='sda' bus='sata'/></disk>"

static void test_drives(void **state)
{
	static const char *const drives[] = {
		DRIVE("type='file'", ""),
		DRIVE("type='file'", "<source/>"),
		DRIVE("type='file'", "<source file=''/>"),
		DRIVE("type='file'", "<source startupPolicy='optional'/>"),
		DRIVE("type='file'", "<source file='' startupPolicy='mandatory' index='1'/>"),
		DRIVE("type='block'", "<source dev=''/>"),
		"<disk device='floppy'><source file=''/><target dev='fda'/></disk>",
	};

	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(drives); i++) {
		sv_auto_domain struct sv_domain *dom = domain_of(IN_DEVICES, drives[i]);

		assert_int_equal(dom->disks[0].source, SV_DISK_NONE);
		assert_null(dom->disks[0].path);
	}
}

static void test_bad_drives(void **state)
{
	static const struct bad_lines table[] = {
		{IN_DEVICES, DRIVE("", "<source file=' '/>"), 1, "path of a disk: ' ' is not",
		 NULL},
		{IN_DEVICES, DRIVE("", "<source startupPolicy='never'/>"), 1,
		 "startupPolicy of <source>: 'never' is not supported", "requisite, optional"},
		{IN_DEVICES,
		 DRIVE("", "<source><dataStore><format type='raw'/><source file='/a'/>"
			   "</dataStore></source>"),
		 1, "attribute file is missing in <source>", NULL},
	};

	(void)state;
	assert_all_bad(table, SV_N_ELEMENTS(table));
}

/* The medium of a drive may be missing, a disk may not. */
static void test_optional(void **state)
{
	sv_auto_domain struct sv_domain *cdrom =
		domain_of(IN_DEVICES, DRIVE("", "<source file='/a' startupPolicy='optional'/>"));
	sv_auto_domain struct sv_domain *needed =
		domain_of(IN_DEVICES, DRIVE("", "<source file='/a' startupPolicy='requisite'/>"));
	sv_auto_domain struct sv_domain *disk =
		domain_of(IN_DISK, "<source file='/a' startupPolicy='optional'/>");

	(void)state;
	assert_true(cdrom->disks[0].optional);
	assert_string_equal(cdrom->disks[0].path, "/a");
	assert_int_equal(cdrom->n_ignored, 0);
	assert_false(needed->disks[0].optional);
	assert_false(disk->disks[0].optional);
	assert_string_equal(disk->ignored[0].element, "devices/disk/source@startupPolicy");
	assert_string_equal(disk->ignored[0].reason, "what is missing is always an error");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_boot_files), cmocka_unit_test(test_not_empty),
		cmocka_unit_test(test_cpu_model),  cmocka_unit_test(test_drives),
		cmocka_unit_test(test_bad_drives), cmocka_unit_test(test_optional),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
