/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Share groups: a name and the category that its members hold together. A row is there exactly as
 * long as a lease names it: the first member's lease makes it, and the schema takes it away with
 * the last. Must not know what the category opens.
 */
#include "store/store-sql.h"

int sv_group_enter(struct sv_store *store, const char *name, uint32_t category, int64_t *ret,
		   struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	int r;

	/* a group without a member would hold its category for ever */
	if (sqlite3_get_autocommit(store->db))
		return sv_fail(err, SV_E_UNKNOWN, 0,
			       "a share group was entered outside of a transaction");
	r = sv_sql_prepare(store,
			   "INSERT INTO share_group(name, category) VALUES(?, ?)"
			   " ON CONFLICT(name) DO UPDATE SET name = name"
			   " WHERE category = excluded.category RETURNING id",
			   &sql, err);
	if (r < 0)
		return r;
	sv_sql_bind_text(&sql, name);
	sv_sql_bind_int(&sql, category);
	r = sv_sql_step(&sql, err);
	if (r == SV_NONE)
		return SV_BUSY;
	if (r == 0)
		*ret = sv_sql_get_int(&sql);
	return r;
}

int sv_sql_get_category(struct sv_sql *sql, uint32_t *ret, struct sv_error *err)
{
	int64_t category = sv_sql_get_int(sql);

	if (category < 0 || category >= (int64_t)SV_MAX_CATEGORIES)
		return sv_sql_fail_damaged(sql->store, "a share group's category is out of range",
					   err);
	*ret = (uint32_t)category;
	return 0;
}

int sv_group_find(struct sv_store *store, const char *name, uint32_t *ret, struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	int r = sv_sql_prepare(store, "SELECT category FROM share_group WHERE name = ?", &sql, err);

	if (r < 0)
		return r;
	sv_sql_bind_text(&sql, name);
	r = sv_sql_step(&sql, err);
	return r == 0 ? sv_sql_get_category(&sql, ret, err) : r;
}

int sv_group_each(struct sv_store *store,
		  int (*fn)(void *data, const char *name, uint32_t category, struct sv_error *err),
		  void *data, struct sv_error *err)
{
	sv_auto_sql struct sv_sql sql = {0};
	int r = sv_sql_prepare(store, "SELECT name, category FROM share_group ORDER BY name", &sql,
			       err);

	while (r == 0) {
		sv_auto_free char *name = NULL;
		uint32_t category = 0;

		r = sv_sql_step(&sql, err);
		if (r == SV_NONE)
			return 0;
		if (r == 0)
			r = sv_sql_need_text(&sql, &name, err);
		if (r == 0)
			r = sv_sql_get_category(&sql, &category, err);
		if (r == 0)
			r = fn(data, name, category, err);
	}
	return r;
}
