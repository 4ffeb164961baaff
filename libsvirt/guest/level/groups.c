/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which category a share group holds: see groups.h. */
#include "guest/level/groups.h"

#include "base/string.h"

#include <errno.h>

static int fail_exhausted(const char *group, unsigned pool, struct sv_error *err)
{
	(void)sv_fail(err, SV_E_EXHAUSTED, 0,
		      "no free category for share group '%s': each of the %u categories that "
		      "guests get is part of a level in use",
		      group, pool);
	return sv_hint(err,
		       "a group needs a category that no level holds: stop guests ('svirt list "
		       "--levels' shows them), or start the group before the others");
}

static unsigned nth_category(const struct sv_catset *set, uint32_t n)
{
	unsigned cat = sv_catset_next(set, 0);

	while (n--)
		cat = sv_catset_next(set, cat + 1);
	return cat;
}

static int draw(const struct svirt *sv, const struct sv_driver *driver,
		const struct sv_level_uses *uses, const char *group, uint32_t *ret,
		struct sv_error *err)
{
	struct sv_catset held;
	struct sv_level pool;
	uint32_t n, k;
	unsigned all;
	size_t i;
	int r = sv_level_pool(sv, driver, &pool, err);

	if (r < 0)
		return r;
	all = sv_catset_count(&pool.cats);
	if (uses->pairs) {
		sv_pairs_categories(uses->pairs, &held);
		sv_catset_drop(&pool.cats, &held);
	}
	for (i = 0; i < uses->n; i++) {
		if (sv_level_use_takes(&uses->items[i]))
			sv_catset_drop(&pool.cats, &uses->items[i].level.cats);
	}
	n = sv_catset_count(&pool.cats);
	if (n == 0)
		return fail_exhausted(group, all, err);
	errno = 0;
	k = sv_random_kernel(NULL, n);
	if (k >= n)
		return sv_fail(err, SV_E_UNKNOWN, errno, "no random number for a category");
	*ret = nth_category(&pool.cats, k);
	return 0;
}

/* Whether the level is that of a lease. Only members of the group have the category. */
static bool is_of_member(const struct sv_level_uses *uses, struct sv_level level, uint32_t category)
{
	struct sv_level own = level;
	uint32_t pair;
	size_t i;

	sv_level_leave(&own, category);
	if (sv_pair_of(&own, &pair))
		return uses->pairs[pair / 64] >> (pair % 64) & 1;
	for (i = 0; i < uses->n; i++) {
		if (uses->items[i].kind == SV_LEVEL_LEASE &&
		    sv_level_equal(&uses->items[i].level, &level))
			return true;
	}
	return false;
}

/* Refuses when a process that is not svirt's has taken the category since the group began. */
static int check_strangers(const struct sv_level_uses *uses, const char *group, uint32_t category,
			   struct sv_error *err)
{
	size_t i;

	for (i = 0; i < uses->n; i++) {
		const struct sv_level_use *use = &uses->items[i];

		if (use->kind != SV_LEVEL_PROCESS || !sv_catset_has(&use->level.cats, category) ||
		    is_of_member(uses, use->level, category))
			continue;
		(void)sv_fail(err, SV_E_BUSY, 0,
			      "process %d holds c%u, the category of share group '%s', and is no "
			      "member",
			      (int)use->pid, category, group);
		return sv_hint(err, "end that process, or all members: the group gets another "
				    "category then");
	}
	return 0;
}

int sv_group_category(const struct svirt *sv, const struct sv_driver *driver,
		      const struct sv_level_uses *uses, const char *group, uint32_t *ret,
		      struct sv_error *err)
{
	uint32_t category;
	int r = uses->store ? sv_group_find(uses->store, group, &category, err) : SV_NONE;

	if (r == SV_NONE)
		return draw(sv, driver, uses, group, ret, err);
	if (r == 0)
		r = check_strangers(uses, group, category, err);
	if (r == 0)
		*ret = category;
	return r;
}
