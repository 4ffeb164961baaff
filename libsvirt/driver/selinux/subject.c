/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes labels from a request: takes the contexts that the loaded policy names for guests and their
 * images, changes the parts that the domain asks for, and has the kernel confirm the result. There
 * are no type names here: types come from the policy's own files or from the domain. Must not know
 * who else uses a level, or whether this process may start the result.
 */
#include "driver/selinux/selinux.h"

#include "base/fs.h"
#include "base/string.h"
#include "label/context.h"

#include <errno.h>
#include <selinux/selinux.h>

#define CONTEXTS_MAX (64u * 1024)

/* The nth line of text that is not empty, without blanks around it; *line is its number. NULL:
 * there is none. Changes text. */
static char *nth_line(char *text, unsigned nth, unsigned *line)
{
	char *rest = text, *s;

	for (*line = 1; (s = strsep(&rest, "\n")); ++*line) {
		size_t len;

		s += strspn(s, " \t\r");
		len = strlen(s);
		while (len > 0 && strchr(" \t\r", s[len - 1]))
			len--;
		s[len] = '\0';
		if (*s && *s != '#' && --nth == 0)
			return s;
	}
	return NULL;
}

int sv_selinux_context_line(const char *path, unsigned nth, char **ret, struct sv_error *err)
{
	sv_auto_free char *text = NULL;
	struct sv_error failed = {0};
	char shown[128], *s;
	unsigned line;
	int r;

	if (!path)
		return SV_NONE;
	if (sv_fs_read(path, CONTEXTS_MAX, &text, NULL, &failed) < 0) {
		if (failed.sys == ENOENT)
			return SV_NONE;
		*err = failed;
		return -(int)err->code;
	}
	s = nth_line(text, nth, &line);
	if (!s)
		return SV_NONE;
	r = sv_selinux_canonical(s, ret, err);
	if (r != SV_NONE)
		return r;
	(void)sv_fail_at(err, path, line, "'%s' is no context of the loaded policy",
			 sv_escape(s, shown, sizeof(shown)));
	return sv_hint(err, "the policy that is loaded is not the one that is installed: "
			    "load_policy, or restore the file from its package");
}

int sv_selinux_needed_line(const char *path, unsigned nth, char **ret, struct sv_error *err)
{
	int r = sv_selinux_context_line(path, nth, ret, err);

	if (r != SV_NONE)
		return r;
	(void)sv_fail(err, SV_E_HOST, 0, "%s: line %u, a context for virtual machines, is missing",
		      path ? path : "the policy's contexts", nth);
	return sv_hint(err, "install the distribution's policy with its virtualisation module");
}

/* Does the policy have this user, type or range? The other parts are known to be valid. Every user
 * and type goes with object_r. */
static int part_known(const struct sv_context *mine, const char *user, const char *type,
		      const struct sv_range *range, struct sv_error *err)
{
	struct sv_context ctx = {.user = (char *)(uintptr_t)(user ? user : mine->user),
				 .role = (char[]){"object_r"},
				 .type = (char *)(uintptr_t)(type ? type : mine->type),
				 .has_range = mine->has_range,
				 .range = range ? *range : mine->range};
	sv_auto_free char *text = NULL;
	int r = sv_context_format(&ctx, &text, err);

	return r < 0 ? r : sv_selinux_canonical(text, NULL, err);
}

/* Fills the error: which part of a context the kernel refuses. */
static int refuse(const char *text, const char *what, struct sv_error *err)
{
	sv_auto_context struct sv_context ctx = {0}, mine = {0};
	sv_auto_free char *self = NULL;
	char shown[128], part[96];
	int r = sv_context_parse(text, &ctx, err);

	if (r == 0)
		r = sv_selinux_self(&self, err);
	if (r == 0)
		r = sv_context_parse(self, &mine, err);
	if (r < 0)
		return r;
	(void)sv_escape(text, shown, sizeof(shown));
	r = part_known(&mine, NULL, ctx.type, NULL, err);
	if (r == SV_NONE) {
		(void)sv_hint(err, "see 'seinfo -t' for the types of the policy, and whether a "
				   "module is missing");
		return sv_fail(err, SV_E_USAGE, 0,
			       "%s '%s': type '%s' is not known to the loaded policy", what, shown,
			       sv_escape(ctx.type, part, sizeof(part)));
	}
	if (r == 0)
		r = part_known(&mine, ctx.user, NULL, NULL, err);
	if (r == SV_NONE)
		return sv_fail(err, SV_E_USAGE, 0,
			       "%s '%s': user '%s' is not known to the loaded policy", what, shown,
			       sv_escape(ctx.user, part, sizeof(part)));
	if (r == 0 && ctx.has_range != mine.has_range)
		return sv_fail(err, SV_E_USAGE, 0, "%s '%s': the level is %s", what, shown,
			       mine.has_range ? "missing" : "unknown: this policy has none");
	if (r == 0)
		r = part_known(&mine, NULL, NULL, &ctx.range, err);
	if (r == SV_NONE)
		return sv_fail(err, SV_E_USAGE, 0,
			       "%s '%s': the loaded policy has no such level or categories", what,
			       shown);
	if (r < 0)
		return r;
	return sv_fail(err, SV_E_USAGE, 0,
		       "%s '%s': the policy knows each part, but does not allow role '%s' with "
		       "this type, or this user with this role or level",
		       what, shown, sv_escape(ctx.role, part, sizeof(part)));
}

