/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether the low and the high level of a live process count. The kernel is asked what the
 * process's domain may do with an image of that level and with a guest at it, with the level and
 * without it. A domain that may do nothing there (a user's shell, at any level), or everything
 * everywhere (an unconfined one), is not separated by levels, so its level does not count. What
 * cannot be found out counts. Must not know how processes are found.
 */
#include "driver/selinux/level.h"

#include "base/string.h"
#include "driver/selinux/selinux.h"
#include "label/context.h"

#include <search.h>
#include <selinux/selinux.h>

#define GUEST_LINES 2 /* the second is that of guests without hardware virtualisation */

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct sv_selinux_answer *)a)->label,
		      ((const struct sv_selinux_answer *)b)->label);
}

static void free_answer(void *data)
{
	struct sv_selinux_answer *answer = data;

	for (int i = 0; i < answer->n; i++)
		free(answer->ends[i].why);
	free(answer->label);
	free(answer);
}

void sv_selinux_answers_done(struct sv_selinux_answers *answers)
{
	tdestroy(answers->tree, free_answer);
	*answers = (struct sv_selinux_answers){0};
}

/* The range of a label; NULL: it has none, as under another model. */
static const char *range_of(const char *label)
{
	for (int colons = 0; label && colons < 3; colons++) {
		label = strchr(label, ':');
		label = label ? label + 1 : NULL;
	}
	return label;
}

int sv_selinux_ends(const char *label, const struct sv_selinux_view *view,
		    struct sv_selinux_end ret[2], struct sv_error *err)
{
	const char *text = range_of(label);
	const struct sv_catset *pool = &view->pool;
	struct sv_range range;
	bool all;
	int n = 0, r;

	if (!text || !strchr(text, ':'))
		return 0;
	r = sv_range_parse(text, &range, err);
	if (r < 0)
		return r;
	all = sv_catset_count(pool) && sv_catset_subset(pool, &range.high.cats);
	if (sv_catset_count(&range.low.cats) && !sv_level_equal(&range.low, &view->top))
		ret[n++] = (struct sv_selinux_end){.level = range.low};
	if (sv_catset_count(&range.high.cats) && !sv_range_is_single(&range) && !all &&
	    !sv_level_equal(&range.high, &view->top))
		ret[n++] = (struct sv_selinux_end){.level = range.high, .high = true};
	return n;
}

/* One process, its end of a range, and its label without categories. */
struct held {
	const char *label; /* of the process */
	char *bare;	   /* the same domain without categories */
	struct sv_selinux_end *end;
};

/* A question: permissions between the process and the other side. */
struct reach {
	bool to_guest; /* from the process to the other side, or from there to the process */
	const char *tclass, *perms;
};

/* ret gets the words of with that are not in without. */
static void subtract(const char *with, const char *without, char *ret, size_t room)
{
	char words[128], *rest = words, *word;
	size_t used = 0;

	ret[0] = '\0';
	(void)snprintf(words, sizeof(words), "%s", with);
	while ((word = strsep(&rest, " "))) {
		const char *at = *word ? strstr(without, word) : without;
		size_t n = strlen(word);

		while (at && *word && ((at != without && at[-1] != ' ') || (at[n] != ' ' && at[n])))
			at = strstr(at + n, word);
		if (at)
			continue;
		(void)snprintf(ret + used, room - used, "%s%s", used ? " " : "", word);
		used = strlen(ret);
	}
}

/* 0: the level makes no difference for this question. SV_NONE: it does, and h->end->why says which.
 */
static int ask(struct held *h, const struct reach *reach, const char *other, struct sv_error *err)
{
	char with[128], without[128], more[128], from[SV_TYPE_LEN], to[SV_TYPE_LEN];
	const char *source = reach->to_guest ? h->label : other;
	const char *target = reach->to_guest ? other : h->label;
	int r = sv_selinux_granted(source, target, reach->tclass, reach->perms, with, err);

	if (r < 0 || !with[0])
		return r;
	r = sv_selinux_granted(reach->to_guest ? h->bare : other, reach->to_guest ? other : h->bare,
			       reach->tclass, reach->perms, without, err);
	if (r < 0)
		return r;
	subtract(with, without, more, sizeof(more));
	if (!more[0])
		return 0;
	r = sv_asprintf(&h->end->why, err, "%s this level %s may { %s } %s (%s)",
			h->end->high ? "up to" : "at", sv_selinux_type(source, from), more,
			sv_selinux_type(target, to), reach->tclass);
	return r < 0 ? r : SV_NONE;
}

