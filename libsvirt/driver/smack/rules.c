/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rules of a guest: what it may do with content that it only reads, and with what it shares.
 * They are loaded with it and end with it. Rules of the administrator's are never touched. Must not
 * know what else a guest may reach.
 */
#include "driver/smack/smack.h"

#include "base/fs.h"
#include "base/string.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/xattr.h>
#include <sys/xattr.h>

#define RULES	  SV_SMACK_FS "/load2"
#define RULES_MAX (64u * 1024 * 1024)

/* Letters as in smackfs: read, write, execute (search a directory), append, lock. */
static const struct {
	const char *object;
	enum sv_access access;
	const char *may;
} table[] = {
	{SV_SMACK_CONTENT, SV_ACCESS_RO, "rxl"},
	{SV_SMACK_SHARED, SV_ACCESS_SHARED, "rwxal"},
};

const char *sv_smack_rule_for(const char *object)
{
	for (size_t i = 0; i < SV_N_ELEMENTS(table); i++)
		if (sv_streq(table[i].object, object))
			return table[i].may;
	return NULL;
}

/* A rule replaces the one that there is for its two labels; "-" is none. */
static int write_rule(int fd, const char *subject, const char *object, const char *may,
		      struct sv_error *err)
{
	sv_auto_free char *rule = NULL;
	int r = sv_asprintf(&rule, err, "%s %s %s", subject, object, may);

	if (r < 0 || write(fd, rule, strlen(rule)) == (ssize_t)strlen(rule))
		return r;
	(void)sv_fail(err, errno == EPERM ? SV_E_PERMISSION : SV_E_HOST, errno,
		      "cannot load the Smack rule '%s'", rule);
	return sv_hint(err, "run svirt as root, with CAP_MAC_ADMIN");
}

static int open_rules(int *ret, struct sv_error *err)
{
	int fd = open(RULES, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return sv_fail_errno(err, errno, "%s", RULES);
	*ret = fd;
	return 0;
}

/* Whether a file of the guest has the label by now. What was left with its own label, because
 * everybody may read it, takes no rule. */
static bool has_label(const struct sv_scope *scope, enum sv_access access, const char *label)
{
	for (size_t i = 0; i < scope->resources->n; i++) {
		const struct sv_resource *res = &scope->resources->items[i];
		char now[SV_SMACK_MAX + 1];
		ssize_t n;

		if (res->access != access || !res->path)
			continue;
		n = lgetxattr(res->path, XATTR_NAME_SMACK, now, sizeof(now));
		if (n == (ssize_t)strlen(label) && memcmp(now, label, (size_t)n) == 0)
			return true;
	}
	return false;
}

int sv_smack_load(const struct sv_subject *subject, const struct sv_scope *scope, int *ret,
		  struct sv_error *err)
{
	sv_auto_close int fd = -1;
	int r = open_rules(&fd, err);

	(void)ret; /* the kernel has them under the label */
	for (size_t i = 0; r == 0 && i < SV_N_ELEMENTS(table); i++)
		r = write_rule(fd, subject->label, table[i].object,
			       has_label(scope, table[i].access, table[i].object) ? table[i].may
										  : "-",
			       err);
	return r;
}

int sv_smack_unload(const char *label, struct sv_error *err)
{
	sv_auto_close int fd = -1;
	int r = open_rules(&fd, err);

	for (size_t i = 0; r == 0 && i < SV_N_ELEMENTS(table); i++)
		r = write_rule(fd, label, table[i].object, "-", err);
	return r;
}

int sv_smack_each_rule(int (*fn)(void *data, const char *subject, const char *object,
				 const char *may, struct sv_error *err),
		       void *data, struct sv_error *err)
{
	sv_auto_free char *text = NULL;
	char *rest, *line, *save = NULL;
	int r = sv_fs_read(RULES, RULES_MAX, &text, NULL, err);

	for (rest = text; r == 0 && (line = strsep(&rest, "\n"));) {
		const char *subject = strtok_r(line, " ", &save);
		const char *object = subject ? strtok_r(NULL, " ", &save) : NULL;
		const char *may = object ? strtok_r(NULL, " ", &save) : NULL;

		if (may)
			r = fn(data, subject, object, may, err);
	}
	return r;
}

struct labels {
	int (*fn)(void *data, const char *label, struct sv_error *err);
	void *data;
	struct sv_strv seen;
};

/* A guest may have a rule for each of svirt's labels, and is told of once. */
static int visit(void *data, const char *subject, const char *object, const char *may,
		 struct sv_error *err)
{
	struct labels *labels = data;
	int r;

	(void)may;
	if (!sv_smack_rule_for(object))
		return 0;
	for (size_t i = 0; i < labels->seen.n; i++)
		if (sv_streq(labels->seen.v[i], subject))
			return 0;
	sv_strv_add(&labels->seen, subject);
	r = sv_strv_check(&labels->seen, err);
	return r == 0 ? labels->fn(labels->data, subject, err) : r;
}

int sv_smack_each(int (*fn)(void *data, const char *label, struct sv_error *err), void *data,
		  struct sv_error *err)
{
	struct labels labels = {.fn = fn, .data = data};
	int r = sv_smack_each_rule(visit, &labels, err);

	sv_strv_done(&labels.seen);
	return r;
}