static int validate(const char *text, const char *what, char **ret, struct sv_error *err)
{
	int r = sv_selinux_canonical(text, ret, err);

	return r == SV_NONE ? refuse(text, what, err) : r;
}

static int replace(char **field, const char *value, struct sv_error *err)
{
	sv_auto_free char *copy = NULL;
	int r = sv_strdup(value, &copy, err);

	if (r < 0)
		return r;
	free(*field);
	*field = sv_take_ptr(copy);
	return 0;
}

/* Applies a baselabel: a bare type, or a context whose level is ignored. */
static int rebase(struct sv_context *ctx, const char *baselabel, struct sv_error *err)
{
	sv_auto_context struct sv_context base = {0};
	int r;

	if (!strchr(baselabel, ':'))
		return replace(&ctx->type, baselabel, err);
	r = sv_context_parse(baselabel, &base, err);
	if (r < 0)
		return sv_wrap(err, "baselabel");
	r = replace(&ctx->user, base.user, err);
	/* a baselabel that was copied from a file has object_r, which is no process's role */
	if (r == 0 && !sv_streq(base.role, "object_r"))
		r = replace(&ctx->role, base.role, err);
	return r < 0 ? r : replace(&ctx->type, base.type, err);
}

static int dynamic_label(const struct sv_request *req, char **ret, struct sv_error *err)
{
	const char *path = selinux_virtual_domain_context_path();
	sv_auto_free char *line = NULL, *text = NULL;
	sv_auto_context struct sv_context ctx = {0};
	int r = req->tcg ? sv_selinux_context_line(path, 2, &line, err) : SV_NONE;

	if (r == SV_NONE)
		r = sv_selinux_needed_line(path, 1, &line, err);
	if (r == 0)
		r = sv_context_parse(line, &ctx, err);
	if (r == 0 && req->baselabel)
		r = rebase(&ctx, req->baselabel, err);
	if (r < 0)
		return r;
	if (!ctx.has_range || !req->level)
		return sv_fail(err, SV_E_HOST, 0,
			       "the loaded policy has no levels, so it cannot keep guests apart");
	ctx.range = (struct sv_range){.low = *req->level, .high = *req->level};
	r = sv_context_format(&ctx, &text, err);
	if (r == 0)
		r = validate(text, req->baselabel ? "baselabel" : "guest label", ret, err);
	return r;
}

static int static_label(const struct sv_request *req, char **ret, struct sv_error *err)
{
	sv_auto_context struct sv_context ctx = {0};
	int r = sv_context_parse(req->label, &ctx, err);

	if (r < 0)
		return sv_wrap(err, "static label");
	if (ctx.has_range && !sv_range_is_single(&ctx.range)) {
		(void)sv_fail(err, SV_E_USAGE, 0,
			      "static label '%s': a range is no level for a guest, its new files "
			      "would get the low end, which others may read",
			      req->label);
		return sv_hint(err, "give one level, such as s0:c1,c2");
	}
	return validate(req->label, "static label", ret, err);
}

static int image_labels(const struct sv_request *req, struct sv_subject *subject,
			struct sv_error *err)
{
	const char *path = selinux_virtual_image_context_path();
	sv_auto_free char *line = NULL, *own = NULL, *shared = NULL;
	struct sv_level level = {0}, bare = {0};
	int r = sv_selinux_image_context(subject->label, &line, err);

	if (r == 0)
		r = sv_selinux_needed_line(path, 2, &subject->image[SV_ACCESS_RO], err);
	if (r == 0)
		r = sv_selinux_level_of(subject->label, &level, err);
	if (r < 0)
		return r;
	if (r == SV_NONE) {
		r = sv_strdup(line, &subject->image[SV_ACCESS_RW], err);
		return r < 0 ? r : sv_strdup(line, &subject->image[SV_ACCESS_SHARED], err);
	}
	bare.sens = level.sens;
	r = sv_context_with_level(line, &level, &own, err);
	if (r == 0)
		r = validate(own, "image label", &subject->image[SV_ACCESS_RW], err);
	if (r == 0)
		r = sv_context_with_level(line, req->shared ? req->shared : &bare, &shared, err);
	if (r == 0)
		r = validate(shared, "shared image label", &subject->image[SV_ACCESS_SHARED], err);
	return r;
}

int sv_selinux_subject(const struct sv_request *req, struct sv_subject *ret, struct sv_error *err)
{
	sv_auto_subject struct sv_subject subject = {.relabel = req->relabel};
	int r = SV_NONE;

	switch (req->type) {
	case SV_SECLABEL_DYNAMIC:
		r = dynamic_label(req, &subject.label, err);
		break;
	case SV_SECLABEL_STATIC:
		r = static_label(req, &subject.label, err);
		break;
	case SV_SECLABEL_NONE:
		r = sv_fail(err, SV_E_UNKNOWN, 0, "no label is needed for a guest without one");
		break;
	}
	if (r == 0 && req->relabel)
		r = image_labels(req, &subject, err);
	if (r == 0)
		r = sv_selinux_domain_enforced(subject.label, err);
	if (r < 0)
		return r;
	subject.permissive = r == SV_NONE;
	*ret = subject;
	subject = (struct sv_subject){0};
	return 0;
}
