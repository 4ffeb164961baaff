/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Freeing of the public result structs, and the split of a label into its parts. The results are
 * made all over guest/; what they own is written down once, here.
 */
#include "guest/state/result.h"
#include "base/string.h"
#include "label/context.h"

void svirt_label_free(struct svirt_label **label)
{
	struct svirt_label *l = *label;

	if (!l)
		return;
	free(l->text);
	free(l->user);
	free(l->role);
	free(l->type);
	free(l->level);
	free(l->sensitivity);
	free(l->categories);
	free(l);
	*label = NULL;
}

static int split(const struct sv_context *ctx, struct svirt_label *l, struct sv_error *err)
{
	const struct sv_level *low = &ctx->range.low;
	unsigned cat;
	int r = sv_strdup(ctx->user, &l->user, err);

	if (r == 0)
		r = sv_strdup(ctx->role, &l->role, err);
	if (r == 0)
		r = sv_strdup(ctx->type, &l->type, err);
	if (r < 0 || !ctx->has_range)
		return r;
	r = sv_range_format(&ctx->range, &l->level, err);
	if (r == 0)
		r = sv_asprintf(&l->sensitivity, err, "s%u", low->sens);
	if (r < 0)
		return r;
	l->categories = calloc(sv_catset_count(&low->cats) + 1, sizeof(*l->categories));
	if (!l->categories)
		return sv_fail_oom(err);
	for (cat = sv_catset_next(&low->cats, 0); cat < SV_MAX_CATEGORIES;
	     cat = sv_catset_next(&low->cats, cat + 1))
		l->categories[l->n_categories++] = cat;
	return 0;
}

int sv_label_new(const char *text, struct svirt_label **ret, struct sv_error *err)
{
	sv_cleanup(svirt_label_free) struct svirt_label *l = calloc(1, sizeof(*l));
	sv_auto_context struct sv_context ctx = {0};
	struct sv_error e = {0};
	int r = l ? sv_strdup(text, &l->text, err) : sv_fail_oom(err);

	if (r == 0 && sv_context_parse(text, &ctx, &e) == 0)
		r = split(&ctx, l, err);
	if (r < 0)
		return r;
	*ret = sv_take_ptr(l);
	return 0;
}

void svirt_host_free(struct svirt_host **host)
{
	struct svirt_host *h = *host;
	size_t i;

	if (!h)
		return;
	free(h->hostname);
	free(h->kernel);
	free(h->boot_id);
	free(h->model);
	free(h->state);
	free(h->policy);
	free(h->domain);
	free(h->image);
	free(h->content);
	free(h->self);
	free(h->range);
	free(h->user);
	for (i = 0; i < h->n_drivers; i++) {
		free(h->drivers[i].name);
		free(h->drivers[i].state);
	}
	free(h->drivers);
	free(h);
	*host = NULL;
}

void svirt_names_free(char ***names)
{
	size_t i;

	for (i = 0; *names && (*names)[i]; i++)
		free((*names)[i]);
	free(*names);
	*names = NULL;
}

void svirt_plan_free(struct svirt_plan **plan)
{
	struct svirt_plan *p = *plan;
	size_t i;

	if (!p)
		return;
	free(p->name);
	free(p->uuid);
	free(p->model);
	free(p->type);
	free(p->label);
	free(p->image);
	free(p->owner);
	free(p->level);
	free(p->share_group);
	free(p->joined);
	for (i = 0; i < p->n_steps; i++) {
		struct svirt_step *s = &p->steps[i];

		free(s->driver);
		free(s->action);
		free(s->access);
		free(s->path);
		free(s->target);
		free(s->from);
		free(s->to);
		free(s->why);
		free(s->role);
		free(s->format);
	}
	free(p->steps);
	svirt_names_free(&p->argv);
	svirt_names_free(&p->tpm_argv);
	for (i = 0; i < p->n_ignored; i++) {
		free(p->ignored[i].element);
		free(p->ignored[i].reason);
	}
	free(p->ignored);
	free(p);
	*plan = NULL;
}

void svirt_guest_free(struct svirt_guest **guest)
{
	struct svirt_guest *g = *guest;

	if (!g)
		return;
	free(g->name);
	free(g->uuid);
	free(g->os_type);
	free(g->state);
	free(g->model);
	free(g->doi);
	free(g->label);
	free(g->image);
	free(g->level);
	free(g->owner);
	free(g->policy);
	free(g->mode);
	free(g->share_group);
	free(g->cgroup);
	svirt_names_free(&g->joined_with);
	free(g);
	*guest = NULL;
}

void svirt_guests_free(struct svirt_guests **guests)
{
	size_t i;

	if (!*guests)
		return;
	for (i = 0; i < (*guests)->n; i++)
		svirt_guest_free(&(*guests)->items[i]);
	free((*guests)->items);
	free(*guests);
	*guests = NULL;
}

void svirt_levels_free(struct svirt_levels **levels)
{
	size_t i;

	if (!*levels)
		return;
	for (i = 0; i < (*levels)->n; i++) {
		free((*levels)->items[i].level);
		free((*levels)->items[i].holder);
		free((*levels)->items[i].kind);
		free((*levels)->items[i].why);
		free((*levels)->items[i].share_group);
		free((*levels)->items[i].joined);
	}
	free((*levels)->items);
	free(*levels);
	*levels = NULL;
}

void svirt_undos_free(struct svirt_undos **undos)
{
	size_t i;

	if (!*undos)
		return;
	for (i = 0; i < (*undos)->n; i++) {
		struct svirt_undo *u = &(*undos)->items[i];

		free(u->guest);
		free(u->driver);
		free(u->path);
		free(u->result);
		free(u->label);
		free(u->reason);
		free(u->target);
		free(u->wanted);
		free(u->original);
	}
	free((*undos)->items);
	free(*undos);
	*undos = NULL;
}

void svirt_report_free(struct svirt_report **report)
{
	size_t i;

	if (!*report)
		return;
	for (i = 0; i < (*report)->n; i++) {
		struct svirt_finding *f = &(*report)->items[i];

		free(f->rule);
		free(f->object);
		free(f->result);
		free(f->severity);
		free(f->message);
		free(f->evidence);
		free(f->remedy);
		free(f->blocker);
	}
	free((*report)->items);
	free(*report);
	*report = NULL;
}

void svirt_fcontexts_free(struct svirt_fcontexts **list)
{
	if (!*list)
		return;
	for (size_t i = 0; i < (*list)->n; i++) {
		struct svirt_fcontext *f = &(*list)->items[i];

		free(f->action);
		free(f->path);
		free(f->target);
		free(f->access);
		free(f->type);
		free(f->rule);
		free(f->context);
		free(f->label);
		free(f->why);
	}
	free((*list)->name);
	free((*list)->items);
	free(*list);
	*list = NULL;
}

void svirt_policy_free(struct svirt_policy **policy)
{
	if (!*policy)
		return;
	free((*policy)->file);
	free((*policy)->store);
	free(*policy);
	*policy = NULL;
}
