/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * svirt.conf: the categories that it leaves to dynamic levels. An invalid value is an error that
 * names the key and the value. Reads files of its own; must not depend on this host's.
 */
#include "base/fs.h"
#include "base/string.h"
#include "guest/level/levels.h"
#include "guest/state/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>

#include <cmocka.h>

static char dir[64], vendor[80];
static const char *const names[] = {"svirt.conf", "svirt.conf.d/10.conf"};

static void put_bytes(const char *name, const char *text, size_t len)
{
	char path[128];
	FILE *f;

	if (!text)
		return;
	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static void put(const char *name, const char *text)
{
	put_bytes(name, text, strlen(text));
}

static void link_to(const char *target, const char *name)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(symlink(target, path), 0);
}

static int read_conf(const char *text, struct sv_config *ret, struct sv_error *err)
{
	put("svirt.conf", text);
	return sv_config_read(vendor, dir, ret, err);
}

/* The categories that are left, in the canonical form. */
static void leaves(const char *text, const char *expected)
{
	sv_cleanup(sv_config_done) struct sv_config conf = {0};
	struct sv_level level = {0};
	sv_auto_free char *left = NULL;
	struct sv_error err = {0};

	if (read_conf(text, &conf, &err) < 0)
		fail_msg("%s", err.msg);
	level.cats = conf.categories;
	assert_int_equal(sv_level_format(&level, &left, &err), 0);
	assert_string_equal(left, expected);
}

static void test_on_unlabelled(void **state)
{
	static const char *const words[] = {"fail", "warn", "skip"};
	struct sv_error err = {0};
	char line[64];

	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(words); i++) {
		sv_cleanup(sv_config_done) struct sv_config conf = {0};

		(void)snprintf(line, sizeof(line), "user = +1\non_unlabelled = %s\n", words[i]);
		assert_int_equal(read_conf(line, &conf, &err), 0);
		assert_int_equal(conf.on_unlabelled, i);
	}
}

static void test_run_size(void **state)
{
	static const struct {
		const char *line;
		uint32_t size;
	} cases[] = {{"", 16}, {"run_size = 1\n", 1}, {"run_size = 65536\n", 65536}};
	struct sv_error err = {0};
	char text[64];

	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(cases); i++) {
		sv_cleanup(sv_config_done) struct sv_config conf = {0};

		(void)snprintf(text, sizeof(text), "user = +1\n%s", cases[i].line);
		assert_int_equal(read_conf(text, &conf, &err), 0);
		assert_int_equal(conf.run_size, cases[i].size);
	}
}

static void test_limits(void **state)
{
	static const struct {
		const char *lines;
		uint32_t processes, overhead;
		bool asked;
	} cases[] = {
		{"", 1024, 0, false},
		{"processes = 64\n", 64, 0, true},
		{"processes = 1024\nmemory_overhead = 512\n", 1024, 512, true},
	};
	struct sv_error err = {0};
	char text[96];

	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(cases); i++) {
		sv_cleanup(sv_config_done) struct sv_config conf = {0};

		(void)snprintf(text, sizeof(text), "user = +1\n%s", cases[i].lines);
		assert_int_equal(read_conf(text, &conf, &err), 0);
		assert_int_equal(conf.processes, cases[i].processes);
		assert_int_equal(conf.processes_asked, cases[i].asked);
		assert_int_equal(conf.memory_overhead, cases[i].overhead);
	}
}

static void test_models(void **state)
{
	static const struct {
		const char *lines;
		const char *models[3];
		bool off;
	} cases[] = {
		{"", {NULL}, false},
		{"models = smack\nlandlock = off\n", {"smack"}, true},
		{"models = selinux  landlock\nlandlock = auto\n", {"selinux", "landlock"}, false},
	};
	struct sv_error err = {0};
	char text[96];

	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(cases); i++) {
		sv_cleanup(sv_config_done) struct sv_config conf = {0};
		size_t n = 0;

		(void)snprintf(text, sizeof(text), "user = +1\n%s", cases[i].lines);
		assert_int_equal(read_conf(text, &conf, &err), 0);
		assert_int_equal(conf.landlock_off, cases[i].off);
		for (; cases[i].models[n]; n++)
			assert_string_equal(conf.models.v[n], cases[i].models[n]);
		assert_int_equal(conf.models.n, n);
	}
}

