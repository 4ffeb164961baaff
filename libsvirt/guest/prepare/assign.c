/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Assigns a guest its level: that of its static label, that of the guest it joins, the one that was
 * asked for, the one that it had reserved before, or a free one. Also assigns the category of its
 * share group. Refuses a level that is comparable with somebody else's. Must not know what is
 * labelled with it.
 */
#include "guest/prepare/assign.h"

#include "base/string.h"
#include "guest/level/groups.h"

/* SV_E_BUSY, with the holder: somebody has a level that is comparable with level. what and text
 * name level in the message. */
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
	if (use.kind == SV_LEVEL_LEASE && sv_level_equal(&use.level, level) && !uses->joins)
		return sv_hint(err,
			       "two guests of one level are not kept apart: give this one another "
			       "level, or --join %s when they are to use each other's files",
			       sv_escape(use.holder, holder, sizeof(holder)));
	return sv_hint(err, "two guests whose levels are equal, or one above the other, are not "
			    "kept apart: 'svirt list --levels' shows what is in use");
}

/* A guest with a static label can only join a guest at that label's level. */
static int check_static_join(const struct sv_prepared *prep, const struct sv_level_uses *uses,
			     const struct sv_domain *dom, struct sv_error *err)
{
	const struct sv_lease *joined = &prep->joined;
	char name[80], group[80];

	sv_escape(joined->name, name, sizeof(name));
	if (!sv_level_equal(&prep->level, &uses->joined)) {
		sv_fail(err, SV_E_USAGE, 0,
			"the static label '%s' is not at %s, the level of guest '%s'",
			prep->choice.request.label, joined->level, name);
		sv_hint(err, "write that level into the label, or take the <seclabel> out");
	} else if (joined->group) {
		sv_fail(err, SV_E_USAGE, 0,
			"guest '%s' is a member of share group '%s', which is for dynamic labels: "
			"this guest has a static one",
			name, sv_escape(joined->group, group, sizeof(group)));
		sv_hint(err, "take the <seclabel> out");
	} else {
		return 0;
	}
	return sv_error_place(err, dom->file, prep->choice.seclabel->line);
}

static int hint_typed(struct sv_error *err)
{
	return sv_hint(err, "give it two categories; --shared-level, when it is meant so");
}

/* Refuses a static label without categories, because a document alone may not make guests
 * comparable. */
static int fail_bare(const struct sv_prepared *prep, const struct sv_domain *dom,
		     struct sv_error *err)
{
	const struct sv_choice *c = &prep->choice;
	struct sv_subject subject = {0};
	/* errors of the label itself come first: the low end of a range may have no categories */
	int r = c->main->subject(&c->request, &subject, err);

	sv_subject_done(&subject);
	if (r < 0)
		return sv_error_place(err, dom->file, c->seclabel->line);
	sv_fail(err, SV_E_BUSY, 0,
		"the static label '%s' has no categories: the level of every guest is above it, "
		"so each may use its files",
		c->request.label);
	hint_typed(err);
	return sv_error_place(err, dom->file, c->seclabel->line);
}

/* Refuses a level with many categories, because only an administrator may take so many levels from
 * others. A guest that joins takes none: its level is in use already. */
static int demand_few(const struct sv_prepared *prep, const struct sv_level *level,
		      const char *what, const char *text, struct sv_error *err)
{
	unsigned n = sv_catset_count(&level->cats);

	if (!sv_level_takes_many(level) || prep->joins ||
	    prep->wish.flags & SV_PREPARE_SHARED_LEVEL)
		return 0;
	sv_fail(err, SV_E_BUSY, 0,
		"%s '%s' has %u categories: it would take %u levels of two categories from all "
		"other guests",
		what, text, n, n * (n - 1) / 2);
	return hint_typed(err);
}

/* A static label is used as it is, if no level in use is comparable with it. */
static int static_level(struct sv_prepared *prep, const struct sv_level_uses *uses,
			const struct sv_domain *dom, struct sv_error *err)
{
	const struct sv_choice *c = &prep->choice;
	int r = c->main->level_of(c->request.label, &prep->level, err);

	if (r < 0)
		return sv_error_place(err, dom->file, c->seclabel->line);
	if (prep->joins && prep->wish.join) {
		r = check_static_join(prep, uses, dom, err);
		if (r < 0)
			return r;
	}
	/* the document may have another label than when the guest was labelled */
	prep->joins = prep->joins && sv_level_equal(&prep->level, &uses->joined);
	if (r == SV_NONE || prep->wish.flags & SV_PREPARE_SHARED_LEVEL)
		return 0;
	if (sv_catset_count(&prep->level.cats) == 0)
		return fail_bare(prep, dom, err);
	r = demand_free(uses, &prep->level, "the level of the static label", c->request.label, err);
	if (r < 0)
		return r;
	r = demand_few(prep, &prep->level, "the static label", c->request.label, err);
	return r < 0 ? sv_error_place(err, dom->file, c->seclabel->line) : 0;
}

