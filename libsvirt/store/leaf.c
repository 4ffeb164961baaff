/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The entries of a directory that is held as a whole. Most trees have the label of their root
 * throughout, so only an entry with another label has a row, a leaf. Also answers who else holds
 * something in a tree or above it.
 */
#include "store/hold.h"

#include "base/string.h"
#include "store/store-sql.h"

int sv_leaf_add(struct sv_store *store, const struct sv_hold *hold, const char *path,
		const char *label, struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	int r = sv_sql_prepare(
		store,
		"INSERT INTO leaf(object, path, original) SELECT id, ?, ? FROM object"
		" WHERE " SQL_IS_OBJECT " ON CONFLICT DO NOTHING",
		&sql, err);

	if (r < 0)
		return r;
	sv_sql_bind_text(&sql, path);
	sv_sql_bind_text(&sql, label);
	sv_sql_bind_object(&sql, hold);
	r = sv_sql_step(&sql, err);
	return r == SV_NONE ? 0 : r;
}

int sv_leaf_each(struct sv_store *store, const struct sv_hold *hold,
		 int (*fn)(void *data, const char *path, const char *label, struct sv_error *err),
		 void *data, struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	int r = sv_sql_prepare(store,
			       "SELECT leaf.path, leaf.original FROM leaf JOIN object"
			       " ON object.id = leaf.object"
			       " WHERE " SQL_IS_OBJECT " ORDER BY leaf.path",
			       &sql, err);

	if (r < 0)
		return r;
	sv_sql_bind_object(&sql, hold);
	while (r == 0) {
		sv_auto_free char *path = NULL, *label = NULL;

		r = sv_sql_step(&sql, err);
		if (r == SV_NONE)
			return 0;
		if (r == 0)
			r = sv_sql_need_text(&sql, &path, err);
		if (r == 0)
			r = sv_sql_need_text(&sql, &label, err);
		if (r == 0)
			r = fn(data, path, label, err);
	}
	return r;
}

int sv_hold_original(struct sv_store *store, const struct sv_hold *hold, char **ret,
		     struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	int r = sv_sql_prepare(store, "SELECT original FROM object WHERE " SQL_IS_OBJECT, &sql,
			       err);

	if (r < 0)
		return r;
	sv_sql_bind_object(&sql, hold);
	r = sv_sql_step(&sql, err);
	if (r == SV_NONE)
		return sv_fail(err, SV_E_UNKNOWN, 0, "the hold was not journalled");
	return r == 0 ? sv_sql_need_text(&sql, ret, err) : r;
}

int sv_hold_exists(struct sv_store *store, const char *driver, uint64_t dev, uint64_t ino,
		   struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	int r = sv_sql_prepare(
		store, "SELECT id FROM object WHERE driver = ? AND dev = ? AND ino = ?", &sql, err);

	if (r < 0)
		return r;
	sv_sql_bind_text(&sql, driver);
	sv_sql_bind_u64(&sql, dev);
	sv_sql_bind_u64(&sql, ino);
	return sv_sql_step(&sql, err);
}

/* "0" is the character after "/": the paths between "PATH/" and "PATH0" are those below PATH. */
int sv_hold_overlaps(struct sv_store *store, const struct sv_hold *hold, char **ret_path,
		     char **ret_holder, struct sv_error *err)
{
	sv_auto_free char *path = NULL, *holder = NULL;
	sv_auto_sql struct sv_sql sql = {0};
	int r = sv_sql_prepare(
		store,
		"SELECT path, name FROM hold JOIN guest ON guest.id = guest WHERE guest <> ?1"
		" AND ?3 AND path > ?2 || '/' AND path < ?2 || '0' UNION ALL"
		" SELECT path, name FROM hold JOIN guest ON guest.id = guest WHERE guest <> ?1"
		" AND tree AND substr(?2, 1, length(path) + 1) = path || '/' LIMIT 1",
		&sql, err);

	if (r < 0)
		return r;
	sv_sql_bind_int(&sql, hold->guest);
	sv_sql_bind_text(&sql, hold->path);
	sv_sql_bind_int(&sql, hold->tree);
	r = sv_sql_step(&sql, err);
	if (r == 0)
		r = sv_sql_need_text(&sql, &path, err);
	if (r == 0)
		r = sv_sql_need_text(&sql, &holder, err);
	if (r != 0)
		return r == SV_NONE ? 0 : r;
	*ret_path = sv_take_ptr(path);
	*ret_holder = sv_take_ptr(holder);
	return SV_BUSY;
}
