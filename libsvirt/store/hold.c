/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Holds: which guest needs which label on which inode, and what the inode was before the first of
 * them. An inode (object) is there exactly as long as somebody holds it. Must not know what a label
 * means: equal text is the same label.
 */
#include "store/hold.h"

#include "base/string.h"
#include "store/store-sql.h"

/* As SELECT_HOLDS has them. */
static const struct sv_field fields[] = {
	SV_FIELD(struct sv_hold, guest),
	SV_FIELD(struct sv_hold, seq),
	SV_FIELD(struct sv_hold, dev),
	SV_FIELD(struct sv_hold, ino),
	SV_FIELD(struct sv_hold, born),
	SV_FIELD(struct sv_hold, device),
	SV_FIELD(struct sv_hold, fs),
	SV_FIELD(struct sv_hold, boot),
	SV_FIELD_NEEDED(struct sv_hold, driver),
	SV_FIELD_NEEDED(struct sv_hold, path),
	SV_FIELD(struct sv_hold, target),
	SV_FIELD_NEEDED(struct sv_hold, wanted),
	SV_FIELD_NEEDED(struct sv_hold, original),
	SV_FIELD(struct sv_hold, handle),
	SV_FIELD(struct sv_hold, attrs),
	SV_FIELD(struct sv_hold, tree),
	SV_FIELD(struct sv_hold, alone),
	SV_FIELD_END,
};

void sv_hold_done(struct sv_hold *hold)
{
	sv_fields_free(fields, hold);
	*hold = (struct sv_hold){0};
}

int sv_hold_copy(const struct sv_hold *from, struct sv_hold *ret, struct sv_error *err)
{
	struct sv_hold copy = *from;
	int r = sv_fields_own(fields, &copy, err);

	if (r == 0)
		*ret = copy;
	return r;
}

/* A hold takes two statements that have to succeed together, so the caller has to be in a
 * transaction. */
static int need_transaction(struct sv_store *store, struct sv_error *err)
{
	if (sqlite3_get_autocommit(store->db))
		return sv_fail(err, SV_E_UNKNOWN, 0, "a hold was changed outside of a transaction");
	return 0;
}

void sv_sql_bind_object(struct sv_sql *sql, const struct sv_hold *hold)
{
	sv_sql_bind_text(sql, hold->driver);
	sv_sql_bind_u64(sql, hold->dev);
	sv_sql_bind_u64(sql, hold->ino);
	sv_sql_bind_u64(sql, hold->born);
}

/* SV_NONE: nobody holds the inode. */
static int find_object(struct sv_store *store, const struct sv_hold *hold, int64_t *ret_id,
		       char **ret_wanted, struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	int r = sv_sql_prepare(store, "SELECT id, wanted FROM object WHERE " SQL_IS_OBJECT, &sql,
			       err);

	if (r < 0)
		return r;
	sv_sql_bind_object(&sql, hold);
	r = sv_sql_step(&sql, err);
	if (r != 0)
		return r;
	*ret_id = sv_sql_get_int(&sql);
	return sv_sql_need_text(&sql, ret_wanted, err);
}

static int add_object(struct sv_store *store, const struct sv_hold *hold, int64_t *ret_id,
		      struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	int r = sv_sql_prepare(store,
			       "INSERT INTO object(driver, dev, ino, born, boot, wanted, original,"
			       " handle, attrs, device, fs) VALUES(?,?,?,?,?,?,?,?,?,?,?)",
			       &sql, err);

	if (r < 0)
		return r;
	sv_sql_bind_object(&sql, hold);
	sv_sql_bind_text(&sql, hold->boot);
	sv_sql_bind_text(&sql, hold->wanted);
	sv_sql_bind_text(&sql, hold->original);
	sv_sql_bind_text(&sql, hold->handle);
	sv_sql_bind_text(&sql, hold->attrs);
	sv_sql_bind_u64(&sql, hold->device);
	sv_sql_bind_u64(&sql, hold->fs);
	r = sv_sql_step(&sql, err);
	if (r != SV_NONE)
		return r < 0 ? r : sv_sql_fail(store, err);
	*ret_id = sqlite3_last_insert_rowid(store->db);
	return 0;
}

