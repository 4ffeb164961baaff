/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Collecting the levels in use: see levels.h. */
#include "guest/level/levels.h"

#include "base/array.h"
#include "base/string.h"
#include "domain/xml/xml.h"
#include "guest/state/peers.h"
#include "guest/state/registry.h"
#include "guest/state/runtime.h"

#include <errno.h>
#include <fcntl.h>

struct collector {
	const struct svirt *sv;
	const struct sv_driver *driver;
	const struct sv_level_asker *asker; /* or NULL */
	struct sv_runtime own;		    /* the asker's processes */
	struct sv_level_uses uses;
	bool failed;
};

static bool is_asker(const struct collector *c, const char *name)
{
	return c->asker && sv_streq(name, c->asker->name);
}

/* Whether a use at the joined level is a peer's. The store makes sure of that for leases; processes
 * and definitions are checked here. What cannot be found out is not a peer. */
static bool is_joined(const struct collector *c, const struct sv_level_use *use)
{
	struct sv_error ignored = {0};
	const struct sv_lease *lease;

	if (!c->uses.joins || !sv_level_equal(&use->level, &c->uses.joined))
		return false;
	lease = c->asker->joins;
	switch (use->kind) {
	case SV_LEVEL_LEASE:
		return true;
	case SV_LEVEL_PROCESS:
		return sv_peers_run(c->sv, c->uses.store, lease, use->pid, &ignored) == 0;
	case SV_LEVEL_STATIC:
		return sv_peers_have(c->uses.store, lease, use->holder, &ignored) == 0;
	case SV_LEVEL_GROUP:
		return false;
	}
	return false;
}

static void add_use(struct collector *c, const struct sv_level *level, enum sv_level_kind kind,
		    const struct sv_live_level *live, const char *holder)
{
	struct sv_level_use *use;
	char *name = NULL, *why = NULL;

	if (holder) {
		name = strdup(holder);
		c->failed |= !name;
	}
	if (live && live->why) {
		why = strdup(live->why);
		c->failed |= !why;
	}
	use = sv_array_add(c->uses.items, c->uses.n);
	if (!use) {
		c->failed = true;
		free(name);
		free(why);
		return;
	}
	*use = (struct sv_level_use){
		.level = *level,
		.kind = kind,
		.pid = live ? live->pid : 0,
		.holder = name,
		.why = why,
	};
	use->joined = !c->failed && is_joined(c, use);
}

static int add_process(void *data, const struct sv_live_level *live)
{
	struct collector *c = data;
	struct sv_error ignored = {0};

	if (sv_runtime_has(&c->own, live->pid, &ignored) == 0)
		return 0;
	add_use(c, live->level, SV_LEVEL_PROCESS, live, NULL);
	return c->failed ? SV_SKIP : 0;
}

static int add_lease(void *data, const struct sv_lease_level *lease, struct sv_error *err)
{
	struct collector *c = data;
	struct sv_level level;
	int r;

	if (is_asker(c, lease->name))
		return 0;
	r = sv_level_parse(lease->level, &level, err);
	if (r < 0)
		return sv_wrap(err, "lease of guest '%s'", lease->name);
	add_use(c, &level, SV_LEVEL_LEASE, NULL, lease->name);
	return 0;
}

/* Adds the category of a group. No other level may have it, whatever its sensitivity. */
static int add_group(void *data, const char *name, uint32_t category, struct sv_error *err)
{
	struct sv_level level = {0};

	(void)err;
	sv_catset_add(&level.cats, category);
	add_use(data, &level, SV_LEVEL_GROUP, NULL, name);
	return 0;
}

/* Clears the pair of the asker's own lease, which does not count, unless a peer has the pair too.
 */
