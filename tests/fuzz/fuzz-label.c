/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parsers of levels, ranges, category sets and contexts on arbitrary text: no crash, an error
 * with a message, no change on failure, and parse(format(x)) == x with a stable spelling.
 */
#include "fuzz.h"

#include "base/string.h"
#include "label/context.h"

/* True when the parser succeeded. */
static bool parsed(int r, const struct sv_error *err)
{
	require(r == 0 || (r == -SV_E_USAGE && err->msg[0] && err->hint[0]));
	require(r < 0 || err->code == SV_OK);
	return r == 0;
}

static bool range_equal(const struct sv_range *a, const struct sv_range *b)
{
	return sv_level_equal(&a->low, &b->low) && sv_level_equal(&a->high, &b->high);
}

static void try_range(const char *text)
{
	sv_auto_free char *first = NULL, *second = NULL;
	struct sv_range range = {0}, again;
	struct sv_error err = {0};
	struct sv_level level;

	if (!parsed(sv_range_parse(text, &range, &err), &err))
		return;
	require(sv_level_dominates(&range.high, &range.low));
	require(sv_range_format(&range, &first, &err) == 0);
	require(sv_range_parse(first, &again, &err) == 0 && range_equal(&range, &again));
	require(sv_range_format(&again, &second, &err) == 0 && sv_streq(first, second));
	require(!strchr(first, '-') == sv_range_is_single(&range));
	if (sv_range_is_single(&range))
		require(sv_level_parse(first, &level, &err) == 0 &&
			sv_level_equal(&level, &range.low));
}

static void try_catset(const char *text)
{
	sv_auto_free char *printed = NULL;
	struct sv_level level = {0};
	struct sv_error err = {0};
	struct sv_catset again;

	if (!parsed(sv_catset_parse(text, &level.cats, &err), &err))
		return;
	require(sv_level_format(&level, &printed, &err) == 0);
	require(sv_starts_with(printed, "s0:c"));
	require(sv_catset_parse(printed + 3, &again, &err) == 0);
	require(sv_catset_equal(&level.cats, &again));
}

static void try_context(const char *text)
{
	sv_auto_context struct sv_context ctx = {0}, again = {0};
	sv_auto_free char *first = NULL, *second = NULL;
	struct sv_error err = {0};

	if (!parsed(sv_context_parse(text, &ctx, &err), &err)) {
		require(!ctx.user && !ctx.role && !ctx.type);
		return;
	}
	require(sv_context_format(&ctx, &first, &err) == 0);
	/* the kernel's spelling is never longer than the input */
	require(strlen(first) <= strlen(text));
	require(sv_context_parse(first, &again, &err) == 0);
	require(sv_streq(ctx.user, again.user) && sv_streq(ctx.role, again.role) &&
		sv_streq(ctx.type, again.type));
	require(ctx.has_range == again.has_range && range_equal(&ctx.range, &again.range));
	require(sv_context_format(&again, &second, &err) == 0 && sv_streq(first, second));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sv_auto_free char *text = calloc(1, size + 1);
	struct sv_level level;
	struct sv_error err = {0};

	require(text);
	memcpy(text, data, size);
	(void)parsed(sv_level_parse(text, &level, &err), &err);
	try_range(text);
	try_catset(text);
	try_context(text);
	return 0;
}
