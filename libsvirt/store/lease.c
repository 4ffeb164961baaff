/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Leases: one row per guest that has a label. Whether the guest lives is not written here: its lock
 * file tells. Nearly all levels are a pair of categories (apart from the category of a share
 * group). A pair has a number, which the schema also keeps as a bit. Must not know which levels
 * conflict.
 */
#include "store/store-sql.h"

#include "base/string.h"

#define FIELD(member, field, type)     field(struct sv_lease, member),
#define NAME(member, field, type)      #member ", "
#define PARAMETER(member, field, type) "?, "
#define ONE(member, field, type)       +1

/* The columns first, then what the number of another row stands for. */
static const struct sv_field fields[] = {
	SV_LEASE_COLUMNS(FIELD) SV_FIELD(struct sv_lease, group),
	SV_FIELD(struct sv_lease, joined),
	SV_FIELD_END,
};
enum { N_COLUMNS = 0 SV_LEASE_COLUMNS(ONE) };

#define COLUMNS	       SV_LEASE_COLUMNS(NAME)
#define PARAMETERS     SV_LEASE_COLUMNS(PARAMETER)
#define GROUP_OF(what) "(SELECT g." what " FROM share_group g WHERE g.id = share_group)"
#define JOINED	       "(SELECT h.name FROM guest h WHERE h.id = guest.joined)"
#define OF_LEASE       COLUMNS GROUP_OF("name") ", " JOINED ", " GROUP_OF("category")
#define SELECT_LEASE   "SELECT id, " OF_LEASE " FROM guest "

static const struct sv_field layer_fields[] = {
	SV_FIELD_NEEDED(struct sv_lease_layer, driver),
	SV_FIELD_NEEDED(struct sv_lease_layer, label),
	SV_FIELD(struct sv_lease_layer, image),
	SV_FIELD_END,
};
#define OF_LAYER "driver, label, image"

void sv_lease_done(struct sv_lease *lease)
{
	sv_fields_free(fields, lease);
	for (size_t i = 0; i < lease->n_layers; i++)
		sv_fields_free(layer_fields, &lease->layers[i]);
	*lease = (struct sv_lease){0};
}

int sv_lease_copy(const struct sv_lease *from, struct sv_lease *ret, struct sv_error *err)
{
	sv_auto_lease struct sv_lease copy = *from;
	int r;

	copy.n_layers = 0;
	r = sv_fields_own(fields, &copy, err);
	while (r == 0 && copy.n_layers < from->n_layers) {
		r = sv_fields_own(layer_fields, &copy.layers[copy.n_layers], err);
		copy.n_layers += r == 0;
	}
	if (r < 0)
		return r;
	*ret = copy;
	copy = (struct sv_lease){0};
	return 0;
}

int sv_lease_wear(struct sv_lease *lease, const char *driver, const char *label, const char *image,
		  struct sv_error *err)
{
	struct sv_lease_layer layer = {(char *)(uintptr_t)driver, (char *)(uintptr_t)label,
				       (char *)(uintptr_t)image};
	int r = sv_fields_own(layer_fields, &layer, err);

	if (r == 0)
		lease->layers[lease->n_layers++] = layer;
	return r;
}

const struct sv_lease_layer *sv_lease_layer(const struct sv_lease *lease, const char *driver)
{
	for (size_t i = 0; i < lease->n_layers; i++)
		if (sv_streq(lease->layers[i].driver, driver))
			return &lease->layers[i];
	return NULL;
}

bool sv_lease_same_layers(const struct sv_lease *a, const struct sv_lease *b)
{
	bool same = a->n_layers == b->n_layers;

	for (size_t i = 0; same && i < a->n_layers; i++) {
		const struct sv_lease_layer *x = &a->layers[i], *y = &b->layers[i];

		same = sv_streq(x->driver, y->driver) && sv_streq(x->label, y->label) &&
		       sv_streq(x->image, y->image);
	}
	return same;
}

/* Binds the number of the level's pair. The category of the share group is not a part of it. */
static void bind_pair(struct sv_sql *sql, const struct sv_lease *lease, struct sv_level level)
{
	uint32_t pair;

	if (lease->group)
		sv_level_leave(&level, lease->category);
	if (sv_pair_of(&level, &pair))
		sv_sql_bind_int(sql, pair);
	else
		sv_sql_bind_null(sql);
}

