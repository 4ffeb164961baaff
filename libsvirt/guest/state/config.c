/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading of svirt.conf: see config.h. */
#include "guest/state/config.h"

#include "base/parse.h"
#include "base/string.h"
#include "domain/group-limits.h"
#include "guest/state/config-file.h"

#include <dirent.h>
#include <errno.h>
#include <pwd.h>

#define DEFAULT_EMULATOR "/usr/bin/qemu-system-x86_64"
#define DEFAULT_RUN_SIZE 16
#define RUN_SIZE_MAX	 65536
/* QEMU has some threads of its own, and up to 64 for its disks; vhost, io_uring and a migration
 * have theirs. A guest that needs more than this is not one that works. */
#define DEFAULT_PROCESSES 1024
#define PROCESSES_MIN	  64
#define OVERHEAD_MIN	  64
#define OVERHEAD_MAX	  1048576
/* Above nobody (65534) and the number that means "no change"; below the ones that the kernel keeps.
 */
#define UID_RANGE_MIN 65536
#define UID_RANGE_MAX (UINT32_MAX - 2)

/* Users for VMMs, in the order in which they are tried: those of distributions, then that of
 * sysusers.d/svirt.conf. */
static const char *const vmm_users[] = {"libvirt-qemu", "qemu", "svirt"};

/* The place of a value that can be checked only when all files were read. */
struct place {
	char file[PATH_MAX];
	unsigned line;
};

/* The state while files are read. */
struct reading {
	struct sv_config *conf;
	struct sv_catset excluded;
	struct place user, categories;
};

static void note(struct place *place, const struct sv_config_entry *entry)
{
	(void)snprintf(place->file, sizeof(place->file), "%s", entry->file);
	place->line = entry->line;
}

static int set_on_unlabelled(struct sv_config *conf, const char *value, struct sv_error *err)
{
	char shown[64];

	if (sv_on_unlabelled_parse(value, &conf->on_unlabelled) == 0)
		return 0;
	return sv_fail(err, SV_E_USAGE, 0, "on_unlabelled: '%s' is none of fail, warn, skip",
		       sv_escape(value, shown, sizeof(shown)));
}

/* "100000-165535", or "none". Below that are the users of a system and of people. */
static int set_uid_range(struct sv_config *conf, const char *value, struct sv_error *err)
{
	const char *dash = strchr(value, '-');
	char first[16], shown[64];
	uint32_t low, high;

	conf->uid_shared = sv_streq(value, "none");
	conf->uid_first = conf->uid_last = 0;
	if (conf->uid_shared)
		return 0;
	sv_escape(value, shown, sizeof(shown));
	if (!dash)
		return sv_fail(err, SV_E_USAGE, 0, "uid_range: '%s' is not FIRST-LAST, or none",
			       shown);
	(void)snprintf(first, sizeof(first), "%.*s", (int)(dash - value), value);
	if (sv_parse_u32(first, UID_RANGE_MIN, UID_RANGE_MAX, "uid_range", &low, err) < 0 ||
	    sv_parse_u32(dash + 1, UID_RANGE_MIN, UID_RANGE_MAX, "uid_range", &high, err) < 0)
		return -(int)err->code;
	if (low > high)
		return sv_fail(err, SV_E_USAGE, 0, "uid_range: '%s' does not go from low to high",
			       shown);
	conf->uid_first = low;
	conf->uid_last = high;
	return 0;
}

static int refuse_model(const char *word, struct sv_error *err)
{
	sv_auto_buf struct sv_buf names = {0};
	char shown[64];

	for (const struct sv_driver *const *d = sv_drivers; *d; d++)
		if ((*d)->mac)
			sv_buf_printf(&names, "%s%s", names.len ? ", " : "", (*d)->name);
	return sv_fail(err, SV_E_USAGE, 0, "models: '%s' is none of %s",
		       sv_escape(word, shown, sizeof(shown)), names.s ? names.s : "them");
}

/* "selinux apparmor" */
static int set_models(struct sv_config *conf, const char *value, struct sv_error *err)
{
	sv_auto_free char *words = NULL;
	char *rest, *word;
	int r = sv_strdup(value, &words, err);

	sv_strv_done(&conf->models);
	rest = words;
	while (r == 0 && (word = strsep(&rest, " \t"))) {
		const struct sv_driver *driver = sv_driver_find(word);

		if (!word[0])
			continue;
		if (!driver || !driver->mac)
			return refuse_model(word, err);
		sv_strv_add(&conf->models, word);
	}
	return r < 0 ? r : sv_strv_check(&conf->models, err);
}

static int set_landlock(struct sv_config *conf, const char *value, struct sv_error *err)
{
	char shown[64];

	conf->landlock_off = sv_streq(value, "off");
	if (conf->landlock_off || sv_streq(value, "auto"))
		return 0;
	return sv_fail(err, SV_E_USAGE, 0, "landlock: '%s' is none of auto, off",
		       sv_escape(value, shown, sizeof(shown)));
}

