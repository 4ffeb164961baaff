/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of the AppArmor driver that need no kernel: the text of a profile from a document,
 * names with special characters, the state of a host, labels of processes, the cache. The lab tests
 * what the kernel does with a profile.
 */
#include "domain-fixture.h"

#include "base/fs.h"
#include "base/string.h"
#include "driver/apparmor/apparmor.h"

#include <fcntl.h>
#include <sys/stat.h>

#define UUID  "6d1f2b1c-0a4e-4d52-9a3c-0123456789ab"
#define LABEL "svirt-" UUID

/* Replaces policy/apparmor/svirt-qemu, whose text the golden files need not repeat. */
static const char rules[] = "no section yet\n"
			    "#: always\n"
			    "  # always\n"
			    "#: inet\n"
			    "  # inet\n"
			    "#: kvm\n"
			    "  # kvm\n"
			    "#: pty\n"
			    "  # pty\n"
			    "#: hugepages\n"
			    "  # hugepages\n"
			    "#: vfio\n"
			    "  # vfio\n"
			    "#: usb\n"
			    "  # usb\n"
			    "#: render\n"
			    "  # render\n";

static const struct sv_apparmor_host host = {rules, SV_APPARMOR_FREE};

static int profile_of(const struct sv_resources *list, const struct sv_domain *dom, char **ret,
		      struct sv_error *err)
{
	const struct sv_scope scope = {
		.resources = list,
		.needs = dom ? sv_needs_of(dom) : 0,
		.emulator = "/usr/bin/qemu-system-x86_64",
		.swtpm = dom && dom->tpm.state ? "/usr/bin/swtpm" : NULL,
		.run_dir = "/run/svirt/test/guest",
	};

	return sv_apparmor_profile(LABEL, &scope, &host, ret, err);
}

/* Sets the paths that the devices would have on a host. */
static void place_hostdevs(struct sv_domain *dom)
{
	struct sv_error err = {0};

	for (size_t i = 0; i < dom->n_hostdevs; i++)
		assert_int_equal(sv_asprintf(&dom->hostdevs[i].path, &err, "/dev/node%zu", i), 0);
}

static void test_golden(void **state)
{
	const char *name = *state;
	sv_auto_free char *file = NULL, *in = NULL, *golden = NULL, *want = NULL, *got = NULL;
	sv_auto_resources struct sv_resources list = {0};
	sv_auto_domain struct sv_domain *dom = NULL;
	struct sv_error err = {0};

	assert_int_equal(sv_asprintf(&in, &err, "argv/%s.xml", name), 0);
	assert_int_equal(sv_asprintf(&file, &err, "apparmor/%s.profile", name), 0);
	golden = data_path(file);
	dom = domain_of_file(in);
	place_hostdevs(dom);
	if (sv_resources_of(dom, NULL, "/run/svirt/test/guest", &list, &err) < 0)
		fail_msg("%s", err.msg);
	if (profile_of(&list, dom, &got, &err) < 0)
		fail_msg("%s", err.msg);
	update_golden(golden, got);
	if (sv_fs_read(golden, 65536, &want, NULL, &err) < 0)
		fail_msg("%s", err.msg);
	assert_string_equal(got, want);
}

static void test_quote(void **state)
{
	static const struct {
		const char *path, *pattern, *want;
	} table[] = {
		{"/srv/a b.img", "", "\"/srv/a b.img\""},
		{"/srv/\xc3\xa4", "", "\"/srv/\xc3\xa4\""},
		{"/a\"b", "", "\"/a\\042b\""},
		{"/a\\", "", "\"/a\\134\""},
		{"/a\\\" rwk,", "", "\"/a\\134\\042 rwk\\054\""},
		{"/*?[]{}^", "", "\"/\\052\\077\\133\\135\\173\\175\\136\""},
		{"/@{HOME}", "", "\"/\\100\\173HOME\\175\""},
		{"/#include <x>", "", "\"/\\043include <x>\""},
		{"/a,", "/{,**}", "\"/a\\054/{,**}\""},
	};

	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(table); i++) {
		sv_auto_buf struct sv_buf out = {0};
		struct sv_error err = {0};

		assert_int_equal(sv_apparmor_quote(table[i].path, table[i].pattern, &out, &err), 0);
		assert_string_equal(out.s, table[i].want);
	}
}