static int release_pair(struct collector *c, struct sv_error *err)
{
	sv_auto_lease struct sv_lease lease = {0};
	sv_auto_strv struct sv_strv peers = {0};
	struct sv_level level;
	uint32_t pair;
	int r = sv_lease_find(c->uses.store, c->asker->name, &lease, err);

	if (r == SV_NONE || (r == 0 && !lease.level))
		return 0;
	if (r == 0)
		r = sv_lease_peers(c->uses.store, lease.id, &peers, err);
	if (r < 0 || peers.n)
		return r;
	r = sv_level_parse(lease.level, &level, err);
	if (r == 0 && lease.group)
		sv_level_leave(&level, lease.category);
	if (r == 0 && sv_pair_of(&level, &pair))
		c->uses.pairs[pair / 64] &= ~(UINT64_C(1) << (pair % 64));
	return r;
}

static int read_leases(struct collector *c, struct sv_error *err)
{
	int r = sv_lease_pairs(c->uses.store, c->uses.pairs, err);

	if (r == 0 && c->asker)
		r = release_pair(c, err);
	if (r == 0)
		r = sv_lease_each_level(c->uses.store, SV_LEVELS_WIDE, add_lease, c, err);
	if (r == 0)
		r = sv_group_each(c->uses.store, add_group, c, err);
	return r;
}

/* All of one moment: a guest that ends and one that begins meanwhile are not mixed. */
static int add_leases(struct collector *c, struct sv_error *err)
{
	bool looks = false;
	int r;

	if (!c->uses.store)
		return 0;
	c->uses.pairs = calloc(SV_PAIR_WORDS, sizeof(*c->uses.pairs));
	if (!c->uses.pairs)
		return sv_fail_oom(err);
	r = sv_store_look(c->uses.store, &looks, err);
	if (r == 0)
		r = read_leases(c, err);
	if (looks)
		sv_store_rollback(c->uses.store);
	return r;
}

/* Adds the static label of a definition. One that cannot be read holds no level: check reports it,
 * and allocation goes on. */
static int add_static(struct collector *c, const char *name, struct sv_error *err)
{
	static const struct sv_live_level many = {
		.why = "it has too many categories to be kept from others by its definition",
	};
	sv_auto_domain struct sv_domain *dom = NULL;
	const struct sv_seclabel *seclabel;
	struct sv_error e = {0};
	struct sv_level level;
	int r;

	if (is_asker(c, name))
		return 0;
	if (sv_registry_load(c->sv, name, NULL, &dom, &e) < 0) {
		sv_warn(c->sv, "domain '%s' does not count among the static labels: %s", name,
			e.msg);
		return 0;
	}
	seclabel = sv_domain_seclabel(dom, c->driver->name, true);
	if (!seclabel || seclabel->type != SV_SECLABEL_STATIC)
		return 0;
	r = c->driver->level->level_of(seclabel->label, &level, err);
	if (r == 0)
		add_use(c, &level, SV_LEVEL_STATIC, sv_level_takes_many(&level) ? &many : NULL,
			name);
	return r < 0 ? r : 0;
}

static int add_statics(struct collector *c, struct sv_error *err)
{
	sv_auto_strv struct sv_strv names = {0};
	int r = sv_registry_names(c->sv, &names, err);
	size_t i;

	for (i = 0; r == 0 && i < names.n; i++)
		r = add_static(c, names.v[i], err);
	return r;
}

static int collect(struct collector *c, int (*more)(struct collector *c, struct sv_error *err),
		   struct sv_level_uses *ret, struct sv_error *err)
{
	struct sv_error unread = {0};
	int r = 0;

	if (c->asker) {
		c->uses.asker = c->asker->name;
		c->uses.joins = c->asker->joins;
		/* when the record cannot be read, processes at the level count as strangers */
		(void)!sv_runtime_read(c->sv, c->asker->name, &c->own, &unread);
	}
	if (c->uses.joins)
		r = sv_level_parse(c->asker->joins->level, &c->uses.joined, err);
	/* guests first, because a refusal names the first conflict */
	if (r == 0)
		r = add_leases(c, err);
	if (r >= 0 && more)
		r = more(c, err);
	if (r >= 0 && c->failed)
		r = sv_fail_oom(err);
	if (r < 0) {
		sv_level_uses_done(&c->uses);
		return r;
	}
	*ret = c->uses;
	return 0;
}

