/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Local file-context rules for a static label: see fcontext.h. The plan says which label a file
 * would get, and a rule is written for that label. Afterwards the policy is asked whether it
 * agrees.
 */
#include "guest/rules/fcontext.h"

#include "base/string.h"
#include "guest/files/collect.h"
#include "guest/prepare/choose.h"
#include "plan/label.h"
#include "policy/fcontext.h"

#include <sys/stat.h>

#define SHOWN 192

struct work {
	struct svirt *sv;
	struct sv_domain *dom;
	unsigned flags;
	struct sv_choice choice;
	struct sv_subject subject;
	struct sv_files files;
	struct sv_plan plan; /* empty for REMOVE, where the present files do not matter */
	struct sv_fcontexts rules;
};

static void work_done(struct work *w)
{
	sv_subject_done(&w->subject);
	sv_plan_done(&w->plan);
	sv_files_done(&w->files);
	sv_fcontexts_done(&w->rules);
}

/* Checks the document, before the host is looked at. */
static int check_static(const struct sv_domain *dom, struct sv_error *err)
{
	const struct sv_seclabel *s = sv_domain_seclabel(dom, sv_driver_selinux.name, true);
	char shown[SHOWN];

	if (s && s->type == SV_SECLABEL_STATIC)
		return 0;
	sv_escape(dom->name, shown, sizeof(shown));
	if (s && s->type == SV_SECLABEL_NONE) {
		sv_fail(err, SV_E_USAGE, 0, "guest '%s' has no label (type='none')", shown);
		sv_hint(err, "only a static label can be kept by rules");
	} else {
		sv_fail(err, SV_E_USAGE, 0,
			"guest '%s' has a dynamic label: its files' labels change with each start",
			shown);
		sv_hint(err, "nothing is needed for it: svirt labels its files when it starts. For "
			     "labels that stay, give it <seclabel type='static' model='selinux'>");
	}
	return sv_error_place(err, dom->file, s ? s->line : 0);
}

/* Chooses the labels as if relabel='no' was not given: it says that svirt leaves the files alone,
 * not that they need no labels. */
static int choose(struct work *w, struct sv_error *err)
{
	int r = sv_choose(w->sv, w->dom, 0, &w->choice, err);

	if (r < 0)
		return r;
	w->choice.request.relabel = true;
	r = w->choice.main->subject(&w->choice.request, &w->subject, err);
	if (r < 0 && err->code == SV_E_USAGE)
		return sv_error_place(err, w->dom->file, w->choice.seclabel->line);
	return r;
}

/* Refuses a path that the policy looks up under another name, because it cannot have a rule. */
static int check_alias(const struct work *w, const struct sv_step *step, struct sv_error *err)
{
	sv_auto_free char *alias = NULL;
	char path[SHOWN], other[SHOWN];
	int r = step->driver->label->alias ? step->driver->label->alias(step->path, &alias, err)
					   : SV_NONE;

	if (r == SV_NONE)
		return 0;
	if (r < 0)
		return r;
	sv_fail(err, SV_E_BUSY, 0,
		"the policy gives %s the label of %s (an equivalence rule): it can have no rule of "
		"its own",
		sv_escape(step->path, path, sizeof(path)), sv_escape(alias, other, sizeof(other)));
	sv_hint(err, "take the equivalence out with 'semanage fcontext -d -e', or keep the file "
		     "elsewhere");
	return sv_error_place(err, w->dom->file, step->line);
}

/* The step of a resource, or NULL. A tree also has a step for each entry that is left, and a fifo
 * that is not used has none. */
static const struct sv_step *step_of(const struct work *w, const struct sv_resource *res)
{
	for (size_t i = 0; i < w->plan.n; i++)
		if (sv_streq(w->plan.items[i].path, res->path))
			return &w->plan.items[i];
	return NULL;
}