/* A path that no rule can express is refused, and the error names the device. */
static void test_unspeakable(void **state)
{
	static const char *const paths[] = {"/srv/a\nb", "/srv/a\x7f", "/srv/\x01", "srv"};

	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(paths); i++) {
		struct sv_resource res = {.kind = SV_RES_DISK, .path = paths[i]};
		struct sv_resources list = {&res, 1};
		struct sv_error err = {0};
		char target[] = "vda", *got = NULL;

		res.target = target;
		assert_int_equal(profile_of(&list, NULL, &got, &err), -SV_E_USAGE);
		assert_null(got);
		assert_true(sv_starts_with(err.msg, "vda: '"));
		if (paths[i][0] != '/')
			continue;
		assert_non_null(strstr(err.msg, "has a control character"));
		assert_string_equal(err.hint, "rename the file");
	}
}

static void test_names(void **state)
{
	static const char *const bad[] = {
		"",
		"svirt-",
		"unconfined",
		"svirt-" UUID "x",
		"svirt-6D1F2B1C-0a4e-4d52-9a3c-0123456789ab",
		"svirt-6d1f2b1c-0a4e-4d52-9a3c-0123456789a}",
		"libvirt-" UUID,
	};
	const struct sv_resources none = {0};
	const struct sv_scope scope = {.resources = &none, .emulator = "/usr/bin/qemu"};

	(void)state;
	assert_true(sv_apparmor_is_ours(LABEL));
	for (size_t i = 0; i < SV_N_ELEMENTS(bad); i++) {
		struct sv_error err = {0};
		char *got = NULL;

		assert_false(sv_apparmor_is_ours(bad[i]));
		assert_int_equal(sv_apparmor_profile(bad[i], &scope, &host, &got, &err),
				 -SV_E_USAGE);
		sv_error_clear(&err);
		assert_int_equal(sv_apparmor_rules.unload(bad[i], &err), -SV_E_USAGE);
		assert_non_null(strstr(err.msg, "is not the name of a guest's profile"));
	}
}

/* The text has the profile of svirt itself as a peer, or is not made. */
static void test_manager(void **state)
{
	const struct sv_resources none = {0};
	const struct sv_scope scope = {.resources = &none, .emulator = "/usr/bin/qemu"};
	sv_auto_free char *got = NULL;
	struct sv_error err = {0};
	char *bad = NULL;

	(void)state;
	assert_int_equal(
		sv_apparmor_profile(LABEL, &scope,
				    &(struct sv_apparmor_host){rules, "/usr/libexec/svirt-manager"},
				    &got, &err),
		0);
	assert_non_null(strstr(got, "  signal (receive) peer=\"unconfined\",\n"));
	assert_non_null(strstr(got, "  signal (receive) peer=\"/usr/libexec/svirt-manager\",\n"));
	assert_int_equal(sv_apparmor_profile(LABEL, &scope,
					     &(struct sv_apparmor_host){rules, "a\", /** rwx, \""},
					     &bad, &err),
			 -SV_E_HOST);
	assert_non_null(strstr(err.msg, "which no rule of AppArmor can name"));
	sv_error_clear(&err);
	assert_int_equal(sv_apparmor_profile(LABEL, &scope,
					     &(struct sv_apparmor_host){"#: kvm\n", "unconfined"},
					     &bad, &err),
			 -SV_E_HOST);
	assert_string_equal(err.msg, "the rules for QEMU have no section 'always'");
	assert_non_null(strstr(err.hint, "install svirt again"));
	assert_null(bad);
}