static int add_others(struct collector *c, struct sv_error *err)
{
	int r = add_statics(c, err);

	return r < 0 ? r : c->driver->level->in_use(add_process, c, err);
}

int sv_level_uses_read(const struct svirt *sv, const struct sv_driver *driver,
		       struct sv_store *store, const struct sv_level_asker *asker,
		       struct sv_level_uses *ret, struct sv_error *err)
{
	struct collector c = {.sv = sv, .driver = driver, .asker = asker, .uses.store = store};

	return collect(&c, add_others, ret, err);
}

int sv_level_uses_stored(const struct svirt *sv, const struct sv_driver *driver,
			 struct sv_store *store, const struct sv_level_asker *asker,
			 struct sv_level_uses *ret, struct sv_error *err)
{
	struct collector c = {.sv = sv, .driver = driver, .asker = asker, .uses.store = store};

	return collect(&c, NULL, ret, err);
}

void sv_level_use_done(struct sv_level_use *use)
{
	free(use->holder);
	free(use->why);
	*use = (struct sv_level_use){0};
}

bool sv_level_use_takes(const struct sv_level_use *use)
{
	return use->kind != SV_LEVEL_STATIC || !sv_level_takes_many(&use->level);
}

void sv_level_uses_done(struct sv_level_uses *uses)
{
	size_t i;

	for (i = 0; i < uses->n; i++)
		sv_level_use_done(&uses->items[i]);
	free(uses->items);
	free(uses->pairs);
	*uses = (struct sv_level_uses){0};
}

int sv_level_pool(const struct svirt *sv, const struct sv_driver *driver, struct sv_level *ret,
		  struct sv_error *err)
{
	struct sv_level pool;
	struct sv_range mine;
	unsigned n;
	int r = driver->level->range(&mine, err);

	if (r < 0)
		return r;
	pool = (struct sv_level){.sens = mine.low.sens, .cats = mine.high.cats};
	sv_catset_keep(&pool.cats, &sv->conf.categories);
	n = sv_catset_count(&pool.cats);
	if (n >= 2) {
		*ret = pool;
		return 0;
	}
	sv_fail(err, SV_E_HOST, 0,
		"svirt.conf leaves %u of the %u categories of this process to guests: a level "
		"takes two",
		n, sv_catset_count(&mine.high.cats));
	return sv_hint(err, "see categories and exclude_categories in svirt.conf(5), and the range "
			    "of this process: id -Z");
}

int sv_level_free(const struct svirt *sv, const struct sv_driver *driver,
		  const struct sv_level_uses *uses, const uint32_t *sens, struct sv_alloc **ret,
		  struct sv_error *err)
{
	sv_auto_alloc struct sv_alloc *alloc = NULL;
	struct sv_level pool;
	size_t i;
	int r = sv_level_pool(sv, driver, &pool, err);

	if (r == 0)
		r = sv_alloc_new(sens ? *sens : pool.sens, &pool.cats, &alloc, err);
	if (r < 0)
		return r;
	for (i = 0; uses->pairs && i < SV_PAIR_WORDS; i++)
		sv_alloc_exclude_pairs(alloc, (uint32_t)i, uses->pairs[i]);
	for (i = 0; i < uses->n; i++) {
		if (sv_level_use_takes(&uses->items[i]))
			sv_alloc_exclude(alloc, &uses->items[i].level);
	}
	*ret = sv_take_ptr(alloc);
	return 0;
}

/* The lease that holds this pair, if its level is comparable with level. Sensitivities count too.
 */