static int add_layers(struct sv_store *store, const struct sv_lease *lease, int64_t id,
		      struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	int r = sv_sql_prepare(
		store, "INSERT INTO guest_label(guest, seq, " OF_LAYER ") VALUES(?,?,?,?,?)", &sql,
		err);

	for (size_t i = 0; r == 0 && i < lease->n_layers; i++) {
		sv_sql_bind_int(&sql, id);
		sv_sql_bind_int(&sql, (int64_t)i);
		sv_sql_bind_fields(&sql, layer_fields, SV_N_ELEMENTS(layer_fields),
				   &lease->layers[i]);
		r = sv_sql_step(&sql, err);
		if (r == SV_NONE)
			r = 0;
		sv_sql_again(&sql);
	}
	return r;
}

int sv_lease_add(struct sv_store *store, const struct sv_lease *lease, int64_t *ret_id,
		 struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	struct sv_level level = {0};
	int64_t group = 0;
	int r = lease->level ? sv_level_parse(lease->level, &level, err) : 0;

	if (r == 0 && lease->group)
		r = sv_group_enter(store, lease->group, lease->category, &group, err);
	if (r == 0)
		r = sv_sql_prepare(store,
				   "INSERT INTO guest(" COLUMNS "share_group, pair, joined) "
				   "VALUES(" PARAMETERS "nullif(?,0),?,"
				   " (SELECT coalesce(h.joined, h.id) FROM guest h"
				   "  WHERE h.name = ? AND h.level = ?))",
				   &sql, err);
	if (r != 0)
		return r;
	sv_sql_bind_fields(&sql, fields, N_COLUMNS, lease);
	sv_sql_bind_int(&sql, group);
	bind_pair(&sql, lease, level);
	sv_sql_bind_text(&sql, lease->joined);
	sv_sql_bind_text(&sql, lease->level);
	r = sv_sql_step(&sql, err);
	if (r != SV_NONE)
		return r;
	*ret_id = sqlite3_last_insert_rowid(store->db);
	return add_layers(store, lease, *ret_id, err);
}

#define SELECT_LAYERS "SELECT " OF_LAYER " FROM guest_label WHERE guest = ? ORDER BY seq"

/* sql: SELECT_LAYERS, which may be used before. */
static int get_layers(struct sv_sql *sql, struct sv_lease *lease, struct sv_error *err)
{
	int r = 0;

	sv_sql_again(sql);
	sv_sql_bind_int(sql, lease->id);
	while (r == 0) {
		r = sv_sql_step(sql, err);
		if (r != 0)
			break;
		if (lease->n_layers == SV_N_ELEMENTS(lease->layers))
			return sv_sql_fail_damaged(sql->store, "a guest has too many labels", err);
		r = sv_sql_get_fields(sql, layer_fields, SV_N_ELEMENTS(layer_fields),
				      &lease->layers[lease->n_layers++], err);
	}
	return r == SV_NONE ? 0 : r;
}

/* A row of SELECT_LEASE, with the layers that belong to it. */
static int get_lease(struct sv_sql *sql, struct sv_sql *layers, struct sv_lease *ret,
		     struct sv_error *err)
{
	sv_auto_lease struct sv_lease lease = {.id = sv_sql_get_int(sql)};
	int r = sv_sql_get_fields(sql, fields, SV_N_ELEMENTS(fields), &lease, err);

	if (r == 0)
		r = sv_sql_get_category(sql, &lease.category, err);
	if (r == 0)
		r = get_layers(layers, &lease, err);
	if (r < 0)
		return r;
	*ret = lease;
	lease = (struct sv_lease){0};
	return 0;
}

/* The first row of SELECT_LEASE, whose parameters are bound. SV_NONE: there is none. */
static int get_first(struct sv_sql *sql, struct sv_lease *ret, struct sv_error *err)
{
	sv_auto_sql struct sv_sql layers = {0};
	int r = sv_sql_step(sql, err);

	if (r == 0)
		r = sv_sql_prepare(sql->store, SELECT_LAYERS, &layers, err);
	return r == 0 ? get_lease(sql, &layers, ret, err) : r;
}

int sv_lease_find(struct sv_store *store, const char *name, struct sv_lease *ret,
		  struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	int r = sv_sql_prepare(store, SELECT_LEASE "WHERE name = ?", &sql, err);

	if (r < 0)
		return r;
	sv_sql_bind_text(&sql, name);
	return get_first(&sql, ret, err);
}