static void test_categories(void **state)
{
	(void)state;
	leaves("user = +1\n", "s0:c0.c1023");
	leaves("user = +1\ncategories = c3,c10.c12\n", "s0:c3,c10.c12");
	leaves("user = +1\nexclude_categories = c0,c100.c1023\n", "s0:c1.c99");
	leaves("user = +1\ncategories = c0.c9\nexclude_categories = c5,c8.c500\n",
	       "s0:c0.c4,c6,c7");
	/* in either order */
	leaves("user = +1\nexclude_categories = c5,c8.c500\ncategories = c0.c9\n",
	       "s0:c0.c4,c6,c7");
}

static void refused(const char *text, const char *msg, const char *hint)
{
	sv_cleanup(sv_config_done) struct sv_config conf = {0};
	struct sv_error err = {0};
	char expected[128];

	assert_int_equal(read_conf(text, &conf, &err), -SV_E_USAGE);
	(void)snprintf(expected, sizeof(expected), "%s/svirt.conf", dir);
	assert_string_equal(err.file, expected);
	assert_string_equal(err.msg, msg);
	assert_string_equal(err.hint, hint);
}

static void test_refused(void **state)
{
	static const char syntax[] = "use the raw form: c5, c1,c2 or c0.c99,c200.c299";
	static const char few[] = "name more in categories, or fewer in exclude_categories";

	(void)state;
	refused("categories = c5-c9\n", "categories 'c5-c9': unexpected '-c9'", syntax);
	refused("exclude_categories = c9.c5\n",
		"exclude_categories: categories 'c9.c5': 'c9.c5' does not go from low to high",
		syntax);
	refused("categories = c0.c1024\n",
		"categories 'c0.c1024': category: 1024 is out of range (0 to 1023)", syntax);
	refused("categories = s0:c1,c2\n",
		"categories 's0:c1,c2': 's0' is not a category ('c' and a number)", syntax);
	refused("categories = c7\n",
		"categories without exclude_categories leaves one category: a guest's level takes "
		"two",
		few);
	refused("exclude_categories = c0.c1023\n",
		"categories without exclude_categories leaves no category: a guest's level takes "
		"two",
		few);
	refused("category = c1,c2\n", "unknown key 'category'",
		"svirt.conf(5) lists the keys: user, uid_range, emulator, models, landlock, "
		"require_enforcing, on_unlabelled, run_size, processes, memory_overhead, categories, "
		"exclude_categories");
	refused("models = selinux,smack\n",
		"models: 'selinux,smack' is none of selinux, smack, apparmor, landlock", "");
	refused("models = dac\n", "models: 'dac' is none of selinux, smack, apparmor, landlock",
		"");
	refused("landlock = yes\n", "landlock: 'yes' is none of auto, off", "");
	refused("uid_range = 100000\n", "uid_range: '100000' is not FIRST-LAST, or none", "");
	refused("uid_range = 1000-1999\n", "uid_range: 1000 is out of range (65536 to 4294967293)",
		"");
	refused("uid_range = 100009-100000\n",
		"uid_range: '100009-100000' does not go from low to high", "");
	refused("uid_range = 100000-4294967295\n",
		"uid_range: 4294967295 is out of range (65536 to 4294967293)", "");
	refused("run_size = 0\n", "run_size: 0 is out of range (1 to 65536)", "");
	refused("run_size = 65537\n", "run_size: 65537 is out of range (1 to 65536)", "");
	refused("run_size = 16M\n", "run_size: '16M' is not a whole decimal number", "");
	refused("processes = 63\n", "processes: 63 is out of range (64 to 4194304)", "");
	refused("memory_overhead = 0\n", "memory_overhead: 0 is out of range (64 to 1048576)", "");
	refused("on_unlabelled = ignore\n", "on_unlabelled: 'ignore' is none of fail, warn, skip",
		"");
}