static int pair_conflict(const struct sv_level_uses *uses, const struct sv_level *level,
			 const struct sv_level *pair, struct sv_level_use *ret,
			 struct sv_error *err)
{
	sv_auto_lease struct sv_lease lease = {0};
	struct sv_level held;
	uint32_t n;
	int r;

	if (!sv_pair_of(pair, &n) || !(uses->pairs[n / 64] >> (n % 64) & 1))
		return SV_NONE;
	r = sv_lease_holding(uses->store, n, uses->asker, &lease, err);
	if (r == 0)
		r = sv_level_parse(lease.level, &held, err);
	if (r != 0)
		return r;
	if (!sv_level_comparable(&held, level) ||
	    (uses->joins && sv_level_equal(&held, &uses->joined) && sv_level_equal(&held, level)))
		return SV_NONE;
	*ret = (struct sv_level_use){
		.level = held,
		.kind = SV_LEVEL_LEASE,
	};
	ret->holder = sv_take_ptr(lease.name);
	return 0;
}

/* Finds a lease whose pair conflicts with level. Only pairs within level's categories, or pairs
 * that include its only category, can be comparable with it. */
static int pairs_conflict(const struct sv_level_uses *uses, const struct sv_level *level,
			  struct sv_level_use *ret, struct sv_error *err)
{
	const struct sv_catset *cats = &level->cats;
	bool single = sv_catset_count(cats) == 1;
	unsigned i, j;
	int r = SV_NONE;

	for (i = sv_catset_next(cats, 0); i < SV_MAX_CATEGORIES; i = sv_catset_next(cats, i + 1)) {
		for (j = single ? 0 : i + 1; r == SV_NONE && j < SV_MAX_CATEGORIES; j++) {
			struct sv_level pair = {.sens = level->sens};

			if (!single && !sv_catset_has(cats, j))
				continue;
			sv_catset_add(&pair.cats, i);
			sv_catset_add(&pair.cats, j);
			r = pair_conflict(uses, level, &pair, ret, err);
		}
	}
	return r;
}

int sv_level_conflict(const struct sv_level_uses *uses, const struct sv_level *level,
		      struct sv_level_use *ret, struct sv_error *err)
{
	size_t i;
	int r = uses->pairs ? pairs_conflict(uses, level, ret, err) : SV_NONE;

	for (i = 0; r == SV_NONE && i < uses->n; i++) {
		const struct sv_level_use *use = &uses->items[i];
		sv_auto_free char *holder = NULL, *why = NULL;

		if (sv_catset_count(&use->level.cats) == 0 ||
		    !sv_level_comparable(&use->level, level) ||
		    (use->joined && sv_level_equal(&use->level, level)) ||
		    (!sv_level_use_takes(use) && !sv_level_equal(&use->level, level)) ||
		    (use->kind == SV_LEVEL_GROUP && sv_streq(use->holder, uses->member)))
			continue;
		r = sv_strdup(use->holder, &holder, err);
		if (r == 0)
			r = sv_strdup(use->why, &why, err);
		if (r < 0)
			return r;
		*ret = *use;
		ret->holder = sv_take_ptr(holder);
		ret->why = sv_take_ptr(why);
	}
	return r;
}

const char *sv_level_use_text(const struct sv_level_use *use, char *out, size_t room)
{
	char shown[128];

	switch (use->kind) {
	case SV_LEVEL_LEASE:
		(void)snprintf(out, room, "guest '%s'",
			       sv_escape(use->holder, shown, sizeof(shown)));
		break;
	case SV_LEVEL_PROCESS:
		(void)snprintf(out, room, "process %d", (int)use->pid);
		break;
	case SV_LEVEL_GROUP:
		(void)snprintf(out, room, "share group '%s'",
			       sv_escape(use->holder, shown, sizeof(shown)));
		break;
	case SV_LEVEL_STATIC:
		(void)snprintf(out, room, "the static label of domain '%s'",
			       sv_escape(use->holder, shown, sizeof(shown)));
		break;
	}
	return out;
}
