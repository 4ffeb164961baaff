/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The host's module store through libsemanage: one handle per operation, its messages caught and
 * handed on in the error. Must not know what is changed in it.
 */
#include "policy/session.h"

#include "base/fs.h"
#include "base/string.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/mman.h>

#define CONFIG_MAX (64u * 1024)

void sv_policy_session_done(struct sv_policy_session *s)
{
	if (s->connected)
		(void)semanage_disconnect(s->sh);
	if (s->sh)
		semanage_handle_destroy(s->sh);
	if (s->rooted)
		(void)semanage_set_root("");
}

static void step(const struct sv_policy_store *store, const char *text)
{
	if (store->progress)
		store->progress(store->data, text);
}

/* Keeps libsemanage's messages. The first errors have the reason; later ones only say that
 * something failed. */
static void catch (void *data, semanage_handle_t *sh, const char *fmt, ...) sv_printf(3, 4);
static void catch (void *data, semanage_handle_t *sh, const char *fmt, ...)
{
	struct sv_policy_session *s = data;
	size_t used = strlen(s->messages);
	char line[256], shown[256];
	va_list ap;

	if (semanage_msg_get_level(sh) != SEMANAGE_MSG_ERR)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	line[strcspn(line, "\n")] = '\0';
	(void)snprintf(s->messages + used, sizeof(s->messages) - used, "%s%s", used ? "; " : "",
		       sv_escape(line, shown, sizeof(shown)));
}

int sv_policy_failed(const struct sv_policy_session *s, const char *what, struct sv_error *err)
{
	int sys = errno == EACCES || errno == EPERM ? errno : 0;

	(void)sv_fail(err, sys ? SV_E_PERMISSION : SV_E_HOST, s->messages[0] ? 0 : sys, "%s%s%s",
		      what, s->messages[0] ? ": " : "", s->messages);
	if (sys)
		return sv_hint(err, "run it as root, from a domain that may manage the policy "
				    "(sysadm_t, unconfined_t)");
	return -(int)err->code;
}

/* The name of a tree's store, from its /etc/selinux/config. */
static int tree_type(const char *root, char **ret, struct sv_error *err)
{
	static const char key[] = "SELINUXTYPE=";
	sv_auto_free char *path = NULL, *text = NULL;
	char *rest, *line;
	int r = sv_asprintf(&path, err, "%s/etc/selinux/config", root);

	if (r == 0)
		r = sv_fs_read(path, CONFIG_MAX, &text, NULL, err);
	if (r < 0)
		return r;
	for (rest = text; (line = strsep(&rest, "\n"));) {
		if (!sv_starts_with(line, key))
			continue;
		line += strlen(key);
		line[strcspn(line, " \t\r")] = '\0';
		return sv_strdup(line, ret, err);
	}
	return sv_fail(err, SV_E_HOST, 0, "%s: SELINUXTYPE is missing", path);
}

static int choose_tree(struct sv_policy_session *s, const char *root, struct sv_error *err)
{
	sv_auto_free char *type = NULL;
	int r = tree_type(root, &type, err);

	if (r < 0)
		return r;
	semanage_select_store(s->sh, type, SEMANAGE_CON_DIRECT);
	semanage_set_reload(s->sh, 0);
	return 0;
}

/* libsemanage reports a store that this user may not see as missing. */
static int not_managed(const char *root, struct sv_error *err)
{
	sv_auto_free char *config = NULL;
	int r = sv_asprintf(&config, err, "%s/etc/selinux/config", root ? root : "");

	if (r < 0)
		return r;
	if (geteuid() != 0 && access(config, F_OK) == 0) {
		(void)sv_fail(err, SV_E_PERMISSION, 0, "the SELinux module store is root's");
		return sv_hint(err, "run it as root");
	}
	(void)sv_fail(err, SV_E_HOST, 0, "this host has no SELinux module store");
	return sv_hint(err, "install the distribution's SELinux policy");
}

int sv_policy_session_open(struct sv_policy_session *s, const struct sv_policy_store *store,
			   struct sv_error *err)
{
	int r;

	if (store->root) {
		if (semanage_set_root(store->root) < 0)
			return sv_fail_oom(err);
		s->rooted = true;
	}
	s->sh = semanage_handle_create();
	if (!s->sh)
		return sv_fail(err, SV_E_HOST, 0, "/etc/selinux/semanage.conf cannot be read");
	semanage_msg_set_callback(s->sh, catch, s);
	r = store->root ? choose_tree(s, store->root, err) : 0;
	if (r < 0)
		return r;
	if (semanage_is_managed(s->sh) != 1)
		return not_managed(store->root, err);
	errno = 0;
	if (semanage_connect(s->sh) < 0)
		return sv_policy_failed(s, "cannot open the SELinux module store", err);
	s->connected = true;
	return 0;
}

/* libsepol's compiler writes its errors to standard error and not to a callback. */
static int quiet_commit(struct sv_policy_session *s)
{
	sv_auto_close int caught = memfd_create("policy", MFD_CLOEXEC);
	sv_auto_close int saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	char text[SV_POLICY_MESSAGES], shown[SV_POLICY_MESSAGES];
	ssize_t n;
	int r, sys;

	if (caught < 0 || saved < 0 || dup2(caught, STDERR_FILENO) < 0)
		return -1;
	errno = 0;
	r = semanage_commit(s->sh);
	sys = errno;
	(void)dup2(saved, STDERR_FILENO);
	n = pread(caught, text, sizeof(text) - 1, 0);
	if (r < 0 && n > 0) {
		text[n] = '\0';
		text[strcspn(text, "\n")] = '\0';
		(void)snprintf(s->messages, sizeof(s->messages), "%s",
			       sv_escape(text, shown, sizeof(shown)));
	}
	errno = sys;
	return r;
}

int sv_policy_commit(struct sv_policy_session *s, const struct sv_policy_store *store,
		     const char *what, struct sv_error *err)
{
	step(store, store->root ? "building the policy" : "building and loading the policy");
	return quiet_commit(s) < 0 ? sv_policy_failed(s, what, err) : 0;
}