/* One file of any bytes: the error and its line. */
static void wrong(const char *name, const char *text, size_t len, unsigned line, const char *msg)
{
	sv_cleanup(sv_config_done) struct sv_config conf = {0};
	struct sv_error err = {0};
	char path[128];

	put_bytes(name, text, len);
	assert_int_equal(sv_config_read(vendor, dir, &conf, &err), -SV_E_USAGE);
	assert_string_equal(err.msg, msg);
	assert_int_equal(err.line, line);
	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_string_equal(err.file, path);
	assert_int_equal(remove(path), 0);
}

/* No line is skipped, joined to another one, cut or split. */
static void test_lines(void **state)
{
	static const struct {
		const char *text;
		unsigned line;
		const char *msg;
	} cases[] = {
		{"user = +1\n\n[main]\nuser\n", 3,
		 "has a section '[main]': keys stand without one"},
		{"[n]\nu", 1, "has a section '[n]': keys stand without one"},
		{"[\n", 1, "has a section '[]': keys stand without one"},
		{"user = +1\nrequire_enforcing\n", 2, "'require_enforcing' is not KEY = VALUE"},
		{"require_enforcing yes\n", 1, "'require_enforcing yes' is not KEY = VALUE"},
		{"user = +1\n  = yes\n", 2, "'= yes' is not KEY = VALUE"},
		{"#\nuser =\n", 2, "'user' has no value"},
		{"user = # none\n", 1, "'user' has no value"},
		{"require_enforcing = no\nuser = +1\nrequire_enforcing = yes\n", 3,
		 "'require_enforcing' stands in line 1 already"},
		{"user = +1\nuser = +1\n", 2, "'user' stands in line 1 already"},
		{"usr = +1\n", 1, "unknown key 'usr'"},
		{"user = +1\nemulator = qemu\n", 2, "emulator: 'qemu' is not an absolute path"},
		{"\nuser = nobody-of-this-name\n", 2,
		 "user: there is no user 'nobody-of-this-name' on this host"},
	};
	static const char nul[] = "user = +1\n#\0\nrequire_enforcing = yes\n";
	static char lines[70000];
	size_t i;

	(void)state;
	for (i = 0; i < SV_N_ELEMENTS(cases); i++)
		for (size_t k = 0; k < SV_N_ELEMENTS(names); k++)
			wrong(names[k], cases[i].text, strlen(cases[i].text), cases[i].line,
			      cases[i].msg);
	wrong("svirt.conf", nul, sizeof(nul) - 1, 2, "holds a NUL byte");
	memset(lines, '#', sizeof(lines));
	wrong("svirt.conf", lines, 4097, 1, "is longer than 4096 bytes");
	wrong("svirt.conf", lines, sizeof(lines), 0, "is larger than 65536 bytes");
	for (i = 0; i < 65; i++)
		(void)snprintf(lines + 8 * i, 9, "k%05zu=\n", i);
	wrong("svirt.conf", lines, i * 8, 65, "sets more than 64 keys");
}