static void bind_inode(struct sv_sql *sql, const struct sv_hold *hold)
{
	sv_sql_bind_u64(sql, hold->dev);
	sv_sql_bind_u64(sql, hold->ino);
	sv_sql_bind_u64(sql, hold->born);
	sv_sql_bind_int(sql, hold->guest);
}

#define OF_INODE                                                                           \
	" FROM object JOIN hold ON object = object.id JOIN guest ON guest.id = hold.guest" \
	" WHERE object.dev = ?1 AND object.ino = ?2 AND object.born = ?3"

/* The name of a guest that holds the inode of hold, for any model, and whether it wants the inode
 * alone. A guest other than hold's is preferred. */
static int find_holder(struct sv_store *store, const struct sv_hold *hold, char **ret,
		       bool *ret_alone, struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	int r = sv_sql_prepare(store,
			       "SELECT alone, name" OF_INODE
			       " ORDER BY guest.id = ?4, guest.id, alone DESC LIMIT 1",
			       &sql, err);

	if (r < 0)
		return r;
	bind_inode(&sql, hold);
	r = sv_sql_step(&sql, err);
	if (r > 0)
		return sv_sql_fail_damaged(store, "an inode is journalled that nobody holds", err);
	if (r == 0)
		*ret_alone = sv_sql_get_int(&sql) != 0;
	return r == 0 ? sv_sql_need_text(&sql, ret, err) : r;
}

/* For each model only one other holder is looked at. A holder that wants the inode alone has no
 * other beside it, so any of them tells. A base image may have thousands. */
int sv_hold_check(struct sv_store *store, const struct sv_hold *hold, char **ret_holder,
		  struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	bool alone, any, differs, going;
	int r = sv_sql_prepare(
		store,
		"SELECT count(other), max(other), max(driver = ?5 AND wanted <> ?6), max(going)"
		" FROM (SELECT driver, wanted, going, (SELECT alone FROM hold WHERE object = object.id"
		"  AND guest <> ?4 LIMIT 1) AS other FROM object"
		"  WHERE dev = ?1 AND ino = ?2 AND born = ?3) WHERE other IS NOT NULL",
		&sql, err);

	if (r < 0)
		return r;
	bind_inode(&sql, hold);
	sv_sql_bind_text(&sql, hold->driver);
	sv_sql_bind_text(&sql, hold->wanted);
	r = sv_sql_step(&sql, err);
	if (r != 0)
		return r < 0 ? r : 0;
	any = sv_sql_get_int(&sql) != 0;
	alone = sv_sql_get_int(&sql) != 0;
	differs = sv_sql_get_int(&sql) != 0;
	going = sv_sql_get_int(&sql) != 0;
	if (!any || !(alone || differs || going || hold->alone))
		return 0;
	r = find_holder(store, hold, ret_holder, &alone, err);
	return r < 0 ? r : SV_BUSY;
}

static int join(struct sv_store *store, const struct sv_hold *hold, int64_t object,
		struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	int r = sv_sql_prepare(store,
			       "INSERT INTO hold(guest, seq, object, path, target, tree, alone)"
			       " VALUES(?,?,?,?,?,?,?)",
			       &sql, err);

	if (r < 0)
		return r;
	sv_sql_bind_int(&sql, hold->guest);
	sv_sql_bind_int(&sql, hold->seq);
	sv_sql_bind_int(&sql, object);
	sv_sql_bind_text(&sql, hold->path);
	sv_sql_bind_text(&sql, hold->target);
	sv_sql_bind_int(&sql, hold->tree);
	sv_sql_bind_int(&sql, hold->alone);
	r = sv_sql_step(&sql, err);
	if (r == SV_BUSY)
		return sv_fail(err, SV_E_NOTFOUND, 0, "guest number %lld is not in the store",
			       (long long)hold->guest);
	return r == SV_NONE ? 0 : r;
}