int sv_lease_holding(struct sv_store *store, uint32_t pair, const char *except,
		     struct sv_lease *ret, struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	int r = sv_sql_prepare(
		store, SELECT_LEASE "WHERE pair = ? ORDER BY name IS ?, joined IS NOT NULL, id",
		&sql, err);

	if (r < 0)
		return r;
	sv_sql_bind_int(&sql, pair);
	sv_sql_bind_text(&sql, except);
	return get_first(&sql, ret, err);
}

int sv_lease_at(struct sv_store *store, const char *level, struct sv_lease *ret,
		struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	int r = sv_sql_prepare(store, SELECT_LEASE "WHERE level = ? AND joined IS NULL", &sql, err);

	if (r < 0)
		return r;
	sv_sql_bind_text(&sql, level);
	return get_first(&sql, ret, err);
}

int sv_lease_wearing(struct sv_store *store, const char *driver, const char *const range[2],
		     const char *guest, char **ret, struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	int r = sv_sql_prepare(store,
			       "SELECT name FROM guest_label JOIN guest ON id = guest"
			       " WHERE driver = ? AND label BETWEEN ? AND ? AND name IS NOT ?",
			       &sql, err);

	if (r < 0)
		return r;
	sv_sql_bind_text(&sql, driver);
	sv_sql_bind_text(&sql, range[0]);
	sv_sql_bind_text(&sql, range[1]);
	sv_sql_bind_text(&sql, guest);
	r = sv_sql_step(&sql, err);
	return r == 0 ? sv_sql_need_text(&sql, ret, err) : r;
}

#define HOLDER_OF "(SELECT coalesce(joined, id) FROM guest WHERE id = ?1)"

int sv_lease_peers(struct sv_store *store, int64_t id, struct sv_strv *ret, struct sv_error *err)
{
	sv_auto_strv struct sv_strv names = {0};
	sv_auto_sql struct sv_sql sql = {0};
	int r = sv_sql_prepare(store,
			       "SELECT id, name FROM guest WHERE id = " HOLDER_OF " AND id <> ?1"
			       " UNION ALL SELECT id, name FROM guest WHERE joined = " HOLDER_OF
			       " AND id <> ?1 ORDER BY 1",
			       &sql, err);

	if (r < 0)
		return r;
	sv_sql_bind_int(&sql, id);
	while (r == 0) {
		sv_auto_free char *name = NULL;

		r = sv_sql_step(&sql, err);
		if (r == 0) {
			(void)sv_sql_get_int(&sql);
			r = sv_sql_need_text(&sql, &name, err);
		}
		if (r == 0)
			sv_strv_add(&names, name);
	}
	if (r == SV_NONE)
		r = sv_strv_check(&names, err);
	if (r < 0)
		return r;
	*ret = names;
	names = (struct sv_strv){0};
	return 0;
}

int sv_lease_each(struct sv_store *store, enum sv_lease_which which,
		  int (*fn)(void *data, const struct sv_lease *lease, struct sv_error *err),
		  void *data, struct sv_error *err)
{
	static const char *const selects[] = {
		[SV_LEASES_ALL] = SELECT_LEASE "ORDER BY id",
		[SV_LEASES_WATCHED] = SELECT_LEASE "WHERE NOT kept ORDER BY id",
		[SV_LEASES_BACKWARDS] = SELECT_LEASE "ORDER BY id DESC",
	};
	sv_auto_sql struct sv_sql sql = {0}, layers = {0};
	int r = sv_sql_prepare(store, selects[which], &sql, err);

	if (r == 0)
		r = sv_sql_prepare(store, SELECT_LAYERS, &layers, err);
	while (r == 0) {
		sv_auto_lease struct sv_lease lease = {0};

		r = sv_sql_step(&sql, err);
		if (r == SV_NONE)
			return 0;
		if (r == 0)
			r = get_lease(&sql, &layers, &lease, err);
		if (r == 0)
			r = fn(data, &lease, err);
	}
	return r;
}

static const struct sv_field level_fields[] = {
	SV_FIELD_NEEDED(struct sv_lease_level, name),
	SV_FIELD_NEEDED(struct sv_lease_level, level),
	SV_FIELD(struct sv_lease_level, group),
	SV_FIELD(struct sv_lease_level, joined),
	SV_FIELD_END,
};

