/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The module store through libsemanage: one handle per operation, its messages caught and handed
 * on in the error. Must not know what the module allows.
 */
#include "policy/policy.h"

#include "base/fs.h"
#include "base/string.h"

#include <errno.h>
#include <fcntl.h>
#include <semanage/modules.h>
#include <semanage/semanage.h>
#include <stdarg.h>
#include <sys/mman.h>

#define MODULE_MAX    (1024u * 1024)
#define CONFIG_MAX    (64u * 1024)
#define CONTEXT_FILE  "/sys/fs/selinux/context"
#define MANAGER_TYPE  "svirt_mgr_t"
#define MESSAGES_ROOM 400u

struct session {
	semanage_handle_t *sh;
	bool connected, rooted;
	char messages[MESSAGES_ROOM]; /* of libsemanage and the compiler below it */
};

static void session_done(struct session *s)
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

/* The first errors say why, the later ones that something failed. */
static void catch (void *data, semanage_handle_t *sh, const char *fmt, ...) sv_printf(3, 4);
static void catch (void *data, semanage_handle_t *sh, const char *fmt, ...)
{
	struct session *s = data;
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

static int failed(const struct session *s, const char *what, struct sv_error *err)
{
	int sys = errno == EACCES || errno == EPERM ? errno : 0;

	(void)sv_fail(err, sys ? SV_E_PERMISSION : SV_E_HOST, s->messages[0] ? 0 : sys, "%s%s%s",
		      what, s->messages[0] ? ": " : "", s->messages);
	if (sys)
		return sv_hint(err, "run it as root, from a domain that may manage the policy "
				    "(sysadm_t, unconfined_t)");
	return -(int)err->code;
}

/* Which store a tree has: its /etc/selinux/config says so. */
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

static int choose_tree(struct session *s, const char *root, struct sv_error *err)
{
	sv_auto_free char *type = NULL;
	int r = tree_type(root, &type, err);

	if (r < 0)
		return r;
	semanage_select_store(s->sh, type, SEMANAGE_CON_DIRECT);
	semanage_set_reload(s->sh, 0);
	return 0;
}

static int open_store(struct session *s, const struct sv_policy_store *store, struct sv_error *err)
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
	if (semanage_is_managed(s->sh) != 1) {
		(void)sv_fail(err, SV_E_HOST, 0, "this host has no SELinux module store");
		return sv_hint(err, "install the distribution's SELinux policy");
	}
	errno = 0;
	if (semanage_connect(s->sh) < 0)
		return failed(s, "cannot open the SELinux module store", err);
	s->connected = true;
	return 0;
}

/* The module of our name that counts. SV_NONE when there is none. */
static int find(struct session *s, struct sv_policy_status *ret, struct sv_error *err)
{
	semanage_module_info_t *list = NULL;
	int n = 0, enabled = 0, r = SV_NONE;
	const char *name, *lang;
	uint16_t priority;

	if (semanage_module_list_all(s->sh, &list, &n) < 0)
		return failed(s, "cannot list the SELinux modules", err);
	for (int i = 0; i < n; i++) {
		semanage_module_info_t *m = semanage_module_list_nth(list, i);

		/* from high to low priority: the first one counts */
		if (r == SV_NONE && semanage_module_info_get_name(s->sh, m, &name) == 0 &&
		    sv_streq(name, SV_POLICY_MODULE) &&
		    semanage_module_info_get_priority(s->sh, m, &priority) == 0 &&
		    semanage_module_info_get_lang_ext(s->sh, m, &lang) == 0 &&
		    semanage_module_info_get_enabled(s->sh, m, &enabled) == 0) {
			*ret = (struct sv_policy_status){
				.installed = true, .enabled = enabled == 1, .priority = priority};
			(void)snprintf(ret->lang, sizeof(ret->lang), "%s", lang);
			r = 0;
		}
		semanage_module_info_datum_destroy(m);
	}
	free(list);
	return r;
}

