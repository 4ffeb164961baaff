/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Firmware, tables and items for the guest's firmware: the accepted elements, and which of their
 * files become resources. Their command line has golden files (test-argv).
 */
#include "domain-fixture.h"

#include "base/string.h"
#include "domain/resource/resource.h"

#define LOADER "<loader type='pflash'>/a</loader>"

static void test_bad_files(void **state)
{
	static const struct bad_lines table[] = {
		{IN_OS, "<loader>a.fd</loader>", 1, "loader: 'a.fd' is not absolute", NULL},
		{IN_OS, "<loader type='flash'>/a</loader>", 1,
		 "type of <loader>: 'flash' is not supported", "rom, pflash"},
		{IN_OS, "<loader readonly='maybe'>/a</loader>", 1, "readonly: 'maybe'", NULL},
		{IN_OS, "<loader readonly='no'>/a</loader>", 1,
		 "a <loader> of type 'rom' cannot be written", "type='pflash'"},
		{IN_OS, "<loader secure='yes'>/a</loader>", 1, "of type 'rom' cannot be secure",
		 NULL},
		{IN_OS, "<loader type='pflash' format='qcow2'>/a</loader>", 1,
		 "format of <loader>: 'qcow2' is not supported", "raw"},
		{IN_OS, "\n<nvram>/a</nvram>", 2, "<nvram> needs a <loader type='pflash'>",
		 "remove <nvram>"},
		{IN_OS, "<loader>/a</loader>\n<nvram>/b</nvram>", 2, "<nvram> needs a <loader",
		 NULL},
		{IN_OS, "<loader type='pflash' stateless='yes'>/a</loader>\n<nvram>/b</nvram>", 2,
		 "<nvram> beside a <loader> that is stateless", "remove one"},
		{IN_OS, LOADER "<nvram template='x'>/b</nvram>", 1,
		 "template of <nvram>: 'x' is not absolute", NULL},
		{IN_OS, LOADER "<nvram format='qcow2'>/b</nvram>", 1, "format of <nvram>: 'qcow2'",
		 NULL},
		{IN_OS, LOADER "<nvram><source file='/b'/></nvram>", 1, "<source> in <nvram>",
		 "<nvram>/full/path</nvram>"},
		{IN_OS, LOADER "<nvram type='block'><source dev='/b'/></nvram>", 1,
		 "type of <nvram>: 'block' is not supported", "file"},
		{IN_OS, LOADER "<nvram type='file'/>", 1, "<nvram type='file'> has no <source>",
		 NULL},
		{IN_OS, LOADER "<nvram type='file'><source/></nvram>", 1,
		 "attribute file is missing in <source>", NULL},
		{IN_OS, LOADER "<nvram type='file'><source file='b'/></nvram>", 1,
		 "nvram: 'b' is not absolute", NULL},
		{IN_OS, LOADER "<nvram type='file'><source file='/b' startupPolicy='a'/></nvram>",
		 1, "attribute startupPolicy of <source>", NULL},
		{IN_OS, "\n<dtb>/a</dtb>", 2, "<os> has <dtb>, but no <kernel>", NULL},
		{IN_OS, "<acpi><table>/a</table></acpi>", 1, "attribute type is missing in <table>",
		 NULL},
		{IN_OS, "<acpi><table type='raw'>/a</table></acpi>", 1,
		 "type of <table>: 'raw' is not supported", "slic"},
		{IN_OS, "<acpi><table type='slic'>/a:b</table></acpi>", 1, "cannot hold a colon",
		 "rename it"},
		{IN_OS, "<smbios mode='some'/>", 1, "mode of <smbios>: 'some' is not supported",
		 "emulate, none, sysinfo, host"},
		{IN_OS, "<smbios/>", 1, "attribute mode is missing in <smbios>", NULL},
		{IN_OS, "<firmware/>", 1, "<firmware> is for <os firmware='efi'>",
		 "remove <firmware>"},
		{IN_OS, "<loader type='pflash'/>", 1, "loader: '' is not absolute", NULL},
		{IN_OS, "<nvram template='/t'/>", 1, "<nvram> needs a <loader type='pflash'>",
		 NULL},
		{IN_OS, "<varstore/>", 1, "element <varstore> can carry a host resource", NULL},
	};

	(void)state;
	assert_all_bad(table, SV_N_ELEMENTS(table));
}

#define ITEM(attrs, text) "<sysinfo type='fwcfg'>\n<entry " attrs ">" text "</entry></sysinfo>"
#define SYSTEM(text)	  "<sysinfo type='smbios'><system>\n" text "</system></sysinfo>"