static void level_done(struct sv_lease_level *lease)
{
	sv_fields_free(level_fields, lease);
}

#define OF_LEVEL     "name, level, " GROUP_OF("name") ", " JOINED
#define SELECT_LEVEL "SELECT " OF_LEVEL " FROM guest WHERE level IS NOT NULL "

int sv_lease_each_level(struct sv_store *store, enum sv_lease_levels which,
			int (*fn)(void *data, const struct sv_lease_level *lease,
				  struct sv_error *err),
			void *data, struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	bool all = which == SV_LEVELS_ALL;
	/* each page is read once, so that a cache of them would only take memory */
	int r = all ? sv_sql_exec(store, "PRAGMA cache_size = 16", err) : 0;

	if (r == 0)
		r = sv_sql_prepare(store,
				   all ? SELECT_LEVEL "ORDER BY id"
				       : SELECT_LEVEL "AND pair IS NULL ORDER BY id",
				   &sql, err);
	while (r == 0) {
		sv_cleanup(level_done) struct sv_lease_level lease = {0};

		r = sv_sql_step(&sql, err);
		if (r == SV_NONE)
			return 0;
		if (r == 0)
			r = sv_sql_get_fields(&sql, level_fields, SV_N_ELEMENTS(level_fields),
					      &lease, err);
		if (r == 0)
			r = fn(data, &lease, err);
	}
	return r;
}

int sv_lease_pairs(struct sv_store *store, uint64_t words[SV_PAIR_WORDS], struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	int r = sv_sql_prepare(store, "SELECT word, bits FROM pairs", &sql, err);

	while (r == 0) {
		int64_t word;

		r = sv_sql_step(&sql, err);
		if (r != 0)
			break;
		word = sv_sql_get_int(&sql);
		if (word < 0 || word >= (int64_t)SV_PAIR_WORDS)
			return sv_sql_fail_damaged(store, "a level is out of range", err);
		words[word] |= sv_sql_get_u64(&sql);
	}
	return r == SV_NONE ? 0 : r;
}

/* The last parameter of sql is the id. */
static int update(struct sv_sql *sql, int64_t id, struct sv_error *err)
{
	int r;

	sv_sql_bind_int(sql, id);
	r = sv_sql_step(sql, err);
	if (r < 0)
		return r;
	if (sqlite3_changes(sql->store->db) != 1)
		return sv_fail(err, SV_E_NOTFOUND, 0, "guest number %lld is not in the store",
			       (long long)id);
	return 0;
}

int sv_lease_reuse(struct sv_store *store, const struct sv_lease *lease, struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	int r = sv_sql_prepare(store,
			       "UPDATE guest SET kept = FALSE, was_kept = TRUE, uuid = ?, emulator "
			       "= ?, vcpus = ?, memory_kib = ?, max_memory_kib = ?, created = ?,"
			       " own_user = ?"
			       " WHERE id = ?",
			       &sql, err);

	if (r < 0)
		return r;
	sv_sql_bind_text(&sql, lease->uuid);
	sv_sql_bind_text(&sql, lease->emulator);
	sv_sql_bind_int(&sql, lease->vcpus);
	sv_sql_bind_u64(&sql, lease->memory_kib);
	sv_sql_bind_u64(&sql, lease->max_memory_kib);
	sv_sql_bind_int(&sql, lease->created);
	sv_sql_bind_int(&sql, lease->own_user);
	return update(&sql, lease->id, err);
}

int sv_lease_keep(struct sv_store *store, int64_t id, bool kept, struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	int r = sv_sql_prepare(store, "UPDATE guest SET kept = ?, was_kept = FALSE WHERE id = ?",
			       &sql, err);

	if (r < 0)
		return r;
	sv_sql_bind_int(&sql, kept);
	return update(&sql, id, err);
}

int sv_lease_remove(struct sv_store *store, int64_t id, struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	int r = sv_sql_prepare(store, "DELETE FROM guest WHERE id = ?", &sql, err);

	if (r < 0)
		return r;
	sv_sql_bind_int(&sql, id);
	r = sv_sql_step(&sql, err);
	if (r == SV_BUSY) {
		sv_fail(err, SV_E_PARTIAL, 0, "labels of guest number %lld are still journalled",
			(long long)id);
		return sv_hint(err, "put them back first: svirt restore");
	}
	return r == SV_NONE ? 0 : r;
}
