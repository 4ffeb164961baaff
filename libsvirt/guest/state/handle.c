/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The handle without its configuration: see handle.h. */
#include "guest/state/handle.h"

#include "base/fs.h"
#include "base/string.h"
#include "guest/state/user.h"
#include "svirt.h"

#include <stdarg.h>

/* Work may be interrupted, except for putting labels back, and for a wait for the store after
 * something was reserved. */
static int watch(void *data, enum sv_work work, const char *path, uint64_t done, uint64_t total,
		 struct sv_error *err)
{
	static const char *const names[] = {
		[SV_WORK_READ] = "read",
		[SV_WORK_LABEL] = "label",
		[SV_WORK_RESTORE] = "restore",
		[SV_WORK_WAIT] = "wait",
	};
	const struct svirt *sv = data;
	const struct svirt_progress progress = {names[work], path, done, total};

	if (sv->progress)
		sv->progress(sv->progress_data, &progress);
	if (!sv->signals || work == SV_WORK_RESTORE || (work == SV_WORK_WAIT && !sv->interruptible))
		return 0;
	return sv_signals_check(sv->signals, err);
}

static struct svirt *new_handle(void)
{
	struct svirt *sv = calloc(1, sizeof(*sv));

	if (sv)
		sv->watch = (struct sv_watch){watch, sv};
	return sv;
}

int sv_handle_user_paths(struct svirt **ret, struct sv_error *err)
{
	sv_auto_handle struct svirt *sv = new_handle();
	const struct sv_user_env env = sv_user_env();
	int r;

	if (!sv)
		return sv_fail_oom(err);
	if (geteuid() == 0) {
		(void)sv_fail(err, SV_E_USAGE, 0, "--user is not for root");
		return sv_hint(err, "leave --user out: root's guests are those of the system");
	}
	sv->user = true;
	sv->conf.uid_shared = true;
	r = sv_strdup("", &sv->root, err);
	if (r == 0)
		r = sv_user_paths(
			&env, &(struct sv_user_dirs){&sv->state_dir, &sv->conf_dir, &sv->run_dir},
			err);
	if (r == 0)
		r = sv_user_check_runtime(env.runtime_dir, err);
	if (r < 0)
		return r;
	*ret = sv_take_ptr(sv);
	return 0;
}

int sv_handle_paths(const char *root, struct svirt **ret, struct sv_error *err)
{
	sv_auto_handle struct svirt *sv = new_handle();
	int r;

	if (!sv)
		return sv_fail_oom(err);
	if (!root)
		root = "";
	if (root[0] && root[0] != '/')
		return sv_fail(err, SV_E_USAGE, 0, "root: '%s' is not an absolute path", root);
	r = sv_strdup(root, &sv->root, err);
	if (r == 0)
		r = sv_asprintf(&sv->state_dir, err, "%s" SV_STATEDIR, root);
	if (r == 0)
		r = sv_asprintf(&sv->run_dir, err, "%s" SV_RUNDIR, root);
	if (r == 0)
		r = sv_asprintf(&sv->conf_dir, err, "%s" SV_CONFDIR, root);
	if (r < 0)
		return r;
	*ret = sv_take_ptr(sv);
	return 0;
}

void sv_handle_close(struct svirt **sv)
{
	struct svirt *s = *sv;

	if (!s)
		return;
	free(s->root);
	free(s->state_dir);
	free(s->run_dir);
	free(s->conf_dir);
	sv_config_done(&s->conf);
	free(s);
	*sv = NULL;
}

void sv_warn(const struct svirt *sv, const char *fmt, ...)
{
	char msg[1024];
	va_list ap;

	if (!sv->warn)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	sv->warn(sv->warn_data, msg);
}

int sv_handle_check_live(const struct svirt *sv, struct sv_error *err)
{
	if (!sv->root[0])
		return 0;
	sv_fail(err, SV_E_USAGE, 0, "%s is a tree at rest: no guest is labelled or started in it",
		sv->root);
	return sv_hint(err, "leave --root out");
}

int sv_handle_store(struct svirt *sv, struct sv_store **ret, struct sv_error *err)
{
	int r = sv_handle_check_live(sv, err);

	sv->rehearses = false;
	if (r == 0)
		r = sv->user ? sv_user_mkdir(sv->state_dir, err)
			     : sv_fs_mkdir(sv->state_dir, 0700, err);
	if (r == 0)
		r = sv_fs_mkdir(sv->run_dir, sv->user ? 0700 : 0711, err);
	if (r == 0)
		r = sv_store_open_watched(sv->state_dir, SV_STORE_WRITE, &sv->watch, ret, err);
	return r;
}

int sv_handle_store_for(struct svirt *sv, bool dry_run, struct sv_store **ret, struct sv_error *err)
{
	int r;

	if (!dry_run)
		return sv_handle_store(sv, ret, err);
	sv->rehearses = true;
	r = sv_handle_check_live(sv, err);
	return r < 0 ? r
		     : sv_store_open_watched(sv->state_dir, SV_STORE_REHEARSE, &sv->watch, ret,
					     err);
}
