/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Freeing of the public result structs, and the split of a label into its parts. The results are
 * made all over guest/; what they own is written down once, here.
 */
#include "guest/state/result.h"
#include "base/fields.h"
#include "base/string.h"
#include "label/context.h"

#define TEXT(member) SV_FIELD(struct svirt_label, member)
static const struct sv_field label_fields[] = {TEXT(text),  TEXT(user),	 TEXT(role),
					       TEXT(type),  TEXT(level), TEXT(sensitivity),
					       SV_FIELD_END};
#undef TEXT

#define TEXT(member) SV_FIELD(struct svirt_driver_info, member)
static const struct sv_field driver_fields[] = {TEXT(name), TEXT(state), SV_FIELD_END};
#undef TEXT

#define TEXT(member) SV_FIELD(struct svirt_host, member)
static const struct sv_field host_fields[] = {
	TEXT(hostname), TEXT(kernel), TEXT(boot_id),   TEXT(model),   TEXT(state),
	TEXT(policy),	TEXT(domain), TEXT(image),     TEXT(content), TEXT(self),
	TEXT(range),	TEXT(user),   TEXT(uid_range), SV_FIELD_END};
#undef TEXT

#define TEXT(member) SV_FIELD(struct svirt_step, member)
static const struct sv_field step_fields[] = {TEXT(driver), TEXT(action), TEXT(access), TEXT(path),
					      TEXT(target), TEXT(from),	  TEXT(to),	TEXT(why),
					      TEXT(role),   TEXT(format), SV_FIELD_END};
#undef TEXT

#define TEXT(member) SV_FIELD(struct svirt_ignored, member)
static const struct sv_field ignored_fields[] = {TEXT(element), TEXT(reason), SV_FIELD_END};
#undef TEXT

#define TEXT(member) SV_FIELD(struct svirt_layer, member)
static const struct sv_field layer_fields[] = {TEXT(model), TEXT(label), TEXT(image), SV_FIELD_END};
#undef TEXT

#define TEXT(member) SV_FIELD(struct svirt_plan, member)
static const struct sv_field plan_fields[] = {
	TEXT(name),  TEXT(uuid),  TEXT(model),	     TEXT(type),   TEXT(label), TEXT(image),
	TEXT(owner), TEXT(level), TEXT(share_group), TEXT(joined), SV_FIELD_END};
#undef TEXT

#define TEXT(member) SV_FIELD(struct svirt_guest, member)
static const struct sv_field guest_fields[] = {
	TEXT(name),   TEXT(uuid),  TEXT(os_type),     TEXT(state),  TEXT(model),
	TEXT(doi),    TEXT(label), TEXT(image),	      TEXT(level),  TEXT(owner),
	TEXT(policy), TEXT(mode),  TEXT(share_group), TEXT(cgroup), SV_FIELD_END};
#undef TEXT

#define TEXT(member) SV_FIELD(struct svirt_limit, member)
static const struct sv_field limit_fields[] = {TEXT(file), TEXT(value), SV_FIELD_END};
#undef TEXT

#define TEXT(member) SV_FIELD(struct svirt_level_use, member)
static const struct sv_field level_fields[] = {TEXT(level), TEXT(holder),      TEXT(kind),
					       TEXT(why),   TEXT(share_group), TEXT(joined),
					       SV_FIELD_END};
#undef TEXT

#define TEXT(member) SV_FIELD(struct svirt_undo, member)
static const struct sv_field undo_fields[] = {
	TEXT(guest),  TEXT(driver), TEXT(path),	  TEXT(result),	  TEXT(label),
	TEXT(reason), TEXT(target), TEXT(wanted), TEXT(original), SV_FIELD_END};
#undef TEXT

#define TEXT(member) SV_FIELD(struct svirt_finding, member)
static const struct sv_field finding_fields[] = {TEXT(rule),	 TEXT(object),	TEXT(result),
						 TEXT(severity), TEXT(message), TEXT(evidence),
						 TEXT(remedy),	 TEXT(blocker), SV_FIELD_END};
#undef TEXT

#define TEXT(member) SV_FIELD(struct svirt_fcontext, member)
static const struct sv_field fcontext_fields[] = {
	TEXT(action), TEXT(path),    TEXT(target), TEXT(access), TEXT(type),
	TEXT(rule),   TEXT(context), TEXT(label),  TEXT(why),	 SV_FIELD_END};
#undef TEXT

void svirt_label_free(struct svirt_label **label)
{
	struct svirt_label *l = *label;

	if (!l)
		return;
	sv_fields_free(label_fields, l);
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

int sv_layers_new(const struct sv_lease *lease, struct svirt_layer **ret, size_t *ret_n,
		  struct sv_error *err)
{
	struct svirt_layer *layers = calloc(lease->n_layers + 1, sizeof(*layers));
	size_t n = 0;
	int r = layers ? 0 : sv_fail_oom(err);

	for (; r == 0 && n < lease->n_layers; n++) {
		const struct sv_lease_layer *from = &lease->layers[n];

		layers[n] = (struct svirt_layer){from->driver, from->label, from->image};
		r = sv_fields_own(layer_fields, &layers[n], err);
	}
	if (r < 0) {
		sv_fields_free_array(layer_fields, layers, n, sizeof(*layers));
		return r;
	}
	*ret = layers;
	*ret_n = n;
	return 0;
}

void svirt_host_free(struct svirt_host **host)
{
	struct svirt_host *h = *host;

	if (!h)
		return;
	sv_fields_free(host_fields, h);
	sv_fields_free_array(driver_fields, h->drivers, h->n_drivers, sizeof(*h->drivers));
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

	if (!p)
		return;
	sv_fields_free(plan_fields, p);
	sv_fields_free_array(step_fields, p->steps, p->n_steps, sizeof(*p->steps));
	sv_fields_free_array(ignored_fields, p->ignored, p->n_ignored, sizeof(*p->ignored));
	sv_fields_free_array(layer_fields, p->layers, p->n_layers, sizeof(*p->layers));
	svirt_names_free(&p->argv);
	svirt_names_free(&p->tpm_argv);
	free(p);
	*plan = NULL;
}

void svirt_guest_free(struct svirt_guest **guest)
{
	struct svirt_guest *g = *guest;

	if (!g)
		return;
	sv_fields_free(guest_fields, g);
	sv_fields_free_array(layer_fields, g->layers, g->n_layers, sizeof(*g->layers));
	sv_fields_free_array(limit_fields, g->limits, g->n_limits, sizeof(*g->limits));
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
	struct svirt_levels *all = *levels;

	if (!all)
		return;
	sv_fields_free_array(level_fields, all->items, all->n, sizeof(*all->items));
	free(all);
	*levels = NULL;
}

void svirt_undos_free(struct svirt_undos **undos)
{
	struct svirt_undos *all = *undos;

	if (!all)
		return;
	sv_fields_free_array(undo_fields, all->items, all->n, sizeof(*all->items));
	free(all);
	*undos = NULL;
}

void svirt_report_free(struct svirt_report **report)
{
	struct svirt_report *all = *report;

	if (!all)
		return;
	sv_fields_free_array(finding_fields, all->items, all->n, sizeof(*all->items));
	free(all);
	*report = NULL;
}

void svirt_fcontexts_free(struct svirt_fcontexts **fcontexts)
{
	struct svirt_fcontexts *all = *fcontexts;

	if (!all)
		return;
	free(all->name);
	sv_fields_free_array(fcontext_fields, all->items, all->n, sizeof(*all->items));
	free(all);
	*fcontexts = NULL;
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