/* context at the level, which the policy has to know. The caller owns *ret. */
static int at_level(const char *context, const struct sv_level *level, char **ret,
		    struct sv_error *err)
{
	sv_auto_free char *text = NULL;
	int r = sv_context_with_level(context, level, &text, err);

	if (r == 0)
		r = sv_selinux_canonical(text, NULL, err);
	if (r == SV_NONE)
		return sv_fail(err, SV_E_UNKNOWN, 0, "the policy has no context '%s'", text);
	if (r == 0)
		*ret = sv_take_ptr(text);
	return r;
}

static int ask_image(struct held *h, struct sv_error *err)
{
	static const struct reach use = {true, "file", "open read write append"};
	sv_auto_free char *line = NULL, *image = NULL;
	int r = sv_selinux_image_context(h->label, &line, err);

	if (r == 0)
		r = at_level(line, &h->end->level, &image, err);
	return r < 0 ? r : ask(h, &use, image, err);
}

static int ask_guest(struct held *h, unsigned nth, struct sv_error *err)
{
	static const struct reach both[] = {
		{true, "process", "ptrace signal sigkill sigstop"},
		{false, "process", "ptrace signal sigkill sigstop"},
	};
	sv_auto_free char *line = NULL, *guest = NULL;
	int r = sv_selinux_context_line(selinux_virtual_domain_context_path(), nth, &line, err);

	if (r == 0)
		r = at_level(line, &h->end->level, &guest, err);
	if (r == SV_NONE && nth > 1)
		return 0;
	if (r == SV_NONE)
		return sv_fail(err, SV_E_UNKNOWN, 0, "the policy names no domain of guests");
	for (size_t i = 0; r == 0 && i < SV_N_ELEMENTS(both); i++)
		r = ask(h, &both[i], guest, err);
	return r;
}

/* 0: the end counts, and its why is set. SV_NONE: it does not count. */
static int find_out(const char *label, struct sv_selinux_end *end, struct sv_error *err)
{
	const struct sv_level none = {.sens = end->level.sens};
	struct held h = {.label = label, .end = end};
	struct sv_error e = {0};
	int r = sv_context_with_level(label, &none, &h.bare, &e);

	if (r == 0)
		r = ask_image(&h, &e);
	for (unsigned nth = 1; r == 0 && nth <= GUEST_LINES; nth++)
		r = ask_guest(&h, nth, &e);
	free(h.bare);
	if (r < 0)
		return sv_asprintf(&end->why, err,
				   "could not find out whether it may use images of it: %s", e.msg);
	return end->why ? 0 : SV_NONE;
}

/* Finds the ends that may count, and keeps those that do. */
static int look_up(const struct sv_selinux_view *view, const char *label,
		   struct sv_selinux_answer **ret, struct sv_error *err)
{
	struct sv_selinux_end ends[2];
	struct sv_selinux_answer *answer;
	int i, n = 0, all = sv_selinux_ends(label, view, ends, err), r = all < 0 ? all : 0;

	for (i = 0; r >= 0 && i < all; i++) {
		r = find_out(label, &ends[i], err);
		if (r == 0)
			ends[n++] = ends[i];
	}
	answer = r < 0 ? NULL : calloc(1, sizeof(*answer) + (size_t)n * sizeof(ends[0]));
	if (r >= 0)
		r = answer ? sv_strdup(label, &answer->label, err) : sv_fail_oom(err);
	if (r == 0) {
		answer->n = n;
		memcpy(answer->ends, ends, (size_t)n * sizeof(ends[0]));
		*ret = answer;
		return 0;
	}
	while (n > 0)
		free(ends[--n].why);
	free(answer);
	return r;
}

int sv_selinux_counts(struct sv_selinux_answers *answers, const char *label,
		      const struct sv_selinux_answer **ret, struct sv_error *err)
{
	const struct sv_selinux_answer key = {.label = (char *)(uintptr_t)label};
	struct sv_selinux_answer *answer = NULL, **found = tfind(&key, &answers->tree, compare);
	int r = found ? 0 : look_up(&answers->view, label, &answer, err);

	if (r < 0)
		return r;
	if (!found) {
		found = tsearch(answer, &answers->tree, compare);
		if (!found) {
			free_answer(answer);
			return sv_fail_oom(err);
		}
	}
	*ret = (*found)->n ? *found : NULL;
	return 0;
}