/* The installed file has every section that a profile may use. */
static void test_policy(void **state)
{
	static const enum sv_resource_kind kinds[] = {SV_RES_VFIO, SV_RES_USB, SV_RES_RENDER};
	sv_auto_free char *path = NULL, *text = NULL;
	struct sv_resource items[SV_N_ELEMENTS(kinds)] = {0};
	const struct sv_resources list = {items, SV_N_ELEMENTS(items)};
	struct sv_scope scope = {.resources = &list, .emulator = "/usr/bin/qemu"};
	const char *tree = getenv("SVIRT_SRCDIR");
	struct sv_error err = {0};

	(void)state;
	if (!tree)
		skip();
	for (size_t i = 0; i < SV_N_ELEMENTS(kinds); i++)
		items[i] = (struct sv_resource){.kind = kinds[i], .path = "/dev/x"};
	assert_int_equal(sv_asprintf(&path, &err, "%s/policy/apparmor/svirt-qemu", tree), 0);
	assert_int_equal(sv_fs_read(path, 65536, &text, NULL, &err), 0);
	for (unsigned needs = 0; needs < 2 * SV_NEED_HUGEPAGES; needs++) {
		sv_auto_free char *got = NULL;

		scope.needs = needs;
		if (sv_apparmor_profile(LABEL, &scope,
					&(struct sv_apparmor_host){text, "unconfined"}, &got,
					&err) < 0)
			fail_msg("%s", err.msg);
		assert_null(strstr(got, "#: "));
		assert_null(strstr(got, "include <"));
		assert_int_equal(!!strstr(got, "/dev/kvm"), !!(needs & SV_NEED_KVM));
		assert_int_equal(!!strstr(got, "network inet "), !!(needs & SV_NEED_INET));
	}
}

static void test_state(void **state)
{
	static const struct {
		struct sv_apparmor_signs signs;
		enum sv_mac_state want;
		const char *error; /* NULL: none */
	} table[] = {
		{{NULL, NULL, "capability,yama,selinux", NULL, false}, SV_MAC_DISABLED, NULL},
		{{NULL, NULL, NULL, NULL, false}, SV_MAC_DISABLED, NULL},
		{{"N\n", NULL, "capability", NULL, false}, SV_MAC_DISABLED, NULL},
		{{"Y\n", "enforce\n", "yama,apparmor", "unconfined", true}, SV_MAC_ENFORCING, NULL},
		{{"Y\n", "kill\n", "yama,apparmor", "unconfined", true}, SV_MAC_ENFORCING, NULL},
		{{"Y\n", "enforce\n", NULL, "unconfined", true}, SV_MAC_ENFORCING, NULL},
		{{"Y\n", "complain\n", "apparmor", "unconfined", true}, SV_MAC_PERMISSIVE, NULL},
		{{"Y\n", "unconfined\n", "apparmor", "unconfined", true}, SV_MAC_PERMISSIVE, NULL},
		{{"Y\n", "enforce\n", "apparmor", "unconfined", false}, 0, ".replace is not there"},
		{{"Y\n", "enforce\n", "apparmor", NULL, true}, 0, "shows no label"},
		{{"Y\n", NULL, "apparmor", "unconfined", true}, 0, "mode) cannot be read"},
		{{"Y\n", "enforce\n", "yama", "unconfined", true}, 0, "does not list it"},
		{{NULL, NULL, "apparmor", NULL, false}, 0, "its module says that it is off"},
		{{NULL, NULL, NULL, "unconfined", false}, 0, "has a label of it"},
		{{"N\n", NULL, "myapparmor", NULL, false}, SV_MAC_DISABLED, NULL},
	};

	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(table); i++) {
		enum sv_mac_state got = SV_MAC_NO_POLICY;
		struct sv_error err = {0};
		int r = sv_apparmor_state(&table[i].signs, &got, &err);

		if (table[i].error) {
			assert_int_equal(r, -SV_E_UNKNOWN);
			if (!strstr(err.msg, table[i].error))
				fail_msg("%zu: %s", i, err.msg);
			continue;
		}
		assert_int_equal(r, 0);
		assert_int_equal(got, table[i].want);
	}
}