/* libsepol's compiler writes why it failed to standard error, past every callback. */
static int quiet_commit(struct session *s)
{
	sv_auto_close int caught = memfd_create("policy", MFD_CLOEXEC);
	sv_auto_close int saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	char text[MESSAGES_ROOM], shown[MESSAGES_ROOM];
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

static int commit(struct session *s, const struct sv_policy_store *store, const char *what,
		  struct sv_error *err)
{
	step(store, store->root ? "building the policy" : "building and loading the policy");
	return quiet_commit(s) < 0 ? failed(s, what, err) : 0;
}

static int add(struct session *s, char *text, size_t len, struct sv_error *err)
{
	semanage_module_info_t *info = NULL;
	int r = -1;

	errno = 0;
	if (semanage_module_info_create(s->sh, &info) == 0 &&
	    semanage_module_info_set_name(s->sh, info, SV_POLICY_MODULE) == 0 &&
	    semanage_module_info_set_priority(s->sh, info, SV_POLICY_PRIORITY) == 0 &&
	    semanage_module_info_set_lang_ext(s->sh, info, "cil") == 0 &&
	    semanage_module_info_set_enabled(s->sh, info, 1) == 0)
		r = semanage_module_install_info(s->sh, info, text, len);
	if (info) {
		(void)semanage_module_info_destroy(s->sh, info);
		free(info);
	}
	return r < 0 ? failed(s, "cannot add the module to the store", err) : 0;
}

int sv_policy_install(const struct sv_policy_store *store, const char *cil_path,
		      struct sv_error *err)
{
	sv_cleanup(session_done) struct session s = {0};
	sv_auto_free char *text = NULL;
	size_t len = 0;
	int r = sv_fs_read(cil_path, MODULE_MAX, &text, &len, err);

	if (r == 0)
		r = open_store(&s, store, err);
	if (r < 0)
		return r;
	errno = 0;
	if (semanage_begin_transaction(s.sh) < 0)
		return failed(&s, "cannot change the SELinux module store", err);
	r = add(&s, text, len, err);
	return r < 0 ? r : commit(&s, store, "the policy does not compile with the module", err);
}

static int drop(struct session *s, struct sv_error *err)
{
	semanage_module_key_t *key = NULL;
	int r = -1;

	errno = 0;
	if (semanage_module_key_create(s->sh, &key) == 0 &&
	    semanage_module_key_set_name(s->sh, key, SV_POLICY_MODULE) == 0 &&
	    semanage_module_key_set_priority(s->sh, key, SV_POLICY_PRIORITY) == 0)
		r = semanage_module_remove_key(s->sh, key);
	if (key) {
		(void)semanage_module_key_destroy(s->sh, key);
		free(key);
	}
	return r < 0 ? failed(s, "cannot remove the module from the store", err) : 0;
}

int sv_policy_remove(const struct sv_policy_store *store, struct sv_error *err)
{
	sv_cleanup(session_done) struct session s = {0};
	struct sv_policy_status found = {0};
	int r = open_store(&s, store, err);

	if (r == 0)
		r = find(&s, &found, err);
	if (r != 0)
		return r;
	if (found.priority < SV_POLICY_PRIORITY)
		return SV_NONE;
	errno = 0;
	if (semanage_begin_transaction(s.sh) < 0)
		return failed(&s, "cannot change the SELinux module store", err);
	r = drop(&s, err);
	return r < 0 ? r : commit(&s, store, "the policy does not compile without it", err);
}

/* Asks the kernel for our own context with the module's type instead of ours: every type goes with
 * object_r. A kernel that does not answer does not have it. */
static bool kernel_knows(void)
{
	sv_auto_close int fd = open(CONTEXT_FILE, O_RDWR | O_CLOEXEC);
	sv_auto_free char *self = NULL;
	struct sv_error ignored = {0};
	char *role, *type, *range, question[512];
	int n;

	if (fd < 0 || sv_fs_read("/proc/self/attr/current", CONFIG_MAX, &self, NULL, &ignored) < 0)
		return false;
	role = strchr(self, ':');
	type = role ? strchr(role + 1, ':') : NULL;
	if (!type)
		return false;
	range = strchr(type + 1, ':');
	n = snprintf(question, sizeof(question), "%.*s:object_r:%s%s", (int)(role - self), self,
		     MANAGER_TYPE, range ? range : "");
	if (n < 0 || (size_t)n >= sizeof(question))
		return false;
	return write(fd, question, (size_t)n + 1) > 0;
}

int sv_policy_query(const struct sv_policy_store *store, struct sv_policy_status *ret,
		    struct sv_error *err)
{
	sv_cleanup(session_done) struct session s = {0};
	struct sv_policy_status status = {0};
	int r = open_store(&s, store, err);

	if (r == 0)
		r = find(&s, &status, err);
	if (r < 0)
		return r;
	status.loaded = !store->root && kernel_knows();
	*ret = status;
	return 0;
}