int sv_hold_check_device(struct sv_store *store, const struct sv_hold *hold, uint64_t device,
			 char **ret_path, char **ret_holder, struct sv_error *err)
{
	sv_auto_free char *path = NULL;
	sv_auto_sql struct sv_sql sql = {0};
	int r = sv_sql_prepare(store,
			       "SELECT path, name FROM object JOIN hold ON object = object.id"
			       " JOIN guest ON guest.id = guest WHERE device = ?5 AND device <> 0"
			       " AND guest.id <> ?4 AND (alone OR ?6)"
			       " AND NOT (dev = ?1 AND ino = ?2 AND born = ?3) LIMIT 1",
			       &sql, err);

	if (r < 0)
		return r;
	bind_inode(&sql, hold);
	sv_sql_bind_u64(&sql, device);
	sv_sql_bind_int(&sql, hold->alone);
	r = sv_sql_step(&sql, err);
	if (r != 0)
		return r < 0 ? r : 0;
	r = sv_sql_get_text(&sql, &path, err);
	if (r == 0)
		r = sv_sql_get_text(&sql, ret_holder, err);
	if (r < 0)
		return r;
	*ret_path = sv_take_ptr(path);
	return SV_BUSY;
}

int sv_hold_add(struct sv_store *store, const struct sv_hold *hold, char **ret_holder,
		struct sv_error *err)
{
	sv_auto_free char *wanted = NULL;
	int64_t object = 0;
	bool alone;
	int r = need_transaction(store, err);

	if (r == 0)
		r = sv_hold_check(store, hold, ret_holder, err);
	if (r == 0)
		r = find_object(store, hold, &object, &wanted, err);
	else
		return r;
	if (r == SV_NONE)
		r = add_object(store, hold, &object, err);
	else if (r == 0 && !sv_streq(wanted, hold->wanted)) {
		r = find_holder(store, hold, ret_holder, &alone, err);
		return r < 0 ? r : SV_BUSY;
	}
	return r == 0 ? join(store, hold, object, err) : r;
}

int sv_hold_going(struct sv_store *store, const struct sv_hold *hold, bool going,
		  struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	int r = sv_sql_prepare(store, "UPDATE object SET going = ? WHERE " SQL_IS_OBJECT, &sql,
			       err);

	if (r < 0)
		return r;
	sv_sql_bind_int(&sql, going);
	sv_sql_bind_object(&sql, hold);
	r = sv_sql_step(&sql, err);
	return r == SV_NONE ? 0 : r;
}

int sv_hold_is_going(struct sv_store *store, const struct sv_hold *hold, struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	int r = sv_sql_prepare(store, "SELECT 1 FROM object WHERE going AND " SQL_IS_OBJECT, &sql,
			       err);

	if (r < 0)
		return r;
	sv_sql_bind_object(&sql, hold);
	return sv_sql_step(&sql, err);
}

/* The inodes of its tree are on the same device, as a tree ends where another filesystem begins. */
static int renumber_below(struct sv_store *store, int64_t object, uint64_t dev,
			  struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	int r = sv_sql_prepare(store, "UPDATE below SET dev = ? WHERE object = ?", &sql, err);

	if (r < 0)
		return r;
	sv_sql_bind_u64(&sql, dev);
	sv_sql_bind_int(&sql, object);
	r = sv_sql_step(&sql, err);
	return r == SV_NONE ? 0 : r;
}

int sv_hold_renumber(struct sv_store *store, const struct sv_hold *hold, uint64_t dev,
		     const char *boot, struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	int r = need_transaction(store, err);

	if (r == 0)
		r = sv_sql_prepare(store,
				   "UPDATE object SET dev = ?, boot = ? WHERE " SQL_IS_OBJECT
				   " RETURNING id",
				   &sql, err);
	if (r < 0)
		return r;
	sv_sql_bind_u64(&sql, dev);
	sv_sql_bind_text(&sql, boot);
	sv_sql_bind_object(&sql, hold);
	r = sv_sql_step(&sql, err);
	if (r != 0)
		return r == SV_NONE ? 0 : r;
	return renumber_below(store, sv_sql_get_int(&sql), dev, err);
}