static void test_label(void **state)
{
	static const struct {
		const char *text, *want;
	} table[] = {
		{"unconfined", "unconfined"},
		{LABEL " (enforce)", LABEL},
		{LABEL " (kill)", LABEL},
		{LABEL " (complain)", LABEL " (complain)"},
		{LABEL " (unconfined)", LABEL " (unconfined)"},
		{LABEL "//&a (mixed)", LABEL "//&a (mixed)"},
		{"a//&" LABEL " (enforce)", LABEL},
		{LABEL "//&a//&b (enforce)", LABEL},
		{"a//&b (enforce)", "a//&b"},
		{"a" LABEL " (enforce)", "a" LABEL},
		{LABEL "//child (enforce)", LABEL "//child"},
		{"/usr/bin/x (y) (enforce)", "/usr/bin/x (y)"},
	};

	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(table); i++) {
		char text[256];

		(void)snprintf(text, sizeof(text), "%s", table[i].text);
		assert_string_equal(sv_apparmor_label(text), table[i].want);
	}
}

static void test_subject(void **state)
{
	static const struct {
		struct sv_request req;
		const char *error;
	} bad[] = {
		{{.type = SV_SECLABEL_STATIC, .uuid = UUID, .label = "x"},
		 "a label cannot be chosen"},
		{{.uuid = UUID, .baselabel = "x"}, "a baselabel cannot be chosen"},
		{{.uuid = ""}, "has no UUID"},
		{{.uuid = NULL}, "has no UUID"},
		{{.uuid = "x { /** rwx, }"}, "is not a UUID in lower case"},
	};
	const struct sv_request good = {.name = "a", .uuid = UUID, .relabel = true};
	sv_auto_subject struct sv_subject got = {0};
	struct sv_error err = {0};

	(void)state;
	assert_int_equal(sv_driver_apparmor.subject(&good, &got, &err), 0);
	assert_string_equal(got.label, LABEL);
	for (size_t i = 0; i < SV_N_ELEMENTS(got.image); i++)
		assert_null(got.image[i]);
	for (size_t i = 0; i < SV_N_ELEMENTS(bad); i++) {
		struct sv_subject none = {0};

		sv_error_clear(&err);
		assert_int_equal(sv_driver_apparmor.subject(&bad[i].req, &none, &err), -SV_E_USAGE);
		if (!strstr(err.msg, bad[i].error))
			fail_msg("%s", err.msg);
		assert_null(none.label);
	}
}

static void test_needs(void **state)
{
	static const struct {
		const char *lines;
		unsigned needs;
	} table[] = {
		{"", 0},
		{"<interface type='user'/>", SV_NEED_INET},
		{"<interface type='bridge'><source bridge='br0'/></interface>", 0},
		{"<graphics type='vnc' autoport='yes'/>", SV_NEED_INET},
		{"<graphics type='vnc' socket='/run/x.sock'/>", 0},
		{"<serial type='pty'/>", SV_NEED_PTY},
		{"<serial type='tcp'><source mode='bind' host='127.0.0.1' service='4'/></serial>",
		 SV_NEED_INET},
		{"<serial type='file'><source path='/srv/pty'/></serial>", 0},
	};

	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(table); i++) {
		sv_auto_domain struct sv_domain *dom = domain_of(IN_DEVICES, table[i].lines);

		assert_int_equal(sv_needs_of(dom) & ~(unsigned)SV_NEED_KVM, table[i].needs);
	}
}

struct cache {
	char dir[64];
	struct sv_apparmor_key key;
};

static int make_cache(void **state)
{
	struct cache *cache = calloc(1, sizeof(*cache));

	if (!cache)
		return -1;
	*state = cache;
	(void)snprintf(cache->dir, sizeof(cache->dir), "/tmp/svirt-cache.XXXXXX");
	cache->key = (struct sv_apparmor_key){cache->dir, LABEL, "parser 1 kernel 1", "text\n"};
	return mkdtemp(cache->dir) ? 0 : -1;
}

static int remove_cache(void **state)
{
	struct cache *cache = *state;
	struct sv_error err = {0};
	int r = sv_fs_remove_tree(cache->dir, &err);

	free(cache);
	return r;
}

