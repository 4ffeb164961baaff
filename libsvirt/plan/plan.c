/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of actions and the release of plans: see plan.h. Decides nothing. */
#include "plan/plan.h"

#include "base/array.h"
#include "base/string.h"
#include "plan/tree.h"

static const char *const action_names[] = {"set",  "keep", "leave", "create",
					   "hold", "bind", "later"};
static const char *const result_names[] = {"restored", "unchanged", "shared",
					   "gone",     "changed",   "failed"};

static const char *const on_unlabelled_names[] = {"fail", "warn", "skip"};

_Static_assert(SV_N_ELEMENTS(on_unlabelled_names) == SV_UNLABELLED_SKIP + 1,
	       "a word for each answer");
_Static_assert(SV_N_ELEMENTS(action_names) == SV_STEP_LATER + 1, "a name for each action");
_Static_assert(SV_N_ELEMENTS(result_names) == SV_UNDO_FAILED + 1, "a name for each result");

const char *sv_step_action_name(enum sv_step_action action)
{
	return action_names[action];
}

const char *sv_undo_result_name(enum sv_undo_result result)
{
	return result_names[result];
}

int sv_on_unlabelled_parse(const char *word, enum sv_on_unlabelled *ret)
{
	size_t i;

	for (i = 0; i < SV_N_ELEMENTS(on_unlabelled_names); i++) {
		if (sv_streq(on_unlabelled_names[i], word)) {
			*ret = (enum sv_on_unlabelled)i;
			return 0;
		}
	}
	return SV_NONE;
}

static void step_done(struct sv_step *step)
{
	free(step->path);
	free(step->target);
	free(step->from);
	free(step->to);
	sv_tree_free(&step->tree);
	sv_devices_done(&step->over);
	*step = (struct sv_step){0};
}

void sv_plan_done(struct sv_plan *plan)
{
	for (size_t i = 0; i < plan->n; i++)
		step_done(&plan->items[i]);
	free(plan->items);
	*plan = (struct sv_plan){0};
}

int sv_plan_join(struct sv_plan *plan, struct sv_plan *more, struct sv_error *err)
{
	size_t n = 0;

	for (size_t i = 0; i < plan->n; i++) {
		struct sv_step *step = &plan->items[i];

		if (step->action == SV_STEP_LATER)
			step_done(step);
		else
			plan->items[n++] = *step;
	}
	plan->n = n;
	for (size_t i = 0; i < more->n; i++) {
		struct sv_step *step = sv_array_add(plan->items, plan->n);

		if (!step)
			return sv_fail_oom(err);
		*step = more->items[i];
		more->items[i] = (struct sv_step){0};
	}
	sv_plan_done(more);
	return 0;
}

const char *sv_step_remembered(const struct sv_step *step)
{
	return step->tree ? step->tree->remembered : NULL;
}

int sv_step_each_label(const struct sv_step *step,
		       int (*fn)(void *data, const char *label, struct sv_error *err), void *data,
		       struct sv_error *err)
{
	const struct sv_tree *tree = step->tree;
	size_t i;
	int r = 0;

	if (!tree)
		return step->from ? fn(data, step->from, err) : 0;
	for (i = 0; r == 0 && i < tree->n_labels; i++)
		r = fn(data, tree->labels[i].text, err);
	return r;
}

int sv_step_labelled(const struct sv_step *step, const char *label, char **ret,
		     struct sv_error *err)
{
	return step->tree ? sv_tree_labelled(step->tree, step->path, label, ret, err)
			  : sv_strdup(step->path, ret, err);
}