int sv_hold_find(struct sv_store *store, const struct sv_hold *hold, char **ret_holder,
		 char **ret_wanted, bool *ret_alone, struct sv_error *err)
{
	sv_auto_free char *wanted = NULL;
	int64_t object = 0;
	int r = find_object(store, hold, &object, &wanted, err);

	if (r == 0)
		r = find_holder(store, hold, ret_holder, ret_alone, err);
	if (r == 0)
		*ret_wanted = sv_take_ptr(wanted);
	return r;
}

static int get_hold(struct sv_sql *sql, struct sv_hold *ret, unsigned *ret_others,
		    struct sv_error *err)
{
	sv_auto_hold struct sv_hold hold = {0};
	int r = sv_sql_get_fields(sql, fields, SV_N_ELEMENTS(fields), &hold, err);

	if (r < 0)
		return r;
	*ret_others = (unsigned)sv_sql_get_int(sql);
	*ret = hold;
	hold = (struct sv_hold){0};
	return 0;
}

#define SELECT_HOLDS                                                                                                 \
	"SELECT h.guest, h.seq, o.dev, o.ino, o.born, o.device, o.fs, o.boot, o.driver, h.path, h.target, o.wanted," \
	" o.original, o.handle, o.attrs, h.tree, h.alone, (SELECT count(DISTINCT x.guest) FROM hold x"               \
	"  WHERE x.object = h.object AND x.guest <> h.guest)"                                                        \
	" FROM hold h JOIN object o ON o.id = h.object WHERE ?1 = 0 OR h.guest = ?1"

int sv_hold_each(struct sv_store *store, int64_t guest, bool reverse,
		 int (*fn)(void *data, const struct sv_hold *hold, unsigned others,
			   struct sv_error *err),
		 void *data, struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	int r = sv_sql_prepare(store,
			       reverse ? SELECT_HOLDS " ORDER BY h.guest DESC, h.seq DESC"
				       : SELECT_HOLDS " ORDER BY h.guest, h.seq",
			       &sql, err);

	if (r < 0)
		return r;
	sv_sql_bind_int(&sql, guest);
	while (r == 0) {
		sv_auto_hold struct sv_hold hold = {0};
		unsigned others = 0;

		r = sv_sql_step(&sql, err);
		if (r == SV_NONE)
			return 0;
		if (r == 0)
			r = get_hold(&sql, &hold, &others, err);
		if (r == 0)
			r = fn(data, &hold, others, err);
	}
	return r;
}

/* SV_NONE: there is no such hold. */
static int remove_hold(struct sv_store *store, int64_t guest, uint32_t seq, int64_t *ret_object,
		       struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	int r = sv_sql_prepare(
		store, "DELETE FROM hold WHERE guest = ? AND seq = ? RETURNING object", &sql, err);

	if (r < 0)
		return r;
	sv_sql_bind_int(&sql, guest);
	sv_sql_bind_int(&sql, seq);
	r = sv_sql_step(&sql, err);
	if (r == 0)
		*ret_object = sv_sql_get_int(&sql);
	return r;
}

static int remove_unheld(struct sv_store *store, int64_t object, struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	int r = sv_sql_prepare(store,
			       "DELETE FROM object WHERE id = ?1 AND NOT EXISTS"
			       " (SELECT 1 FROM hold WHERE object = ?1)",
			       &sql, err);

	if (r < 0)
		return r;
	sv_sql_bind_int(&sql, object);
	r = sv_sql_step(&sql, err);
	return r == SV_NONE ? 0 : r;
}

int sv_hold_remove(struct sv_store *store, int64_t guest, uint32_t seq, struct sv_error *err)
{
	int64_t object = 0;
	int r = need_transaction(store, err);

	if (r == 0)
		r = remove_hold(store, guest, seq, &object, err);
	if (r == 0)
		r = remove_unheld(store, object, err);
	return r == SV_NONE ? 0 : r;
}