static bool is_kept(const struct sv_apparmor_key *key, const char *bytes, size_t n)
{
	struct sv_apparmor_blob got = {0};
	bool same;

	if (sv_apparmor_cached(key, &got) != 0)
		return false;
	same = got.n == n && memcmp(got.bytes, bytes, n) == 0;
	free(got.bytes);
	assert_true(same);
	return true;
}

static void test_cache(void **state)
{
	const struct cache *cache = *state;
	struct sv_apparmor_key other = cache->key;
	char bytes[] = "a\0b\nc";
	const struct sv_apparmor_blob blob = {bytes, sizeof(bytes)};
	char path[160];

	(void)snprintf(path, sizeof(path), "%s/%s", cache->dir, LABEL);
	assert_false(is_kept(&cache->key, bytes, sizeof(bytes)));
	sv_apparmor_keep(&cache->key, &blob);
	assert_true(is_kept(&cache->key, bytes, sizeof(bytes)));
	other.text = "text2\n";
	assert_false(is_kept(&other, bytes, sizeof(bytes)));
	other = cache->key;
	other.toolchain = "parser 2 kernel 1";
	assert_false(is_kept(&other, bytes, sizeof(bytes)));
	/* half of it, as after a power failure */
	assert_int_equal(truncate(path, 40), 0);
	assert_false(is_kept(&cache->key, bytes, sizeof(bytes)));
	sv_apparmor_keep(&cache->key, &blob);
	assert_true(is_kept(&cache->key, bytes, sizeof(bytes)));
	/* another user could have written it */
	assert_int_equal(chmod(cache->dir, 0722), 0);
	assert_false(is_kept(&cache->key, bytes, sizeof(bytes)));
	assert_int_equal(chmod(cache->dir, 0700), 0);
	sv_apparmor_drop(&cache->key);
	assert_false(is_kept(&cache->key, bytes, sizeof(bytes)));
}

/* A file that was not used for a year is removed when a new one is stored. */
static void test_cache_sweep(void **state)
{
	const struct cache *cache = *state;
	const struct timespec old[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
	struct sv_apparmor_key other = cache->key;
	char bytes[] = "x", path[160];
	const struct sv_apparmor_blob blob = {bytes, 1};

	sv_apparmor_keep(&cache->key, &blob);
	(void)snprintf(path, sizeof(path), "%s/%s", cache->dir, LABEL);
	assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
	/* a use makes it young again */
	assert_true(is_kept(&cache->key, bytes, 1));
	other.label = "svirt-00000000-0000-0000-0000-000000000000";
	sv_apparmor_keep(&other, &blob);
	assert_true(is_kept(&cache->key, bytes, 1));
	assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
	sv_apparmor_keep(&other, &blob);
	assert_false(is_kept(&cache->key, bytes, 1));
	assert_true(is_kept(&other, bytes, 1));
}

#define GOLDEN(name)                                                               \
	{                                                                          \
		"golden " name, test_golden, NULL, NULL, (void *)(uintptr_t)(name) \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quote),
		cmocka_unit_test(test_unspeakable),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_manager),
		cmocka_unit_test(test_policy),
		cmocka_unit_test(test_state),
		cmocka_unit_test(test_label),
		cmocka_unit_test(test_subject),
		cmocka_unit_test(test_needs),
		cmocka_unit_test_setup_teardown(test_cache, make_cache, remove_cache),
		cmocka_unit_test_setup_teardown(test_cache_sweep, make_cache, remove_cache),
		GOLDEN("attached"),
		GOLDEN("chardevs"),
		GOLDEN("commas"),
		GOLDEN("filesystems"),
		GOLDEN("firmware-writable"),
		GOLDEN("hostdev"),
		GOLDEN("kvm"),
		GOLDEN("memory"),
		GOLDEN("memory-shared"),
		GOLDEN("net-sockets"),
		GOLDEN("net-taps"),
		GOLDEN("pc-disks"),
		GOLDEN("qemu-commandline"),
		GOLDEN("sev"),
		GOLDEN("spice"),
		GOLDEN("tpm-emulator"),
		GOLDEN("vhost-user"),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