static int set_key(const struct sv_config_entry *entry, void *arg, struct sv_error *err)
{
	const char *key = entry->key, *value = entry->value;
	struct reading *rd = arg;
	struct sv_config *conf = rd->conf;
	char shown[128];

	if (entry->section)
		return sv_config_networks_set(&conf->networks, entry, err);
	if (sv_streq(key, "user")) {
		note(&rd->user, entry);
		free(sv_take_ptr(conf->user));
		return sv_strdup(value, &conf->user, err);
	}
	if (sv_streq(key, "emulator")) {
		if (value[0] != '/')
			return sv_fail(err, SV_E_USAGE, 0, "emulator: '%s' is not an absolute path",
				       sv_escape(value, shown, sizeof(shown)));
		free(sv_take_ptr(conf->emulator));
		return sv_strdup(value, &conf->emulator, err);
	}
	if (sv_streq(key, "require_enforcing"))
		return sv_parse_yes_no(value, "require_enforcing", &conf->require_enforcing, err);
	if (sv_streq(key, "on_unlabelled"))
		return set_on_unlabelled(conf, value, err);
	if (sv_streq(key, "run_size"))
		return sv_parse_u32(value, 1, RUN_SIZE_MAX, key, &conf->run_size, err);
	if (sv_streq(key, "processes")) {
		conf->processes_asked = true;
		return sv_parse_u32(value, PROCESSES_MIN, SV_PROCESSES_MAX, key, &conf->processes,
				    err);
	}
	if (sv_streq(key, "memory_overhead"))
		return sv_parse_u32(value, OVERHEAD_MIN, OVERHEAD_MAX, key, &conf->memory_overhead,
				    err);
	if (sv_streq(key, "uid_range"))
		return set_uid_range(conf, value, err);
	if (sv_streq(key, "models"))
		return set_models(conf, value, err);
	if (sv_streq(key, "landlock"))
		return set_landlock(conf, value, err);
	if (sv_streq(key, "categories")) {
		note(&rd->categories, entry);
		return sv_catset_parse(value, &conf->categories, err);
	}
	if (sv_streq(key, "exclude_categories")) {
		note(&rd->categories, entry);
		return sv_catset_parse(value, &rd->excluded, err) < 0 ? sv_wrap(err, "%s", key) : 0;
	}
	sv_fail(err, SV_E_USAGE, 0, "unknown key '%s'", sv_escape(key, shown, sizeof(shown)));
	return sv_hint(err, "svirt.conf(5) lists the keys: user, uid_range, emulator, models, "
			    "landlock, require_enforcing, on_unlabelled, run_size, processes, "
			    "memory_overhead, categories, "
			    "exclude_categories");
}

static int lookup_user(const char *name, struct passwd *pw, char *buf, size_t room)
{
	struct passwd *found = NULL;
	int r = getpwnam_r(name, pw, buf, room, &found);

	if (r != 0 && r != ENOENT && r != ESRCH)
		return -r;
	return found ? 0 : SV_NONE;
}

/* "+UID": the guest gets the group with the same number. */
static int resolve_number(struct sv_config *conf, struct sv_error *err)
{
	uint32_t id;
	int r = sv_parse_u32(conf->user + 1, 0, UINT32_MAX - 1, "user", &id, err);

	if (r < 0)
		return r;
	conf->uid = id;
	conf->gid = id;
	return sv_strdup(conf->user, &conf->user_name, err);
}

static int resolve_user(struct sv_config *conf, struct sv_error *err)
{
	const char *name = conf->user;
	char buf[4096], shown[128];
	struct passwd pw;
	int r = SV_NONE;
	size_t i;

	if (name && name[0] == '+')
		return resolve_number(conf, err);
	for (i = 0; !name && r == SV_NONE && i < SV_N_ELEMENTS(vmm_users); i++)
		r = lookup_user(vmm_users[i], &pw, buf, sizeof(buf));
	if (name)
		r = lookup_user(name, &pw, buf, sizeof(buf));
	if (!name && r == SV_NONE) {
		conf->user_fallback = true;
		r = lookup_user("nobody", &pw, buf, sizeof(buf));
	}
	if (r < 0)
		return sv_fail_errno(err, -r, "cannot look up the user '%s'",
				     sv_escape(name ? name : "", shown, sizeof(shown)));
	if (r == SV_NONE)
		return sv_fail(err, SV_E_USAGE, 0, "user: there is no user '%s' on this host",
			       sv_escape(name ? name : "nobody", shown, sizeof(shown)));
	conf->uid = pw.pw_uid;
	conf->gid = pw.pw_gid;
	return sv_strdup(pw.pw_name, &conf->user_name, err);
}

