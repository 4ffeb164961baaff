/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Firmware by descriptors: which one is chosen from the directories of a tree, which file hides
 * which, and the error when none fits or one cannot be trusted.
 */
#include "domain-fixture.h"

#include "base/fs.h"
#include "base/string.h"
#include "guest/files/firmware.h"

#include <sys/stat.h>
#include <unistd.h>

#define VENDOR "usr/share/qemu/firmware"
#define ADMIN  "etc/qemu/firmware"
#define OWN    "/var/lib/libvirt/qemu/nvram/a_VARS.fd"
#define EFI(machine, rest)                                                             \
	"<domain type='kvm'><name>a</name><memory>65536</memory>\n<os firmware='efi'>" \
	"<type arch='x86_64' machine='" machine "'>hvm</type>\n" rest "</os></domain>"
#define SMM(state)                                                                         \
	"<domain type='kvm'><name>a</name><memory>65536</memory><os firmware='efi'><type " \
	"machine='q35'>hvm</type></os><features><smm state='" state "'/></features></domain>"
#define FEATURE(name, enabled) \
	"<firmware><feature enabled='" enabled "' name='" name "'/></firmware>"
#define TARGET(arch, glob)    "[{\"architecture\":\"" arch "\",\"machines\":[\"" glob "\"]}]"
#define FILE_OF(name, format) "{\"filename\":\"" name "\",\"format\":\"" format "\"}"
#define FLASH(code, format)                              \
	"{\"device\":\"flash\",\"executable\":" FILE_OF( \
		code, format) ",\"nvram-template\":" FILE_OF("/usr/share/V.fd", "raw") "}"
#define WHOLE(types, mapping, targets, features)                                    \
	"{\"description\":\"x\",\"interface-types\":" types ",\"mapping\":" mapping \
	",\"targets\":" targets ",\"features\":" features ",\"tags\":[]}"
#define UEFI	    "[\"uefi\"]"
#define MACHINES    TARGET("x86_64", "pc-q35-*")
#define PLAIN(code) WHOLE(UEFI, FLASH(code, "raw"), MACHINES, "[\"acpi-s3\"]")
#define SECURE(code)                              \
	WHOLE(UEFI, FLASH(code, "raw"), MACHINES, \
	      "[\"enrolled-keys\",\"requires-smm\",\"secure-boot\"]")

static char root[64];

static const char *at(const char *name)
{
	static char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s", root, name);
	return path;
}

