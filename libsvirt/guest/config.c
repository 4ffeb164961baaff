/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading of svirt.conf: see config.h. */
#include "guest/config.h"

#include "base/parse.h"
#include "base/string.h"

#include <errno.h>
#include <libeconf.h>
#include <pwd.h>

#define DEFAULT_EMULATOR "/usr/bin/qemu-system-x86_64"

/* The users that distributions make for VMMs, in the order in which they are looked for, and the
 * one of sysusers.d/svirt.conf. */
static const char *const vmm_users[] = {"libvirt-qemu", "qemu", "svirt"};

static void free_econf(econf_file **file)
{
	if (*file)
		econf_freeFile(*file);
}

static void free_keys(char ***keys)
{
	if (*keys)
		econf_freeArray(*keys);
}

/* What the file says, as far as it is no result yet. */
struct reading {
	struct sv_config *conf;
	struct sv_catset excluded;
};

static int set_on_unlabelled(struct sv_config *conf, const char *value, struct sv_error *err)
{
	char shown[64];

	if (sv_on_unlabelled_parse(value, &conf->on_unlabelled) == 0)
		return 0;
	return sv_fail(err, SV_E_USAGE, 0, "on_unlabelled: '%s' is none of fail, warn, skip",
		       sv_escape(value, shown, sizeof(shown)));
}

static int set_key(struct reading *rd, const char *key, const char *value, struct sv_error *err)
{
	struct sv_config *conf = rd->conf;
	char shown[128];

	if (sv_streq(key, "user")) {
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
	if (sv_streq(key, "categories"))
		return sv_catset_parse(value, &conf->categories, err);
	if (sv_streq(key, "exclude_categories")) {
		int r = sv_catset_parse(value, &rd->excluded, err);

		return r < 0 ? sv_wrap(err, "%s", key) : 0;
	}
	sv_fail(err, SV_E_USAGE, 0, "unknown key '%s'", sv_escape(key, shown, sizeof(shown)));
	return sv_hint(err, "svirt.conf(5) lists the keys: user, emulator, require_enforcing, "
			    "on_unlabelled, categories, exclude_categories");
}

static int read_keys(econf_file *file, struct reading *rd, struct sv_error *err)
{
	sv_cleanup(free_keys) char **keys = NULL;
	sv_cleanup(free_keys) char **groups = NULL;
	char shown[128];
	size_t n = 0, i;
	int r;

	/* a key below a heading would be silently ignored: require_enforcing must not be */
	if (econf_getGroups(file, &n, &groups) == ECONF_SUCCESS && n > 0)
		return sv_fail(err, SV_E_USAGE, 0, "has a section '[%s]': keys stand without one",
			       sv_escape(groups[0], shown, sizeof(shown)));
	n = 0;
	if (econf_getKeys(file, NULL, &n, &keys) != ECONF_SUCCESS)
		return 0; /* no keys outside of a group */
	for (i = 0; i < n; i++) {
		sv_auto_free char *value = NULL;

		if (econf_getStringValue(file, NULL, keys[i], &value) != ECONF_SUCCESS || !value)
			return sv_fail(err, SV_E_USAGE, 0, "key '%s' has no value",
				       sv_escape(keys[i], shown, sizeof(shown)));
		r = set_key(rd, keys[i], value, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int lookup_user(const char *name, struct passwd *pw, char *buf, size_t room)
{
	struct passwd *found = NULL;
	int r = getpwnam_r(name, pw, buf, room, &found);

	if (r != 0 && r != ENOENT && r != ESRCH)
		return -r;
	return found ? 0 : SV_NONE;
}

/* "+UID" is a number: the guest gets a group of the same number. */
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

static int read_file(econf_file *file, struct sv_config *conf, struct sv_error *err)
{
	struct reading rd = {.conf = conf};
	unsigned n;
	int r = read_keys(file, &rd, err);

	if (r < 0)
		return r;
	sv_catset_drop(&conf->categories, &rd.excluded);
	n = sv_catset_count(&conf->categories);
	if (n >= 2)
		return 0;
	sv_fail(err, SV_E_USAGE, 0,
		"categories without exclude_categories leaves %s: a guest's level takes two",
		n ? "one category" : "no category");
	return sv_hint(err, "name more in categories, or fewer in exclude_categories");
}

int sv_config_read(const char *vendor_dir, const char *conf_dir, struct sv_config *ret,
		   struct sv_error *err)
{
	sv_cleanup(sv_config_done) struct sv_config conf = {0};
	sv_cleanup(free_econf) econf_file *file = NULL;
	econf_err e = econf_readDirs(&file, vendor_dir, conf_dir, "svirt", "conf", "=", "#");
	int r;

	if (e != ECONF_SUCCESS && e != ECONF_NOFILE)
		return sv_fail(err, SV_E_USAGE, 0, "cannot read %s/svirt.conf: %s", conf_dir,
			       econf_errString(e));
	memset(&conf.categories, 0xff, sizeof(conf.categories));
	r = e == ECONF_SUCCESS ? read_file(file, &conf, err) : 0;
	if (r == 0)
		r = resolve_user(&conf, err);
	if (r == 0 && !conf.emulator)
		r = sv_strdup(DEFAULT_EMULATOR, &conf.emulator, err);
	if (r < 0)
		return sv_wrap(err, "%s/svirt.conf", conf_dir);
	*ret = conf;
	conf = (struct sv_config){0};
	return 0;
}