/* Refuses a level outside this process's own range. */
static int demand_range(const struct sv_prepared *prep, const struct sv_level *level,
			struct sv_error *err)
{
	const struct sv_range single = {.low = *level, .high = *level};
	struct sv_range mine;
	int r = prep->choice.main->range(&mine, err);

	return r < 0 ? r : sv_range_demand(&mine, &single, err);
}

/* The level that was asked for, if it is within this process's range and no level in use is
 * comparable with it. It may have categories that svirt.conf keeps out of the pool. */
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
	if (r == 0)
		r = demand_few(prep, wished, "the level", text, err);
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

/* The sensitivity that a baselabel names. Errors of the baselabel are left to the driver, which
 * reads all of it. */
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
	/* no own level may have the category of the group, also when the group is new */
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

/* Adds the group's category to the level. A level that did not conflict may do so with it. */
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

/* Finds the category of prep's group. */
static int find_category(struct svirt *sv, struct sv_prepared *prep,
			 const struct sv_level_uses *uses, struct sv_error *err)
{
	int r = sv_group_category(sv, prep->choice.main, uses, prep->group, &prep->category, err);

	if (r < 0)
		return r;
	prep->shared = (struct sv_level){0};
	sv_catset_add(&prep->shared.cats, prep->category);
	return 0;
}

/* The very level of the guest that is joined, and with it that guest's share group, because the
 * level has the group's category. SV_NONE: the guest had that level when it was labelled, and
 * cannot keep it. */
static int joined_level(struct svirt *sv, struct sv_prepared *prep, struct sv_level_uses *uses,
			struct sv_error *err)
{
	sv_auto_level_use struct sv_level_use use = {0};
	int r = 0;

	prep->level = uses->joined;
	prep->group = uses->member = prep->joined.group;
	if (prep->group)
		r = find_category(sv, prep, uses, err);
	prep->shared.sens = prep->level.sens;
	if (r == 0)
		r = demand_range(prep, &prep->level, err);
	if (r == 0 && prep->wish.join)
		return demand_free(uses, &prep->level, "the level", prep->joined.level, err);
	if (r == 0)
		r = sv_level_conflict(uses, &prep->level, &use, err);
	if (r < 0)
		return r;
	return r == SV_NONE ? 0 : SV_NONE;
}

static int dynamic_level(struct svirt *sv, struct sv_prepared *prep, struct sv_level_uses *uses,
			 struct sv_error *err)
{
	const struct sv_choice *c = &prep->choice;
	const char *group = prep->group;
	int r = SV_NONE;

	if (!c->mac.mls) {
		sv_fail(err, SV_E_HOST, 0,
			"the loaded policy has no levels: guests of one type "
			"cannot be kept apart");
		return sv_hint(err, "use a policy that is built with MCS or MLS, or static labels "
				    "with types of their own");
	}
	if (prep->joins)
		r = joined_level(sv, prep, uses, err);
	if (r != SV_NONE)
		return r;
	prep->joins = false;
	prep->group = group;
	uses->member = NULL;
	r = prep->group ? find_category(sv, prep, uses, err) : 0;
	if (r < 0)
		return r;
	r = own_level(sv, prep, uses, err);
	return r == 0 && prep->group ? add_category(prep, uses, err) : r;
}

static const char *group_of(const struct sv_prepared *prep, const struct sv_domain *dom)
{
	if (prep->wish.group)
		return prep->wish.group;
	return prep->kept_group ? prep->kept_group : dom->share_group;
}

/* Refuses a document that names another share group than the one that --join brings. --join itself
 * does not name a group, so it does not override the document. */
static int check_joined_group(const struct sv_prepared *prep, const struct sv_domain *dom,
			      struct sv_error *err)
{
	const char *group = prep->joined.group;
	char mine[80], name[80], theirs[80];

	if (!prep->wish.join || !dom->share_group || sv_streq(dom->share_group, group))
		return 0;
	sv_fail(err, SV_E_USAGE, 0,
		"<svirt:share-group> says '%s': guest '%s', whose level this one is to have, is a "
		"member of %s%s%s",
		sv_escape(dom->share_group, mine, sizeof(mine)),
		sv_escape(prep->joined.name, name, sizeof(name)), group ? "'" : "",
		group ? sv_escape(group, theirs, sizeof(theirs)) : "no group", group ? "'" : "");
	sv_hint(err,
		"take the element out: a guest is in the share group of the one that it joins");
	return sv_error_place(err, dom->file, dom->share_group_line);
}

static int fail_no_guest(const char *name, struct sv_error *err)
{
	char shown[80];

	sv_escape(name, shown, sizeof(shown));
	(void)sv_fail(err, SV_E_NOTFOUND, 0,
		      "guest '%s' is neither running nor labelled: it has no level to join", shown);
	return sv_hint(err,
		       "svirt start %s, or svirt label %s, comes first; 'svirt list' shows the "
		       "guests",
		       shown, shown);
}

static int fail_no_level(const struct sv_lease *lease, struct sv_error *err)
{
	char shown[80];

	sv_escape(lease->name, shown, sizeof(shown));
	(void)sv_fail(err, SV_E_USAGE, 0, "guest '%s' has no level to join: its label is %s", shown,
		      lease->label ? lease->label : "none");
	return sv_hint(err,
		       "leave --join out: without a level of its own nothing keeps a guest from "
		       "that one's files");
}