static int rules_to_write(struct work *w, struct sv_error *err)
{
	const struct sv_layer layer = {.driver = w->choice.main, .subject = w->subject};
	const struct sv_plan_request req = {
		.resources = &w->files.resources,
		.layers = &layer,
		.n_layers = 1,
		.file = w->dom->file,
		.nodes = &w->files.nodes,
	};
	int r = sv_plan_build(&req, &w->plan, err);

	for (size_t i = 0; r == 0 && i < w->files.resources.n; i++) {
		const struct sv_resource *res = &w->files.resources.items[i];
		const struct sv_step *step = step_of(w, res);

		if (!step || !sv_step_is_held(step) || sv_resource_is_looked_up(res))
			continue;
		r = check_alias(w, step, err);
		if (r == 0)
			r = sv_fcontexts_add(&w->rules, step->path, step->node->mode,
					     sv_resource_is_tree(res), step->to, err);
	}
	return r;
}

/* Rules are removed also for files that are gone or that are something else now. */
static int rules_to_remove(struct work *w, struct sv_error *err)
{
	struct sv_layer layer = {.driver = w->choice.main, .subject = w->subject};
	int r = 0;

	for (size_t i = 0; r == 0 && i < w->files.resources.n; i++) {
		const struct sv_resource *res = &w->files.resources.items[i];
		const char *why = NULL, *label = sv_plan_label(res, NULL, &layer, true, &why);

		if (label)
			r = sv_fcontexts_add(&w->rules, res->path, 0, sv_resource_is_tree(res),
					     label, err);
	}
	return r;
}

/* For REMOVE missing files are no error: the document has their paths. */
static void on_problem(void *data, enum sv_files_part part, struct sv_error *err)
{
	(void)part;
	sv_warn(data, "%s", err->msg);
}

static int find_rules(struct work *w, struct sv_error *err)
{
	bool remove = w->flags & SVIRT_REMOVE;
	sv_auto_store struct sv_store *store = NULL;
	struct sv_files_request req = {
		.sv = w->sv,
		.dom = w->dom,
		.fn = remove ? on_problem : NULL,
		.data = w->sv,
	};
	int r = sv_store_open(w->sv->state_dir, SV_STORE_READ, &store, err);

	req.store = store;
	if (r >= 0)
		r = sv_files_of(&req, &w->files, err);
	if (r < 0)
		return r;
	w->rules.items = calloc(w->files.resources.n + 1, sizeof(*w->rules.items));
	if (!w->rules.items)
		return sv_fail_oom(err);
	return remove ? rules_to_remove(w, err) : rules_to_write(w, err);
}

static void progress(void *data, const char *text)
{
	sv_warn(data, "%s", text);
}

static int apply(struct work *w, struct sv_error *err)
{
	const struct sv_policy_store store = {.progress = progress, .data = w->sv};

	int r;

	if (!(w->flags & SVIRT_DRY_RUN))
		return w->flags & SVIRT_REMOVE ? sv_fcontext_remove(&store, &w->rules, err)
					       : sv_fcontext_write(&store, &w->rules, err);
	r = sv_fcontext_query(&store, &w->rules, err);
	return r < 0 || (w->flags & SVIRT_REMOVE) ? r : sv_fcontexts_check(&w->rules, err);
}

static const struct sv_fcontext *rule_of(const struct work *w, const char *path)
{
	for (size_t i = 0; i < w->rules.n; i++)
		if (sv_streq(w->rules.items[i].path, path))
			return &w->rules.items[i];
	return NULL;
}

/* Warns when the policy gives a file another label than its rule. A rule that libselinux reads as a
 * regular expression (a path with a blank) may lose against a later one. */
static void ask_policy(struct work *w)
{
	for (size_t i = 0; i < w->plan.n; i++) {
		const struct sv_step *step = &w->plan.items[i];
		sv_auto_free char *label = NULL;
		struct sv_error e = {0};
		char path[SHOWN];
		int r;

		if (!sv_step_is_held(step) || !rule_of(w, step->path))
			continue;
		r = step->driver->label->fallback(step->path, step->node->mode, &label, &e);
		if (r == 0 && step->driver->same(label, step->to, &e) == 0)
			continue;
		sv_warn(w->sv,
			"%s: the policy still gives it %s%s%s, so another rule is in the way",
			sv_escape(step->path, path, sizeof(path)), label ? label : "no label",
			e.msg[0] ? ": " : "", e.msg);
	}
}

