/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which level a guest gets: that of its static label, the one that was asked for, the one that it
 * had reserved before, or a free one; and the category of its share group. Refuses what somebody
 * else on this host could be confused with. Must not know what is labelled with it.
 */
#include "guest/groups.h"
#include "guest/prepare.h"

#include "base/string.h"

/* SV_E_BUSY, and who it is, when somebody could be confused with level; what and text name it. */
static int demand_free(const struct sv_level_uses *uses, const struct sv_level *level,
		       const char *what, const char *text, struct sv_error *err)
{
	sv_auto_level_use struct sv_level_use use = {0};
	char holder[192];
	int r = sv_level_conflict(uses, level, &use, err);

	if (r != 0)
		return r < 0 ? r : 0;
	sv_fail(err, SV_E_BUSY, 0, "%s '%s' conflicts with %s", what, text,
		sv_level_use_text(&use, holder, sizeof(holder)));
	return sv_hint(err, "two guests whose levels are equal, or one above the other, are not "
			    "kept apart: 'svirt list --levels' shows what is in use");
}

/* A static label is used as it is, if nobody can be confused with it. */
static int static_level(struct sv_prepared *prep, const struct sv_level_uses *uses,
			const struct sv_domain *dom, struct sv_error *err)
{
	const struct sv_choice *c = &prep->choice;
	int r = c->main->level_of(c->request.label, &prep->level, err);

	if (r < 0)
		return sv_error_place(err, dom->file, c->seclabel->line);
	if (r == SV_NONE || sv_catset_count(&prep->level.cats) == 0)
		return 0;
	return demand_free(uses, &prep->level, "the level of the static label", c->request.label,
			   err);
}

/* Nobody hands out more than they have. */
static int demand_range(const struct sv_prepared *prep, const struct sv_level *level,
			struct sv_error *err)
{
	const struct sv_range single = {.low = *level, .high = *level};
	struct sv_range mine;
	int r = prep->choice.main->range(&mine, err);

	return r < 0 ? r : sv_range_demand(&mine, &single, err);
}

/* The level that was asked for, if this process may hand it out and nobody can be confused with
 * it. Categories that svirt.conf keeps out of the pool are fine: they are asked for. */
static int wished_level(struct sv_prepared *prep, const struct sv_level_uses *uses,
			struct sv_error *err)
{
	const struct sv_level *wished = &prep->wish.level;
	sv_auto_free char *text = NULL;
	int r = sv_level_format(wished, &text, err);

	if (r == 0)
		r = demand_range(prep, wished, err);
	if (r == 0)
		r = demand_free(uses, wished, "the level", text, err);
	if (r < 0)
		return r;
	prep->level = *wished;
	return 0;
}

/* The level that the guest had reserved before. SV_NONE: somebody took it. */
static int preferred_level(struct sv_prepared *prep, const struct sv_level_uses *uses,
			   struct sv_error *err)
{
	sv_auto_level_use struct sv_level_use use = {0};
	int r = sv_level_conflict(uses, &prep->preferred, &use, err);

	if (r != SV_NONE)
		return r < 0 ? r : SV_NONE;
	prep->level = prep->preferred;
	return 0;
}

/* The sensitivity that a baselabel names. What is wrong with a baselabel is for the driver to say,
 * which reads all of it. */
static bool base_sensitivity(const struct sv_choice *c, uint32_t *ret)
{
	struct sv_error ignored = {0};
	struct sv_level level;

	if (!c->request.baselabel || c->main->level_of(c->request.baselabel, &level, &ignored) != 0)
		return false;
	*ret = level.sens;
	return true;
}

static int drawn_level(struct svirt *sv, struct sv_prepared *prep, const struct sv_level_uses *uses,
		       struct sv_error *err)
{
	const struct sv_driver *driver = prep->choice.main;
	sv_auto_alloc struct sv_alloc *alloc = NULL;
	uint32_t sens;
	bool named = base_sensitivity(&prep->choice, &sens);
	int r = sv_level_free(sv, driver, uses, named ? &sens : NULL, &alloc, err);

	if (r < 0)
		return r;
	/* the pairs of a group's category are nobody's, also those of a group that begins now */
	if (prep->group)
		sv_alloc_exclude(alloc, &prep->shared);
	r = sv_alloc_pick(alloc, sv_random_kernel, NULL, &prep->level, err);
	return r == 0 && named ? demand_range(prep, &prep->level, err) : r;
}

/* A level of the guest's own, without the category of a group. */
static int own_level(struct svirt *sv, struct sv_prepared *prep, const struct sv_level_uses *uses,
		     struct sv_error *err)
{
	int r;

	if (prep->wish.has_level)
		return wished_level(prep, uses, err);
	r = prep->has_preferred ? preferred_level(prep, uses, err) : SV_NONE;
	return r == SV_NONE ? drawn_level(sv, prep, uses, err) : r;
}

/* Makes the level that of a member. Own levels that do not conflict may do so with the category. */
static int add_category(struct sv_prepared *prep, struct sv_level_uses *uses, struct sv_error *err)
{
	sv_auto_free char *text = NULL;
	char group[80];
	int r;

	if (sv_catset_has(&prep->level.cats, prep->category)) {
		sv_fail(err, SV_E_BUSY, 0,
			"c%u is the category of share group '%s': no level holds "
			"it but by membership",
			prep->category, sv_escape(prep->group, group, sizeof(group)));
		return sv_hint(err, "leave c%u out of --level", prep->category);
	}
	prep->shared.sens = prep->level.sens;
	sv_catset_add(&prep->level.cats, prep->category);
	uses->member = prep->group;
	r = sv_level_format(&prep->level, &text, err);
	if (r == 0)
		r = demand_range(prep, &prep->level, err);
	return r < 0 ? r : demand_free(uses, &prep->level, "the level", text, err);
}

static int dynamic_level(struct svirt *sv, struct sv_prepared *prep, struct sv_level_uses *uses,
			 struct sv_error *err)
{
	const struct sv_choice *c = &prep->choice;
	int r = 0;

	if (!c->mac.mls) {
		sv_fail(err, SV_E_HOST, 0,
			"the loaded policy has no levels: guests of one type "
			"cannot be kept apart");
		return sv_hint(err, "use a policy that is built with MCS or MLS, or static labels "
				    "with types of their own");
	}
	if (prep->group)
		r = sv_group_category(sv, c->main, uses, prep->group, &prep->category, err);
	if (r < 0)
		return r;
	if (prep->group) {
		prep->shared = (struct sv_level){0};
		sv_catset_add(&prep->shared.cats, prep->category);
	}
	r = own_level(sv, prep, uses, err);
	return r == 0 && prep->group ? add_category(prep, uses, err) : r;
}

static const char *group_of(const struct sv_prepared *prep, const struct sv_domain *dom)
{
	if (prep->wish.group)
		return prep->wish.group;
	return prep->kept_group ? prep->kept_group : dom->share_group;
}

int sv_assign_level(struct svirt *sv, struct sv_store *store, const struct sv_domain *dom,
		    struct sv_prepared *prep, struct sv_error *err)
{
	sv_auto_level_uses struct sv_level_uses uses = {0};
	int r = sv_level_uses_read(sv, prep->choice.main, store, dom->name, &uses, err);

	if (r < 0)
		return r;
	if (prep->choice.request.type == SV_SECLABEL_STATIC)
		return static_level(prep, &uses, dom, err);
	prep->group = group_of(prep, dom);
	r = dynamic_level(sv, prep, &uses, err);
	prep->choice.request.level = &prep->level;
	prep->choice.request.shared = prep->group ? &prep->shared : NULL;
	return r;
}
