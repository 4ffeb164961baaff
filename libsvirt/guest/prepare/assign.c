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

static int hint_typed(struct sv_error *err)
{
	return sv_hint(err, "give it two categories; --shared-level, when it is meant so");
}

/* Refuses a static label without categories, because a document alone may not make guests
 * comparable. */
static int fail_bare(const struct sv_assign_case *c, struct sv_error *err)
{
	const struct sv_choice *choice = c->choice;
	struct sv_subject subject = {0};
	/* errors of the label itself come first: the low end of a range may have no categories */
	int r = choice->main->subject(&choice->request, &subject, err);

	sv_subject_done(&subject);
	if (r < 0)
		return sv_error_place(err, c->dom->file, choice->seclabel->line);
	sv_fail(err, SV_E_BUSY, 0,
		"the static label '%s' has no categories: the level of every guest is above it, "
		"so each may use its files",
		choice->request.label);
	hint_typed(err);
	return sv_error_place(err, c->dom->file, choice->seclabel->line);
}

/* Refuses a level with many categories, because only an administrator may take so many levels from
 * others. A guest that joins takes none: its level is in use already. */
static int demand_few(const struct sv_assign_case *c, const struct sv_assignment *to,
		      const struct sv_level *level, const char *what, const char *text,
		      struct sv_error *err)
{
	unsigned n = sv_catset_count(&level->cats);

	if (!sv_level_takes_many(level) || to->joins || c->request->flags & SV_PREPARE_SHARED_LEVEL)
		return 0;
	sv_fail(err, SV_E_BUSY, 0,
		"%s '%s' has %u categories: it would take %u levels of two categories from all "
		"other guests",
		what, text, n, n * (n - 1) / 2);
	return hint_typed(err);
}

/* A static label is used as it is, if no level in use is comparable with it. */
static int static_level(const struct sv_assign_case *c, struct sv_assignment *to,
			struct sv_error *err)
{
	const char *label = c->choice->request.label;
	unsigned line = c->choice->seclabel->line;
	int found = c->choice->main->level->level_of(label, &to->level, err), r = 0;
	bool same;

	if (found < 0)
		return sv_error_place(err, c->dom->file, line);
	same = found == 0 && sv_level_equal(&to->level, &to->uses.joined);
	if (to->joins && c->request->join)
		r = sv_guest_request_check_static(c->choice, c->dom, &to->joined, same, err);
	if (r < 0)
		return r;
	/* the document may have another label than when the guest was labelled */
	to->joins = to->joins && same;
	if (found == SV_NONE || c->request->flags & SV_PREPARE_SHARED_LEVEL)
		return 0;
	if (sv_catset_count(&to->level.cats) == 0)
		return fail_bare(c, err);
	r = demand_free(&to->uses, &to->level, "the level of the static label", label, err);
	if (r < 0)
		return r;
	r = demand_few(c, to, &to->level, "the static label", label, err);
	return r < 0 ? sv_error_place(err, c->dom->file, line) : 0;
}

/* Refuses a level outside this process's own range. */
static int demand_range(const struct sv_assign_case *c, const struct sv_level *level,
			struct sv_error *err)
{
	const struct sv_range single = {.low = *level, .high = *level};
	struct sv_range mine;
	int r = c->choice->main->level->range(&mine, err);

	return r < 0 ? r : sv_range_demand(&mine, &single, err);
}

/* The level that was asked for, if it is within this process's range and no level in use is
 * comparable with it. It may have categories that svirt.conf keeps out of the pool. */
static int requested_level(const struct sv_assign_case *c, struct sv_assignment *to,
			   struct sv_error *err)
{
	const struct sv_level *level = &c->request->level;
	sv_auto_free char *text = NULL;
	int r = sv_level_format(level, &text, err);

	if (r == 0)
		r = demand_range(c, level, err);
	if (r == 0)
		r = demand_free(&to->uses, level, "the level", text, err);
	if (r == 0)
		r = demand_few(c, to, level, "the level", text, err);
	if (r < 0)
		return r;
	to->level = *level;
	return 0;
}

/* The level that the guest had reserved before. SV_NONE: somebody took it. */
static int former_level(struct sv_assignment *to, struct sv_error *err)
{
	sv_auto_level_use struct sv_level_use use = {0};
	int r = sv_level_conflict(&to->uses, &to->former.level, &use, err);

	if (r != SV_NONE)
		return r < 0 ? r : SV_NONE;
	to->level = to->former.level;
	return 0;
}

/* The sensitivity that a baselabel names. Errors of the baselabel are left to the driver, which
 * reads all of it. */
static bool base_sensitivity(const struct sv_choice *c, uint32_t *ret)
{
	struct sv_error ignored = {0};
	struct sv_level level;

	if (!c->request.baselabel ||
	    c->main->level->level_of(c->request.baselabel, &level, &ignored) != 0)
		return false;
	*ret = level.sens;
	return true;
}