/* No line below a heading is ignored, or changes its meaning. */
static void test_sections(void **state)
{
	static const struct {
		const char *text;
		unsigned line;
		const char *msg;
	} cases[] = {
		{"[network a] # b\nbridge = br0\n", 1,
		 "has a section '[network a]': keys stand without one"},
		{"[network  a]\nbridge = br0\n", 1,
		 "has a section '[network  a]': keys stand without one"},
		{"[network ../a]\nbridge = br0\n", 1,
		 "has a section '[network ../a]': keys stand without one"},
		{"[network ]\n", 1, "has a section '[network ]': keys stand without one"},
		{"[network a", 1, "has a section '[network a]': keys stand without one"},
		{"\n[network a]\n# bridge = br0\n", 2, "[network a] has no key"},
		{"[network a]\n[network b]\ntype = user\n", 1, "[network a] has no key"},
		{"[network a]\nbridge = br0\nbridge = br1\n", 3,
		 "'bridge' stands in line 2 already"},
		{"[network a]\nbridge = br0\ntype = user\n", 3,
		 "[network a] has a bridge or a type already"},
		{"[network a]\nbridge = br0\n[network a]\ntype = user\n", 4,
		 "[network a] has a bridge or a type already"},
		{"[network a]\nbridge = ../br0\n", 2,
		 "bridge: '../br0' is no name of a network device"},
		{"[network a]\ntype = bridge\n", 2, "type: 'bridge' is not user"},
		{"[network a]\nbridge =\n", 2, "'bridge' has no value"},
		/* a restriction below a heading is not ignored */
		{"[network a]\ntype = user\nrequire_enforcing = yes\n", 3,
		 "unknown key 'require_enforcing' in [network a]"},
		{"bridge = br0\n", 1, "unknown key 'bridge'"},
	};

	(void)state;
	for (size_t i = 0; i < SV_N_ELEMENTS(cases); i++)
		wrong("svirt.conf", cases[i].text, strlen(cases[i].text), cases[i].line,
		      cases[i].msg);
}

static const char *user_of(void)
{
	static char user[64];
	sv_cleanup(sv_config_done) struct sv_config conf = {0};
	struct sv_error err = {0};

	if (sv_config_read(vendor, dir, &conf, &err) < 0)
		fail_msg("%s: %s", err.file, err.msg);
	(void)snprintf(user, sizeof(user), "%s", conf.user ? conf.user : "none");
	return user;
}

/* svirt.conf(5): the site's main file replaces the vendor's. Then come the vendor's drop-ins and
 * the site's, each by name, except those of the vendor that the site also has. */
static void test_precedence(void **state)
{
	(void)state;
	assert_string_equal(user_of(), "none");
	put("vendor/svirt.conf", "user = +1\n");
	assert_string_equal(user_of(), "+1");
	put("svirt.conf", "#\n");
	assert_string_equal(user_of(), "none");
	put("vendor/svirt.conf.d/50.conf", "user = +3\n");
	put("svirt.conf", "user = +2\n");
	assert_string_equal(user_of(), "+3");
	put("vendor/svirt.conf.d/60.conf", "user = +4\n");
	put("vendor/svirt.conf.d/.conf", "user = +5\n");
	put("vendor/svirt.conf.d/70.conf~", "user = +5\n");
	assert_string_equal(user_of(), "+4");
	put("svirt.conf.d/10.conf", "user = +6\n");
	assert_string_equal(user_of(), "+6");
	put("svirt.conf.d/10.conf", "");
	put("svirt.conf.d/60.conf", "#\n");
	assert_string_equal(user_of(), "+3");
	/* a masked file is not even read */
	put("vendor/svirt.conf.d/60.conf", "[\n");
	link_to("/dev/null", "svirt.conf.d/50.conf");
	assert_string_equal(user_of(), "+2");
	put("svirt.conf.d/svirt.conf", "user = +7\n");
	put("svirt.conf.d/.a.conf", "user = +8\n");
	assert_string_equal(user_of(), "+7");
}

static const char *network_of(const char *name)
{
	static char bridge[64];
	sv_cleanup(sv_config_done) struct sv_config conf = {0};
	const struct sv_config_network *network;
	struct sv_error err = {0};

	if (sv_config_read(vendor, dir, &conf, &err) < 0)
		fail_msg("%s:%u: %s", err.file, err.line, err.msg);
	network = sv_config_network(&conf.networks, name);
	if (!network)
		return "none";
	(void)snprintf(bridge, sizeof(bridge), "%s", network->bridge ? network->bridge : "user");
	return bridge;
}