static int check_categories(struct reading *rd, struct sv_error *err)
{
	struct sv_config *conf = rd->conf;
	unsigned n;

	sv_catset_drop(&conf->categories, &rd->excluded);
	n = sv_catset_count(&conf->categories);
	if (n >= 2)
		return 0;
	sv_fail(err, SV_E_USAGE, 0,
		"categories without exclude_categories leaves %s: a guest's level takes two",
		n ? "one category" : "no category");
	sv_hint(err, "name more in categories, or fewer in exclude_categories");
	return sv_error_place(err, rd->categories.file, rd->categories.line);
}

static int is_drop_in(const struct dirent *entry)
{
	static const char suffix[] = ".conf";
	size_t len = strlen(entry->d_name), end = sizeof(suffix) - 1;

	return len > end && sv_streq(entry->d_name + len - end, suffix);
}

/* In the order in which they are read, whatever the locale is. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

struct drop_ins {
	char *dir;
	struct dirent **v;
	int n;
};

static void drop_ins_done(struct drop_ins *in)
{
	while (in->n > 0)
		free(in->v[--in->n]);
	free(sv_take_ptr(in->v));
	free(sv_take_ptr(in->dir));
}

static int list(const char *dir, struct drop_ins *in, struct sv_error *err)
{
	int r = sv_asprintf(&in->dir, err, "%s/svirt.conf.d", dir);

	if (r < 0)
		return r;
	in->n = scandir(in->dir, &in->v, is_drop_in, by_name);
	if (in->n >= 0)
		return 0;
	in->n = 0;
	if (errno == ENOENT)
		return 0;
	sv_fail_errno(err, errno, "cannot be listed");
	return sv_error_place(err, in->dir, 0);
}

static bool has(const struct drop_ins *in, const char *name)
{
	for (int i = 0; i < in->n; i++)
		if (sv_streq(in->v[i]->d_name, name))
			return true;
	return false;
}

/* Reads the drop-ins of a directory, except those for which over has a file of the same name. */
static int read_drop_ins(const struct drop_ins *in, const struct drop_ins *over, struct reading *rd,
			 struct sv_error *err)
{
	int r = 0;

	for (int i = 0; r == 0 && i < in->n; i++) {
		sv_auto_free char *path = NULL;

		if (over && has(over, in->v[i]->d_name))
			continue;
		r = sv_asprintf(&path, err, "%s/%s", in->dir, in->v[i]->d_name);
		if (r == 0)
			r = sv_config_file_each(path, set_key, rd, err);
		if (r == SV_NONE) /* removed since it was listed */
			r = 0;
	}
	return r;
}

static int read_main(const char *dir, struct reading *rd, struct sv_error *err)
{
	sv_auto_free char *path = NULL;
	int r = sv_asprintf(&path, err, "%s/svirt.conf", dir);

	return r < 0 ? r : sv_config_file_each(path, set_key, rd, err);
}

/* Reads all files in the order of svirt.conf(5). */
static int read_all(const char *vendor_dir, const char *conf_dir, struct reading *rd,
		    struct sv_error *err)
{
	sv_cleanup(drop_ins_done) struct drop_ins vendor = {0};
	sv_cleanup(drop_ins_done) struct drop_ins site = {0};
	int r = read_main(conf_dir, rd, err);

	if (r == SV_NONE)
		r = read_main(vendor_dir, rd, err);
	if (r >= 0)
		r = list(vendor_dir, &vendor, err);
	if (r == 0)
		r = list(conf_dir, &site, err);
	if (r == 0)
		r = read_drop_ins(&vendor, &site, rd, err);
	return r < 0 ? r : read_drop_ins(&site, NULL, rd, err);
}

int sv_config_read(const char *vendor_dir, const char *conf_dir, struct sv_config *ret,
		   struct sv_error *err)
{
	sv_cleanup(sv_config_done) struct sv_config conf = {.run_size = DEFAULT_RUN_SIZE,
							    .processes = DEFAULT_PROCESSES};
	struct reading rd = {.conf = &conf};
	int r;

	memset(&conf.categories, 0xff, sizeof(conf.categories));
	r = read_all(vendor_dir, conf_dir, &rd, err);
	if (r == 0)
		r = check_categories(&rd, err);
	if (r < 0)
		return r;
	r = resolve_user(&conf, err);
	if (r < 0)
		return rd.user.line ? sv_error_place(err, rd.user.file, rd.user.line)
				    : sv_wrap(err, "%s/svirt.conf", conf_dir);
	if (!conf.emulator)
		r = sv_strdup(DEFAULT_EMULATOR, &conf.emulator, err);
	if (r < 0)
		return r;
	*ret = conf;
	conf = (struct sv_config){0};
	return 0;
}