static int drawn_level(const struct sv_assign_case *c, struct sv_assignment *to,
		       struct sv_error *err)
{
	sv_auto_alloc struct sv_alloc *alloc = NULL;
	uint32_t sens;
	bool named = base_sensitivity(c->choice, &sens);
	int r = sv_level_free(c->sv, c->choice->main, &to->uses, named ? &sens : NULL, &alloc, err);

	if (r < 0)
		return r;
	/* no own level may have the category of the group, also when the group is new */
	if (to->group)
		sv_alloc_exclude(alloc, &to->shared);
	r = sv_alloc_pick(alloc, sv_random_kernel, NULL, &to->level, err);
	return r == 0 && named ? demand_range(c, &to->level, err) : r;
}

/* A level of the guest's own, without the category of a group. */
static int own_level(const struct sv_assign_case *c, struct sv_assignment *to, struct sv_error *err)
{
	int r;

	if (c->request->has_level)
		return requested_level(c, to, err);
	r = to->former.has_level ? former_level(to, err) : SV_NONE;
	return r == SV_NONE ? drawn_level(c, to, err) : r;
}

/* Adds the group's category to the level. A level that did not conflict may do so with it. */
static int add_category(const struct sv_assign_case *c, struct sv_assignment *to,
			struct sv_error *err)
{
	sv_auto_free char *text = NULL;
	char group[80];
	int r;

	if (sv_catset_has(&to->level.cats, to->category)) {
		sv_fail(err, SV_E_BUSY, 0,
			"c%u is the category of share group '%s': no level holds "
			"it but by membership",
			to->category, sv_escape(to->group, group, sizeof(group)));
		return sv_hint(err, "leave c%u out of --level", to->category);
	}
	to->shared.sens = to->level.sens;
	sv_catset_add(&to->level.cats, to->category);
	to->uses.member = to->group;
	r = sv_level_format(&to->level, &text, err);
	if (r == 0)
		r = demand_range(c, &to->level, err);
	return r < 0 ? r : demand_free(&to->uses, &to->level, "the level", text, err);
}

/* Makes the guest a member of group, which may be NULL: finds its category. */
static int set_group(const struct sv_assign_case *c, struct sv_assignment *to, const char *group,
		     struct sv_error *err)
{
	int r;

	free(sv_take_ptr(to->group));
	to->uses.member = NULL;
	to->category = 0;
	to->shared = (struct sv_level){0};
	r = sv_strdup(group, &to->group, err);
	if (r == 0 && group)
		r = sv_group_category(c->sv, c->choice->main, &to->uses, group, &to->category, err);
	if (r == 0 && group)
		sv_catset_add(&to->shared.cats, to->category);
	return r;
}

/* The very level of the guest that is joined, and with it that guest's share group, because the
 * level has the group's category. SV_NONE: the guest had that level when it was labelled, and
 * cannot keep it. */
static int joined_level(const struct sv_assign_case *c, struct sv_assignment *to,
			struct sv_error *err)
{
	sv_auto_level_use struct sv_level_use use = {0};
	int r = set_group(c, to, to->joined.group, err);

	to->level = to->uses.joined;
	to->uses.member = to->group;
	to->shared.sens = to->level.sens;
	if (r == 0)
		r = demand_range(c, &to->level, err);
	if (r == 0 && c->request->join)
		return demand_free(&to->uses, &to->level, "the level", to->joined.level, err);
	if (r == 0)
		r = sv_level_conflict(&to->uses, &to->level, &use, err);
	if (r < 0)
		return r;
	return r == SV_NONE ? 0 : SV_NONE;
}

static const char *group_of(const struct sv_assign_case *c, const struct sv_former *former)
{
	if (c->request->group)
		return c->request->group;
	return former->group ? former->group : c->dom->share_group;
}

static int dynamic_level(const struct sv_assign_case *c, struct sv_assignment *to,
			 struct sv_error *err)
{
	int r = SV_NONE;

	if (!c->choice->mac.mls) {
		sv_fail(err, SV_E_HOST, 0,
			"the loaded policy has no levels: guests of one type "
			"cannot be kept apart");
		return sv_hint(err, "use a policy that is built with MCS or MLS, or static labels "
				    "with types of their own");
	}
	if (to->joins)
		r = joined_level(c, to, err);
	if (r != SV_NONE)
		return r;
	to->joins = false;
	r = set_group(c, to, group_of(c, &to->former), err);
	if (r < 0)
		return r;
	r = own_level(c, to, err);
	return r == 0 && to->group ? add_category(c, to, err) : r;
}

/* Finds the guest to join: the one that was asked for, or one whose level this guest has since it
 * was labelled. to->joins says whether there is one, to->joined is its lease. */
static int find_joined(const struct sv_assign_case *c, struct sv_assignment *to,
		       struct sv_error *err)
{
	const char *asked = c->request->join, *name = asked ? asked : to->former.peer;
	sv_auto_lease struct sv_lease lease = {0};
	int r;