/* A section of a later file replaces the whole earlier one. */
static void test_networks(void **state)
{
	(void)state;
	assert_string_equal(network_of("a"), "none");
	put("svirt.conf", "user = +1\n\n[network a]\n# of the house\nbridge = br0\n"
			  "  [network b.1]  \ntype = user\n");
	assert_string_equal(network_of("a"), "br0");
	assert_string_equal(network_of("b.1"), "user");
	assert_string_equal(network_of("b"), "none");
	assert_string_equal(user_of(), "+1");
	put("svirt.conf.d/10.conf", "[network a]\ntype = user\n[network c]\nbridge = \"br1\"\n");
	assert_string_equal(network_of("a"), "user");
	assert_string_equal(network_of("b.1"), "user");
	assert_string_equal(network_of("c"), "br1");
	put("svirt.conf.d/20.conf", "[network b.1]\nbridge = br2\n");
	assert_string_equal(network_of("b.1"), "br2");
}

/* A special file is neither taken for a missing one nor waited for. */
static void test_no_file(void **state)
{
	char path[128];

	(void)state;
	for (size_t k = 0; k < SV_N_ELEMENTS(names); k++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, names[k]);
		assert_int_equal(mkfifo(path, 0600), 0);
		wrong(names[k], NULL, 0, 0, "is not a regular file");
		assert_int_equal(mkdir(path, 0700), 0);
		wrong(names[k], NULL, 0, 0, "is not a regular file");
		link_to("nowhere", names[k]);
		wrong(names[k], NULL, 0, 0, "is a link that leads to nothing");
		link_to("/dev/zero", names[k]);
		wrong(names[k], NULL, 0, 0, "is not a regular file");
	}
}

static int narrow(struct sv_range *ret, struct sv_error *err)
{
	return sv_range_parse("s3-s5:c0.c9", ret, err);
}

/* The pool has the categories that both this process's range and the file allow. */
static void test_pool(void **state)
{
	static const struct sv_level_ops ops = {.range = narrow};
	static const struct sv_driver driver = {.name = "fake", .level = &ops};
	struct sv_level pool = {0};
	sv_auto_free char *text = NULL;
	struct sv_error err = {0};
	struct svirt sv = {0};

	(void)state;
	assert_int_equal(sv_catset_parse("c8.c20", &sv.conf.categories, &err), 0);
	assert_int_equal(sv_level_pool(&sv, &driver, &pool, &err), 0);
	assert_int_equal(sv_level_format(&pool, &text, &err), 0);
	assert_string_equal(text, "s3:c8,c9");
	assert_int_equal(sv_catset_parse("c9.c20", &sv.conf.categories, &err), 0);
	assert_int_equal(sv_level_pool(&sv, &driver, &pool, &err), -SV_E_HOST);
	assert_string_equal(err.msg, "svirt.conf leaves 1 of the 10 categories of this process to "
				     "guests: a level takes two");
}

static int setup(void **state)
{
	static const char *const below[] = {"svirt.conf.d", "vendor", "vendor/svirt.conf.d"};
	char path[128];

	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/svirt-config-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	for (size_t i = 0; i < SV_N_ELEMENTS(below); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, below[i]);
		if (mkdir(path, 0700) < 0)
			return -1;
	}
	(void)snprintf(vendor, sizeof(vendor), "%s/vendor", dir);
	return 0;
}

static int teardown(void **state)
{
	struct sv_error err = {0};

	(void)state;
	return sv_fs_remove_tree(dir, &err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_models, setup, teardown),
		cmocka_unit_test_setup_teardown(test_categories, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_on_unlabelled, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lines, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sections, setup, teardown),
		cmocka_unit_test_setup_teardown(test_precedence, setup, teardown),
		cmocka_unit_test_setup_teardown(test_networks, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_run_size, setup, teardown),
		cmocka_unit_test_setup_teardown(test_limits, setup, teardown),
		cmocka_unit_test(test_pool),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
