/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Contexts taken apart and put together, so that nobody else cuts strings at colons (the range
 * has colons of its own). Must not know which users, roles and types exist: that is the loaded
 * policy's to say.
 */
#include "label/context.h"

#include "base/string.h"

/* Printable ASCII without the blank: policy identifiers are made of nothing else, and a context
 * with a newline in it forges lines in whatever prints it. */
static bool is_plain(const char *text)
{
	for (; *text; text++) {
		if (*text <= ' ' || *text > '~')
			return false;
	}
	return true;
}

/* Takes the field that ends at the next ':' or at the end of the text. */
static int read_field(const char **p, const char *what, char **ret, struct sv_error *err)
{
	size_t len = strcspn(*p, ":");

	if (!len)
		return sv_fail(err, SV_E_USAGE, 0, "the %s is missing", what);
	*ret = strndup(*p, len);
	if (!*ret)
		return sv_fail_oom(err);
	*p += len;
	return 0;
}

static int read_context(const char *p, struct sv_context *ctx, struct sv_error *err)
{
	int r;

	if (strnlen(p, SV_LABEL_MAX + 1) > SV_LABEL_MAX)
		return sv_fail(err, SV_E_USAGE, 0, "longer than %u bytes", SV_LABEL_MAX);
	if (!is_plain(p))
		return sv_fail(err, SV_E_USAGE, 0,
			       "a blank, a control character or a byte outside ASCII");
	r = read_field(&p, "user", &ctx->user, err);
	if (r < 0)
		return r;
	p += *p == ':';
	r = read_field(&p, "role", &ctx->role, err);
	if (r < 0)
		return r;
	p += *p == ':';
	r = read_field(&p, "type", &ctx->type, err);
	if (r < 0 || !*p)
		return r;
	ctx->has_range = true;
	return sv_range_parse(p + 1, &ctx->range, err);
}

int sv_context_parse(const char *text, struct sv_context *ret, struct sv_error *err)
{
	sv_auto_context struct sv_context ctx = {0};
	char shown[128];

	if (read_context(text, &ctx, err) < 0) {
		(void)sv_hint(err, "a context is user:role:type or user:role:type:range");
		return sv_wrap(err, "context '%s'", sv_escape(text, shown, sizeof(shown)));
	}
	*ret = ctx;
	ctx = (struct sv_context){0};
	return 0;
}

int sv_context_format(const struct sv_context *ctx, char **ret, struct sv_error *err)
{
	sv_auto_free char *range = NULL;
	int r;

	if (!ctx->has_range)
		return sv_asprintf(ret, err, "%s:%s:%s", ctx->user, ctx->role, ctx->type);
	r = sv_range_format(&ctx->range, &range, err);
	if (r < 0)
		return r;
	return sv_asprintf(ret, err, "%s:%s:%s:%s", ctx->user, ctx->role, ctx->type, range);
}

int sv_context_with_level(const char *text, const struct sv_level *level, char **ret,
			  struct sv_error *err)
{
	sv_auto_context struct sv_context ctx = {0};
	int r = sv_context_parse(text, &ctx, err);

	if (r < 0)
		return r;
	ctx.has_range = true;
	ctx.range = (struct sv_range){.low = *level, .high = *level};
	return sv_context_format(&ctx, ret, err);
}

void sv_context_done(struct sv_context *ctx)
{
	free(ctx->user);
	free(ctx->role);
	free(ctx->type);
	*ctx = (struct sv_context){0};
}