static void write_file(const char *name, const char *text)
{
	FILE *f = fopen(at(name), "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(at(name), 0644), 0);
}

static int make_tree(void **state)
{
	static const char *const dirs[] = {"etc",	"etc/qemu",	  ADMIN, "usr",
					   "usr/share", "usr/share/qemu", VENDOR};

	(void)state;
	(void)umask(022);
	(void)snprintf(root, sizeof(root), "/tmp/svirt-test-firmware.XXXXXX");
	assert_non_null(mkdtemp(root));
	for (size_t i = 0; i < SV_N_ELEMENTS(dirs); i++)
		assert_int_equal(mkdir(at(dirs[i]), 0755), 0);
	return 0;
}

static int drop_tree(void **state)
{
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(sv_fs_remove_tree(root, &err), 0);
	return 0;
}

static int find(struct sv_domain *dom, struct sv_error *err)
{
	const struct svirt sv = {.root = root, .conf_dir = (char[]){"/home/u/.config/svirt"}};

	return sv_firmware_find(&sv, dom, err);
}

static void chosen(const char *text, const char *code, bool secure)
{
	sv_auto_domain struct sv_domain *dom = domain_of_text(text);
	struct sv_error err = {0};

	if (find(dom, &err) != 0)
		fail_msg("%s:%u: %s", err.file, err.line, err.msg);
	assert_string_equal(dom->boot.loader.file.path, code);
	assert_int_equal(dom->boot.loader.type, SV_LOADER_PFLASH);
	assert_true(dom->boot.loader.readonly);
	assert_int_equal(dom->boot.loader.secure, secure);
	/* a second search for the same domain changes nothing */
	assert_int_equal(find(dom, &err), 0);
	assert_string_equal(dom->boot.loader.file.path, code);
}

static void refused(const char *text, enum sv_code code, const char *msg, struct sv_error *err)
{
	sv_auto_domain struct sv_domain *dom = domain_of_text(text);

	sv_error_clear(err);
	assert_int_equal(find(dom, err), -(int)code);
	if (!strstr(err->msg, msg))
		fail_msg("'%s' instead of '%s'", err->msg, msg);
	assert_true(err->hint[0]);
	assert_null(dom->boot.loader.file.path);
}

static void test_order(void **state)
{
	(void)state;
	write_file(VENDOR "/60-b.json", PLAIN("/usr/share/60.fd"));
	write_file(VENDOR "/50-a.json", PLAIN("/usr/share/50.fd"));
	write_file(VENDOR "/.10.json", PLAIN("/usr/share/hidden.fd"));
	write_file(VENDOR "/10-x.json~", PLAIN("/usr/share/backup.fd"));
	chosen(EFI("q35", ""), "/usr/share/50.fd", false);
	/* the administrator's file of the same name, an empty one, a link to a missing file */
	write_file(ADMIN "/50-a.json", PLAIN("/srv/own.fd"));
	chosen(EFI("q35", ""), "/srv/own.fd", false);
	write_file(ADMIN "/50-a.json", "");
	chosen(EFI("q35", ""), "/usr/share/60.fd", false);
	assert_int_equal(unlink(at(ADMIN "/50-a.json")), 0);
	assert_int_equal(symlink("/dev/null", at(ADMIN "/50-a.json")), 0);
	chosen(EFI("q35", ""), "/usr/share/60.fd", false);
}

static void test_machine(void **state)
{
	struct sv_error err;

	(void)state;
	write_file(VENDOR "/a.json",
		   WHOLE(UEFI, FLASH("/usr/a.fd", "raw"), TARGET("aarch64", "pc-*"), "[]"));
	write_file(VENDOR "/b.json", PLAIN("/usr/b.fd"));
	write_file(VENDOR "/c.json",
		   WHOLE(UEFI, FLASH("/usr/c.fd", "raw"), TARGET("x86_64", "pc-i440fx-*"), "[]"));
	chosen(EFI("q35", ""), "/usr/b.fd", false);
	chosen(EFI("pc-q35-8.2", ""), "/usr/b.fd", false);
	chosen(EFI("pc", ""), "/usr/c.fd", false);
	chosen(EFI("pc-i440fx-4.2", ""), "/usr/c.fd", false);
	refused(EFI("microvm", ""), SV_E_NOTFOUND, "a.json is for other machines, b.json is for",
		&err);
	assert_int_equal(err.line, 2);
}

static void test_features(void **state)
{
	struct sv_error err;

	(void)state;
	write_file(VENDOR "/40.json", SECURE("/usr/s.fd"));
	write_file(VENDOR "/50.json", WHOLE(UEFI, FLASH("/usr/m.fd", "raw"), MACHINES,
					    "[\"requires-smm\",\"secure-boot\"]"));
	write_file(VENDOR "/60.json", PLAIN("/usr/p.fd"));
	chosen(EFI("q35", ""), "/usr/p.fd", false);
	chosen(EFI("q35", "<loader secure='no'/>"), "/usr/p.fd", false);
	chosen(EFI("q35", "<loader secure='yes'/>"), "/usr/s.fd", true);
	chosen(EFI("q35", FEATURE("secure-boot", "yes")), "/usr/s.fd", true);
	chosen(EFI("q35", FEATURE("secure-boot", "no")), "/usr/p.fd", false);
	chosen(EFI("q35", FEATURE("enrolled-keys", "no") "<loader secure='yes'/>"), "/usr/m.fd",
	       true);
	chosen(SMM("on"), "/usr/s.fd", true);
	chosen(SMM("off"), "/usr/p.fd", false);
	refused(EFI("q35", "<loader secure='no'/>" FEATURE("enrolled-keys", "yes")), SV_E_NOTFOUND,
		"40.json needs system management mode, 50.json has no enrolled keys, 60.json has "
		"no enrolled keys",
		&err);
	assert_int_equal(err.line, 2);
	assert_non_null(strstr(err.hint, "ovmf"));
}

static void test_mapping(void **state)
{
	struct sv_error err;
	sv_auto_domain struct sv_domain *dom =
		domain_of_text(EFI("q35", "<loader stateless='yes'/>"));

	(void)state;
	write_file(VENDOR "/a.json", WHOLE("[\"bios\"]", FLASH("/a", "raw"), MACHINES, "[]"));
	write_file(VENDOR "/b.json",
		   WHOLE(UEFI, "{\"device\":\"memory\",\"filename\":\"/b\"}", MACHINES, "[]"));
	write_file(VENDOR "/c.json", WHOLE(UEFI, FLASH("/c", "qcow2"), MACHINES, "[]"));
	write_file(VENDOR "/d.json",
		   WHOLE(UEFI,
			 "{\"device\":\"flash\",\"mode\":\"stateless\",\"executable\":" FILE_OF(
				 "/usr/d.fd", "raw") "}",
			 MACHINES, "[]"));
	refused(EFI("q35", ""), SV_E_NOTFOUND,
		"a.json is not for UEFI, b.json is no flash chip, c.json is not raw, d.json has no "
		"variables in a file of their own",
		&err);
	assert_int_equal(find(dom, &err), 0);
	assert_string_equal(dom->boot.loader.file.path, "/usr/d.fd");
	assert_null(dom->boot.nvram.path);
}

/* The file of the variables, and its template. */
static void variables(const char *rest, const char *path, const char *template)
{
	sv_auto_domain struct sv_domain *dom = domain_of(IN_OS, rest);
	struct sv_error err = {0};

	assert_int_equal(find(dom, &err), 0);
	if (!path)
		assert_null(dom->boot.nvram.path);
	else
		assert_string_equal(dom->boot.nvram.path, path);
	if (!template)
		assert_null(dom->boot.nvram_template);
	else
		assert_string_equal(dom->boot.nvram_template, template);
}

static void efi_variables(const char *text, const char *path, const char *template)
{
	sv_auto_domain struct sv_domain *dom = domain_of_text(text);
	struct sv_error err = {0};

	assert_int_equal(find(dom, &err), 0);
	assert_string_equal(dom->boot.nvram.path, path);
	assert_string_equal(dom->boot.nvram_template, template);
	assert_true(dom->boot.nvram.line >= 2);
}

static void test_variables(void **state)
{
	(void)state;
	write_file(VENDOR "/a.json", PLAIN("/usr/a.fd"));
	efi_variables(EFI("q35", ""), OWN, "/usr/share/V.fd");
	efi_variables(EFI("q35", "<nvram/>"), OWN, "/usr/share/V.fd");
	efi_variables(EFI("q35", "<nvram template='/srv/t'/>"), OWN, "/srv/t");
	efi_variables(EFI("q35", "<nvram>/srv/v</nvram>"), "/srv/v", "/usr/share/V.fd");
	/* a domain that names its firmware gets nothing more */
	variables("<loader type='pflash'>/a</loader>", NULL, NULL);
	variables("<loader type='pflash'>/a</loader><nvram>/b</nvram>", "/b", NULL);
	variables("", NULL, NULL);
}

static void test_variables_without_path(void **state)
{
	sv_auto_domain struct sv_domain *dom =
		domain_of(IN_OS, "<loader type='pflash'>/a</loader><nvram template='/t'></nvram>");
	const struct svirt sv = {
		.root = (char[]){""}, .conf_dir = (char[]){"/home/u/.config/svirt"}, .user = true};
	sv_auto_free char *wanted = NULL;
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(sv_firmware_find(&sv, dom, &err), 0);
	assert_int_equal(sv_asprintf(&wanted, &err, "/home/u/.config/libvirt/qemu/nvram/%s_VARS.fd",
				     dom->name),
			 0);
	assert_string_equal(dom->boot.nvram.path, wanted);
}

/* A link of a package is followed, any other is not. */
static void test_links(void **state)
{
	(void)state;
	write_file("usr/real.fd", "");
	assert_int_equal(symlink("/usr/real.fd", at("usr/link.fd")), 0);
	assert_int_equal(mkdir(at("srv"), 0755), 0);
	write_file("srv/real.fd", "");
	assert_int_equal(symlink("/srv/real.fd", at("usr/out.fd")), 0);
	write_file(VENDOR "/a.json", PLAIN("/usr/link.fd"));
	chosen(EFI("q35", ""), "/usr/real.fd", false);
	write_file(VENDOR "/a.json", PLAIN("/usr/out.fd"));
	chosen(EFI("q35", ""), "/usr/out.fd", false);
	write_file(VENDOR "/a.json", PLAIN("/usr/missing.fd"));
	chosen(EFI("q35", ""), "/usr/missing.fd", false);
}

static void test_trust(void **state)
{
	struct sv_error err;

	(void)state;
	write_file(VENDOR "/a.json", PLAIN("/usr/a.fd"));
	assert_int_equal(chmod(at(VENDOR "/a.json"), 0664), 0);
	refused(EFI("q35", ""), SV_E_PERMISSION,
		"/usr/share/qemu/firmware/a.json says which firmware guests get, and others than "
		"root may write it",
		&err);
	assert_non_null(strstr(err.hint, "chmod go-w"));
	assert_int_equal(chmod(at(VENDOR "/a.json"), 0644), 0);
	assert_int_equal(chmod(at(VENDOR), 0757), 0);
	refused(EFI("q35", ""), SV_E_PERMISSION, "/usr/share/qemu/firmware says which", &err);
}

static void bad(const char *text, const char *msg)
{
	struct sv_error err;

	write_file(VENDOR "/a.json", text);
	refused(EFI("q35", ""), SV_E_USAGE, msg, &err);
	assert_string_equal(err.file, "/usr/share/qemu/firmware/a.json");
	assert_non_null(strstr(err.hint, "an empty file of its name in /etc/qemu/firmware"));
}

static void test_malformed(void **state)
{
	sv_auto_buf struct sv_buf deep = {0};

	(void)state;
	for (size_t i = 0; i < 30000; i++)
		sv_buf_puts(&deep, "[");
	/* a valid descriptor after a bad one does not help */
	write_file(VENDOR "/b.json", PLAIN("/usr/b.fd"));
	bad("{\n\"a\":", "unexpected token");
	bad("[]", "is not an object of JSON");
	bad(deep.s, "maximum parsing depth");
	bad("{\"a\":1,\"a\":2}", "duplicate object key");
	bad("{}", "'interface-types' is missing");
	bad(WHOLE("\"uefi\"", "{}", "[]", "[]"), "'interface-types' is not a list");
	bad(WHOLE(UEFI, "{}", "{}", "[]"), "'targets' is not a list");
	bad(WHOLE(UEFI, "{}", MACHINES, "1"), "'features' is not a list");
	bad(WHOLE(UEFI, "[]", MACHINES, "[]"), "'mapping' is not an object");
	bad(WHOLE(UEFI, "{\"device\":1}", MACHINES, "[]"), "'device' is not a text");
	bad(WHOLE(UEFI, "{\"device\":\"flash\",\"mode\":1}", MACHINES, "[]"), "'mode' is not");
	bad(WHOLE(UEFI, "{\"device\":\"flash\"}", MACHINES, "[]"), "'executable' is missing");
	bad(WHOLE(UEFI, FLASH("/usr/../etc/shadow", "raw"), MACHINES, "[]"),
	    "'filename': '/usr/../etc/shadow' has a '.' or '..' component");
	bad(WHOLE(UEFI, FLASH("a.fd", "raw"), MACHINES, "[]"), "'a.fd' is not absolute");
	bad(WHOLE(UEFI, FLASH("/a\\n", "raw"), MACHINES, "[]"), "holds a control character");
}

static void test_not_a_file(void **state)
{
	sv_auto_buf struct sv_buf large = {0};
	struct sv_error err = {0};
	sv_auto_domain struct sv_domain *dom = domain_of_text(EFI("q35", ""));

	(void)state;
	for (size_t i = 0; i < 70000; i++)
		sv_buf_puts(&large, " ");
	write_file(VENDOR "/a.json", large.s);
	assert_int_equal(find(dom, &err), -SV_E_USAGE);
	assert_non_null(strstr(err.msg, "a.json is larger than 65536 bytes"));
	assert_int_equal(unlink(at(VENDOR "/a.json")), 0);
	assert_int_equal(mkfifo(at(VENDOR "/a.json"), 0644), 0);
	sv_error_clear(&err);
	assert_int_equal(find(dom, &err), -SV_E_USAGE);
	assert_non_null(strstr(err.msg, "a.json is not a regular file"));
	assert_int_equal(unlink(at(VENDOR "/a.json")), 0);
	for (int i = 0; i < 257; i++) {
		char name[64];

		(void)snprintf(name, sizeof(name), VENDOR "/%d.json", i);
		write_file(name, "");
	}
	sv_error_clear(&err);
	assert_int_equal(find(dom, &err), -SV_E_USAGE);
	assert_non_null(strstr(err.msg, "has more than 256 descriptors"));
}

static void test_none(void **state)
{
	struct sv_error err;

	(void)state;
	refused(EFI("q35", ""), SV_E_NOTFOUND, "no firmware is described in", &err);
	assert_non_null(strstr(err.hint, "install the package ovmf"));
	for (int i = 0; i < 40; i++) {
		char name[64];

		(void)snprintf(name, sizeof(name), VENDOR "/%d-firmware.json", i);
		write_file(name, SECURE("/usr/a.fd"));
	}
	refused(EFI("q35", ""), SV_E_NOTFOUND, ", ...", &err);
	assert_int_equal(rmdir(at(ADMIN)), 0);
	write_file(VENDOR "/z.json", PLAIN("/usr/z.fd"));
	chosen(EFI("q35", ""), "/usr/z.fd", false);
}

#define IN_TREE(test) cmocka_unit_test_setup_teardown(test, make_tree, drop_tree)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_TREE(test_order),	 IN_TREE(test_machine),
		IN_TREE(test_features),	 IN_TREE(test_mapping),
		IN_TREE(test_variables), IN_TREE(test_variables_without_path),
		IN_TREE(test_links),	 IN_TREE(test_trust),
		IN_TREE(test_malformed), IN_TREE(test_not_a_file),
		IN_TREE(test_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