	sv_lease_done(&to->joined);
	to->joins = false;
	if (!name)
		return 0;
	r = c->store ? sv_lease_find(c->store, name, &lease, err) : SV_NONE;
	if (r >= 0 && asked)
		r = sv_guest_request_check_joined(c->request, c->dom, r == 0 ? &lease : NULL, err);
	if (r != 0)
		return r < 0 ? r : 0;
	/* the peer of before may have another level now */
	if (!asked && !sv_streq(lease.level, to->former.whole))
		return 0;
	to->joins = true;
	to->joined = lease;
	lease = (struct sv_lease){0};
	return 0;
}

int sv_assign_level(const struct sv_assign_case *c, struct sv_assignment *to, struct sv_error *err)
{
	struct sv_level_asker asker = {.name = c->dom->name};
	int r = find_joined(c, to, err);

	asker.joins = to->joins ? &to->joined : NULL;
	sv_level_uses_done(&to->uses);
	if (r == 0)
		r = sv_level_uses_read(c->sv, c->choice->main, c->store, &asker, &to->uses, err);
	if (r < 0)
		return r;
	return c->choice->request.type == SV_SECLABEL_STATIC ? static_level(c, to, err)
							     : dynamic_level(c, to, err);
}

/* Whether the guest to join still has the same lease. */
static int joined_again(struct sv_store *store, const struct sv_assignment *was,
			struct sv_error *err)
{
	sv_auto_lease struct sv_lease now = {0};
	int r = was->joins ? sv_lease_find(store, was->joined.name, &now, err) : 0;

	if (r != 0 || !was->joins)
		return r;
	return now.id == was->joined.id && sv_streq(now.level, was->joined.level) &&
			       sv_streq(now.group, was->joined.group)
		       ? 0
		       : SV_NONE;
}

/* Whether the group's category is still right: the group may have begun or ended since, or a level
 * in use may have the category of a new group. */
static int group_again(struct sv_store *store, const struct sv_level_uses *uses,
		       const struct sv_assignment *was, struct sv_error *err)
{
	struct sv_catset held = {0};
	uint32_t category;
	size_t i;
	int r = was->group ? sv_group_find(store, was->group, &category, err) : 0;

	if (r < 0 || !was->group)
		return r;
	if (r == 0)
		return category == was->category ? 0 : SV_NONE;
	if (uses->pairs)
		sv_pairs_categories(uses->pairs, &held);
	if (sv_catset_has(&held, was->category))
		return SV_NONE;
	for (i = 0; i < uses->n; i++) {
		if (sv_catset_has(&uses->items[i].level.cats, was->category))
			return SV_NONE;
	}
	return 0;
}

int sv_assign_again(const struct sv_assign_case *c, const struct sv_assignment *assigned,
		    struct sv_error *err)
{
	const struct sv_level_asker asker = {
		.name = c->dom->name,
		.joins = assigned->joins ? &assigned->joined : NULL,
	};
	sv_auto_level_uses struct sv_level_uses uses = {0};
	sv_auto_level_use struct sv_level_use use = {0};
	int r = joined_again(c->store, assigned, err);

	if (r != 0 || sv_catset_count(&assigned->level.cats) == 0)
		return r;
	r = sv_level_uses_stored(c->sv, c->choice->main, c->store, &asker, &uses, err);
	if (r == 0)
		r = group_again(c->store, &uses, assigned, err);
	if (r != 0)
		return r;
	uses.member = assigned->group;
	if (c->request->flags & SV_PREPARE_SHARED_LEVEL &&
	    c->choice->request.type == SV_SECLABEL_STATIC)
		return 0;
	r = sv_level_conflict(&uses, &assigned->level, &use, err);
	return r == SV_NONE ? 0 : (r == 0 ? SV_NONE : r);
}

static int former_peer(struct sv_store *store, const struct sv_lease *lease,
		       struct sv_former *former, struct sv_error *err)
{
	sv_auto_strv struct sv_strv peers = {0};
	int r = lease->level ? sv_lease_peers(store, lease->id, &peers, err) : 0;

	if (r < 0 || !peers.n)
		return r;
	r = sv_strdup(peers.v[0], &former->peer, err);
	return r < 0 ? r : sv_strdup(lease->level, &former->whole, err);
}

int sv_assign_former(struct sv_store *store, const struct sv_lease *lease,
		     const struct sv_guest_request *request, struct sv_assignment *to,
		     struct sv_error *err)
{
	struct sv_former *former = &to->former;
	bool anew = request->has_level || request->join;
	int r = 0;

	if (!anew && !request->group)
		r = former_peer(store, lease, former, err);
	if (r < 0 || !lease->dynamic)
		return r;
	if (lease->level)
		r = sv_level_parse(lease->level, &former->level, err);
	if (r < 0)
		return r;
	former->has_level = lease->level;
	if (lease->group)
		sv_level_leave(&former->level, lease->category);
	return anew ? 0 : sv_strdup(lease->group, &former->group, err);
}

void sv_assignment_done(struct sv_assignment *assignment)
{
	free(assignment->former.whole);
	free(assignment->former.peer);
	free(assignment->former.group);
	free(assignment->group);
	sv_lease_done(&assignment->joined);
	sv_level_uses_done(&assignment->uses);
	*assignment = (struct sv_assignment){0};
}
