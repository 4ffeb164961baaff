/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether the level of a live process counts: the kernel is asked what its domain may do with an
 * image of that level, and with a guest at it, that it might not do without the level. Who may
 * nothing there (a user's shell, at whatever level) or anything everywhere (an unconfined domain)
 * is not kept apart by levels, so its level is not one that guests have to stay away from. What
 * cannot be found out counts.
 * Must not know how processes are found.
 */
#include "driver/selinux-level.h"

#include "base/string.h"
#include "driver/selinux.h"
#include "label/context.h"

#include <search.h>
#include <selinux/selinux.h>

#define GUEST_LINES 2 /* the second is that of guests without hardware virtualisation */

struct answer {
	char *label;
	char *why; /* NULL: it does not count */
};

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct answer *)a)->label, ((const struct answer *)b)->label);
}

static void free_answer(void *data)
{
	struct answer *answer = data;

	free(answer->label);
	free(answer->why);
	free(answer);
}

void sv_selinux_answers_done(struct sv_selinux_answers *answers)
{
	tdestroy(answers->tree, free_answer);
	*answers = (struct sv_selinux_answers){0};
}

/* What one process is compared with. */
struct held {
	const char *label; /* of the process */
	char *bare;	   /* the same domain without categories */
	struct sv_level level;
	char *why;
};

/* Who may do what to whom; the process itself is one of the two. */
struct reach {
	bool to_guest; /* from the process to the other side, or from there to the process */
	const char *tclass, *perms;
};

/* The words of with that are not in without. */
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

/* 0: the level makes no difference there. SV_NONE: it does, h->why says which. */
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
	r = sv_asprintf(&h->why, err, "at this level %s may { %s } %s (%s)",
			sv_selinux_type(source, from), more, sv_selinux_type(target, to),
			reach->tclass);
	return r < 0 ? r : SV_NONE;
}

/* The nth line of a file of contexts, at the level. SV_NONE: there is no such line. */
static int at_level(const char *path, unsigned nth, const struct sv_level *level, char **ret,
		    struct sv_error *err)
{
	sv_auto_free char *line = NULL, *text = NULL;
	int r = sv_selinux_context_line(path, nth, &line, err);

	if (r == 0)
		r = sv_context_with_level(line, level, &text, err);
	if (r == 0)
		r = sv_selinux_canonical(text, NULL, err);
	if (r == SV_NONE && text)
		return sv_fail(err, SV_E_UNKNOWN, 0, "the policy has no context '%s'", text);
	if (r == 0)
		*ret = sv_take_ptr(text);
	return r;
}

static int ask_image(struct held *h, struct sv_error *err)
{
	static const struct reach use = {true, "file", "open read write append"};
	sv_auto_free char *image = NULL;
	int r = at_level(selinux_virtual_image_context_path(), 1, &h->level, &image, err);

	if (r == SV_NONE)
		return sv_fail(err, SV_E_UNKNOWN, 0, "the policy names no context of images");
	return r < 0 ? r : ask(h, &use, image, err);
}

static int ask_guest(struct held *h, unsigned nth, struct sv_error *err)
{
	static const struct reach both[] = {
		{true, "process", "ptrace signal sigkill sigstop"},
		{false, "process", "ptrace signal sigkill sigstop"},
	};
	sv_auto_free char *guest = NULL;
	int r = at_level(selinux_virtual_domain_context_path(), nth, &h->level, &guest, err);

	if (r == SV_NONE && nth > 1)
		return 0;
	if (r == SV_NONE)
		return sv_fail(err, SV_E_UNKNOWN, 0, "the policy names no domain of guests");
	for (size_t i = 0; r == 0 && i < SV_N_ELEMENTS(both); i++)
		r = ask(h, &both[i], guest, err);
	return r;
}

/* *ret: why it counts, or NULL; owned by the caller. */
static int find_out(const char *label, const struct sv_level *level, char **ret,
		    struct sv_error *err)
{
	const struct sv_level none = {.sens = level->sens};
	struct held h = {.label = label, .level = *level};
	struct sv_error e = {0};
	int r = sv_context_with_level(label, &none, &h.bare, &e);

	if (r == 0)
		r = ask_image(&h, &e);
	for (unsigned nth = 1; r == 0 && nth <= GUEST_LINES; nth++)
		r = ask_guest(&h, nth, &e);
	free(h.bare);
	if (r < 0)
		return sv_asprintf(ret, err,
				   "could not find out whether it may use images of it: %s", e.msg);
	*ret = h.why;
	return 0;
}

int sv_selinux_counts(struct sv_selinux_answers *answers, const char *label,
		      const struct sv_level *level, const char **ret_why, struct sv_error *err)
{
	struct answer *answer = calloc(1, sizeof(*answer)), **found;
	int r = answer ? sv_strdup(label, &answer->label, err) : sv_fail_oom(err);

	if (r < 0) {
		free(answer);
		return r;
	}
	found = tsearch(answer, &answers->tree, compare);
	if (!found) {
		free_answer(answer);
		return sv_fail_oom(err);
	}
	if (*found != answer) {
		free_answer(answer);
	} else {
		r = find_out(label, level, &answer->why, err);
		if (r < 0)
			return r;
	}
	*ret_why = (*found)->why;
	return *ret_why ? 0 : SV_NONE;
}
