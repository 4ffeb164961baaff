/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * svirt's own module in the store of session.h. Must not know what the module allows.
 */
#include "policy/policy.h"

#include "base/fs.h"
#include "base/string.h"
#include "policy/session.h"

#include <errno.h>
#include <fcntl.h>
#include <semanage/modules.h>
#include <semanage/semanage.h>
#include <sys/mman.h>

#define MODULE_MAX   (1024u * 1024)
#define CONTEXT_MAX  (64u * 1024)
#define CONTEXT_FILE "/sys/fs/selinux/context"
#define MANAGER_TYPE "svirt_mgr_t"

/* The module of our name with the highest priority. SV_NONE: there is none. */
static int find(struct sv_policy_session *s, struct sv_policy_status *ret, struct sv_error *err)
{
	semanage_module_info_t *list = NULL;
	int n = 0, enabled = 0, r = SV_NONE;
	const char *name, *lang;
	uint16_t priority;

	if (semanage_module_list_all(s->sh, &list, &n) < 0)
		return sv_policy_failed(s, "cannot list the SELinux modules", err);
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

static int add(struct sv_policy_session *s, char *text, size_t len, struct sv_error *err)
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
	return r < 0 ? sv_policy_failed(s, "cannot add the module to the store", err) : 0;
}

int sv_policy_install(const struct sv_policy_store *store, const char *cil_path,
		      struct sv_error *err)
{
	sv_cleanup(sv_policy_session_done) struct sv_policy_session s = {0};
	sv_auto_free char *text = NULL;
	size_t len = 0;
	int r = sv_fs_read(cil_path, MODULE_MAX, &text, &len, err);

	if (r == 0)
		r = sv_policy_session_open(&s, store, err);
	if (r < 0)
		return r;
	errno = 0;
	if (semanage_begin_transaction(s.sh) < 0)
		return sv_policy_failed(&s, "cannot change the SELinux module store", err);
	r = add(&s, text, len, err);
	return r < 0 ? r
		     : sv_policy_commit(&s, store, "the policy does not compile with the module",
					err);
}

static int drop(struct sv_policy_session *s, struct sv_error *err)
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
	return r < 0 ? sv_policy_failed(s, "cannot remove the module from the store", err) : 0;
}

int sv_policy_remove(const struct sv_policy_store *store, struct sv_error *err)
{
	sv_cleanup(sv_policy_session_done) struct sv_policy_session s = {0};
	struct sv_policy_status found = {0};
	int r = sv_policy_session_open(&s, store, err);

	if (r == 0)
		r = find(&s, &found, err);
	if (r != 0)
		return r;
	if (found.priority < SV_POLICY_PRIORITY)
		return SV_NONE;
	errno = 0;
	if (semanage_begin_transaction(s.sh) < 0)
		return sv_policy_failed(&s, "cannot change the SELinux module store", err);
	r = drop(&s, err);
	return r < 0 ? r
		     : sv_policy_commit(&s, store, "the policy does not compile without it", err);
}

/* Whether the kernel accepts a context with the module's type (every type goes with object_r). A
 * kernel that does not answer does not know the type. */
static bool kernel_knows(void)
{
	sv_auto_close int fd = open(CONTEXT_FILE, O_RDWR | O_CLOEXEC);
	sv_auto_free char *self = NULL;
	struct sv_error ignored = {0};
	char *role, *type, *range, question[512];
	int n;

	if (fd < 0 || sv_fs_read("/proc/self/attr/current", CONTEXT_MAX, &self, NULL, &ignored) < 0)
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

/* Whether the module has exactly this text. False also when it cannot be read. */
static bool holds(struct sv_policy_session *s, uint16_t priority, const char *text, size_t len)
{
	semanage_module_key_t *key = NULL;
	semanage_module_info_t *info = NULL;
	void *stored = NULL;
	size_t stored_len = 0;
	bool same = false;

	if (semanage_module_key_create(s->sh, &key) == 0 &&
	    semanage_module_key_set_name(s->sh, key, SV_POLICY_MODULE) == 0 &&
	    semanage_module_key_set_priority(s->sh, key, priority) == 0 &&
	    semanage_module_extract(s->sh, key, 1, &stored, &stored_len, &info) == 0)
		same = stored_len == len && memcmp(stored, text, len) == 0;
	if (stored_len)
		(void)munmap(stored, stored_len);
	if (info) {
		(void)semanage_module_info_destroy(s->sh, info);
		free(info);
	}
	if (key) {
		(void)semanage_module_key_destroy(s->sh, key);
		free(key);
	}
	return same;
}

int sv_policy_query(const struct sv_policy_store *store, const char *cil_path,
		    struct sv_policy_status *ret, struct sv_error *err)
{
	sv_cleanup(sv_policy_session_done) struct sv_policy_session s = {0};
	struct sv_policy_status status = {0};
	struct sv_error ignored = {0};
	sv_auto_free char *text = NULL;
	size_t len = 0;
	int r = sv_policy_session_open(&s, store, err);

	if (r == 0)
		r = find(&s, &status, err);
	if (r == 0 && cil_path && sv_fs_read(cil_path, MODULE_MAX, &text, &len, &ignored) == 0)
		status.same = holds(&s, (uint16_t)status.priority, text, len);
	if (r < 0)
		return r;
	status.loaded = !store->root && kernel_knows();
	*ret = status;
	return 0;
}
