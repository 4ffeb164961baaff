/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads the rows of a damaged store from both ends, each until a page cannot be read: see
 * salvage.h.
 */
#include "guest/restore/salvage.h"

#include "base/array.h"
#include "guest/state/rundir.h"
#include "store/hold.h"
#include "store/pin.h"

#include <stdlib.h>

/* A guest has another number in the new store. */
struct number {
	int64_t old, new;
};

struct salvage {
	struct sv_store *from, *to;
	struct number *numbers;
	size_t n;
	bool backwards;
	int64_t last_guest, last_pin; /* the last ones that the walk forwards has reached */
	uint32_t last_seq;
	struct sv_salvaged done;
	struct sv_error failed; /* of the new store, or of memory */
};

/* A directory that is held whole. */
struct tree {
	struct salvage *s;
	const struct sv_hold *hold;
};

static int compare(const void *a, const void *b)
{
	const struct number *x = a, *y = b;

	return (x->old > y->old) - (x->old < y->old);
}

static int note(struct salvage *s, int64_t old, int64_t new, struct sv_error *err)
{
	struct number *number = sv_array_add(s->numbers, s->n);

	if (!number)
		return sv_fail_oom(err);
	*number = (struct number){old, new};
	return 0;
}

/* Ends the walk on an error of the new store, because that is not damage of the old one. */
static int stop(struct salvage *s, const struct sv_error *err)
{
	s->failed = *err;
	return SV_SKIP;
}

/* Two guests have one level only when one of them joined the other. The walk backwards meets the
 * younger one first, and the guest that it joined may be lost. So a guest joins whichever has the
 * level. */
static int join_saved(struct sv_store *to, const struct sv_lease *lease, int64_t *ret_id,
		      struct sv_error *err)
{
	sv_auto_lease struct sv_lease holder = {0};
	struct sv_lease joiner = *lease;
	int r = lease->level ? sv_lease_at(to, lease->level, &holder, err) : SV_NONE;

	joiner.joined = holder.name;
	return r == 0 ? sv_lease_add(to, &joiner, ret_id, err) : r;
}

static int save_lease(void *data, const struct sv_lease *lease, struct sv_error *err)
{
	struct salvage *s = data;
	struct sv_error bad = {0};
	struct sv_level level;
	int64_t id;
	int r;

	if (s->backwards && lease->id <= s->last_guest)
		return SV_NONE;
	if (!s->backwards)
		s->last_guest = lease->id;
	/* a name becomes part of paths */
	if (!lease->name || sv_guest_check_name(lease->name, &bad) < 0 ||
	    (lease->level && sv_level_parse(lease->level, &level, &bad) < 0))
		return 0;
	r = sv_lease_add(s->to, lease, &id, err);
	if (r == SV_BUSY)
		r = join_saved(s->to, lease, &id, err);
	if (r == 0) {
		s->done.leases++;
		r = note(s, lease->id, id, err);
	}
	return r < 0 ? stop(s, err) : 0;
}

static int save_leaf(void *data, const char *path, const char *label, struct sv_error *err)
{
	const struct tree *tree = data;
	int r = sv_leaf_add(tree->s->to, tree->hold, path, label, err);

	return r < 0 ? stop(tree->s, err) : 0;
}

/* What is journalled of the entries of a directory. */
static int save_tree(struct salvage *s, const struct sv_hold *hold)
{
	struct tree tree = {s, hold};
	struct sv_error damage = {0};

	if (sv_leaf_each(s->from, hold, save_leaf, &tree, &damage) < 0 ||
	    sv_below_copy(s->from, hold, s->to, &damage) < 0)
		s->done.whole = false;
	return s->failed.code == SV_OK ? 0 : SV_SKIP;
}

static int save_hold(void *data, const struct sv_hold *hold, unsigned others, struct sv_error *err)
{
	struct salvage *s = data;
	const struct number key = {.old = hold->guest}, *number;
	struct sv_hold copy = *hold;
	sv_auto_free char *holder = NULL;
	int r;

	(void)others;
	if (s->backwards && (hold->guest < s->last_guest ||
			     (hold->guest == s->last_guest && hold->seq <= s->last_seq)))
		return SV_NONE;
	if (!s->backwards) {
		s->last_guest = hold->guest;
		s->last_seq = hold->seq;
	}
	number = s->n ? bsearch(&key, s->numbers, s->n, sizeof(key), compare) : NULL;
	if (!number || !hold->driver || !hold->path || !hold->wanted || !hold->original)
		return 0;
	copy.guest = number->new;
	r = sv_hold_add(s->to, &copy, &holder, err);
	if (r == 0)
		s->done.holds++;
	if (r < 0)
		return stop(s, err);
	return r == 0 && hold->tree ? save_tree(s, &copy) : 0;
}

static int save_pin(void *data, const struct sv_pin *pin, struct sv_error *err)
{
	struct salvage *s = data;
	int r;

	if (s->backwards && pin->id <= s->last_pin)
		return SV_NONE;
	if (!s->backwards)
		s->last_pin = pin->id;
	if (!pin->path || !pin->guest)
		return 0;
	r = sv_pin_put(s->to, pin, err);
	return r < 0 ? stop(s, err) : 0;
}

static int walk_leases(struct salvage *s, struct sv_store *from)
{
	struct sv_error damage = {0};

	return sv_lease_each(from, s->backwards ? SV_LEASES_BACKWARDS : SV_LEASES_ALL, save_lease,
			     s, &damage);
}

static int walk_holds(struct salvage *s, struct sv_store *from)
{
	struct sv_error damage = {0};

	return sv_hold_each(from, 0, s->backwards, save_hold, s, &damage);
}

static int walk_pins(struct salvage *s, struct sv_store *from)
{
	struct sv_error damage = {0};

	return sv_pin_each(from, NULL, s->backwards, save_pin, s, &damage);
}

/* Walks forwards and, if that does not reach the end, backwards. */
static int both_ways(struct salvage *s, struct sv_store *from,
		     int (*walk)(struct salvage *s, struct sv_store *from), struct sv_error *err)
{
	s->backwards = false;
	s->last_guest = 0;
	s->last_seq = 0;
	if (walk(s, from) < 0) {
		s->done.whole = false;
		s->backwards = true;
		(void)!walk(s, from);
	}
	if (s->failed.code == SV_OK)
		return 0;
	*err = s->failed;
	return -(int)err->code;
}

int sv_salvage(struct sv_store *from, struct sv_store *to, struct sv_salvaged *ret,
	       struct sv_error *err)
{
	struct salvage s = {.from = from, .to = to, .done.whole = true};
	int r = sv_store_begin(to, err);

	if (r < 0)
		return r;
	r = both_ways(&s, from, walk_leases, err);
	if (s.n)
		qsort(s.numbers, s.n, sizeof(*s.numbers), compare);
	if (r == 0)
		r = both_ways(&s, from, walk_holds, err);
	if (r == 0)
		r = both_ways(&s, from, walk_pins, err);
	if (r == 0)
		r = sv_store_commit(to, err);
	if (r < 0)
		sv_store_rollback(to);
	free(s.numbers);
	if (r == 0)
		*ret = s.done;
	return r;
}