static void test_bad_sysinfo(void **state)
{
	static const struct bad_lines table[] = {
		{IN_DOMAIN, "<sysinfo/>", 1, "attribute type is missing in <sysinfo>", NULL},
		{IN_DOMAIN, "<sysinfo type='host'/>", 1, "type of <sysinfo>: 'host'", NULL},
		{IN_DOMAIN, ITEM("", "x"), 2, "attribute name is missing in <entry>", NULL},
		{IN_DOMAIN, ITEM("name='etc/x'", "x"), 2, "'etc/x' does not begin with 'opt/'",
		 "opt/com.example/item"},
		{IN_DOMAIN, ITEM("name='opt/'", "x"), 2, "does not begin with 'opt/'", NULL},
		{IN_DOMAIN, ITEM("name='opt/org.qemu/x'", "x"), 2, "belongs to the firmware", NULL},
		{IN_DOMAIN, ITEM("name='opt/ovmf/x'", "x"), 2, "belongs to the firmware", NULL},
		{IN_DOMAIN,
		 ITEM("name='opt/456789012345678901234567890123456789012345678901234567'", "x"), 2,
		 "is longer than 55 bytes", NULL},
		{IN_DOMAIN, ITEM("name='opt/x' file='a'", ""), 2, "'a' is not absolute", NULL},
		{IN_DOMAIN, ITEM("name='opt/x' file='/a'", "x"), 2, "a file and a value", NULL},
		{IN_DOMAIN, ITEM("name='opt/x'", " "), 2, "neither a file nor a value", NULL},
		{IN_DOMAIN, ITEM("name='opt/x'", "a&#x7f;"), 2, "holds a control character", NULL},
		{IN_DOMAIN, ITEM("name='opt/x'", "a</entry>\n<entry name='opt/x'>b"), 3,
		 "a second <entry> with the name 'opt/x'", NULL},
		{IN_DOMAIN, SYSTEM("<entry name='vendor'>x</entry>"), 2,
		 "no field 'vendor' in <system>", NULL},
		{IN_DOMAIN, SYSTEM("<entry name='sku'>x</entry>\n<entry name='sku'>y</entry>"), 3,
		 "a second 'sku' in <system>", NULL},
		{IN_DOMAIN, SYSTEM("<entry>x</entry>"), 2, "attribute name is missing", NULL},
		{IN_DOMAIN, SYSTEM("<entry name='sku'>x&#10;y</entry>"), 2,
		 "holds a control character", NULL},
		{IN_DOMAIN, SYSTEM("") "\n" SYSTEM(""), 3, "a second <sysinfo type='smbios'>",
		 NULL},
	};

	(void)state;
	assert_all_bad(table, SV_N_ELEMENTS(table));
}

static void assert_error(const char *domain, unsigned line, const char *msg)
{
	struct sv_domain *dom = NULL;
	struct sv_error err = {0};

	assert_int_equal(sv_domain_parse(domain, strlen(domain), "bad.xml", &dom, &err),
			 -SV_E_USAGE);
	assert_non_null(strstr(err.msg, msg));
	assert_int_equal(err.line, line);
}

#define HEAD                                                                                 \
	"<domain type='kvm'><name>a</name><uuid>6695eb01-f6a4-8304-79aa-97f2502e1948</uuid>" \
	"<memory>65536</memory><os><type>hvm</type><smbios mode='sysinfo'/></os>\n"

static void test_whole_document(void **state)
{
	(void)state;
	assert_error(HEAD "</domain>", 0, "without a <sysinfo type='smbios'>");
	assert_error(HEAD SYSTEM("<entry name='uuid'>zz</entry>") "</domain>", 3,
		     "'zz' is not a UUID");
	assert_error(
		HEAD SYSTEM(
			"<entry name='uuid'>6695eb01-f6a4-8304-79aa-97f2502e1949</entry>") "</domain>",
		3, "is not that of the domain");
}

#define FIRMWARE(kind, rest)                                                           \
	"<domain type='kvm'><name>a</name><memory>65536</memory>\n<os firmware='" kind \
	"'><type>hvm</type>\n" rest "</os></domain>"
#define FEATURE(attrs) FIRMWARE("efi", "<firmware><feature " attrs "/></firmware>")

static void test_bad_firmware(void **state)
{
	static const struct {
		const char *text, *msg;
	} table[] = {
		{FIRMWARE("bios", "<firmware/>"), "<firmware> is for <os firmware='efi'>"},
		{FEATURE("enabled='yes' name='measured'"), "name of <feature>: 'measured'"},
		{FEATURE("name='secure-boot'"), "attribute enabled is missing in <feature>"},
		{FEATURE("enabled='yes'"), "attribute name is missing in <feature>"},
		{FEATURE("enabled='maybe' name='secure-boot'"), "enabled of <feature>: 'maybe'"},
		{FEATURE("enabled='yes' name='secure-boot'/><feature enabled='no' "
			 "name='secure-boot'"),
		 "a second <feature name='secure-boot'>"},
		{FIRMWARE("efi", "<loader type='rom'/>"),
		 "a <loader> of type 'rom' is not firmware='efi'"},
		{FIRMWARE("bios", "<loader type='pflash'/>"),
		 "a <loader> of type 'pflash' is not firmware='bios'"},
		{FIRMWARE("efi", "<loader readonly='no'/>"),
		 "a <loader> that is written, without a path"},
		{FIRMWARE("bios", "<loader readonly='no'/>"), "cannot be written"},
		{FIRMWARE("bios", "<nvram template='/t'/>"), "<nvram> needs a <loader"},
		{FIRMWARE("efi", "<loader stateless='yes'/><nvram template='/t'/>"),
		 "that is stateless"},
		{FIRMWARE("efi", "<loader>x</loader>"), "loader: 'x' is not absolute"},
	};

	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(table); i++)
		assert_error(table[i].text, 3, table[i].msg);
}