static const char *action_of(const struct work *w, const struct sv_fcontext *rule)
{
	if (!rule)
		return "leave";
	if (w->flags & SVIRT_REMOVE)
		return rule->there ? "remove" : rule->other ? "leave" : "none";
	return rule->there && !rule->missing ? "keep" : "add";
}

static int why_of(const struct sv_resource *res, const struct sv_step *step,
		  const struct sv_fcontext *rule, char **ret, struct sv_error *err)
{
	if (rule && rule->other)
		return sv_asprintf(ret, err, "another's rule for it stays: %s", rule->other);
	if (rule)
		return 0;
	if (sv_resource_is_looked_up(res))
		return sv_strdup("a device that may have another name tomorrow", ret, err);
	if (step && step->action == SV_STEP_CREATE)
		return sv_strdup("not there yet: once it is, run this again", ret, err);
	return sv_strdup(step ? step->why : "it has no label of its own", ret, err);
}

static int publish_one(const struct work *w, size_t i, struct svirt_fcontext *to,
		       struct sv_error *err)
{
	const struct sv_resource *res = &w->files.resources.items[i];
	const struct sv_step *step = step_of(w, res);
	const struct sv_fcontext *rule = rule_of(w, res->path);
	const struct sv_text texts[] = {
		{action_of(w, rule), &to->action},
		{res->path, &to->path},
		{res->target, &to->target},
		{sv_access_name(res->access), &to->access},
		{rule ? rule->expr : NULL, &to->rule},
		{rule ? rule->context : NULL, &to->context},
		{step ? step->from : NULL, &to->label},
	};
	int r = sv_strdup_all(texts, SV_N_ELEMENTS(texts), err);

	if (r == 0 && rule && (rule->whole || rule->type != SV_FCONTEXT_ANY))
		r = sv_strdup(rule->whole ? "all but devices" : sv_fcontext_type_name(rule->type),
			      &to->type, err);
	if (r == 0)
		r = why_of(res, step, rule, &to->why, err);
	to->differs = step && step->action == SV_STEP_SET;
	to->whole = rule && rule->whole;
	return r;
}

static int publish(const struct work *w, struct svirt_fcontexts **ret, struct sv_error *err)
{
	sv_cleanup(svirt_fcontexts_free) struct svirt_fcontexts *list = calloc(1, sizeof(*list));
	int r = 0;

	if (!list)
		return sv_fail_oom(err);
	list->items = calloc(w->files.resources.n + 1, sizeof(*list->items));
	if (!list->items)
		return sv_fail_oom(err);
	r = sv_strdup(w->dom->name, &list->name, err);
	list->relabel = w->choice.seclabel->relabel;
	for (; r == 0 && list->n < w->files.resources.n; list->n++)
		r = publish_one(w, list->n, &list->items[list->n], err);
	if (r == 0)
		*ret = sv_take_ptr(list);
	return r;
}

int sv_guest_fcontext(struct svirt *sv, struct sv_domain *dom, unsigned flags,
		      struct svirt_fcontexts **ret, struct sv_error *err)
{
	sv_cleanup(work_done) struct work w = {.sv = sv, .dom = dom, .flags = flags};
	int r = check_static(dom, err);

	if (r == 0)
		r = sv_handle_check_live(sv, err);
	if (r == 0)
		r = choose(&w, err);
	if (r == 0)
		r = find_rules(&w, err);
	if (r == 0 && w.rules.n)
		r = apply(&w, err);
	if (r < 0)
		return r;
	if (!(flags & SVIRT_DRY_RUN))
		ask_policy(&w);
	return publish(&w, ret, err);
}