/* Whether other still has the level that the guest was labelled with. */
static bool still_peers(const struct sv_prepared *prep, const struct sv_lease *other)
{
	return sv_streq(other->level, prep->kept_level);
}

/* Finds the guest that prep joins: the one that was asked for, or one whose level it has since it
 * was labelled. prep->joins says whether there is one, prep->joined is its lease. SV_E_NOTFOUND:
 * the guest that was asked for has no lease. SV_E_USAGE: it has no level. */
static int find_joined(struct sv_store *store, struct sv_prepared *prep, struct sv_error *err)
{
	const char *name = prep->wish.join ? prep->wish.join : prep->kept_peer;
	sv_auto_lease struct sv_lease lease = {0};
	int r;

	sv_lease_done(&prep->joined);
	prep->joins = false;
	if (!name)
		return 0;
	r = store ? sv_lease_find(store, name, &lease, err) : SV_NONE;
	if (r < 0)
		return r;
	if (!prep->wish.join && (r == SV_NONE || !still_peers(prep, &lease)))
		return 0;
	if (r == SV_NONE)
		return fail_no_guest(name, err);
	if (!lease.level)
		return fail_no_level(&lease, err);
	prep->joins = true;
	prep->joined = lease;
	lease = (struct sv_lease){0};
	return 0;
}

int sv_assign_level(struct svirt *sv, struct sv_store *store, const struct sv_domain *dom,
		    struct sv_prepared *prep, struct sv_error *err)
{
	struct sv_level_uses *uses = &prep->uses;
	struct sv_level_asker asker = {.name = dom->name};
	int r = find_joined(store, prep, err);

	if (r == 0 && prep->joins)
		r = check_joined_group(prep, dom, err);
	asker.joins = prep->joins ? &prep->joined : NULL;
	sv_level_uses_done(uses);
	if (r == 0)
		r = sv_level_uses_read(sv, prep->choice.main, store, &asker, uses, err);
	if (r < 0)
		return r;
	if (prep->choice.request.type == SV_SECLABEL_STATIC)
		return static_level(prep, uses, dom, err);
	prep->group = group_of(prep, dom);
	r = dynamic_level(sv, prep, uses, err);
	prep->choice.request.level = &prep->level;
	prep->choice.request.shared = prep->group ? &prep->shared : NULL;
	return r;
}

/* Whether the guest to join still has the same lease. */
static int joined_again(struct sv_store *store, const struct sv_prepared *prep,
			struct sv_error *err)
{
	sv_auto_lease struct sv_lease now = {0};
	int r = prep->joins ? sv_lease_find(store, prep->joined.name, &now, err) : 0;

	if (r != 0 || !prep->joins)
		return r;
	return now.id == prep->joined.id && sv_streq(now.level, prep->joined.level) &&
			       sv_streq(now.group, prep->joined.group)
		       ? 0
		       : SV_NONE;
}

/* Whether the group's category is still right: the group may have begun or ended since, or a level
 * in use may have the category of a new group. */
static int group_again(struct sv_store *store, const struct sv_level_uses *uses,
		       const struct sv_prepared *prep, struct sv_error *err)
{
	struct sv_catset held = {0};
	uint32_t category;
	size_t i;
	int r = prep->group ? sv_group_find(store, prep->group, &category, err) : 0;

	if (r < 0 || !prep->group)
		return r;
	if (r == 0)
		return category == prep->category ? 0 : SV_NONE;
	if (uses->pairs)
		sv_pairs_categories(uses->pairs, &held);
	if (sv_catset_has(&held, prep->category))
		return SV_NONE;
	for (i = 0; i < uses->n; i++) {
		if (sv_catset_has(&uses->items[i].level.cats, prep->category))
			return SV_NONE;
	}
	return 0;
}

int sv_assign_again(struct svirt *sv, struct sv_store *store, const struct sv_domain *dom,
		    const struct sv_prepared *prep, struct sv_error *err)
{
	const struct sv_level_asker asker = {
		.name = dom->name,
		.joins = prep->joins ? &prep->joined : NULL,
	};
	sv_auto_level_uses struct sv_level_uses uses = {0};
	sv_auto_level_use struct sv_level_use use = {0};
	int r = joined_again(store, prep, err);

	if (r != 0 || sv_catset_count(&prep->level.cats) == 0)
		return r;
	r = sv_level_uses_stored(sv, prep->choice.main, store, &asker, &uses, err);
	if (r == 0)
		r = group_again(store, &uses, prep, err);
	if (r != 0)
		return r;
	uses.member = prep->group;
	if (prep->wish.flags & SV_PREPARE_SHARED_LEVEL &&
	    prep->choice.request.type == SV_SECLABEL_STATIC)
		return 0;
	r = sv_level_conflict(&uses, &prep->level, &use, err);
	return r == SV_NONE ? 0 : (r == 0 ? SV_NONE : r);
}