/* The output of a running libvirt has the paths beside the attribute. */
static void test_named_firmware(void **state)
{
	sv_auto_domain struct sv_domain *efi = domain_of_text(
		FIRMWARE("efi", "<firmware><feature enabled='no' name='enrolled-keys'/></firmware>"
				"<loader readonly='yes' type='pflash' format='raw'>/c</loader>"
				"<nvram template='/t' format='raw'>/v</nvram>"));
	sv_auto_domain struct sv_domain *bios = domain_of_text(FIRMWARE("bios", "<loader/>"));

	(void)state;
	assert_string_equal(efi->boot.loader.file.path, "/c");
	assert_string_equal(efi->boot.nvram.path, "/v");
	assert_string_equal(efi->boot.nvram_template, "/t");
	assert_int_equal(efi->boot.firmware.enrolled_keys, SV_WISH_NO);
	assert_int_equal(bios->boot.firmware.kind, SV_FIRMWARE_BIOS);
	assert_null(bios->boot.loader.file.path);
}

/* Ignored tables are listed. */
static void test_ignored(void **state)
{
	sv_auto_domain struct sv_domain *dom = domain_of_file("argv/firmware-rom.xml");

	(void)state;
	assert_int_equal(dom->n_ignored, 1);
	assert_string_equal(dom->ignored[0].element, "sysinfo");
	assert_string_equal(dom->ignored[0].reason, "<os> has no <smbios mode='sysinfo'/>");
}

static void assert_file(const struct sv_resource *res, enum sv_access access, const char *target,
			const char *path)
{
	assert_int_equal(res->kind, SV_RES_BOOT_FILE);
	assert_string_equal(sv_access_name(res->access), sv_access_name(access));
	assert_string_equal(res->target, target);
	assert_string_equal(res->path, path);
	assert_false(res->may_create);
}

static void test_resources(void **state)
{
	sv_auto_domain struct sv_domain *dom = domain_of_file("domains/firmware.xml");
	sv_auto_resources struct sv_resources list = {0};
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(sv_resources_of(dom, NULL, "/run/svirt/web/guest", &list, &err), 0);
	assert_int_equal(list.n, 6);
	assert_file(&list.items[0], SV_ACCESS_RO, "loader", "/srv/boot/CODE.fd");
	assert_file(&list.items[1], SV_ACCESS_RW, "nvram", "/srv/boot/VARS.fd");
	assert_string_equal(list.items[1].template, "/usr/share/OVMF/OVMF_VARS_4M.fd");
	assert_null(list.items[0].template);
	assert_file(&list.items[2], SV_ACCESS_RO, "kernel", "/srv/boot/vmlinuz");
	assert_file(&list.items[3], SV_ACCESS_RO, "dtb", "/srv/boot/board.dtb");
	assert_file(&list.items[4], SV_ACCESS_RO, "slic table", "/srv/boot/slic");
	assert_file(&list.items[5], SV_ACCESS_RO, "fw_cfg opt/com.example/config",
		    "/srv/boot/config");
	assert_int_equal(list.items[5].line, 13);
}

/* A flash chip without readonly= is read-only; a writable one belongs to the guest alone. */
static void test_loader_access(void **state)
{
	sv_auto_domain struct sv_domain *ro = domain_of(IN_OS, LOADER);
	sv_auto_domain struct sv_domain *rw =
		domain_of(IN_OS, "<loader type='pflash' readonly='no'>/a</loader>");
	sv_auto_resources struct sv_resources of_ro = {0}, of_rw = {0};
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(sv_resources_of(ro, NULL, "/run/svirt/web/guest", &of_ro, &err), 0);
	assert_int_equal(sv_resources_of(rw, NULL, "/run/svirt/web/guest", &of_rw, &err), 0);
	assert_int_equal(of_ro.n, 1);
	assert_int_equal(of_rw.n, 1);
	assert_file(&of_ro.items[0], SV_ACCESS_RO, "loader", "/a");
	assert_file(&of_rw.items[0], SV_ACCESS_RW, "loader", "/a");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_files),      cmocka_unit_test(test_bad_sysinfo),
		cmocka_unit_test(test_whole_document), cmocka_unit_test(test_ignored),
		cmocka_unit_test(test_bad_firmware),   cmocka_unit_test(test_named_firmware),
		cmocka_unit_test(test_resources),      cmocka_unit_test(test_loader_access),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
