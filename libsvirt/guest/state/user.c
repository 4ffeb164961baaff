/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The directories of a user's own guests: see user.h. */
#include "guest/state/user.h"

#include "base/fs.h"
#include "base/string.h"

#include <errno.h>
#include <stddef.h>
#include <sys/stat.h>

static const struct {
	const char *name;
	size_t at; /* in struct sv_user_env */
} variables[] = {
	{"HOME", offsetof(struct sv_user_env, home)},
	{"XDG_STATE_HOME", offsetof(struct sv_user_env, state_home)},
	{"XDG_CONFIG_HOME", offsetof(struct sv_user_env, config_home)},
	{"XDG_RUNTIME_DIR", offsetof(struct sv_user_env, runtime_dir)},
};

struct sv_user_env sv_user_env(void)
{
	struct sv_user_env env;

	for (size_t i = 0; i < SV_N_ELEMENTS(variables); i++)
		*(const char **)((char *)&env + variables[i].at) = getenv(variables[i].name);
	return env;
}

int sv_user_environment(struct sv_strv *ret, struct sv_error *err)
{
	for (size_t i = 0; i < SV_N_ELEMENTS(variables); i++) {
		const char *value = getenv(variables[i].name);

		if (value)
			sv_strv_printf(ret, "%s=%s", variables[i].name, value);
	}
	return sv_strv_check(ret, err);
}

static bool is_set(const char *path)
{
	return path && path[0] == '/';
}

/* DIR/svirt, or HOME/FALLBACK/svirt. */
static int below(const char *dir, const char *home, const char *fallback, char **ret,
		 struct sv_error *err)
{
	if (is_set(dir))
		return sv_asprintf(ret, err, "%s/svirt", dir);
	if (is_set(home))
		return sv_asprintf(ret, err, "%s/%s/svirt", home, fallback);
	(void)sv_fail(err, SV_E_HOST, 0,
		      "HOME is not set: svirt does not know where a user's guests are kept");
	return sv_hint(err, "export HOME=$(getent passwd $(id -u) | cut -d: -f6)");
}

int sv_user_paths(const struct sv_user_env *env, const struct sv_user_dirs *ret,
		  struct sv_error *err)
{
	int r;

	if (!is_set(env->runtime_dir)) {
		(void)sv_fail(err, SV_E_HOST, 0,
			      "XDG_RUNTIME_DIR is not set: a user's guests run in a session");
		return sv_hint(err, "log in, not with su or sudo; or loginctl enable-linger and "
				    "export XDG_RUNTIME_DIR=/run/user/$(id -u)");
	}
	r = sv_asprintf(ret->run, err, "%s/svirt", env->runtime_dir);
	if (r == 0)
		r = below(env->state_home, env->home, ".local/state", ret->state, err);
	return r == 0 ? below(env->config_home, env->home, ".config", ret->conf, err) : r;
}

int sv_user_check_runtime(const char *dir, struct sv_error *err)
{
	char shown[256];
	struct stat st;

	sv_escape(dir, shown, sizeof(shown));
	if (lstat(dir, &st) < 0 || !S_ISDIR(st.st_mode)) {
		(void)sv_fail(err, SV_E_HOST, 0, "XDG_RUNTIME_DIR %s is not a directory", shown);
		return sv_hint(err, "loginctl enable-linger makes /run/user/$(id -u), and keeps it "
				    "when you log out");
	}
	if (st.st_uid == geteuid() && !(st.st_mode & (S_IRWXG | S_IRWXO)))
		return 0;
	(void)sv_fail(err, SV_E_PERMISSION, 0, "XDG_RUNTIME_DIR %s %s", shown,
		      st.st_uid == geteuid() ? "is open to other users" : "is not yours");
	return sv_hint(err, "it is a directory of your own with mode 0700: export "
			    "XDG_RUNTIME_DIR=/run/user/$(id -u)");
}

int sv_user_mkdir(const char *path, struct sv_error *err)
{
	sv_auto_free char *copy = NULL;
	int r = sv_strdup(path, &copy, err);

	/* each directory above; the first character is the root's */
	for (char *end = r == 0 ? strchr(copy + 1, '/') : NULL; end; end = strchr(end + 1, '/')) {
		*end = '\0';
		if (mkdir(copy, 0700) < 0 && errno != EEXIST && access(copy, F_OK) < 0)
			return sv_fail_errno(err, errno, "cannot make %s", copy);
		*end = '/';
	}
	return r < 0 ? r : sv_fs_mkdir(path, 0700, err);
}
