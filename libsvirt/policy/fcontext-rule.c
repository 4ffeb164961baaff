/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a rule for one path looks like, and what another rule means for it: see fcontext.h. Pure:
 * text in, text out, no library of SELinux.
 */
#include "policy/fcontext.h"

#include "base/string.h"

#include <sys/stat.h>

/* Characters c for which libselinux, also in a path's first component, reads "\c" as an escape. */
#define META ".^$?*+|[({"
/* The types of file that are labelled in an exported directory. */
#define WHOLE                                                                     \
	(1u << SV_FCONTEXT_REG | 1u << SV_FCONTEXT_DIR | 1u << SV_FCONTEXT_SOCK | \
	 1u << SV_FCONTEXT_LINK | 1u << SV_FCONTEXT_PIPE)

const char *sv_fcontext_type_name(enum sv_fcontext_type type)
{
	switch (type) {
	case SV_FCONTEXT_ANY:
		return "all files";
	case SV_FCONTEXT_REG:
		return "regular file";
	case SV_FCONTEXT_DIR:
		return "directory";
	case SV_FCONTEXT_CHAR:
		return "character device";
	case SV_FCONTEXT_BLOCK:
		return "block device";
	case SV_FCONTEXT_SOCK:
		return "socket";
	case SV_FCONTEXT_LINK:
		return "symbolic link";
	case SV_FCONTEXT_PIPE:
		return "named pipe";
	}
	return "all files";
}

enum sv_fcontext_type sv_fcontext_type_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return SV_FCONTEXT_REG;
	case S_IFDIR:
		return SV_FCONTEXT_DIR;
	case S_IFCHR:
		return SV_FCONTEXT_CHAR;
	case S_IFBLK:
		return SV_FCONTEXT_BLOCK;
	case S_IFSOCK:
		return SV_FCONTEXT_SOCK;
	case S_IFLNK:
		return SV_FCONTEXT_LINK;
	case S_IFIFO:
		return SV_FCONTEXT_PIPE;
	default:
		return SV_FCONTEXT_ANY;
	}
}

/* The fields of the file are separated by blanks, and libselinux drops a line with a byte beyond
 * ASCII. */
static bool is_plain(unsigned char c)
{
	return c > ' ' && c < 0x7f && !strchr(")]}\\", c);
}

/* A bracket expression is a regular expression to every libselinux; a bare "\xHH" is not. Older
 * ones compare the first component as text, newer ones only know escapes of punctuation. */
int sv_fcontext_expr(const char *path, char **ret, struct sv_error *err)
{
	sv_auto_buf struct sv_buf buf = {0};

	for (const char *p = path; *p; p++) {
		unsigned char c = (unsigned char)*p;

		if (!is_plain(c))
			sv_buf_printf(&buf, "[\\x%02x]", c);
		else
			sv_buf_printf(&buf, strchr(META, c) ? "\\%c" : "%c", c);
	}
	return sv_buf_take(&buf, ret, err);
}

void sv_fcontexts_done(struct sv_fcontexts *rules)
{
	for (size_t i = 0; i < rules->n; i++) {
		free(rules->items[i].path);
		free(rules->items[i].expr);
		free(rules->items[i].context);
		free(rules->items[i].other);
	}
	free(rules->items);
	*rules = (struct sv_fcontexts){0};
}

static int whole_expr(const char *path, char **ret, struct sv_error *err)
{
	sv_auto_free char *expr = NULL;
	int r = sv_fcontext_expr(path, &expr, err);

	return r < 0 ? r : sv_asprintf(ret, err, "%s(/.*)?", expr);
}

int sv_fcontexts_add(struct sv_fcontexts *rules, const char *path, mode_t mode, bool whole,
		     const char *context, struct sv_error *err)
{
	struct sv_fcontext *rule = &rules->items[rules->n];
	int r;

	for (size_t i = 0; i < rules->n; i++)
		if (sv_streq(rules->items[i].path, path))
			return 0;
	rules->n++;
	*rule = (struct sv_fcontext){
		.type = whole ? SV_FCONTEXT_ANY : sv_fcontext_type_of(mode),
		.whole = whole,
		.missing = whole ? WHOLE : 0,
	};
	r = sv_strdup(path, &rule->path, err);
	if (r == 0)
		r = whole ? whole_expr(path, &rule->expr, err)
			  : sv_fcontext_expr(path, &rule->expr, err);
	if (r == 0)
		r = sv_strdup(context, &rule->context, err);
	return r;
}

/* Whether expr is a usual way to write path: "/srv/a.img" and "/srv/a\.img" mean /srv/a.img. */
static bool spells(const char *expr, const char *path)
{
	for (; *expr && *path; expr++, path++) {
		if (*expr == '\\' && expr[1])
			expr++;
		if (*expr != *path)
			return false;
	}
	return *expr == *path;
}

bool sv_fcontext_is_ours(const struct sv_fcontext *rule, const struct sv_fcontext_local *local)
{
	bool type = rule->whole
			    ? 1u << local->type & WHOLE
			    : local->type != SV_FCONTEXT_ANY &&
				      (rule->type == SV_FCONTEXT_ANY || rule->type == local->type);

	return type && sv_streq(rule->expr, local->expr) && sv_streq(rule->context, local->context);
}

int sv_fcontext_compare(struct sv_fcontext *rule, const struct sv_fcontext_local *local,
			struct sv_error *err)
{
	bool exact = sv_streq(rule->expr, local->expr);
	bool overlaps = rule->type == SV_FCONTEXT_ANY || local->type == SV_FCONTEXT_ANY ||
			rule->type == local->type;

	if (!overlaps || (!exact && !spells(local->expr, rule->path)))
		return 0;
	if (sv_streq(rule->context, local->context)) {
		if (exact && rule->whole)
			rule->missing &= local->type == SV_FCONTEXT_ANY ? 0 : ~(1u << local->type);
		/* the same expression twice is an error to libselinux, whatever the types */
		rule->there = rule->there || (exact && rule->type != SV_FCONTEXT_ANY) ||
			      sv_fcontext_is_ours(rule, local);
		return 0;
	}
	return rule->other ? 0 : sv_strdup(local->context, &rule->other, err);
}

int sv_fcontexts_check(const struct sv_fcontexts *rules, struct sv_error *err)
{
	char path[192], other[128];

	for (size_t i = 0; i < rules->n; i++) {
		const struct sv_fcontext *rule = &rules->items[i];

		if (!rule->other)
			continue;
		sv_fail(err, SV_E_BUSY, 0,
			"%s has another local file-context rule: it says %s, this guest needs %s",
			sv_escape(rule->path, path, sizeof(path)),
			sv_escape(rule->other, other, sizeof(other)), rule->context);
		return sv_hint(err, "find it with 'semanage fcontext -l -C'; if it is not needed, "
				    "take it out with 'semanage fcontext -d'");
	}
	return 0;
}
